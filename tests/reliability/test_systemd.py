"""The service and its installs under a real systemd, from the unit file that users get: restarts, stops, kills."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from tests.reliability.installed import (
    GATE,
    UNIT,
    WAIT_LIMIT,
    WITH_GATE,
    InstalledService,
    boot,
    gate_of,
    task_unit,
)
from tests.reliability.machine import Machine
from tests.tasks.recipes import GATED, Gate, write_recipe
from tests.until import until

pytestmark = [pytest.mark.machine, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """One machine for all tests."""
    with contextlib.closing(boot(tmp_path_factory.mktemp("machine"))) as made:
        yield made


@pytest.fixture
def service(machine: Machine) -> Iterator[InstalledService]:
    """The machine's service; this test is on the machine as far as its network goes."""
    made = InstalledService(machine)
    with machine.network():
        yield made
        for client in made.clients:
            client.http.close()


@pytest.fixture
def gate(machine: Machine) -> Iterator[Gate]:
    """Where a script of the machine waits, at ``/outside/gate``."""
    with gate_of(machine) as made:
        yield made


def test_the_unit_file_is_right(machine: Machine, service: InstalledService) -> None:
    """systemd has nothing to say against it; it came up with the machine, and waits until it takes connections."""
    assert machine.call("systemd-analyze", "--man=no", "verify", f"/etc/systemd/system/{UNIT}").stderr == ""
    assert machine.systemctl("is-system-running") == "running"
    assert service.client().http.get("/readyz").status_code == 200
    service.restart()
    assert service.client().http.get("/readyz").status_code == 200


@pytest.mark.soak
def test_a_unit_that_would_end_its_installs_is_told(machine: Machine, service: InstalledService) -> None:
    """Where installs are no units, the service warns of a KillMode= that ends them with it, and only of that."""
    log = machine.folder / "serve.log"
    for mode, warned in (("mixed", True), ("process", False)):
        seen = log.stat().st_size
        service.set_up(f"KillMode={mode}\nEnvironment=INSTALLCAST_RUNNER__ISOLATION=session")
        service.restart()
        assert (f"restart of {UNIT} would end running installs" in log.read_text()[seen:]) == warned
    service.set_up("")
    service.restart()


@pytest.mark.parametrize("mode", ["control-group", "mixed", "process", "none"])
def test_installs_go_on_whatever_the_kill_mode(
    mode: str, machine: Machine, service: InstalledService, gate: Gate
) -> None:
    """Restart and stop of the service: the install goes on in its unit, is found again, and its viewer misses nothing."""
    write_recipe(service.recipes, "web", GATED, declared=WITH_GATE)
    # With none, ending the server is the unit's own affair.
    stop = "\nExecStop=/bin/kill -TERM $MAINPID" if mode == "none" else ""
    service.set_up(f"KillMode={mode}{stop}")
    client = service.client()
    task_id = client.install("web", gate=GATE)
    records: list[dict[str, Any]] = []
    with client.watch(task_id) as viewer:
        read_to("started", viewer, records)
        runner = service.runner(task_id)
        service.restart()
        assert read_to_the_close(viewer, records) == 1012
    assert client.status(task_id)["status"] == "running"
    assert service.runner(task_id) == runner
    with client.watch(task_id, f"&since={len(records)}") as viewer:
        machine.systemctl("stop", UNIT)
        assert read_to_the_close(viewer, records) == 1012
    assert machine.unit(task_unit(task_id), "ActiveState") == "active"
    gate.open()
    until((service.folder(task_id) / "exit.json").exists, "the end of the task")
    until(lambda: not machine.units("installcast-*"), "the end of its unit")
    machine.systemctl("start", UNIT)
    with client.watch(task_id, f"&since={len(records)}") as viewer:
        assert read_to_the_close(viewer, records) == 1000
    assert client.status(task_id)["status"] == "succeeded"
    assert [record["seq"] for record in records] == list(range(len(records)))
    journal = (service.folder(task_id) / "journal.jsonl").read_bytes()
    assert [json.loads(line) for line in journal.splitlines()] == records
    download = client.http.get("/v1/log/download", params={"task_id": task_id, "format": "jsonl"})
    assert download.content == journal


def test_secrets_wait_through_a_restart(machine: Machine, service: InstalledService, gate: Gate) -> None:
    """What a waiting task needs lies in the runtime folder of the unit, which a stop of the unit does not remove."""
    lock = "locks: [shared]\n"
    write_recipe(service.recipes, "first", GATED, declared=lock + WITH_GATE)
    secret = "parameters:\n  - {name: pwd, env: PASSWORD, type: string, secret: true}\n"
    write_recipe(service.recipes, "second", '[ "$PASSWORD" = "correct horse" ]\n', declared=lock + secret)
    client = service.client()
    client.install("first", gate=GATE)
    waiting = client.install("second", pwd="correct horse")
    machine.systemctl("stop", UNIT)
    machine.systemctl("start", UNIT)
    assert client.status(waiting)["status"] == "queued"
    gate.open()
    assert client.finish(waiting)["status"] == "succeeded"
    assert not list(machine.path("/run/installcast").rglob("*.secrets"))


def test_a_plan_runs_within_the_limits_of_the_service(service: InstalledService) -> None:
    """Its scripts get a work folder and a /tmp, may ask the package manager, and can change nothing of the machine."""
    write_recipe(
        service.recipes,
        "planned",
        precheck="echo kept >note && echo kept >/tmp/note && ! touch /usr/note /etc/note /outside/note\n",
        plan='dpkg-query --show >packages && [ -s packages ] && echo "+ planned 1.0"\n',
    )
    plan = service.client().data("POST", "/v1/soft/plan", json={"key": "planned"})
    assert "planned" in json.dumps(plan["packages"]), plan


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_the_end_of_a_task_s_unit_interrupts_it(
    how: str, machine: Machine, service: InstalledService
) -> None:
    """SIGTERM to the runner, as at a shutdown, or to all of it: interrupted, not failed, no rollback, and nothing is left."""
    write_recipe(
        service.recipes,
        "stopped",
        "setsid sleep 1000 &\n(setsid sleep 1000 &)\necho started\ntrap '' TERM\nsleep 1000\nsleep 1000\n",
        rollback="echo rolled back\n",
    )
    client = service.client()
    task_id = client.install("stopped")
    with client.watch(task_id) as viewer:
        read_to("started", viewer, [])
    group = service.control_group(task_id)
    machine.systemctl(how, task_unit(task_id))
    status = client.finish(task_id)
    assert (status["status"], status["rollback"]) == ("interrupted", "none")
    assert status["error"]["code"] == "INTERRUPTED"
    until(lambda: not machine.units("installcast-*"), "the end of the unit")
    assert not group.exists()


def test_a_crashed_service_comes_back(machine: Machine, service: InstalledService, gate: Gate) -> None:
    """SIGKILL of the server: its unit starts another one, which finds what runs; viewers miss nothing."""
    write_recipe(service.recipes, "web", GATED, declared=WITH_GATE)
    client = service.client()
    task_id = client.install("web", gate=GATE)
    records: list[dict[str, Any]] = []
    with client.watch(task_id) as viewer:
        read_to("started", viewer, records)
        crashed = machine.unit(UNIT, "MainPID")
        machine.call("kill", "-KILL", crashed)
        assert read_to_the_close(viewer, records) == 1006  # nobody said anything
    until(lambda: machine.unit(UNIT, "MainPID") not in ("0", crashed), "the next server")
    until(lambda: machine.unit(UNIT, "ActiveState") == "active", "the service to be up")
    with client.watch(task_id, f"&since={len(records)}") as viewer:
        gate.open()
        assert read_to_the_close(viewer, records) == 1000
    assert [record["seq"] for record in records] == list(range(len(records)))
    assert client.status(task_id)["status"] == "succeeded"


def test_a_service_that_hangs_is_replaced(machine: Machine, service: InstalledService, gate: Gate) -> None:
    """systemd misses its sign of life, ends it and starts another one, which finds what runs."""
    write_recipe(service.recipes, "web", GATED, declared=WITH_GATE)
    service.set_up("WatchdogSec=1\nTimeoutAbortSec=1")
    service.restart()
    client = service.client()
    task_id = client.install("web", gate=GATE)
    hung = machine.unit(UNIT, "MainPID")
    machine.call("kill", "-STOP", hung)
    until(lambda: machine.unit(UNIT, "MainPID") not in ("0", hung), "the next server")
    until(lambda: machine.unit(UNIT, "ActiveState") == "active", "the service to be up")
    assert machine.unit(UNIT, "NRestarts") != "0"
    service.set_up("")
    gate.open()
    assert client.finish(task_id)["status"] == "succeeded"


def test_limits_of_all_installs(machine: Machine, service: InstalledService) -> None:
    """A drop-in for the beginning of the units' names holds for every install, and not for the service."""
    nice = machine.unit(UNIT, "Nice")
    limits = machine.path("/run/systemd/system/installcast-.service.d/limits.conf")
    limits.parent.mkdir(parents=True)
    limits.write_text("[Service]\nNice=10\n")
    machine.systemctl("daemon-reload")
    write_recipe(service.recipes, "nice", "nice\n")
    client = service.client()
    task_id = client.install("nice")
    client.finish(task_id)
    limits.unlink()
    machine.systemctl("daemon-reload")
    assert client.history(task_id)[0]["message"] == "10"
    assert machine.unit(UNIT, "Nice") == nice


def test_a_script_outlives_its_killed_runner(machine: Machine, service: InstalledService, gate: Gate) -> None:
    """SIGKILL of the runner: its script goes on in the unit to its own end, found again by a new server, and nobody says that it
    succeeded."""
    finished = machine.folder / "finished"
    write_recipe(
        service.recipes,
        "orphaned",
        # Far more than a pipe holds.
        GATED + 'for n in {1..10000}; do echo "$n: nobody writes this down"; done\ntouch /outside/finished\n',
        declared=WITH_GATE,
    )
    client = service.client()
    task_id = client.install("orphaned", gate=GATE)
    with client.watch(task_id) as viewer:
        read_to("started", viewer, [])
    machine.call("kill", "-KILL", str(service.runner(task_id)))
    until(lambda: machine.unit(task_unit(task_id), "MainPID") == "0", "systemd to notice")
    service.restart()
    assert client.status(task_id)["status"] == "running"
    gate.open()
    status = client.finish(task_id)
    assert finished.exists()
    assert (status["status"], status["exit_code"]) == ("interrupted", None)
    until(lambda: not machine.units("installcast-*"), "the end of the unit")


def test_a_cancel_leaves_nothing(machine: Machine, service: InstalledService) -> None:
    """Sessions of their own, double forks, fork hoppers, deaf to SIGTERM: all gone a second after the grace."""
    hopper = "trap '' TERM\nhop() { (trap '' TERM; sleep 0.01; hop) & }\n"
    write_recipe(
        service.recipes,
        "stubborn",
        f"{hopper}hop\nhop\nsetsid sleep 1000 &\n(setsid bash -c \"trap '' TERM; sleep 1000; sleep 1000\" &)\n"
        "echo started\nwhile :; do sleep 1000; done\n",
    )
    client = service.client()
    task_id = client.install("stubborn")
    with client.watch(task_id) as viewer:
        read_to("started", viewer, [])
    group = service.control_group(task_id)
    assert len((group / "scripts/cgroup.procs").read_text().split()) > 3  # which can be killed all at once
    began = time.monotonic()
    client.data("POST", f"/v1/soft/tasks/{task_id}/cancel")
    assert client.finish(task_id)["status"] == "canceled"
    until(lambda: not group.exists(), "the end of all processes")
    assert time.monotonic() - began < 2.5  # the grace is 1 s
    until(lambda: not machine.units("installcast-*"), "the end of the unit")


def test_daemons_of_an_install_live_on(machine: Machine, service: InstalledService) -> None:
    """One that holds the script's output, and one started by systemctl: the task ends in two seconds, they do not, not even
    by a restart of the service."""
    beat = machine.folder / "beat"
    write_recipe(
        service.recipes,
        "daemons",
        "(setsid bash -c 'echo $$ >/outside/daemon; while sleep 0.05; do echo alive; echo >>/outside/beat; done' &)\n"
        "systemctl start sleeper\nuntil [ -s /outside/beat ]; do sleep 0.02; done\necho done\n",
    )
    client = service.client()
    task_id = client.install("daemons")
    assert client.finish(task_id)["status"] == "succeeded"
    records = client.history(task_id)
    done = next(record for record in records if record["message"] == "done")
    assert (moment(records[-1]) - moment(done)).total_seconds() < 2.5
    service.restart()
    # Its output is read on by somebody: it does not stop when the pipe is full, nor by SIGPIPE.
    seen = beat.stat().st_size
    until(lambda: beat.stat().st_size > seen + 3, "the daemon to go on")
    assert machine.unit("sleeper", "ActiveState") == "active"
    machine.systemctl("stop", "sleeper")
    machine.call("kill", "-KILL", (machine.folder / "daemon").read_text().strip())
    until(lambda: not machine.units("installcast-*"), "the end of the unit")


def test_failed_installs_leave_no_failed_units(machine: Machine, service: InstalledService) -> None:
    """A task that failed is a matter of Installcast, not of systemd: it lists no unit, failed or not."""
    write_recipe(service.recipes, "bad", "exit 7\n")
    client = service.client()
    for _ in range(3):
        assert client.finish(client.install("bad"))["exit_code"] == 7
    until(lambda: not machine.units("installcast-*"), "the end of the units")
    assert machine.units("*", "--failed") == []


def read_to(message: str, viewer: ClientConnection, records: list[dict[str, Any]]) -> None:
    """Add what the viewer gets to ``records``, up to the record with this message."""
    while not records or records[-1]["message"] != message:
        records.append(json.loads(viewer.recv(timeout=WAIT_LIMIT)))


def read_to_the_close(viewer: ClientConnection, records: list[dict[str, Any]]) -> int | None:
    """Add what the viewer gets to ``records``, until the service closes; return its code."""
    with contextlib.suppress(ConnectionClosed):
        while True:
            records.append(json.loads(viewer.recv(timeout=WAIT_LIMIT)))
    return viewer.close_code


def moment(record: dict[str, Any]) -> datetime:
    """Return when a record was read."""
    return datetime.fromisoformat(record["timestamp"])
