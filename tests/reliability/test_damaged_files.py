"""Damaged files: put aside and named in the log once, and everything else is served."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.service import Service
from tests.tasks.recipes import Gate, write_gated, write_recipe

NewService = Callable[..., Service]
NewGate = Callable[..., Gate]
Damage = Callable[[Path], None]


def log_of(service: Service) -> str:
    """Return what the service has printed."""
    return (service.folder / "serve.log").read_text()


def zeros(path: Path) -> None:
    path.write_bytes(bytes(max(1, path.stat().st_size)))


def garbage(path: Path) -> None:
    path.write_bytes(bytes(range(1, 256)) * 5)


def nothing(path: Path) -> None:
    path.write_bytes(b"")


def list_of_lists(path: Path) -> None:
    path.write_text("[" * 200_000)


def folder(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.mkdir()


def link(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to("/etc/passwd")


def pipe(path: Path) -> None:
    path.unlink(missing_ok=True)
    os.mkfifo(path)


DAMAGES = [zeros, garbage, nothing, list_of_lists, folder, link, pipe]


class Scene:
    """A task that has ended well, one that has ended well but is not known to, one that runs, and one that waits."""

    def __init__(self, new_service: NewService, gate: NewGate) -> None:
        self.gate = gate()
        self.service = new_service(runner={"max_parallel": 2})
        for key in ("done", "unsettled", "spare"):
            write_recipe(self.service.recipes, key, "echo hello\n")
        for key in ("runs", "waits"):
            write_gated(self.service.recipes, key, declared="locks: [x]\n")
        self.service.start()
        self.alice = self.service.client()
        self.tasks: dict[str, str] = {}
        for key in ("done", "unsettled"):
            self.tasks[key] = self.alice.install(key)
            self.alice.finish(self.tasks[key])
        gate_path = str(self.gate.path)
        self.tasks["runs"] = self.alice.install("runs", gate=gate_path)
        with self.alice.watch(self.tasks["runs"]) as viewer:
            assert json.loads(viewer.recv())["message"] == "started"
        self.tasks["waits"] = self.alice.data(
            "POST",
            "/v1/soft/install",
            status=202,
            json={"key": "waits", "gate": gate_path},
            headers={"Idempotency-Key": "k"},
        )["task_id"]
        self.service.kill()

    def folder(self, key: str) -> Path:
        """Return the folder of a task."""
        return self.service.data_dir / "tasks" / self.tasks[key]

    def end(self, *keys: str) -> dict[str, dict[str, Any]]:
        """Let all go on; return how the tasks of ``keys``, all by default, ended."""
        self.gate.open()
        self.gate.open()
        return {key: self.alice.finish(self.tasks[key]) for key in keys or self.tasks}


@pytest.mark.parametrize("damage", DAMAGES)
def test_an_exit_record(new_service: NewService, gate: NewGate, damage: Damage) -> None:
    """What cannot be read is no success: the task is interrupted, the file put aside; one that was settled stays as it was."""
    scene = Scene(new_service, gate)
    with sqlite3.connect(scene.service.data_dir / "installcast.db") as database:
        database.execute("UPDATE tasks SET status = 'running' WHERE key = 'unsettled'")
    database.close()
    for key in ("done", "unsettled"):
        damage(scene.folder(key) / "exit.json")
    scene.service.start()
    ends = scene.end()
    assert {key: end["status"] for key, end in ends.items()} == {
        "done": "succeeded",
        "unsettled": "interrupted",
        "runs": "succeeded",
        "waits": "succeeded",
    }
    assert ends["unsettled"]["error"]["code"] == "OUTCOME_DAMAGED"
    assert os.path.lexists(scene.folder("unsettled") / "exit.json.damaged")
    assert log_of(scene.service).count(f"{scene.folder('unsettled')}/exit.json is damaged") == 1
    assert scene.alice.history(scene.tasks["done"])[0]["message"] == "hello"


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_journal(new_service: NewService, gate: NewGate, damage: Damage) -> None:
    """A log that is gone is empty, its task is what it was; a task that ended while nobody saw gets its last record."""
    scene = Scene(new_service, gate)
    with sqlite3.connect(scene.service.data_dir / "installcast.db") as database:
        database.execute("UPDATE tasks SET status = 'running' WHERE key = 'unsettled'")
    database.close()
    for key in ("done", "unsettled"):
        damage(scene.folder(key) / "journal.jsonl")
    scene.service.start()
    ends = scene.end("unsettled", "runs", "waits")
    assert {end["status"] for end in ends.values()} == {"succeeded"}
    assert scene.alice.status(scene.tasks["done"])["status"] == "succeeded"
    assert scene.alice.history(scene.tasks["done"]) == []
    assert scene.alice.history(scene.tasks["unsettled"])[-1]["final"] is True
    for path in ("/v1/log/download", "/v1/log/status"):
        answer = scene.alice.http.get(path, params={"task_id": scene.tasks["done"]})
        assert answer.status_code == 200
    assert scene.alice.http.get("/v1/soft/getlog", params={"fn": f"{scene.tasks['done']}.log"}).json()[
        "data"
    ]["logs"] == {"content": "", "completed": True}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", ["live.json", "task.json", "started", "request.json", "run.lock"])
def test_other_files_of_a_task(new_service: NewService, gate: NewGate, name: str, damage: Damage) -> None:
    """None of them keeps the service from its start, nor a task that runs from its right end."""
    if damage in (list_of_lists, nothing, garbage) and name == "run.lock":
        pytest.skip("a lock has no content")
    scene = Scene(new_service, gate)
    for key in ("done", "runs"):
        damage(scene.folder(key) / name)
    scene.service.start()
    ends = scene.end()
    assert {end["status"] for end in ends.values()} == {"succeeded"}
    assert "Traceback" not in log_of(scene.service)


def test_a_task_whose_description_is_damaged_while_it_waits(new_service: NewService, gate: NewGate) -> None:
    """It fails with the reason, and the next request of its recipe runs."""
    scene = Scene(new_service, gate)
    zeros(scene.folder("waits") / "task.json")
    scene.service.start()
    ends = scene.end()
    assert (ends["waits"]["status"], ends["waits"]["error"]["code"]) == ("failed", "RUNNER_START_FAILED")
    assert "task.json" in ends["waits"]["error"]["hint"]
    assert ends["runs"]["status"] == "succeeded"


def damaged_header(path: Path) -> None:
    path.write_bytes(b"\xff" * 100 + path.read_bytes()[100:])


def zeroed_pages(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:4096] + bytes(len(data) - 4096))
    path.with_name(f"{path.name}-wal").unlink(missing_ok=True)


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])
    path.with_name(f"{path.name}-wal").unlink(missing_ok=True)


def emptied(path: Path) -> None:
    path.write_bytes(b"")
    path.with_name(f"{path.name}-wal").unlink(missing_ok=True)


def removed(path: Path) -> None:
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()


def damaged_log(path: Path) -> None:
    """Damage the write-ahead log at its beginning: SQLite drops all of it in silence."""
    wal = path.with_name(f"{path.name}-wal")
    data = bytearray(wal.read_bytes())
    data[32 + 24 + 10] ^= 0xFF
    wal.write_bytes(data)


@pytest.mark.parametrize(
    "damage", [damaged_header, zeroed_pages, cut_short, emptied, removed, folder, damaged_log]
)
def test_the_database(new_service: NewService, gate: NewGate, damage: Damage) -> None:
    """All tasks are there again, in order, with owner and end; what ran is found, what waited runs, once; keys still count."""
    scene = Scene(new_service, gate)
    database = scene.service.data_dir / "installcast.db"
    damage(database)
    scene.service.start()
    alice, tasks = scene.alice, scene.tasks
    listed = alice.data("GET", "/v1/soft/tasks")["tasks"]
    assert [task["task_id"] for task in listed] == [*reversed(tasks.values())]
    assert [task["status"] for task in listed] == ["queued", "running", "succeeded", "succeeded"]
    again = alice.data(
        "POST",
        "/v1/soft/install",
        status=202,
        json={"key": "waits", "gate": str(scene.gate.path)},
        headers={"Idempotency-Key": "k"},
    )
    assert again["task_id"] == tasks["waits"]
    assert scene.service.client("bob").error("GET", f"/v1/soft/tasks/{tasks['done']}")[0] == 404
    ends = scene.end()
    assert {end["status"] for end in ends.values()} == {"succeeded"}
    assert [record["message"] for record in alice.history(tasks["waits"])].count("started") == 1
    if damage not in (removed, emptied, damaged_log):
        (aside,) = [
            path
            for path in database.parent.glob("installcast.db.damaged-*")
            if not path.name.endswith("-wal")
        ]
        assert log_of(scene.service).count(str(aside)) == 1
    if damage is not removed:
        assert "local users" in log_of(scene.service) or damage in (emptied, damaged_log)
    scene.service.kill()
    scene.service.start()
    assert len(alice.data("GET", "/v1/soft/tasks")["tasks"]) == len(tasks)
    assert len(list(database.parent.glob("installcast.db.damaged-*Z"))) <= 1


def test_a_database_that_is_damaged_while_it_is_in_use(new_service: NewService) -> None:
    """Requests are answered with what to do, the service goes on, and a new start makes it good."""
    service = new_service()
    write_recipe(service.recipes, "web", "echo hello\n")
    service.start()
    client = service.client()
    tasks = []
    for _ in range(12):
        tasks.append(client.install("web"))
        client.finish(tasks[-1])
    service.stop()
    service.start()
    database = service.data_dir / "installcast.db"
    with database.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (database.stat().st_size - 4096))
    status, error = client.error("GET", "/v1/soft/tasks", params={"limit": 100})
    assert (status, error["type"]) == (503, "database_damaged")
    assert client.http.get("/healthz").status_code == 200
    assert service.process is not None
    assert service.process.poll() is None
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(timeout=20) == 0
    service.start()
    listed = client.data("GET", "/v1/soft/tasks", params={"limit": 100})["tasks"]
    assert [task["task_id"] for task in listed] == tasks[::-1]
    assert {task["status"] for task in listed} == {"succeeded"}


def test_only_folders_are_left_of_a_data_folder(new_service: NewService) -> None:
    """A backup of the tasks' folders alone is enough to see them again."""
    service = new_service()
    write_recipe(service.recipes, "web", "echo hello\nexit 3\n")
    service.start()
    client = service.client()
    task_id = client.install("web", version="2.1")
    before = client.finish(task_id)
    service.stop()
    for file in service.data_dir.iterdir():
        if file.name not in ("tasks", "secret.key"):
            shutil.rmtree(file) if file.is_dir() else file.unlink()
    service.start()
    assert client.status(task_id) | {"started_at": None} == before | {"started_at": None}
