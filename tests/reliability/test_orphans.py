"""A runner that was killed: its script is neither killed nor forgotten, no gap is untold, no foreign process touched."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection

from installcast.tasks.processes import status_of
from tests.service import Client, Service
from tests.tasks.recipes import GATE_PARAMETER, Gate, write_recipe
from tests.until import until

NewService = Callable[..., Service]
NewGate = Callable[..., Gate]

PARAMETERS = f"parameters:\n{GATE_PARAMETER}"

TREE = """
trap '' TERM
setsid sleep 1000 &
(setsid sh -c 'trap "" TERM; sleep 1001 & sleep 1002' &)
env -i sleep 1003 &
(while :; do setsid sh -c 'sleep 0.01' & sleep 0.02; done) &
echo started
read -r _ <"$GATE"
"""
"""Ignores SIGTERM and has a daemon, a grandchild that nobody is the parent of, a child without environment, a fork hopper."""


def folder_of(service: Service, task_id: str) -> Path:
    """Return the folder of a task."""
    return service.data_dir / "tasks" / task_id


def kill_runner(service: Service, task_id: str) -> None:
    """SIGKILL, as the kernel does it for want of memory."""
    os.kill(json.loads((folder_of(service, task_id) / "started").read_text())["pid"], signal.SIGKILL)


def carriers(task_id: str) -> dict[int, str]:
    """Return the living processes that were started for a task, with their command lines."""
    found = {}
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if (
                entry.name.isdigit()
                and f"INSTALLCAST_TASK_ID={task_id}\0".encode() in (entry / "environ").read_bytes()
            ):
                found[int(entry.name)] = (entry / "cmdline").read_text().replace("\0", " ")
    return found


def read_until(viewer: ClientConnection, text: str) -> list[dict[str, Any]]:
    """Return the records that ``viewer`` is shown up to the first with ``text``."""
    records: list[dict[str, Any]] = []
    while not records or text not in records[-1]["message"]:
        records.append(json.loads(viewer.recv(timeout=30)))
    return records


def gaps(records: list[dict[str, Any]]) -> tuple[int, int]:
    """Return how many lines and bytes ``records`` tell as missing."""
    missing = [record["gap"] for record in records if "gap" in record]
    return sum(gap["lines"] for gap in missing), sum(gap["bytes"] for gap in missing)


def orphaned(
    new_service: NewService, opener: Gate, install: str, *, declared: str = "", **options: Any
) -> tuple[Service, Client, str]:
    """Return a service with a task that has printed "started" and whose runner was killed."""
    service = new_service(**options)
    write_recipe(service.recipes, "web", install, declared=declared + PARAMETERS)
    service.start()
    client = service.client()
    task_id = client.install("web", gate=str(opener.path))
    with client.watch(task_id) as viewer:
        read_until(viewer, "started")
    kill_runner(service, task_id)
    return service, client, task_id


def test_every_line_of_an_orphan_is_told_as_missing(new_service: NewService, gate: NewGate) -> None:
    """The script ends its work; what it printed meanwhile is counted to the byte, and a viewer sees that as it happens."""
    first, second = gate("first"), gate("second")
    done = first.path.with_name("done")
    script = (
        'echo started\nread -r _ <"$GATE"\nfor i in $(seq 3000); do echo "line $i of some length"; done\n'
        f'read -r _ <{second.path}\nprintf "no secret is known by now: hunter2222"\ntouch {done}\n'
    )
    _, client, task_id = orphaned(new_service, first, script)
    printed = sum(len(f"line {i} of some length\n") for i in range(1, 3001))
    with client.watch(task_id) as viewer:
        assert read_until(viewer, "unwatched")[-1]["level"] == "WARN"
        status = client.status(task_id)
        assert (status["status"], status["activity"], status["stalled"]) == ("running", "", None)
        first.open()
        seen: list[dict[str, Any]] = []
        while gaps(seen) != (3000, printed):
            seen += read_until(viewer, "missing")
        second.open()
        seen += [json.loads(frame) for frame in viewer]
    assert done.exists()
    assert gaps(seen) == (3001, printed + len("no secret is known by now: hunter2222"))
    records = client.history(task_id)
    assert [record["seq"] for record in records] == list(range(len(records)))
    assert "hunter2222" not in json.dumps(records)
    status = client.status(task_id)
    assert (status["status"], status["error"]["code"]) == ("interrupted", "INTERRUPTED")
    assert "unwatched" in status["error"]["hint"]


def test_the_service_is_killed_as_well(new_service: NewService, gate: NewGate) -> None:
    """A new server finds the orphan again and goes on counting; what was printed meanwhile waits in the pipe, none is lost."""
    first, second = gate("first"), gate("second")
    script = f'echo started\nread -r _ <"$GATE"\nseq 100\nread -r _ <{second.path}\nseq 20000\n'
    service, client, task_id = orphaned(new_service, first, script)
    with client.watch(task_id) as viewer:
        read_until(viewer, "unwatched")
        service.kill()
    first.open()
    second.open()
    service.start()
    records = client.records(task_id)
    assert sum("unwatched" in record["message"] for record in records[:-1]) == 2
    printed = [
        *range(1, 101),
        *range(1, 20_001),
    ]  # more than a pipe holds, so the script has to wait for its reader
    assert gaps(records) == (len(printed), sum(len(f"{number}\n") for number in printed))
    assert client.status(task_id)["status"] == "interrupted"


def test_an_orphan_that_prints_nothing_leaves_no_gap(new_service: NewService, gate: NewGate) -> None:
    """Silence is no gap; no second task of the recipe begins before it has ended."""
    opener = gate()
    _, client, task_id = orphaned(new_service, opener, 'echo started\nread -r _ <"$GATE"\n')
    status, error = client.error("POST", "/v1/soft/install", json={"key": "web", "gate": str(opener.path)})
    assert (status, error["task_id"]) == (409, task_id)
    with client.watch(task_id) as viewer:
        read_until(viewer, "unwatched")
        opener.open()
    records = client.records(task_id)
    assert gaps(records) == (0, 0)
    assert records[0]["message"] == "started"
    assert len(records) == 3


@pytest.mark.parametrize("cause", ["cancel", "time limit"])
def test_nothing_is_left_of_an_orphan(new_service: NewService, gate: NewGate, cause: str) -> None:
    """Cancel and time limit end the whole tree, whatever it did to get away, within a second after the grace."""
    grace = 1
    limit = "timeout: 4\n" if cause == "time limit" else ""
    _, client, task_id = orphaned(new_service, gate(), TREE, declared=limit, runner={"kill_grace": grace})
    with client.watch(task_id) as viewer:
        read_until(viewer, "unwatched")
        assert len(carriers(task_id)) >= 5
        bare = bare_sleeper()
        began = time.monotonic()
        if cause == "cancel":
            answer = client.data("POST", f"/v1/soft/tasks/{task_id}/cancel")
            assert answer["canceling"] is True
            assert time.monotonic() - began < 1
        assert list(viewer)
    if cause == "cancel":
        assert time.monotonic() - began < grace + 1
    assert carriers(task_id) == {}
    assert status_of(bare) is None
    status = client.status(task_id)
    assert status["status"] == "interrupted"
    assert ("canceled" if cause == "cancel" else "time limit") in status["error"]["hint"]
    if cause == "cancel":
        assert "alice" in status["error"]["hint"]


def bare_sleeper() -> int:
    """Return the process of ``TREE`` that has no environment."""
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and (entry / "cmdline").read_bytes() == b"sleep\x001003\0":
                return int(entry.name)
    raise AssertionError("there is no `sleep 1003`")


def test_a_cancel_outlives_the_server(new_service: NewService, gate: NewGate) -> None:
    """Killed right after it has taken the cancel of an orphan, a new server ends it all the same."""
    service, client, task_id = orphaned(new_service, gate(), TREE, runner={"kill_grace": 30})
    with client.watch(task_id) as viewer:
        read_until(viewer, "unwatched")
    client.data("POST", f"/v1/soft/tasks/{task_id}/cancel")
    service.kill()
    assert carriers(task_id)
    edit_config(service, kill_grace=0)
    service.start()
    status = client.finish(task_id)
    assert "alice" in status["error"]["hint"]
    assert carriers(task_id) == {}


def edit_config(service: Service, **runner: Any) -> None:
    """Change the settings of a service that is down."""
    config = json.loads(service.config_file.read_text())
    service.config_file.write_text(json.dumps(config | {"runner": runner}))


def test_a_rollback_goes_on_without_its_runner(new_service: NewService, gate: NewGate) -> None:
    """A runner killed during the rollback: a cancel says that there is nothing to cancel, the rollback ends its work."""
    opener = gate()
    undone = opener.path.with_name("undone")
    service = new_service()
    write_recipe(
        service.recipes,
        "web",
        "exit 1\n",
        declared=PARAMETERS,
        rollback=f'echo rolling back\nread -r _ <"$GATE"\ntouch {undone}\n',
    )
    service.start()
    client = service.client()
    task_id = client.install("web", gate=str(opener.path))
    with client.watch(task_id) as viewer:
        read_until(viewer, "rolling back")
        answer = client.http.post(f"/v1/soft/tasks/{task_id}/cancel").json()
        assert (answer["success"], answer["data"]["canceling"]) == (True, False)
        assert "rollback" in answer["message"]
        kill_runner(service, task_id)
        read_until(viewer, "unwatched")
        assert client.data("POST", f"/v1/soft/tasks/{task_id}/cancel")["canceling"] is False
        opener.open()
        assert list(viewer)
    assert undone.exists()
    status = client.status(task_id)
    assert (status["status"], status["rollback"], status["phase"]) == ("interrupted", "failed", "rollback")


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    """A process that is nobody's business."""
    process = subprocess.Popen(["sleep", "1000"], start_new_session=True)
    yield process
    process.kill()
    process.wait()


def named(process: int) -> dict[str, int]:
    """Return how files of a task name a process."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return {"pid": process, "start_time": int(fields[19])}


def edit(path: Path, **values: Any) -> None:
    """Change values in a file of JSON."""
    path.write_text(json.dumps(json.loads(path.read_text()) | values) + "\n")


def test_a_number_that_came_back_is_not_touched(
    new_service: NewService, gate: NewGate, bystander: subprocess.Popen[bytes]
) -> None:
    """Where the files of a task name a foreign process as runner and script, it lives on, and the task ends."""
    service, client, task_id = orphaned_while_down(new_service, gate())
    for process in carriers(task_id):
        os.kill(process, signal.SIGKILL)
    edit(folder_of(service, task_id) / "started", **named(bystander.pid))
    edit(folder_of(service, task_id) / "live.json", script=named(bystander.pid))
    service.start()
    client.http.post(f"/v1/soft/tasks/{task_id}/cancel")
    assert client.finish(task_id)["status"] == "interrupted"
    assert bystander.poll() is None


def test_after_a_reboot_nothing_of_a_task_is_left(new_service: NewService, gate: NewGate) -> None:
    """Another boot id: whatever has the script's number and start now is somebody else, even if it looks the same."""
    service, client, task_id = orphaned_while_down(new_service, gate())
    (script,) = carriers(task_id)
    edit(folder_of(service, task_id) / "started", boot_id="0b6c1a66-0000-4000-8000-000000000000")
    service.start()
    status = client.finish(task_id)
    assert status["status"] == "interrupted"
    assert "restarted" in status["error"]["hint"]
    assert carriers(task_id).keys() == {script}
    os.kill(script, signal.SIGKILL)


def test_a_script_that_its_runner_could_not_name(new_service: NewService, gate: NewGate) -> None:
    """The runner was killed before it told which process the script is: it is found by what it runs, and counted."""
    opener = gate()
    service, client, task_id = orphaned_while_down(new_service, opener)
    (folder_of(service, task_id) / "live.json").write_bytes(b"\0" * 300)
    service.start()
    with client.watch(task_id) as viewer:
        read_until(viewer, "unwatched")
        opener.open()
        assert gaps([json.loads(frame) for frame in viewer]) == (1, 4)
    assert client.status(task_id)["status"] == "interrupted"


def orphaned_while_down(new_service: NewService, opener: Gate) -> tuple[Service, Client, str]:
    """Return a task whose server was killed, and whose runner after that."""
    service = new_service(runner={"kill_grace": 1})
    script = 'echo started\nread -r _ <"$GATE"\necho end\n'
    write_recipe(service.recipes, "web", script, declared=PARAMETERS)
    service.start()
    client = service.client()
    task_id = client.install("web", gate=str(opener.path))
    with client.watch(task_id) as viewer:
        read_until(viewer, "started")
    # The runner names the script a moment after it has started it.
    live = folder_of(service, task_id) / "live.json"
    until(lambda: '"script":{' in live.read_text(), "the name of the script")
    service.kill()
    kill_runner(service, task_id)
    return service, client, task_id


LAZY_INIT = """
import os, select, signal, subprocess, sys
service = subprocess.Popen(sys.argv[1:])
signal.signal(signal.SIGTERM, lambda *_: service.send_signal(signal.SIGTERM))
select.select([os.pidfd_open(service.pid)], [], [])
"""
"""A first process that takes leave of nobody but the service."""


@pytest.mark.machine
def test_a_first_process_that_does_not_reap(new_service: NewService, gate: NewGate) -> None:
    """Zombies count as ended: runner and script of an orphan stay in the process table, and the task ends all the same."""
    opener = gate()
    service = new_service(
        prefix=("unshare", "--pid", "--fork", "--mount-proc", "--kill-child", sys.executable, "-c", LAZY_INIT)
    )
    script = 'echo started\nsleep 1000 &\nread -r _ <"$GATE"\necho end\n'
    write_recipe(service.recipes, "web", script, declared=PARAMETERS)
    service.start()
    client = service.client()
    task_id = client.install("web", gate=str(opener.path))
    with client.watch(task_id) as viewer:
        read_until(viewer, "started")
        os.kill(outside(service, task_id), signal.SIGKILL)
        read_until(viewer, "unwatched")
        opener.open()
        assert gaps([json.loads(frame) for frame in viewer]) == (1, 4)
    assert client.status(task_id)["status"] == "interrupted"
    assert zombies_of(service) >= 2
    # A cancel of the next one, whose tree leaves zombies, too.
    task_id = client.install("web", gate=str(opener.path))
    with client.watch(task_id) as viewer:
        read_until(viewer, "started")
        os.kill(outside(service, task_id), signal.SIGKILL)
        read_until(viewer, "unwatched")
        client.data("POST", f"/v1/soft/tasks/{task_id}/cancel")
        assert list(viewer)
    assert "alice" in client.status(task_id)["error"]["hint"]
    assert service.process is not None
    os.kill(first_process(service), signal.SIGTERM)
    assert service.process.wait(timeout=20) == 0


def outside(service: Service, task_id: str) -> int:
    """Return the number that a task's runner has in our pid namespace."""
    inside = json.loads((folder_of(service, task_id) / "started").read_text())["pid"]
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and task_id.encode() in (entry / "cmdline").read_bytes():
                line = next(x for x in (entry / "status").read_text().splitlines() if x.startswith("NSpid:"))
                if line.split()[-1] == str(inside):
                    return int(entry.name)
    raise AssertionError(f"there is no runner of {task_id}")


def zombies_of(service: Service) -> int:
    """Return how many processes of the service's pid namespace have ended and were not taken leave of."""
    init = first_process(service)
    count = 0
    for child in Path(f"/proc/{init}/task/{init}/children").read_text().split():
        count += Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return count


def first_process(service: Service) -> int:
    """Return the first process of the service's pid namespace."""
    assert service.process is not None
    (init,) = Path(f"/proc/{service.process.pid}/task/{service.process.pid}/children").read_text().split()
    return int(init)
