"""Retention never deletes what lives, and whoever reads a log gets all of it or a clear word."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing

import httpx

from installcast.tasks.adoption import was_run
from tests.service import Service
from tests.tasks.recipes import Gate, write_gated, write_recipe
from tests.until import until

NewService = Callable[..., Service]


def age(service: Service) -> None:
    """Let all tasks of a service that is down be eight days older."""
    with closing(sqlite3.connect(service.data_dir / "installcast.db")) as database, database:
        for column in ("created_at", "started_at", "finished_at"):
            database.execute(
                f"UPDATE tasks SET {column} = strftime('%Y-%m-%dT%H:%M:%S', {column}, '-8 days') || '.000000Z'"  # noqa: S608
            )


def test_old_logs_go_and_what_lives_stays(new_service: NewService, gate: Callable[..., Gate]) -> None:
    """A running and a waiting task, asked for eight days ago, go on; what has ended is gone as a whole, with a clear answer."""
    opener = gate()
    service = new_service(runner={"max_parallel": 1})
    write_recipe(service.recipes, "old", "echo hello\n")
    for key in ("runs", "waits"):
        write_gated(service.recipes, key)
    service.start()
    client = service.client()
    old = client.install("old")
    before = client.finish(old)
    runs, waits = (client.install(key, gate=str(opener.path)) for key in ("runs", "waits"))
    with client.watch(runs) as viewer:
        assert json.loads(viewer.recv())["message"] == "started"
    service.kill()
    age(service)
    service.start()
    # The first look comes soon after the start.
    until(lambda: not (service.data_dir / "tasks" / old).exists(), "the end of the old log")
    status, error = client.error("GET", "/v1/log/history", params={"task_id": old})
    assert (status, error["type"]) == (410, "log_removed")
    assert client.error("GET", "/v1/log/download", params={"task_id": old})[0] == 410
    assert client.status(old)["status"] == before["status"] == "succeeded"
    assert was_run(service.data_dir / "tasks" / runs)
    opener.open()
    opener.open()
    assert [client.finish(task_id)["status"] for task_id in (runs, waits)] == ["succeeded"] * 2
    assert client.history(runs)[0]["message"] == "started"
    assert httpx.get(f"{service.url}/healthz").status_code == 200
