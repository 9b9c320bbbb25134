"""A disk without space, or without names to give: the install goes on and ends right, and what is lost of its log is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.reliability.mounts import MountNamespace, fill
from tests.runner.conftest import wait_until
from tests.service import Client, Service
from tests.tasks.recipes import GATE_PARAMETER, Gate, write_gated, write_recipe
from tests.until import until

NewService = Callable[..., Service]
NewGate = Callable[[str], Gate]

pytestmark = pytest.mark.machine

PRINTER = """
echo begun
read -r x < "$GATE"
seq -f 'line %06.0f of the output of an install that prints a lot' 20000
echo printed > "$GATE.told"
read -r x < "$GATE"
read -r -t 1.5 x <> <(:)
seq -f 'later %03.0f' 100
"""
"""Prints 1.1 MB at once, and a little later."""


@pytest.fixture
def namespace() -> Iterator[MountNamespace]:
    with MountNamespace() as made:
        yield made


@pytest.fixture
def small(
    namespace: MountNamespace, new_service: NewService, gate: NewGate
) -> Callable[[str], tuple[Service, Gate, Path]]:
    """A service whose tasks lie on a small file system with the given options, a gate, and their folder seen from here."""

    def make(options: str) -> tuple[Service, Gate, Path]:
        service = new_service(prefix=namespace.prefix, runner={"isolation": "session"})
        tasks = service.data_dir / "tasks"
        for folder in (service.data_dir, tasks):
            folder.mkdir(mode=0o700)
        namespace.run("mount", "-t", "tmpfs", "-o", f"mode=700,{options}", "tmpfs", tasks)
        write_recipe(service.recipes, "printer", PRINTER, declared=f"parameters:\n{GATE_PARAMETER}")
        write_recipe(service.recipes, "other")
        service.start()
        return service, gate("gate"), namespace.outside(tasks)

    return make


def refused(client: Client) -> None:
    """Check that an install is refused, the reason given in both languages, and that a probe is told beforehand."""
    status, error = client.error("GET", "/readyz")
    assert (status, error["type"]) == (503, "no_room")
    assert client.http.get("/healthz").status_code == 200
    status, error = client.error("POST", "/v1/soft/install", json={"key": "other"})
    assert (status, error["type"]) == (507, "insufficient_storage")
    assert "space" in error["detail"]
    answer = client.http.post("/v1/soft/install", json={"key": "other"}, headers={"Accept-Language": "zh-CN"})
    assert (answer.status_code, "空间" in answer.json()["message"]) == (507, True)


def take_all_names(folder: Path) -> list[Path]:
    """Make files in ``folder`` until no more can be made; return them."""
    taken: list[Path] = []
    with suppress(OSError):
        while True:
            path = folder / f"name{len(taken)}"
            path.touch()
            taken.append(path)
    return taken


@pytest.mark.parametrize("space", ["comes back in the middle", "comes back at the end"])
def test_no_space(small: Callable[[str], tuple[Service, Gate, Path]], space: str) -> None:
    """The script is never held up; one record tells what is missing, at its place, and what comes later is there."""
    service, gate, tasks = small("size=8m")
    client = service.client()
    task_id = client.install("printer", gate=str(gate.path))
    with client.watch(task_id) as viewer:
        assert json.loads(viewer.recv(timeout=30))["message"] == "begun"
        ballast = fill(tasks)
        refused(client)
        gate.open()
        gate.wait()
        refused(client)
        if space == "comes back in the middle":
            ballast.unlink()
            gate.open()
        else:
            gate.open()
            end = tasks / task_id / "exit.json"
            wait_until(end.exists, [end.parent])
            ballast.unlink()
        seen = [json.loads(frame) for frame in viewer]
    status = client.status(task_id)
    assert (status["status"], status["exit_code"]) == ("succeeded", 0)
    records = client.history(task_id)
    assert records[1:] == seen
    assert [record["seq"] for record in records] == list(range(len(records)))
    gaps = [record for record in records if "gap" in record]
    assert len(gaps) == 1
    printed = [record["message"] for record in records if "gap" not in record and not record.get("kind")][:-1]
    before = gaps[0]["seq"]
    assert printed[:before] == [
        "begun",
        *(f"line {n:06d} of the output of an install that prints a lot" for n in range(1, before)),
    ]
    if space == "comes back in the middle":
        assert printed[-100:] == [f"later {n:03d}" for n in range(1, 101)]
    size = len("line 000001 of the output of an install that prints a lot\n")
    assert gaps[0]["gap"]["lines"] == 20_101 - len(printed)
    assert size * 10_000 < gaps[0]["gap"]["bytes"] <= size * 20_000 + 1000
    assert client.http.get("/readyz").status_code == 200
    assert client.finish(client.install("other"))["status"] == "succeeded"


def test_no_space_when_its_turn_comes(
    namespace: MountNamespace, new_service: NewService, gate: NewGate
) -> None:
    """An accepted install that finds the disk full when its turn comes waits, says why, and runs when there is room."""
    service = new_service(prefix=namespace.prefix, runner={"isolation": "session", "max_parallel": 1})
    tasks = service.data_dir / "tasks"
    for folder in (service.data_dir, tasks):
        folder.mkdir(mode=0o700)
    namespace.run("mount", "-t", "tmpfs", "-o", "mode=700,size=8m", "tmpfs", tasks)
    opener = gate("gate")
    write_gated(service.recipes, "first")
    write_recipe(service.recipes, "second")
    service.start()
    client = service.client()
    first = client.install("first", gate=str(opener.path))
    with client.watch(first) as viewer:
        assert json.loads(viewer.recv(timeout=30))["message"] == "started"
        second = client.install("second")
        ballast = fill(namespace.outside(tasks))
        opener.open()
        assert json.loads(list(viewer)[-1])["status"] == "succeeded"
    until(lambda: "space" in client.status(second)["activity"], "the reason")
    status = client.status(second)
    assert (status["status"], status["queue_position"]) == ("queued", 1)
    ballast.unlink()
    assert client.finish(second)["status"] == "succeeded"
    assert client.status(second)["activity"] == ""


def test_no_names(small: Callable[[str], tuple[Service, Gate, Path]]) -> None:
    """A running task needs no new file until its end: nothing is lost of its log; new ones wait for better times."""
    service, gate, tasks = small("size=64m,nr_inodes=200")
    client = service.client()
    task_id = client.install("printer", gate=str(gate.path))
    with client.watch(task_id) as viewer:
        assert json.loads(viewer.recv(timeout=30))["message"] == "begun"
        taken = take_all_names(tasks)
        assert taken
        refused(client)
        gate.open()
        gate.wait()
        gate.open()
        seen = [json.loads(frame) for frame in viewer]
    assert client.status(task_id)["status"] == "succeeded"
    assert len(seen) == 20_101
    assert not any("gap" in record for record in seen)
    for path in taken:
        path.unlink()
    assert client.finish(client.install("other"))["status"] == "succeeded"
