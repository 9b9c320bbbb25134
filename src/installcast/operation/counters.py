"""Counts that outlive a restart: written in the transaction that stores the end of a task, so each end counts once.

They are kept apart from the tasks, since rows of tasks are removed one day, and a counter must not fall.
"""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime

from installcast.parse.causes import CAUSES
from installcast.parse.diagnose import Error
from installcast.runner import causes
from installcast.tasks.task import Task

TASKS = "tasks"
DURATION = "task_duration"
QUEUE_WAIT = "task_queue_wait"
MASKED = "masked"

BUCKETS = (1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0, 3600.0, 7200.0, 14400.0)
"""Upper ends in seconds: from a package that is there already to the default time limit."""

OTHER_CAUSE = "OTHER"
"""For all codes that scripts make up: their number has no limit."""

_MADE_CAUSES = frozenset(
    {"TIMEOUT", "INTERRUPTED", "RUNNER_START_FAILED", "OUTCOME_DAMAGED", "TASK_FOLDER_LOST"}
)
_KNOWN_CAUSES = (
    {cause.code for cause in CAUSES}
    | {error.code for error in vars(causes).values() if isinstance(error, Error)}
    | _MADE_CAUSES
)

_ADD = """
INSERT INTO counters (name, labels, value) VALUES (?, ?, ?)
ON CONFLICT (name, labels) DO UPDATE SET value = value + excluded.value
"""


def count_end(connection: sqlite3.Connection, task: Task) -> None:
    """Count the end of ``task``. To be called within a transaction."""
    result = task.status.value
    code = str((task.error or {}).get("code") or "")
    cause = code if not code or code in _KNOWN_CAUSES else OTHER_CAUSE
    _add(connection, TASKS, [task.action, result, cause], 1)
    if task.masked:
        _add(connection, MASKED, [], task.masked)
    if task.started_at and task.finished_at:
        _observe(connection, DURATION, [task.action, result], _seconds(task.started_at, task.finished_at))
        _observe(connection, QUEUE_WAIT, [], _seconds(task.created_at, task.started_at))


def read_counters(connection: sqlite3.Connection) -> dict[str, dict[tuple[str, ...], float]]:
    """Return name → values of the labels → value."""
    counters: dict[str, dict[tuple[str, ...], float]] = {}
    for row in connection.execute("SELECT name, labels, value FROM counters"):
        counters.setdefault(row["name"], {})[tuple(json.loads(row["labels"]))] = row["value"]
    return counters


def bucket_of(seconds: float) -> str:
    """Return the upper end of the bucket that ``seconds`` fall into, as Prometheus writes it."""
    return next((f"{end:g}" for end in BUCKETS if seconds <= end), "+Inf")


def _observe(connection: sqlite3.Connection, name: str, labels: list[str], seconds: float) -> None:
    _add(connection, f"{name}_bucket", [*labels, bucket_of(seconds)], 1)
    _add(connection, f"{name}_sum", labels, seconds)


def _add(connection: sqlite3.Connection, name: str, labels: list[str], value: float) -> None:
    connection.execute(_ADD, (name, json.dumps(labels), value))


def _seconds(began: str, ended: str) -> float:
    # The clock may have been set back meanwhile.
    return max(0.0, (datetime.fromisoformat(ended) - datetime.fromisoformat(began)).total_seconds())
