"""Open the database: made, brought up to this version, or put aside when it is damaged.

The truth about a task lies in its folder, and so a damaged database stops nothing: another one takes its place, and its
rows are made again. What matters is to notice, also that the end of the write-ahead log was dropped: SQLite takes a damaged
frame for the end of what was ever committed, and says nothing. Source: https://www.sqlite.org/fileformat2.html#walformat
"""

from __future__ import annotations

import errno
import logging
import os
import sqlite3
import struct
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from installcast.errors import ConfigurationError, DataFolderUnusableError
from installcast.runner.outcome import sync_folder
from installcast.tasks.database_copy import keep_former

logger = logging.getLogger("installcast.tasks")

SCHEMA_VERSION = 5

DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
"""Primary result codes that speak of the file, not of the disk or of the moment."""

_TABLES = frozenset({"tasks", "idempotency", "users", "facts", "counters"})

_MIGRATIONS = {
    1: "ALTER TABLE tasks ADD COLUMN after_state TEXT",
    2: "CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    3: "CREATE INDEX tasks_by_day ON tasks (finished_at)",
    4: (
        "ALTER TABLE tasks ADD COLUMN masked INTEGER NOT NULL DEFAULT 0;"
        "CREATE TABLE counters (name TEXT NOT NULL, labels TEXT NOT NULL, value REAL NOT NULL,"
        " PRIMARY KEY (name, labels)) WITHOUT ROWID"
    ),
}
"""What makes the next version of a version. All steps of an upgrade are one transaction, and a copy is kept of what was."""

LOSS = "rows_missing"
"""The fact that says that rows may be missing, from the moment of their loss until they are made again."""

_NOTE_LOSS = f"INSERT OR REPLACE INTO facts VALUES ('{LOSS}', 'true')"  # noqa: S608 - our own name

_COMPANIONS = ("-wal", "-shm", "-journal")

_WAL_HEADER = struct.Struct(">8I")
_FRAME_HEADER = struct.Struct(">6I")
_WAL_MAGIC = (0x377F0682, 0x377F0683)


class Database(NamedTuple):
    """An open database. ``is_whole``: all that was ever committed is in it, as far as anybody can tell."""

    connection: sqlite3.Connection
    is_whole: bool


class Transaction:
    """Commits at the end of its block, or rolls back what an exception left."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        """Begin it; nobody else writes until its end."""
        self._connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """End it."""
        # A full disk makes SQLite roll back by itself.
        if self._connection.in_transaction:
            self._connection.execute("COMMIT" if kind is None else "ROLLBACK")


class _DamagedError(Exception):
    """What is there is no database of ours, or not a sound one."""


def open_database(path: Path) -> Database:
    """Open the database at ``path``, made if need be, mode 0600. A damaged one is put aside and named in the log.

    One of an older version is copied, then changed. Raises :class:`ConfigurationError` when it was written by a newer version,
    :class:`DataFolderUnusableError` when it cannot be used now.
    """
    try:
        return _open(path)
    except _DamagedError as error:
        aside = _put_aside(path)
        logger.error(
            "%s is damaged (%s) and was put aside as %s. Tasks are read from their folders; local users are lost: "
            "add them again with `installcast user add`",
            *(path, error, aside),
        )
    try:
        return _open(path)
    except _DamagedError as error:
        raise _unusable(path, str(error)) from None


def primary_code(error: sqlite3.Error) -> int:
    """Return the primary result code of ``error``: https://www.sqlite.org/rescode.html."""
    return (getattr(error, "sqlite_errorcode", None) or sqlite3.SQLITE_ERROR) & 0xFF


def _open(path: Path) -> Database:
    _make(path)
    committed = _committed_frames(path.with_name(f"{path.name}-wal"))
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        if mode != "wal":
            raise _unusable(path, "its write-ahead log cannot be written")
        connection.execute("PRAGMA synchronous = FULL")
        _require_sound(connection)
        frames = _checkpoint(connection)
        _bring_up(connection, path)
        if frames is not None and committed > frames:
            logger.error("%s-wal is damaged: what was committed last is read from the tasks' folders", path)
            connection.execute(_NOTE_LOSS)
        noted = connection.execute("SELECT 1 FROM facts WHERE name = ?", (LOSS,)).fetchone()
    except sqlite3.DatabaseError as error:
        connection.close()
        if primary_code(error) in DAMAGE:
            raise _DamagedError(str(error)) from None
        raise _unusable(path, str(error)) from error
    except (ConfigurationError, _DamagedError):
        connection.close()
        raise
    return Database(connection, is_whole=noted is None)


def _make(path: Path) -> None:
    # Made by us, not by SQLite: -wal and -journal take their mode from this file.
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except IsADirectoryError:
        raise _DamagedError("it is a folder") from None
    except OSError as error:
        raise _unusable(path, error.strerror) from error


def _checkpoint(connection: sqlite3.Connection) -> int | None:
    """Bring the write-ahead log into the database and return its frames; ``None`` on a full disk, where it is read as it is."""
    try:
        frames: int = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[1]
        return frames
    except sqlite3.DatabaseError as error:
        if primary_code(error) != sqlite3.SQLITE_FULL:
            raise
        return None


def _require_sound(connection: sqlite3.Connection) -> None:
    # 33 ms for 100,000 tasks, 43 MB.
    found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise _DamagedError(str(found).splitlines()[-1])


def _bring_up(connection: sqlite3.Connection, path: Path) -> None:
    """Make the tables, or change older ones to what this version knows. Raises :class:`ConfigurationError`."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > SCHEMA_VERSION:
        reason = (
            f"{path} was written by a newer Installcast (schema {version}, this one knows {SCHEMA_VERSION})"
        )
        raise ConfigurationError(field="data_dir", reason=reason)
    tables = {
        row["name"] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    }
    if version == 0:
        if tables:
            raise _DamagedError("it has tables, but no version")
        schema = files("installcast.tasks").joinpath("schema.sql").read_text(encoding="utf-8")
        statements = f"{schema};{_NOTE_LOSS}"
    else:
        statements = ";".join(_MIGRATIONS[older] for older in range(version, SCHEMA_VERSION))
        if statements:
            former = _keep_former(connection, path)
            logger.warning(
                "%s is brought from version %d to %d; as it was it is kept as %s",
                *(path, version, SCHEMA_VERSION, former),
            )
    if version < SCHEMA_VERSION:
        connection.executescript(f"BEGIN;{statements};PRAGMA user_version = {SCHEMA_VERSION};COMMIT")
    elif not tables >= _TABLES:
        raise _DamagedError(f"it has no table {', '.join(sorted(_TABLES - tables))}")


def _keep_former(connection: sqlite3.Connection, path: Path) -> Path:
    """Copy the database before it is changed: without a copy it stays as it is, since nobody could go back."""
    try:
        return keep_former(connection, path, SCHEMA_VERSION)
    except OSError as error:
        raise _unusable(path, f"no copy can be kept of it before its upgrade: {error.strerror}") from error


def _committed_frames(wal: Path) -> int:
    """Return how many frames of a write-ahead log were committed, by what the frames say of themselves.

    SQLite counts fewer where one of them is damaged. A crash leaves none behind that says so and is not: a commit is the
    last frame of a transaction, and written last. Frames of an earlier round of the log have other salts.
    """
    try:
        with wal.open("rb") as file:
            header = file.read(_WAL_HEADER.size)
            size = os.fstat(file.fileno()).st_size
            if not header or size < _WAL_HEADER.size:
                return 0
            magic, _, page_size, _, *salts, first_sum, second_sum = _WAL_HEADER.unpack(header)
            if magic not in _WAL_MAGIC or _checksum(header[:24], magic) != (first_sum, second_sum):
                return 1  # all of it will be dropped, whatever it was
            frame_size = _FRAME_HEADER.size + page_size
            committed = 0
            for place in range((size - _WAL_HEADER.size) // frame_size):
                file.seek(_WAL_HEADER.size + place * frame_size)
                _, pages_after, *frame_salts, _, _ = _FRAME_HEADER.unpack(file.read(_FRAME_HEADER.size))
                if frame_salts == salts and pages_after:
                    committed = place + 1
            return committed
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise _unusable(wal, error.strerror) from error


def _checksum(data: bytes, magic: int) -> tuple[int, int]:
    order = ">" if magic & 1 else "<"
    first = second = 0
    for left, right in struct.iter_unpack(f"{order}2I", data):
        first = (first + left + second) & 0xFFFFFFFF
        second = (second + right + first) & 0xFFFFFFFF
    return first, second


def _put_aside(path: Path) -> Path:
    """Rename the database and what belongs to it; return its new name. Raises :class:`DataFolderUnusableError`."""
    aside = path.with_name(f"{path.name}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    try:
        for companion in _COMPANIONS:
            # First, so that a crash in between never leaves a log beside a database that it is not of.
            try:
                path.with_name(path.name + companion).rename(f"{aside}{companion}")
            except FileNotFoundError:
                continue
        path.rename(aside)
        sync_folder(path.parent)
    except OSError as error:
        reason = f"it is damaged and cannot be put aside: {os.strerror(error.errno or errno.EIO)}"
        raise _unusable(path, reason) from error
    return aside


def _unusable(path: Path, reason: str | None) -> DataFolderUnusableError:
    return DataFolderUnusableError(field="data_dir", path=path, reason=reason)
