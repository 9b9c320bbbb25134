"""A clock that is wrong: nobody's process is touched, no duration is negative, and nothing is deleted in masses."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta

from installcast.record import timestamp
from tests.service import Service
from tests.tasks.recipes import Gate, write_gated, write_recipe

NewService = Callable[..., Service]

DAY = 86_400


def shift(service: Service, days: float) -> None:
    """Let all that a service which is down has noted be ``days`` later, as if its clock had been so far ahead then."""
    with closing(sqlite3.connect(service.data_dir / "installcast.db")) as database, database:
        for column in ("created_at", "started_at", "finished_at"):
            query = f"SELECT number, {column} FROM tasks WHERE {column} IS NOT NULL"  # noqa: S608
            rows = database.execute(query).fetchall()
            for number, text in rows:
                moved = datetime.fromisoformat(text) + timedelta(days=days)
                database.execute(
                    f"UPDATE tasks SET {column} = ? WHERE number = ?",  # noqa: S608
                    (timestamp(moved.astimezone(UTC).timestamp()), number),
                )
        (value,) = database.execute("SELECT value FROM facts WHERE name = 'clock'").fetchone()
        wall, trial = json.loads(value)
        database.execute("UPDATE facts SET value = ?", (json.dumps([wall + days * DAY, trial]),))


def test_forward_by_400_days(new_service: NewService) -> None:
    """Between two runs the clock leaps: every log is old now, none is removed, and the log says why."""
    service = new_service()
    write_recipe(service.recipes, "web", "echo hello\n")
    service.start()
    client = service.client()
    tasks = [client.install("web")]
    client.finish(tasks[0])
    tasks.append(client.install("web"))
    client.finish(tasks[1])
    service.stop()
    shift(service, -400)
    for _ in range(2):
        service.start()
        for task_id in tasks:
            assert client.history(task_id)[0]["message"] == "hello"
        service.stop()
    assert (service.folder / "serve.log").read_text().count("The clock leapt") == 1


def test_back_by_two_hours(new_service: NewService, gate: Callable[..., Gate]) -> None:
    """A task that began in what is now the future ends well, not before it began, and the newest one is still listed first."""
    opener = gate()
    service = new_service()
    write_gated(service.recipes, "web")
    write_recipe(service.recipes, "other", "echo hello\n")
    service.start()
    client = service.client()
    running = client.install("web", gate=str(opener.path))
    with client.watch(running) as viewer:
        assert json.loads(viewer.recv())["message"] == "started"
    service.kill()
    shift(service, 2 / 24)
    service.start()
    newest = client.install("other")
    client.finish(newest)
    opener.open()
    status = client.finish(running)
    assert status["status"] == "succeeded"
    assert status["created_at"] <= status["started_at"] <= status["finished_at"]
    assert datetime.fromisoformat(status["finished_at"]).timestamp() > time.time() + 3600
    listed = client.data("GET", "/v1/soft/tasks")["tasks"]
    assert [task["task_id"] for task in listed] == [newest, running]
