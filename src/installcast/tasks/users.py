"""Local users and the table that holds them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import NamedTuple


class User(NamedTuple):
    """A local user; ``password`` is its scrypt text."""

    name: str
    password: str
    scopes: tuple[str, ...]


def find(connection: sqlite3.Connection, name: str) -> User | None:
    """Return the user called ``name``, or ``None``."""
    row = connection.execute("SELECT name, password, scopes FROM users WHERE name = ?", (name,)).fetchone()
    return None if row is None else _user(row)


def every(connection: sqlite3.Connection) -> list[User]:
    """Return all users by name."""
    return [
        _user(row) for row in connection.execute("SELECT name, password, scopes FROM users ORDER BY name")
    ]


def put(connection: sqlite3.Connection, name: str, password: str, scopes: Iterable[str]) -> None:
    """Add a user, or replace its password and scopes."""
    statement = "INSERT OR REPLACE INTO users (name, password, scopes) VALUES (?, ?, ?)"
    connection.execute(statement, (name, password, json.dumps(sorted(scopes))))


def remove(connection: sqlite3.Connection, name: str) -> bool:
    """Remove a user; return whether there was one."""
    return connection.execute("DELETE FROM users WHERE name = ?", (name,)).rowcount > 0


def _user(row: sqlite3.Row) -> User:
    return User(row["name"], row["password"], tuple(json.loads(row["scopes"])))
