"""systemd itself in trouble, memory that runs out in a unit, and many units: nothing is lost, nothing is left."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from tests.reliability.installed import GATE, WITH_GATE, InstalledService, boot, gate_of, task_unit
from tests.reliability.machine import Machine
from tests.service import Client
from tests.tasks.recipes import write_recipe
from tests.until import until

pytestmark = [pytest.mark.machine, pytest.mark.timeout(300)]

MANY = 200
EAR_SECONDS = 0.3
"""How long systemd has an ear for anybody, where it is in trouble."""
RECIPES = 8
"""So many tasks at once: a recipe has one at a time."""


@pytest.fixture
def new_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Machine]]:
    """Boot machines with settings of their own."""
    with contextlib.ExitStack() as stack:

        def make(*, memory: bool = False, **runner: object) -> Machine:
            machine = boot(tmp_path_factory.mktemp("machine"), memory=memory, **runner)
            stack.callback(machine.close)
            return machine

        yield make


def write_recipes(service: InstalledService, script: str) -> list[str]:
    """Write recipes that can run side by side; return their keys."""
    keys = [f"part{number}" for number in range(RECIPES)]
    for key in keys:
        write_recipe(service.recipes, key, script)
    return keys


def run_many(client: Client, keys: list[str], count: int) -> list[dict[str, object]]:
    """Run so many tasks, as many at once as there are recipes; return what they ended as."""
    ends: list[dict[str, object]] = []
    for first in range(0, count, len(keys)):
        task_ids = [client.install(key) for key in keys[: count - first]]
        ends += [client.finish(task_id) for task_id in task_ids]
    return ends


@pytest.mark.soak
def test_a_systemd_that_executes_itself_anew(new_machine: Callable[..., Machine]) -> None:
    """As an upgrade of it does, again and again while tasks start: it hangs up on everybody, and every task runs once."""
    machine = new_machine(max_parallel=RECIPES)
    service = InstalledService(machine)
    runs = machine.folder / "runs"
    keys = write_recipes(service, 'echo "$INSTALLCAST_TASK_ID" >>/outside/runs\n')
    over = threading.Event()

    def execute_anew() -> None:
        while True:
            machine.systemctl("daemon-reexec", check=False)
            if over.wait(EAR_SECONDS):
                return

    trouble = threading.Thread(target=execute_anew)
    with machine.network():
        client = service.client()
        trouble.start()
        try:
            ends = run_many(client, keys, MANY)
        finally:
            over.set()
            trouble.join()
            client.http.close()
    assert [end["status"] for end in ends] == ["succeeded"] * MANY
    assert sorted(runs.read_text().split()) == sorted(str(end["task_id"]) for end in ends)
    until(lambda: not machine.units("installcast-*"), "the end of the units")


@pytest.mark.soak
def test_a_systemd_that_is_stuck(new_machine: Callable[..., Machine]) -> None:
    """It answers nobody for more than a minute: the task fails, nothing runs when systemd wakes up, and the next one does."""
    machine = new_machine()
    service = InstalledService(machine)
    write_recipe(service.recipes, "web", "touch /outside/ran\n")
    with machine.network():
        client = service.client()
        os.kill(machine.init, signal.SIGSTOP)
        try:
            task_id = client.install("web")
            end = client.finish(task_id)
        finally:
            os.kill(machine.init, signal.SIGCONT)
        assert (end["status"], end["error"]["code"]) == ("failed", "RUNNER_START_FAILED")
        assert "not within 60 s" in end["error"]["hint"]
        machine.systemctl("start", "sleeper")  # behind what it had not done yet
        until(lambda: not machine.units("installcast-*"), "the end of the unit")
        assert not (machine.folder / "ran").exists()
        assert client.finish(client.install("web"))["status"] == "succeeded"
        assert (machine.folder / "ran").exists()
        client.http.close()


@pytest.mark.soak
def test_many_tasks_leave_no_unit(new_machine: Callable[..., Machine]) -> None:
    """After hundreds of installs, every other of which failed, systemd has nothing of them in memory."""
    machine = new_machine(max_parallel=RECIPES)
    service = InstalledService(machine)
    keys = write_recipes(service, "echo hello\n")
    for key in keys[::2]:
        write_recipe(service.recipes, key, "exit 3\n")
    with machine.network():
        client = service.client()
        ends = run_many(client, keys, MANY)
        client.http.close()
    assert [end["exit_code"] for end in ends] == [3, 0] * (MANY // 2)
    until(lambda: not machine.units("installcast-*"), "the end of the units")
    assert machine.units("*", "--failed") == []
    assert not list(machine.path("/run/systemd/transient").iterdir())
    assert not list(machine.path("/sys/fs/cgroup/system.slice").glob("installcast-*"))


def test_memory_that_runs_out_in_a_unit(new_machine: Callable[..., Machine]) -> None:
    """The kernel kills one step, the script goes on and ends with 0: the task failed all the same, and says why."""
    machine = new_machine(memory=True)
    service = InstalledService(machine)
    write_recipe(
        service.recipes,
        "hungry",
        f'echo started\nread -r <"$GATE"\n{sys.executable} -c "bytearray(300 << 20)"\necho survived\nexit 0\n',
        declared=WITH_GATE,
    )
    with machine.network(), gate_of(machine) as gate:
        client = service.client()
        task_id = client.install("hungry", gate=GATE)
        with client.watch(task_id) as viewer:
            assert json.loads(viewer.recv(timeout=30))["message"] == "started"
        machine.systemctl("set-property", "--runtime", task_unit(task_id), "MemoryMax=100M")
        gate.open()
        end = client.finish(task_id)
        assert (end["status"], end["error"]["code"]) == ("failed", "OOM_KILLED")
        assert "survived" in [record["message"] for record in client.history(task_id)]
        client.http.close()
    until(lambda: not machine.units("installcast-*"), "the end of the unit")
