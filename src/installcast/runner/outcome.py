"""How a task ended: ``exit.json``, written whole or not at all.

Space for it is taken before the script starts, so that a disk which the install itself fills cannot keep the end
from being told. A temporary file is written, synced and renamed, and the folder synced.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, NamedTuple

from installcast.runner.after import AfterState
from installcast.runner.files import clear, is_at, put_in_place

ExitStatus = Literal["succeeded", "failed", "canceled", "interrupted"]
RollbackResult = Literal["none", "succeeded", "failed"]

EXIT_FILE = "exit.json"
VERSION = 1

_TEMPORARY_FILE = "exit.json.tmp"

_RESERVED_BYTES = 131_072
"""Taken at the start, and more than an exit record can be: half of it is for what the journal still has to tell then."""

_ATTEMPTS = 3
"""To write it: a bad block of a disk, or a script that has removed the temporary file, is no reason to lose the end."""


class Outcome(NamedTuple):
    """``exit.json``. ``docs/design.md`` tells what each field means."""

    status: ExitStatus
    exit_code: int | None
    signal: int | None
    phase: str | None
    rollback: RollbackResult
    error: dict[str, Any] | None
    progress: int
    step: str
    current_step: int
    total_steps: int
    progress_basis: str
    last_seq: int
    started_at: str
    finished_at: str
    duration: float
    canceled_by: str | None
    results: list[dict[str, Any]]
    final_record: str
    log_fault: str | None = None
    after_state: AfterState | None = None
    masked: int = 0


class ExitFile:
    """The place of ``exit.json`` in ``folder``."""

    def __init__(self, folder: Path) -> None:
        """Take the space. Raises ``OSError`` when there is none."""
        self._folder = folder
        self._temporary = folder / _TEMPORARY_FILE
        self._descriptor = _open(self._temporary, os.O_TRUNC)
        os.posix_fallocate(self._descriptor, 0, _RESERVED_BYTES)

    def give_back(self) -> None:
        """Give back what no exit record will need, so that the end of a journal finds room on a full disk."""
        with suppress(OSError):
            os.ftruncate(self._descriptor, _RESERVED_BYTES // 2)

    def write(self, outcome: Outcome) -> None:
        """Write it, durably. Raises ``OSError``; then there is no ``exit.json``."""
        text = json.dumps(
            {"version": VERSION, **outcome._asdict()}, ensure_ascii=False, separators=(",", ":")
        )
        in_place = False
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                # A file that could not be written once is not trusted again: nobody knows what became of its pages.
                if attempt > 1 or not is_at(self._temporary, self._descriptor):
                    self._begin_anew()
                self._fill(text.encode() + b"\n")
                put_in_place(self._temporary, self._folder / EXIT_FILE)
                in_place = True
                sync_folder(self._folder)
                break
            except OSError:
                with suppress(OSError):
                    self._folder.chmod(0o700)  # a script that is no root may have shut us out
                if attempt == _ATTEMPTS and not in_place:
                    raise
        self._close()

    def _begin_anew(self) -> None:
        # Closed first: the space of the old file is what the new one takes.
        self._close()
        clear(self._temporary)
        self._descriptor = _open(self._temporary, os.O_EXCL)

    def _close(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        with suppress(OSError):
            os.close(descriptor)

    def _fill(self, text: bytes) -> None:
        data = memoryview(text)
        written = 0
        while written < len(data):
            written += os.pwrite(self._descriptor, data[written:], written)
        os.ftruncate(self._descriptor, written)
        os.fsync(self._descriptor)


def read_exit(folder: Path) -> Outcome | None:
    """Return how the task in ``folder`` ended, or ``None`` while nobody knows.

    Raises ``ValueError`` when the file is damaged.
    """
    try:
        data = (folder / EXIT_FILE).read_bytes()
    except FileNotFoundError:
        return None
    try:
        values = json.loads(data)
    except ValueError as error:
        raise ValueError(f"{EXIT_FILE}: {error}") from None
    if not isinstance(values, dict):
        raise ValueError(f"{EXIT_FILE}: expected a JSON object")
    if values.get("version") != VERSION:
        raise ValueError(f"{EXIT_FILE}: version {values.get('version')!r}, this one knows {VERSION}")
    try:
        # A runner that began before an upgrade knows less.
        needed = {name: values[name] for name in Outcome._fields if name not in Outcome._field_defaults}
        further = {name: values[name] for name in Outcome._field_defaults if name in values}
        return Outcome(**needed, **further)
    except KeyError as error:
        raise ValueError(f"{EXIT_FILE}: {error.args[0]} is missing") from None


def _open(path: Path, flag: int) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | flag, 0o600)


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
