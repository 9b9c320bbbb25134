"""What the last days were like: ends by day, causes, durations."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from installcast.tasks.state import TaskStatus
from installcast.tasks.statistics import Span
from installcast.tasks.store import Store, Task

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """An open store."""
    opened = await Store(tmp_path / "installcast.db").open()
    yield opened
    await opened.close()


async def add(
    store: Store,
    number: int,
    ended: str | None,
    status: TaskStatus = TaskStatus.SUCCEEDED,
    *,
    key: str = "nginx",
    user: str = "alice",
    **columns: Any,
) -> None:
    """Store a task that ended at ``ended``, a time of 2026 without its zone."""
    finished = ended and f"2026-{ended}Z"
    task_id = f"{key}-1-{number:04d}"
    created = "2026-01-01T00:00:00.000000Z"
    await store.add(
        Task(task_id, key, "1", "install", user, created, status, finished_at=finished, **columns)
    )


async def test_days_causes_and_what_is_active(store: Store) -> None:
    """Every day of the span is there, with zeros; failures count by their code, most first; others' tasks do not count."""
    await add(store, 1, "03-07T23:59:59.999999")
    await add(store, 2, "03-08T00:00:00.000000")
    await add(store, 3, "03-10T23:59:59.999999", TaskStatus.CANCELED)
    for number, code in enumerate(("B", "A", "A"), 4):
        await add(store, number, "03-10T10:00:00.000000", TaskStatus.FAILED, error={"code": code})
    await add(store, 7, "03-09T10:00:00.000000", TaskStatus.ENDED)
    await add(store, 8, "03-09T10:00:00.000000", TaskStatus.INTERRUPTED, user="bob")
    await add(store, 9, None, TaskStatus.RUNNING, key="php")
    await add(store, 10, None, TaskStatus.QUEUED, key="redis", user="bob")
    found = await store.statistics(Span.ending(NOW, 3), "alice")
    assert (found["from"], found["to"]) == ("2026-03-08", "2026-03-10")
    counted = [tuple(day.values()) for day in found["days"]]
    assert counted == [("2026-03-08", 1, 0, 0, 0), ("2026-03-09", 0, 0, 0, 0), ("2026-03-10", 0, 3, 1, 0)]
    assert list(found["days"][0]) == ["date", "succeeded", "failed", "canceled", "interrupted"]
    assert found["causes"] == [{"code": "A", "count": 2}, {"code": "B", "count": 1}]
    assert (found["running"], found["queued"]) == (1, 0)
    everybody = await store.statistics(Span.ending(NOW, 3), None)
    assert (everybody["queued"], everybody["days"][1]["interrupted"]) == (1, 1)


@pytest.mark.parametrize(("offset", "day"), [(0, "2026-03-09"), (480, "2026-03-10"), (-600, "2026-03-09")])
async def test_days_of_the_reader(store: Store, offset: int, day: str) -> None:
    """A task counts on the day that its end had where the reader lives; the last day is today there."""
    await add(store, 1, "03-09T20:00:00.000000")
    found = await store.statistics(Span.ending(NOW, 2, offset), None)
    assert [entry["date"] for entry in found["days"] if entry["succeeded"]] == [day]
    assert found["to"] == "2026-03-10"


async def test_durations_of_successes(store: Store) -> None:
    """Median, 90th percentile and the last run, of each kind; a failure and a task that never began say nothing."""
    for number, seconds in enumerate((30, 10, 50, 20), 1):
        started = f"2026-03-10T10:{number:02d}:00.000000Z"
        await add(store, number, f"03-10T10:{number:02d}:{seconds}.500000", started_at=started)
    await add(
        store,
        5,
        "03-10T10:09:00.000000",
        key="php",
        started_at="2026-03-10T10:10:00.000000Z",
    )
    await add(
        store,
        6,
        "03-10T11:00:00.000000",
        TaskStatus.FAILED,
        started_at="2026-03-10T10:59:00.000000Z",
    )
    await add(store, 7, "03-10T11:30:00.000000")
    found = await store.statistics(Span.ending(NOW, 1), None)
    kind = {"version": "1", "action": "install"}
    assert found["durations"] == [
        {
            "key": "nginx",
            **kind,
            "runs": 4,
            "median_seconds": 25.5,
            "p90_seconds": 50.5,
            "last_seconds": 20.5,
        },
        # Its clock was set back while it ran.
        {"key": "php", **kind, "runs": 1, "median_seconds": 0.0, "p90_seconds": 0.0, "last_seconds": 0.0},
    ]
