"""Which tasks a list shows: the condition and the order of the question to the database."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from installcast.errors import InvalidInputError
from installcast.tasks.state import ACTIVE, TaskStatus


def selection(
    statuses: Collection[TaskStatus],
    equal: Mapping[str, str | None],
    text: str,
    named: Collection[str],
    cursor: str | None,
) -> tuple[str, str, list[Any]]:
    """Return condition, order and values for what :meth:`~installcast.tasks.store.Store.page` tells.

    ``equal`` is column → value, ``None`` where any will do. Raises :class:`InvalidInputError`.
    """
    if cursor is not None and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
        raise InvalidInputError(field="cursor", reason="not a cursor of this list")
    given = {column: value for column, value in equal.items() if value is not None}
    conditions = [f"{column} = ?" for column in given]
    values: list[Any] = list(given.values())
    order = "number"
    if statuses:
        conditions.append(f"status IN ({marks(statuses)})")
        values += statuses
        if ACTIVE.issuperset(statuses):
            # The condition of the index of active tasks, to the letter: pages ask for these all the time. The plus keeps
            # SQLite from walking through all tasks by their number instead.
            conditions.append("status IN ('queued', 'running')")
            order = "+number"
    if text:
        conditions.append(f"(instr(task_id, ?) OR key IN ({marks(named)}))")
        values += [text.lower(), *named]
    if cursor is not None:
        conditions.append("number < ?")
        values.append(int(cursor))
    return " AND ".join(conditions) or "1", order, values


def marks(values: Collection[Any]) -> str:
    """Return the place holders of ``values``."""
    return ", ".join("?" * len(values))
