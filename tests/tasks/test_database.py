"""The database file: made, migrated, put aside when it is damaged."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from installcast.errors import ConfigurationError
from installcast.tasks.database import LOSS, SCHEMA_VERSION, Database, open_database

FIRST_SCHEMA = """
CREATE TABLE tasks (number INTEGER PRIMARY KEY AUTOINCREMENT, task_id TEXT NOT NULL UNIQUE, finished_at TEXT);
CREATE TABLE idempotency (user TEXT, idempotency_key TEXT);
CREATE TABLE users (name TEXT PRIMARY KEY);
INSERT INTO tasks (task_id) VALUES ('web-1');
PRAGMA user_version = 1;
"""
"""What matters of version 1."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database that holds some pages and was closed well."""
    path = tmp_path / "x.db"
    opened = open_database(path)
    remember(opened.connection, *range(200))
    close(opened)
    return path


def close(opened: Database) -> None:
    """Close a database whose rows are all there."""
    opened.connection.execute("DELETE FROM facts WHERE name = ?", (LOSS,))
    opened.connection.close()


def remember(connection: sqlite3.Connection, *names: int) -> None:
    """Write a row a name, one transaction each."""
    for name in names:
        connection.execute("INSERT INTO facts VALUES (?, ?)", (str(name), "x" * 300))


def names_in(connection: sqlite3.Connection) -> set[int]:
    """Return the names that are there."""
    rows = connection.execute("SELECT name FROM facts WHERE name != ?", (LOSS,))
    return {int(row["name"]) for row in rows}


def crash_copy(path: Path, folder: Path) -> Path:
    """Return a copy of a database with its log, as a killed process leaves it."""
    connection = open_database(path).connection
    remember(connection, *range(1000, 1020))
    folder.mkdir()
    copy = folder / path.name
    for suffix in ("", "-wal"):
        copy.with_name(copy.name + suffix).write_bytes(path.with_name(path.name + suffix).read_bytes())
    connection.close()
    return copy


def test_a_new_one_is_not_whole(path: Path, tmp_path: Path) -> None:
    """Whoever opens it learns whether it can hold all that ever was."""
    new = open_database(tmp_path / "new.db")
    new.connection.close()
    old = open_database(path)
    old.connection.close()
    assert (new.is_whole, old.is_whole) == (False, True)


def test_the_first_version_is_migrated(tmp_path: Path) -> None:
    """A database of version 1 keeps its rows and gets what came after; opened again, nothing happens."""
    path = tmp_path / "x.db"
    connection = sqlite3.connect(path)
    connection.executescript(FIRST_SCHEMA)
    connection.close()
    for _ in range(2):
        opened = open_database(path)
        assert opened.is_whole
        assert opened.connection.execute("PRAGMA user_version").fetchone()[0] == SCHEMA_VERSION
        assert opened.connection.execute("SELECT task_id FROM tasks").fetchone()["task_id"] == "web-1"
        assert names_in(opened.connection) == set()
        opened.connection.close()


def test_data_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    """An older Installcast does not touch what a newer one wrote."""
    path = tmp_path / "x.db"
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(ConfigurationError, match="newer"):
        open_database(path)
    assert [file.name for file in tmp_path.iterdir()] == ["x.db"]
    assert path.read_bytes()[100:] == before[100:]


def garble_header(path: Path) -> None:
    path.write_bytes(b"not a database".ljust(100, b"!") + path.read_bytes()[100:])


def zero_pages(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:8192] + bytes(len(data) - 8192))


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:9000])


def empty_of_tables(path: Path) -> None:
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.close()


def replace_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("damage", [garble_header, zero_pages, truncate, empty_of_tables, replace_by_folder])
def test_a_damaged_one_is_put_aside(
    path: Path, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    """Another takes its place, which says so until its rows are there; the log names the old one once, which is kept."""
    damage(path)
    opened = open_database(path)
    opened.connection.close()
    assert not opened.is_whole
    halfway = open_database(path)
    assert not halfway.is_whole
    close(halfway)
    (aside,) = path.parent.glob("x.db.damaged-*Z")
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert str(aside) in caplog.text
    again = open_database(path)
    again.connection.close()
    assert again.is_whole


def test_a_log_that_a_crash_left_is_read(path: Path, tmp_path: Path) -> None:
    """After a kill what was committed is there, and the database is believed."""
    copy = crash_copy(path, tmp_path / "copy")
    opened = open_database(copy)
    assert opened.is_whole
    assert names_in(opened.connection) >= set(range(1000, 1020))
    opened.connection.close()


def test_a_transaction_that_a_crash_cut_short_is_no_damage(path: Path, tmp_path: Path) -> None:
    """Frames at the end that were never committed do not count as lost."""
    copy = crash_copy(path, tmp_path / "copy")
    wal = copy.with_name(f"{copy.name}-wal")
    data = wal.read_bytes()
    frame = data[32 : 32 + 24 + 4096]
    wal.write_bytes(data + frame[:4] + bytes(4) + frame[8:] + frame[:100])
    opened = open_database(copy)
    opened.connection.close()
    assert opened.is_whole


@pytest.mark.parametrize("offset", [5, 20, 32 + 40, 32 + 24 + 4096 + 100, 32 + 10 * (24 + 4096) + 9])
def test_a_log_whose_end_was_dropped_is_told(
    path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, offset: int
) -> None:
    """SQLite passes over what follows a damaged frame in silence; here it is noticed, and the database is not believed."""
    copy = crash_copy(path, tmp_path / "copy")
    wal = copy.with_name(f"{copy.name}-wal")
    data = bytearray(wal.read_bytes())
    data[offset] ^= 0xFF
    wal.write_bytes(data)
    opened = open_database(copy)
    assert not opened.is_whole
    assert not names_in(opened.connection) >= set(range(1000, 1020))
    opened.connection.close()
    assert "-wal is damaged" in caplog.text


def test_a_log_that_began_anew_is_no_damage(path: Path, tmp_path: Path) -> None:
    """After a checkpoint frames of the round before stay behind the new ones; they do not count."""
    connection = open_database(path).connection
    remember(connection, *range(2000, 2050))
    connection.execute("PRAGMA wal_checkpoint(FULL)")
    remember(connection, 3000)
    folder = tmp_path / "copy"
    folder.mkdir()
    copy = folder / path.name
    for suffix in ("", "-wal"):
        copy.with_name(copy.name + suffix).write_bytes(path.with_name(path.name + suffix).read_bytes())
    connection.close()
    opened = open_database(copy)
    opened.connection.close()
    assert opened.is_whole
