"""One record of a log: what a journal holds, one a line, and what every viewer receives.

A record on disk is ``{"seq":N,`` followed by its *body*. The body is made first, by the parser, and numbered last,
by the journal: what never reaches the journal (a log over its size limit) so never gets a number. Because ``seq`` is
always the first key, a journal is its own index: a binary search over the file finds any record.

This module is loaded by every runner: standard library only.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from json.encoder import encode_basestring
from typing import Any, Literal, NamedTuple

Level = Literal["INFO", "WARN", "ERROR", "SUCCESS"]

SEQ_KEY = '{"seq":'
"""How every record begins, byte for byte."""

RECORD_START = re.compile(rb'\{"seq":(0|[1-9][0-9]{0,17}),')
"""The same with a number, its group."""

FINAL_KEY = b',"final":true,'
"""Stands in the bytes of a task's last record, and in no other: a quote inside a text is written as ``\\"``."""


class LogMessage(NamedTuple):
    """A record. The fields stand in the order in which they are written; ``None`` is left out.

    ``timestamp`` is RFC 3339 UTC with microseconds; ``progress`` is 0-100; ``current_step`` counts from 1, 0 means
    unknown. ``seq`` counts the records of one task from 0 without a gap.
    """

    seq: int
    timestamp: str
    level: Level
    message: str
    progress: int = 0
    step: str = ""
    current_step: int = 0
    total_steps: int = 0
    ansi: str | None = None
    kind: Literal["progress"] | None = None
    gap: dict[str, int] | None = None
    group: str | None = None
    continued: bool | None = None
    phase: str | None = None
    partial: bool | None = None
    final: bool | None = None
    status: str | None = None
    exit_code: int | None = None
    error: dict[str, Any] | None = None
    after_state: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the record as it is written: optional keys only when they say something.

        A final record always has its ``exit_code``: ``None`` says there that nobody knows it.
        """
        return {
            name: value
            for name, value in zip(self._fields, self, strict=True)
            if value is not None or (name == "exit_code" and self.final)
        }

    def to_json(self) -> str:
        """Return the record as one line of JSON, without the newline."""
        return number(self.seq, body(self))


def is_record(line: bytes) -> bool:
    """Return whether ``line``, without its newline, looks like one whole record: a bad disk leaves anything.

    ``{"seq":`` stands at the start of a record and nowhere else, since a quote inside a text is written as ``\\"``.
    """
    begins = RECORD_START.match(line) is not None and line.count(b'{"seq":') == 1
    return begins and line.endswith(b"}") and is_text(line)


def is_text(data: bytes) -> bool:
    """Return whether ``data`` is UTF-8 without NUL: a WebSocket whose text is none is closed by its client."""
    if b"\0" in data:
        return False
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def body(message: LogMessage) -> str:
    """Return ``message`` as JSON without its number: what :func:`number` completes."""
    values = message.to_dict()
    del values["seq"]
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))[1:]


def state_part(progress: int, step: str, current_step: int, total_steps: int) -> str:
    """Return the keys of a body from ``progress`` to ``total_steps``, which stay the same from line to line.

    A plain body is ``"timestamp":"…","level":"INFO","message":`` + a JSON string + this + ``}``.
    """
    return (
        f',"progress":{progress},"step":{encode_basestring(step)},'
        f'"current_step":{current_step},"total_steps":{total_steps}'
    )


def number(seq: int, record_body: str) -> str:
    """Return the whole record, without the newline."""
    return f"{SEQ_KEY}{seq},{record_body}"


def decode(line: bytes | str) -> LogMessage:
    """Return the record that ``line`` holds. Keys that this version does not know are passed over.

    Raises ``ValueError`` when it is not a record.
    """
    values = json.loads(line)
    if not isinstance(values, dict):
        raise ValueError("a record is a JSON object")
    try:
        return LogMessage(**{key: values[key] for key in LogMessage._fields if key in values})
    except TypeError as error:
        raise ValueError(f"not a record: {error}") from None


def timestamp(seconds: float) -> str:
    """Return Unix time ``seconds`` as RFC 3339 UTC with microseconds, for example ``2026-01-02T03:04:05.000006Z``."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond:06d}Z"
