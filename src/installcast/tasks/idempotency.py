"""What an ``Idempotency-Key`` stands for, and the table that remembers it. Keys are told apart by user."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from installcast.errors import IdempotencyMismatchError
from installcast.tasks.task import Task


class Idempotency(NamedTuple):
    """What an ``Idempotency-Key`` stands for; ``body_hash`` tells whether the same was asked.

    Where secrets were among it, it has three parts: a hash of the rest, the name of the key in memory, a hash of all by that
    key. The key does not outlive a reboot; then the rest has to do, since "use a new key" would run the same a second time.
    """

    key: str
    body_hash: str

    def require_same(self, stored: str) -> None:
        """Raise :class:`IdempotencyMismatchError` unless ``stored``, an earlier ``body_hash``, may be of the same request."""
        ours, theirs = self.body_hash.split("."), stored.split(".")
        if len(ours) == len(theirs) == 3 and ours[1] != theirs[1]:
            ours, theirs = ours[:1], theirs[:1]
        if ours != theirs:
            raise IdempotencyMismatchError(field="Idempotency-Key")


class Remembered(NamedTuple):
    """The request that came with a key before."""

    body_hash: str
    task_id: str


def find(connection: sqlite3.Connection, user: str, key: str) -> Remembered | None:
    """Return what ``key`` of ``user`` stands for, or ``None``."""
    row = connection.execute(
        "SELECT body_hash, task_id FROM idempotency WHERE user = ? AND idempotency_key = ?", (user, key)
    ).fetchone()
    return None if row is None else Remembered(row["body_hash"], row["task_id"])


def note(connection: sqlite3.Connection, task: Task, idempotency: Idempotency) -> None:
    """Remember that ``idempotency`` of the user of ``task`` stands for it."""
    connection.execute(
        "INSERT OR REPLACE INTO idempotency VALUES (?, ?, ?, ?, ?)",
        (task.user, idempotency.key, idempotency.body_hash, task.task_id, task.created_at),
    )


def forget(connection: sqlite3.Connection, created_before: str) -> None:
    """Forget keys that are older than ``created_before``."""
    connection.execute("DELETE FROM idempotency WHERE created_at < ?", (created_before,))
