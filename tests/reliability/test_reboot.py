"""What a task is after the machine went down, in order or not, and came up again."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest

from tests.reliability.installed import WAIT_LIMIT, InstalledService, boot
from tests.reliability.machine import Machine
from tests.service import Client
from tests.tasks.recipes import write_recipe

pytestmark = [pytest.mark.machine, pytest.mark.timeout(120)]

PASSWORD = "parameters:\n  - {name: pwd, env: PASSWORD, type: string, secret: true}\n"


@pytest.fixture
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A machine that runs one task at a time."""
    with contextlib.closing(boot(tmp_path_factory.mktemp("machine"), max_parallel=1)) as made:
        yield made


def go_down(machine: Machine, how: str) -> None:
    """Let the machine go down and come up again."""
    if how == "power cut":
        machine.cut_power()
    elif how == "slow service":
        # It outlives the runner, whose end makes room for the next task, by a while.
        InstalledService(machine).set_up("ExecStop=/bin/sleep 2")
        machine.systemctl("reboot", check=False)
    else:
        machine.systemctl(how, check=False)  # which may be too late to answer
    machine.wait_for_boot()


@pytest.mark.parametrize(
    "how",
    [
        "reboot",
        "power cut",
        pytest.param("poweroff", marks=pytest.mark.soak),
        pytest.param("slow service", marks=pytest.mark.soak),
    ],
)
def test_after_the_next_boot(how: str, machine: Machine) -> None:
    """What ran is interrupted, not failed; what waited runs now, unless its secrets were in memory; no time runs backwards."""
    service = InstalledService(machine)
    secret = token_hex()  # which no file can have by chance
    write_recipe(service.recipes, "running", "echo started\nsleep 1000\n")
    write_recipe(service.recipes, "secretive", "echo never\n", declared=PASSWORD)
    write_recipe(service.recipes, "waiting", "echo waited\n")
    with machine.network():
        client = service.client()
        running = client.install("running")
        secretive = client.install("secretive", pwd=secret)
        waiting = client.install("waiting")
        assert [record["message"] for record in first_records(client, running, 1)] == ["started"]
        client.http.close()
    boot_id = machine.path("/run/boot_id").read_text()
    assert [path.name for path in files_with(secret, machine)] == [f"{secretive}.secrets"]

    go_down(machine, how)

    assert machine.path("/run/boot_id").read_text() != boot_id
    assert files_with(secret, machine) == []
    with machine.network():
        client = service.client()
        ends = [client.finish(task_id) for task_id in (running, secretive, waiting)]
        assert client.history(waiting)[0]["message"] == "waited"
        client.http.close()
    assert [end["status"] for end in ends] == ["interrupted", "interrupted", "succeeded"]
    assert [end["error"] and end["error"]["code"] for end in ends] == ["INTERRUPTED", "SECRET_LOST", None]
    assert all(
        end["created_at"] <= (end["started_at"] or end["finished_at"]) <= end["finished_at"] for end in ends
    )
    assert not any(machine.units("installcast-*", "--failed"))


def first_records(client: Client, task_id: str, count: int) -> list[dict[str, Any]]:
    """Return the first records of a task, once they are there."""
    with client.watch(task_id) as viewer:
        return [json.loads(viewer.recv(timeout=WAIT_LIMIT)) for _ in range(count)]


def files_with(text: str, machine: Machine) -> list[Path]:
    """Return the files of the machine that hold ``text``, on its disk and in memory, where anything of ours may lie."""
    places = ("/var/lib/installcast", "/var/log", "/var/tmp", "/run", "/tmp", "/dev/shm", "/etc/installcast")
    found = machine.call("grep", "-rls", "--devices=skip", text, *places, check=False).stdout
    return [Path(line) for line in found.splitlines()]
