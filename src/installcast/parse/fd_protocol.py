"""What a script reports beside its output: one JSON object a line, in ``INSTALLCAST_EVENTS`` and on ``ONEINSTACK_PROGRESS_FD``.

Everything here comes from a script that may be wrong or hostile: sizes are bounded, types are checked, and what is not
understood is a :class:`BadEvent` and nothing else.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from installcast.parse.levels import LineLevel

MAX_EVENT_BYTES = 65_536
"""One event; the longest that makes sense is a secret that is a private key."""

MAX_TEXT = 4096
"""Characters of a message."""

MAX_VALUE = 2048
"""Characters of a result."""

_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_SURROGATE = re.compile("[\ud800-\udfff]")
"""Half a character, which JSON can write and no file can hold."""

_LEVELS: dict[str, LineLevel] = {
    "WARN": "WARN",
    "WARNING": "WARN",
    "ERROR": "ERROR",
    "FATAL": "ERROR",
    "CRITICAL": "ERROR",
}


class Result(NamedTuple):
    """Something the install tells its user at the end: a URL, a generated password."""

    name: str
    value: str
    secret: bool = False


class StepEvent(NamedTuple):
    """A step begins. ``current`` 0: only its title is known; ``total`` 0: not said."""

    current: int
    total: int
    title: str


class ProgressEvent(NamedTuple):
    """``percent`` 0-100, or ``None`` when only a message came."""

    percent: float | None
    message: str


class SecretEvent(NamedTuple):
    """A value to mask from here on."""

    value: str


class LogEvent(NamedTuple):
    """A line for the log."""

    level: LineLevel
    message: str


class ErrorEvent(NamedTuple):
    """Why the script is going to fail."""

    code: str
    hint: str


class BadEvent(NamedTuple):
    """A line that is not an event."""

    reason: str


Event = StepEvent | ProgressEvent | SecretEvent | LogEvent | ErrorEvent | Result | BadEvent


class EventReader:
    """Frames bytes into events, whatever the reads were."""

    def __init__(self) -> None:
        self._tail = b""
        self._skipping = False  # the rest of a line that was too long

    def feed(self, data: bytes) -> Iterator[Event]:
        """Yield the events that ``data`` completes."""
        *lines, tail = (self._tail + data).split(b"\n")
        for line in lines:
            if self._skipping:
                self._skipping = False
                continue
            if len(line) > MAX_EVENT_BYTES:
                yield BadEvent("too long")
            elif line.strip():
                yield read_event(line)
        if self._skipping:
            tail = b""
        elif len(tail) > MAX_EVENT_BYTES:
            yield BadEvent("too long")
            self._skipping = True
            tail = b""
        self._tail = tail

    def flush(self) -> Iterator[Event]:
        """Yield the last event, when the data ended without a newline."""
        yield from self.feed(b"\n")


def read_event(line: bytes) -> Event:
    """Return the event that ``line`` holds."""
    try:
        values = json.loads(line.decode("utf-8", "replace"), parse_constant=_refuse)
    except RecursionError:
        return BadEvent("nested too deeply")
    except ValueError:
        return BadEvent("not JSON")
    if not isinstance(values, dict):
        return BadEvent("not a JSON object")
    kind = values.get("type")
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        return BadEvent("unknown type")
    try:
        return reader(values)
    except ValueError as error:
        return BadEvent(f"{kind}: {error}")


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _text(values: dict[str, Any], key: str, longest: int = MAX_TEXT) -> str:
    value = values.get(key)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ValueError(f"{key} is not a text")
    return _SURROGATE.sub("\ufffd", str(value)[:longest])


def _number(values: dict[str, Any], key: str) -> float | None:
    value = values.get(key)
    if isinstance(value, str):  # shell scripts quote what they should not
        text = value.strip().removesuffix("%")
        try:
            value = float(text) if text else None
        except ValueError:
            raise ValueError(f"{key} is not a number") from None
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{key} is not a number")
    try:
        number = float(value)
    except OverflowError:  # an integer of some 300 digits and more
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"{key} is not a number")
    return number


def _count(values: dict[str, Any], key: str) -> int:
    value = _number(values, key) or 0.0
    if value != int(value) or not 0 <= value <= 10_000:
        raise ValueError(f"{key} is not a count")
    return int(value)


def _step(values: dict[str, Any]) -> Event:
    event = StepEvent(_count(values, "current"), _count(values, "total"), _text(values, "title"))
    if event.total and event.current > event.total:
        raise ValueError("current is beyond total")
    if not event.current and not event.title:
        raise ValueError("neither current nor title")
    return event


def _progress(values: dict[str, Any]) -> Event:
    event = ProgressEvent(_number(values, "percent"), _text(values, "message") or _text(values, "code"))
    if event.percent is None and not event.message:
        raise ValueError("neither percent nor message")
    return event


def _secret(values: dict[str, Any]) -> Event:
    return SecretEvent(_text(values, "value", MAX_EVENT_BYTES))


def _log(values: dict[str, Any]) -> Event:
    return LogEvent(
        _LEVELS.get(_text(values, "level").upper(), "INFO"), _text(values, "message", MAX_EVENT_BYTES)
    )


def _error(values: dict[str, Any]) -> Event:
    code = _text(values, "code").strip().upper().replace("-", "_").replace(" ", "_")
    return ErrorEvent(code if _CODE.fullmatch(code) else "SCRIPT_ERROR", _text(values, "hint"))


def _result(values: dict[str, Any]) -> Event:
    name = _text(values, "name")
    if not _NAME.fullmatch(name):
        raise ValueError("name must be 1-64 letters, digits, dots, dashes, underscores")
    return Result(name, _text(values, "value", MAX_VALUE), values.get("secret") in (True, 1, "true", "1"))


_READERS = {
    "step": _step,
    "progress": _progress,
    "secret": _secret,
    "log": _log,
    "error": _error,
    "result": _result,
}
