"""The database file: made, migrated, put aside when it is damaged."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from installcast.errors import ConfigurationError, DataFolderUnusableError
from installcast.tasks.database import LOSS, SCHEMA_VERSION, Database, open_database
from installcast.tasks.database_copy import keep_former
from installcast.tasks.store import Store

VERSION_1 = (Path(__file__).parent / "databases/version_1.sql").read_text(encoding="utf-8")
"""What the first version wrote: an install that succeeded, one that failed, one that waits; a user, an Idempotency-Key."""


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


def first_version(path: Path) -> Path:
    """Make a database as the first version left it."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(VERSION_1)
    path.chmod(0o600)
    return path


def shape(connection: sqlite3.Connection) -> dict[str, Any]:
    """Return the columns of each table, without their order, and how each index is made."""
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    indexes = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index'").fetchall()
    columns = {
        name: {tuple(row)[1:] for row in connection.execute(f"PRAGMA table_info({name})")}
        for (name,) in tables
    }
    return columns | dict(map(tuple, indexes))


async def test_the_first_version_is_migrated(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Its tasks, users and keys are there, the tables are those of a new database, and a copy of what was is kept."""
    path = first_version(tmp_path / "x.db")
    store = await Store(path).open()
    assert store.is_whole
    waiting, failed, succeeded = (await store.page()).tasks
    assert (waiting.status, failed.status, succeeded.status) == ("queued", "failed", "succeeded")
    assert failed.error == {"code": "APT_PACKAGE_NOT_FOUND", "hint": "It's gone", "seq": 7}
    assert (succeeded.step, succeeded.parameters, succeeded.after_state) == ("软件", {"port": "8080"}, None)
    assert await store.remembered("alice", "once") == (succeeded, "5f" * 32)
    assert [user.name for user in await store.list_users()] == ["alice"]
    await store.close()
    migrated, new = open_database(path), open_database(tmp_path / "new.db")
    assert shape(migrated.connection) == shape(new.connection)
    migrated.connection.close()
    new.connection.close()
    former = tmp_path / f"x.db.before-v{SCHEMA_VERSION}"
    assert former.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(former)) as connection:
        assert "\n".join(connection.iterdump()) in VERSION_1
        assert connection.execute("PRAGMA user_version").fetchone()[0] == 1
    assert [record.getMessage() for record in caplog.records if str(former) in record.getMessage()] != []
    assert sorted(file.name for file in tmp_path.iterdir()) == ["new.db", "x.db", former.name]


def test_a_copy_holds_what_the_log_holds(tmp_path: Path) -> None:
    """What a killed process left in the write-ahead log is in the copy from before the upgrade, too."""
    path = first_version(tmp_path / "x.db")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("UPDATE users SET name = 'bob'")
        killed = tmp_path / "killed"
        killed.mkdir()
        for suffix in ("", "-wal"):
            (killed / f"x.db{suffix}").write_bytes(path.with_name(f"x.db{suffix}").read_bytes())
    open_database(killed / "x.db").connection.close()
    with closing(sqlite3.connect(killed / f"x.db.before-v{SCHEMA_VERSION}")) as connection:
        assert connection.execute("SELECT name FROM users").fetchall() == [("bob",)]


def test_nothing_is_changed_without_a_copy(tmp_path: Path) -> None:
    """Where no copy can be kept the start ends with the reason, and the database stays what it was."""
    path = first_version(tmp_path / "x.db")
    (tmp_path / f"x.db.before-v{SCHEMA_VERSION}").mkdir()
    with pytest.raises(DataFolderUnusableError, match="no copy"):
        open_database(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == 1
    assert not list(tmp_path.glob("*.tmp"))


def test_few_copies_are_kept(tmp_path: Path) -> None:
    """The copies of the last upgrades stay, older ones go; a file of another name is nobody's to remove."""
    for version in (2, 10, 11, 12):
        (tmp_path / f"x.db.before-v{version}").touch()
    (tmp_path / "x.db.before-vacation").touch()
    with closing(sqlite3.connect(":memory:")) as connection:
        keep_former(connection, tmp_path / "x.db", 13)
    left = sorted(file.name for file in tmp_path.iterdir())
    assert left == [f"x.db.before-v{name}" for name in ("11", "12", "13", "acation")]


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
