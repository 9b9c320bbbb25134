"""Damaged files: put aside and named in the log once, and everything else is served."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.service import Client, Service
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
    elsewhere = path.with_name("elsewhere")
    elsewhere.write_text("not ours\n")
    path.symlink_to(elsewhere)


def pipe(path: Path) -> None:
    path.unlink(missing_ok=True)
    os.mkfifo(path)


FILES = ("journal.jsonl", "exit.json", "live.json", "task.json", "started", "request.json", "run.lock")
CONTENT = [zeros, garbage, nothing, list_of_lists]
DAMAGES = [*CONTENT, folder, link, pipe]


def gated(service: Service, key: str, client: Client, opener: Gate, **body: Any) -> str:
    """Return a task that has printed "started" and waits."""
    write_gated(service.recipes, key)
    task_id = client.install(key, gate=str(opener.path), **body)
    with client.watch(task_id) as viewer:
        assert json.loads(viewer.recv())["message"] == "started"
    return task_id


def ended(service: Service, key: str, client: Client) -> str:
    """Return a task that has ended well."""
    write_recipe(service.recipes, key, "echo hello\n")
    task_id = client.install(key)
    assert client.finish(task_id)["status"] == "succeeded"
    return task_id


def forget_ends(service: Service, task_ids: Iterable[str]) -> None:
    """Let the database of a service that is down believe that tasks are still running."""
    database = sqlite3.connect(service.data_dir / "installcast.db")
    with database:
        for task_id in task_ids:
            database.execute("UPDATE tasks SET status = 'running' WHERE task_id = ?", (task_id,))
    database.close()


def test_files_of_tasks_that_have_ended(new_service: NewService) -> None:
    """What cannot be read is no success, and put aside; a log that is gone is empty; what was settled stays as it was."""
    service = new_service()
    service.start()
    client = service.client()
    folders = service.data_dir / "tasks"
    settled = {damage: ended(service, f"s{place}", client) for place, damage in enumerate(DAMAGES)}
    no_exit = {damage: ended(service, f"e{place}", client) for place, damage in enumerate(DAMAGES)}
    no_log = {damage: ended(service, f"l{place}", client) for place, damage in enumerate(DAMAGES)}
    sound = ended(service, "sound", client)
    service.kill()
    forget_ends(service, [*no_exit.values(), *no_log.values(), sound])
    for damage in DAMAGES:
        for name in FILES:
            damage(folders / settled[damage] / name)
        damage(folders / no_exit[damage] / "exit.json")
        damage(folders / no_log[damage] / "journal.jsonl")
    service.start()
    for damage in DAMAGES:
        status = client.finish(no_exit[damage])
        assert (status["status"], status["error"]["code"]) == ("interrupted", "OUTCOME_DAMAGED"), damage
        assert os.path.lexists(folders / no_exit[damage] / "exit.json.damaged")
        assert log_of(service).count(f"{no_exit[damage]}/exit.json is damaged") == 1
        assert client.history(no_exit[damage])[0]["message"] == "hello"

        assert client.finish(no_log[damage])["status"] == "succeeded", damage
        assert client.history(no_log[damage])[-1]["final"] is True

        task_id = settled[damage]
        assert client.status(task_id)["status"] == "succeeded"
        assert client.history(task_id) == []
        assert client.records(task_id) == []
        assert client.http.get("/v1/log/download", params={"task_id": task_id}).text == ""
        logs = client.data("GET", "/v1/soft/getlog", params={"fn": f"{task_id}.log"})["logs"]
        assert logs == {"content": "", "completed": True}
    assert client.finish(sound)["status"] == "succeeded"
    assert "Traceback" not in log_of(service)


def test_files_of_tasks_that_run(new_service: NewService, gate: NewGate) -> None:
    """None of them keeps the service from its start, nor a task that runs from its right end."""
    openers = [gate(f"gate{place}") for place, _ in enumerate(DAMAGES)]
    service = new_service(runner={"max_parallel": 20})
    service.start()
    client = service.client()
    tasks = {
        damage: gated(service, f"r{place}", client, openers[place]) for place, damage in enumerate(DAMAGES)
    }
    service.kill()
    for damage, task_id in tasks.items():
        for name in FILES[2:] if damage not in CONTENT else FILES[2:-1]:
            damage(service.data_dir / "tasks" / task_id / name)
    service.start()
    for opener in openers:
        opener.open()
    for damage, task_id in tasks.items():
        assert client.finish(task_id)["status"] == "succeeded", damage
        assert [record["message"] for record in client.history(task_id)].count("started") == 1
    assert "Traceback" not in log_of(service)


class Scene:
    """One task that has ended, one that runs, and one that waits; the service is down."""

    def __init__(self, new_service: NewService, gate: NewGate) -> None:
        self.gate = gate()
        self.service = new_service(runner={"max_parallel": 1})
        self.service.start()
        self.alice = self.service.client()
        self.tasks = {
            "done": ended(self.service, "done", self.alice),
            "runs": gated(self.service, "runs", self.alice, self.gate),
        }
        write_gated(self.service.recipes, "waits")
        self.tasks["waits"] = self.ask_with_key()
        self.service.kill()

    def ask_with_key(self) -> str:
        """Return the task that a request with an ``Idempotency-Key`` stands for."""
        body = {"key": "waits", "gate": str(self.gate.path)}
        headers = {"Idempotency-Key": "k"}
        answer = self.alice.data("POST", "/v1/soft/install", status=202, json=body, headers=headers)
        return str(answer["task_id"])

    def folder(self, key: str) -> Path:
        """Return the folder of a task."""
        return self.service.data_dir / "tasks" / self.tasks[key]

    def end(self) -> dict[str, dict[str, Any]]:
        """Let all go on; return how they ended."""
        self.gate.open()
        self.gate.open()
        return {key: self.alice.finish(task_id) for key, task_id in self.tasks.items()}


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
    fold_log(path)
    path.write_bytes(b"\xff" * 100 + path.read_bytes()[100:])


def zeroed_pages(path: Path) -> None:
    fold_log(path)
    data = path.read_bytes()
    path.write_bytes(data[:4096] + bytes(len(data) - 4096))


def cut_short(path: Path) -> None:
    fold_log(path)
    path.write_bytes(path.read_bytes()[:5000])


def emptied(path: Path) -> None:
    fold_log(path)
    path.write_bytes(b"")


def removed(path: Path) -> None:
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()


def damaged_log(path: Path) -> None:
    """Damage the write-ahead log at its beginning: SQLite drops all of it in silence."""
    wal = path.with_name(f"{path.name}-wal")
    data = bytearray(wal.read_bytes())
    data[32 + 24 + 10] ^= 0xFF
    wal.write_bytes(data)


def fold_log(path: Path) -> None:
    """Bring what a killed service left in the write-ahead log into the database itself: it would heal it."""
    sqlite3.connect(path).executescript("PRAGMA wal_checkpoint(TRUNCATE)").connection.close()


@pytest.mark.parametrize(
    "damage",
    [
        damaged_header,
        damaged_log,
        removed,
        pytest.param(zeroed_pages, marks=pytest.mark.soak),
        pytest.param(cut_short, marks=pytest.mark.soak),
        pytest.param(emptied, marks=pytest.mark.soak),
        pytest.param(folder, marks=pytest.mark.soak),
    ],
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
    assert [task["status"] for task in listed] == ["queued", "running", "succeeded"]
    assert scene.ask_with_key() == tasks["waits"]
    assert scene.service.client("bob").error("GET", f"/v1/soft/tasks/{tasks['done']}")[0] == 404
    assert {end["status"] for end in scene.end().values()} == {"succeeded"}
    assert [record["message"] for record in alice.history(tasks["waits"])].count("started") == 1
    aside = list(database.parent.glob("installcast.db.damaged-*Z"))
    assert len(aside) == (damage in (damaged_header, zeroed_pages, cut_short, folder))
    for path in aside:
        assert log_of(scene.service).count(str(path)) == 1
        assert "local users are lost" in log_of(scene.service)
    scene.service.kill()
    scene.service.start()
    assert len(alice.data("GET", "/v1/soft/tasks")["tasks"]) == len(tasks)
    assert [*database.parent.glob("installcast.db.damaged-*Z")] == aside


def test_a_database_that_is_damaged_while_it_is_in_use(new_service: NewService) -> None:
    """Requests are answered with what to do, the service goes on, and a new start makes it good."""
    service = new_service()
    service.start()
    client = service.client()
    task_id = ended(service, "web", client)
    service.stop()
    database = service.data_dir / "installcast.db"
    # More than SQLite keeps in memory.
    connection = sqlite3.connect(database)
    with connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(tasks)")][2:]
        names = ", ".join(columns)
        many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000)"
        connection.execute(
            f"{many} INSERT INTO tasks (task_id, {names}) SELECT 'old-' || i, {names} FROM n, tasks"  # noqa: S608
        )
    connection.close()
    service.start()
    with database.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (database.stat().st_size - 4096))
    answers = [
        client.http.get("/v1/soft/tasks", params={"limit": 1000, "cursor": str(cursor)})
        for cursor in range(1000, 30000, 1000)
    ]
    refused = [answer.json()["error"]["type"] for answer in answers if answer.status_code == 503]
    assert "database_damaged" in refused
    assert {answer.status_code for answer in answers} <= {200, 503}
    assert client.http.get("/healthz").status_code == 200
    service.stop()
    service.start()
    assert [task["task_id"] for task in client.data("GET", "/v1/soft/tasks")["tasks"]] == [task_id]
    assert client.history(task_id)[0]["message"] == "hello"


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
    # Without the database, a task began when its runner did.
    unknown = {"started_at": None, "seconds": None}
    assert client.status(task_id) | unknown == before | unknown
