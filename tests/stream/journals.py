"""Journals for tests: real files, written record by record as a runner does."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from installcast.record import LogMessage, body, number, timestamp


def message(text: str, **fields: Any) -> LogMessage:
    """A record of level INFO with a fixed time."""
    return LogMessage(**{"seq": 0, "timestamp": timestamp(0), "level": "INFO", "message": text, **fields})


def final(status: str = "succeeded", **fields: Any) -> LogMessage:
    """The last record of a task."""
    level = "SUCCESS" if status == "succeeded" else "ERROR"
    return message(
        f"ended: {status}",
        **{"level": level, "progress": 100, "final": True, "status": status, "exit_code": 0, **fields},
    )


class JournalWriter:
    """Appends to a journal, each call in one write."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.next_seq = 0
        self.lines: list[bytes] = []
        """What was written, without newlines."""
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write(self, *messages: LogMessage | str) -> None:
        lines = []
        for each in messages:
            record = message(each) if isinstance(each, str) else each
            lines.append(number(self.next_seq, body(record)).encode())
            self.next_seq += 1
        self.lines += lines
        self.write_raw(b"".join(line + b"\n" for line in lines))

    def write_raw(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view) :]

    def close(self) -> None:
        os.close(self._descriptor)


def write_journal(path: Path, *messages: LogMessage | str) -> list[bytes]:
    """Write a whole journal; return its lines without newlines."""
    writer = JournalWriter(path)
    writer.write(*messages)
    writer.close()
    return writer.lines
