"""Task state in SQLite: one connection, on one thread.

The journal mode is WAL, where a commit costs one fsync and not four, and ``synchronous`` is FULL: what was answered with
202 survives a power cut. The connection holds the file for itself (``locking_mode=EXCLUSIVE``): SQLite before 3.51.3 can
corrupt a WAL database that several connections write, and so a curious second one is refused, not risked.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any, Self, TypeVar

from installcast.errors import (
    DatabaseDamagedError,
    InsufficientStorageError,
    StorageFailedError,
    TaskActiveError,
    TaskNotFoundError,
)
from installcast.tasks import idempotency as keys
from installcast.tasks import users
from installcast.tasks.database import DAMAGE, LOSS, Transaction, open_database, primary_code
from installcast.tasks.idempotency import Idempotency
from installcast.tasks.listing import marks, selection
from installcast.tasks.state import TaskStatus, transition
from installcast.tasks.statistics import Span, collect
from installcast.tasks.task import Task, TaskPage, encode_column, task_of
from installcast.tasks.users import User

__all__ = ["Idempotency", "Store", "Task", "TaskPage", "User"]

_UNUSABLE = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN})
"""Result codes that speak of the disk, not of the statement."""

_Result = TypeVar("_Result")

EndHook = Callable[[sqlite3.Connection, Task], None]
"""Writes what the end of a task means elsewhere, in the transaction that stores the end: both are there, or neither."""

logger = logging.getLogger("installcast.tasks")


class Store:
    """The database at ``path``. Its methods may be called from one event loop; each is one transaction.

    All of them raise :class:`InsufficientStorageError` when the disk is full, and :class:`StorageFailedError` when it, or the
    database, does not work as it should; then nothing is changed.
    """

    def __init__(self, path: Path, on_end: Sequence[EndHook] = ()) -> None:
        self.path = path
        self._on_end = on_end
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="installcast-store")
        self._connection: sqlite3.Connection
        self.is_whole = True
        """All that was ever stored is there, as far as anybody can tell: the database is not new, and was not damaged."""

    async def open(self) -> Self:
        """Open the database, made if need be, mode 0600. A damaged one is put aside.

        Raises :class:`ConfigurationError` when it was written by a newer version or cannot be used now.
        """
        await self._run(self._open)
        return self

    async def close(self) -> None:
        """Close it. Nothing may be asked after this."""
        await self._run(self._connection.close)
        self._thread.shutdown()

    # --- tasks --------------------------------------------------------------------------------------------------

    async def add(self, task: Task, idempotency: Idempotency | None = None) -> Task:
        """Store ``task`` and return it; or the earlier one that the same user's same ``idempotency`` key stands for.

        Raises :class:`IdempotencyMismatchError`, and :class:`TaskActiveError`, which names the active task.
        """
        return await self._run(self._add, task, idempotency)

    async def remembered(self, user: str, key: str) -> tuple[Task, str] | None:
        """Return the task that an ``Idempotency-Key`` of ``user`` stands for, and its ``body_hash``; or ``None``."""
        return await self._run(self._remembered, user, key)

    async def get(self, task_id: str) -> Task | None:
        """Return a task, or ``None``."""
        return await self._run(self._get, task_id)

    async def active(self) -> list[Task]:
        """Return queued and running tasks in the order in which they were asked for."""
        return await self._run(self._select, "status IN ('queued', 'running') ORDER BY number")

    async def made_whole(self) -> None:
        """Note that what the database had lost is there again."""
        await self._run(self._execute, "DELETE FROM facts WHERE name = ?", LOSS)

    async def adopt(self, task: Task, idempotency: Idempotency | None = None) -> bool:
        """Store ``task`` as it is, whatever its state; ``False`` when another task of its recipe is active by now."""
        return await self._run(self._adopt, task, idempotency)

    async def note_cancel(self, task_id: str, by: str) -> None:
        """Note who wants an active task to end, for the case that the service dies before it has."""
        statement = "UPDATE tasks SET canceled_by = ? WHERE task_id = ? AND status IN ('queued', 'running')"
        await self._run(self._execute, statement, by, task_id)

    async def task_ids(self) -> set[str]:
        """Return the ids of all tasks."""
        return await self._run(self._task_ids)

    async def page(
        self,
        *,
        statuses: Collection[TaskStatus] = (),
        key: str | None = None,
        user: str | None = None,
        text: str = "",
        named: Collection[str] = (),
        limit: int = 50,
        cursor: str | None = None,
    ) -> TaskPage:
        """Return tasks, newest first, in one of ``statuses`` if any are given.

        With ``text``: those whose id, which begins with the key and the version, holds it, or whose key is among ``named``.
        ``cursor`` is a page's ``next_cursor``; :class:`~installcast.errors.InvalidInputError` if it is none.
        """
        where, order, values = selection(statuses, {"key": key, "user": user}, text, named, cursor)
        found = await self._run(self._select, f"{where} ORDER BY {order} DESC LIMIT ?", *values, limit + 1)
        tasks = found[:limit]
        return TaskPage(tasks, str(tasks[-1].number) if len(found) > limit else None)

    async def statistics(self, span: Span, user: str | None) -> dict[str, Any]:
        """Count the tasks that ended within ``span``, of ``user`` or of everybody. See :func:`statistics.collect`."""
        return await self._ask(collect, span, user)

    async def successes_before(self, task: Task, user: str | None, limit: int) -> list[Task]:
        """Return tasks of ``user``, or of everybody, that did the same as ``task`` before, with success, and have their logs:
        the newest first."""
        condition = "key = ? AND version = ? AND action = ? AND number < ? AND status = 'succeeded' AND log_removed = 0"
        values: list[Any] = [task.key, task.version, task.action, task.number]
        if user is not None:
            condition += " AND user = ?"
            values.append(user)
        return await self._run(self._select, f"{condition} ORDER BY number DESC LIMIT ?", *values, limit)

    async def change(self, task_id: str, status: TaskStatus, **columns: Any) -> Task:
        """Move a task to ``status``, set ``columns``, and return it.

        Raises :class:`InvalidTransitionError` and :class:`TaskNotFoundError`.
        """
        return await self._run(self._change, task_id, status, columns)

    async def with_old_logs(self, finished_before: str) -> list[str]:
        """Return the ids of tasks that ended before ``finished_before`` and still have their folder."""
        condition = "finished_at < ? AND log_removed = 0 AND status NOT IN ('queued', 'running')"
        return [task.task_id for task in await self._run(self._select, condition, finished_before)]

    async def log_removed(self, task_id: str) -> None:
        """Note that the folder of an ended task is gone."""
        await self._run(self._execute, "UPDATE tasks SET log_removed = 1 WHERE task_id = ?", task_id)

    async def newest(self) -> float | None:
        """Return the latest time that any task was asked for or ended at (Unix time), ``None`` where there is none."""
        return await self._run(self._newest)

    async def forget_idempotency(self, created_before: str) -> None:
        """Forget ``Idempotency-Key`` values that are older than ``created_before``."""
        await self._ask(keys.forget, created_before)

    # --- facts --------------------------------------------------------------------------------------------------

    async def fact(self, name: str) -> Any:
        """Return what was remembered under ``name``, or ``None``."""
        return await self._run(self._fact, name)

    async def remember(self, name: str, value: Any) -> None:
        """Remember ``value``, which can be written as JSON, under ``name``."""
        await self._run(self._execute, "INSERT OR REPLACE INTO facts VALUES (?, ?)", name, json.dumps(value))

    # --- local users --------------------------------------------------------------------------------------------

    async def get_user(self, name: str) -> User | None:
        """Return a local user, or ``None``."""
        return await self._ask(users.find, name)

    async def list_users(self) -> list[User]:
        """Return all local users by name."""
        return await self._ask(users.every)

    async def put_user(self, name: str, password: str, scopes: Sequence[str] | frozenset[str]) -> None:
        """Add a local user, or replace its password (a scrypt text) and scopes."""
        await self._ask(users.put, name, password, scopes)

    async def remove_user(self, name: str) -> bool:
        """Remove a local user; return whether there was one."""
        return await self._ask(users.remove, name)

    # --- what others keep here --------------------------------------------------------------------------------------

    async def work(self, work: Callable[..., _Result], *arguments: Any) -> _Result:
        """Call ``work`` with the connection and ``arguments``, on the store's thread, as one transaction."""
        return await self._run(self._work, work, *arguments)

    # --- on the thread ------------------------------------------------------------------------------------------

    async def _run(self, call: Callable[..., _Result], *arguments: Any) -> _Result:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, call, *arguments)
        except sqlite3.DatabaseError as error:
            code = primary_code(error)
            if code == sqlite3.SQLITE_FULL:
                raise InsufficientStorageError(path=str(self.path.parent)) from error
            if code in DAMAGE:
                raise DatabaseDamagedError(path=str(self.path), reason=str(error)) from error
            if code in _UNUSABLE:
                raise StorageFailedError(path=str(self.path), reason=str(error)) from error
            raise

    async def _ask(self, query: Callable[..., _Result], *arguments: Any) -> _Result:
        """Call ``query``, which is another module's, with the connection and ``arguments``."""
        return await self._run(lambda: query(self._connection, *arguments))

    def _work(self, work: Callable[..., _Result], *arguments: Any) -> _Result:
        with Transaction(self._connection):
            return work(self._connection, *arguments)

    def _open(self) -> None:
        self._connection, self.is_whole = open_database(self.path)

    def _add(self, task: Task, idempotency: Idempotency | None) -> Task:
        with Transaction(self._connection):
            if idempotency is not None:
                remembered = self._remembered(task.user, idempotency.key)
                if remembered is not None:
                    earlier, body_hash = remembered
                    idempotency.require_same(body_hash)
                    return earlier
                keys.note(self._connection, task, idempotency)
            active = self._select("key = ? AND status IN ('queued', 'running')", task.key)
            if active:
                raise TaskActiveError(key=task.key, task_id=active[0].task_id)
            self._insert(task)
        return self._require(task.task_id)

    def _adopt(self, task: Task, idempotency: Idempotency | None) -> bool:
        try:
            with Transaction(self._connection):
                self._insert(task)
                if idempotency is not None:
                    keys.note(self._connection, task, idempotency)
        except sqlite3.IntegrityError:
            return False
        return True

    def _insert(self, task: Task) -> None:
        columns = task._asdict()
        del columns["number"]
        names = ", ".join(columns)
        self._execute(
            f"INSERT INTO tasks ({names}) VALUES ({marks(columns)})",  # noqa: S608 - our own names
            *map(encode_column, columns, columns.values()),
        )

    def _remembered(self, user: str, key: str) -> tuple[Task, str] | None:
        found = keys.find(self._connection, user, key)
        task = self._get(found.task_id) if found is not None else None
        return None if task is None or found is None else (task, found.body_hash)

    def _change(self, task_id: str, status: TaskStatus, columns: dict[str, Any]) -> Task:
        with Transaction(self._connection):
            columns["status"] = transition(task_id, self._require(task_id).status, status)
            assignments = ", ".join(f"{column} = ?" for column in columns)
            self._execute(
                f"UPDATE tasks SET {assignments} WHERE task_id = ?",  # noqa: S608 - our own names
                *map(encode_column, columns, columns.values()),
                task_id,
            )
            task = self._require(task_id)
            if task.status.is_final:
                self._tell_end(task)
        return task

    def _tell_end(self, task: Task) -> None:
        for hook in self._on_end:
            try:
                hook(self._connection, task)
            except sqlite3.Error:
                raise  # of the disk: nothing of the transaction is stored, and it is tried again
            except Exception:
                logger.exception("The end of %s is stored, but not all that it means", task.task_id)

    def _require(self, task_id: str) -> Task:
        task = self._get(task_id)
        if task is None:
            raise TaskNotFoundError(field="task_id", task_id=task_id)
        return task

    def _get(self, task_id: str) -> Task | None:
        found = self._select("task_id = ?", task_id)
        return found[0] if found else None

    def _select(self, condition: str, *values: Any) -> list[Task]:
        rows = self._connection.execute(f"SELECT * FROM tasks WHERE {condition}", values)  # noqa: S608 - conditions of this module
        return [task_of(row) for row in rows]

    def _task_ids(self) -> set[str]:
        rows = self._connection.execute("SELECT task_id FROM tasks")
        return {row["task_id"] for row in rows}

    def _newest(self) -> float | None:
        row = self._connection.execute("SELECT max(created_at), max(finished_at) FROM tasks").fetchone()
        times = [datetime.fromisoformat(text).timestamp() for text in row if text]
        return max(times, default=None)

    def _fact(self, name: str) -> Any:
        row = self._connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return None if row is None else json.loads(row["value"])

    def _execute(self, statement: str, *values: Any) -> int:
        return self._connection.execute(statement, values).rowcount
