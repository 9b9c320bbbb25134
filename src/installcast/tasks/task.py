"""One task as the database holds it: a row of the table ``tasks``."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any, NamedTuple

from installcast.tasks.state import TaskStatus

_JSON_COLUMNS = ("parameters", "secret_names", "locks", "error", "results")


class Task(NamedTuple):
    """One row of the table ``tasks``. ``number`` is given by the store."""

    task_id: str
    key: str
    version: str
    action: str
    user: str
    created_at: str
    status: TaskStatus = TaskStatus.QUEUED
    parameters: dict[str, str] = {}  # noqa: RUF012 - of a named tuple, never changed
    secret_names: Sequence[str] = ()
    locks: Sequence[str] = ()
    started_at: str | None = None
    finished_at: str | None = None
    phase: str | None = None
    progress: int = 0
    step: str = ""
    current_step: int = 0
    total_steps: int = 0
    progress_basis: str = "none"
    exit_code: int | None = None
    error: dict[str, Any] | None = None
    rollback: str = "none"
    results: Sequence[dict[str, Any]] = ()
    last_seq: int | None = None
    canceled_by: str | None = None
    after_state: str | None = None
    masked: int = 0
    """How often a secret was replaced in its log."""
    log_removed: bool = False
    number: int = 0


class TaskPage(NamedTuple):
    """A part of the list of tasks, newest first. ``next_cursor`` is ``None`` on the last page."""

    tasks: list[Task]
    next_cursor: str | None


def encode_column(column: str, value: Any) -> Any:
    """Return ``value`` as ``column`` stores it."""
    if column in _JSON_COLUMNS and value is not None:
        return json.dumps(value, ensure_ascii=False, default=list)
    return value


def task_of(row: sqlite3.Row) -> Task:
    """Return what a whole row of the table says."""
    values = {name: row[name] for name in Task._fields}
    for column in _JSON_COLUMNS:
        values[column] = None if values[column] is None else json.loads(values[column])
    values["status"] = TaskStatus(values["status"])
    values["log_removed"] = bool(values["log_removed"])
    return Task(**values)
