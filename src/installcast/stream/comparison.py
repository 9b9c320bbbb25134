"""Two logs held against each other: which parts of them are read, and what is told of the difference."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

from installcast.parse.compare import LINES_AFTER, MAX_LINES, Comparison, Line, compare
from installcast.record import RECORD_START, LogMessage, decode
from installcast.stream.journal_reader import JournalReader
from installcast.stream.steps import StepScan

MAX_BYTES = 8_388_608
"""Of one log that are read: 10,000 of the longest records would be 160 MB."""
_COUNT_BYTES = 1_048_576
_UNPRINTED = b',"kind":"progress"'
_ROLLBACK = "rollback"


class LogComparison:
    """A failed run's log and another one's. ``error_seq`` is the record that shows why it failed; ``about`` is the recipe's key.

    Everything here blocks, and may run in a thread.
    """

    def __init__(
        self, failed: JournalReader, other: JournalReader, error_seq: int | None, about: str
    ) -> None:
        self._failed = failed
        self._other = other
        self._error_seq = error_seq
        self._about = about

    def describe(self) -> dict[str, Any]:
        """Return ``place`` and ``reason``, one of them null, as the API tells them."""
        last = self._failed.last()
        end = _decoded(last or b"")
        error = self._error_seq if self._error_seq is not None else end.seq if end else 0
        first = _first_within(self._failed, error)
        records = _records(self._failed, first, error + 1 + LINES_AFTER - first)
        failing = next((record.phase for record in records if record.seq >= error), None)
        lines = [_line(record) for record in _up_to_the_end(records, failing)]
        if end is not None and end.final:
            lines.append(_line(end))
        others = [_line(record) for record in self._other_records(first)]
        found = compare(lines, others, self._error_seq, about=self._about)
        if isinstance(found, str):
            return {"place": None, "reason": found}
        return {"place": self._place(found), "reason": None}

    def _other_records(self, first: int) -> list[LogMessage]:
        """Return the records of the other log that say what this one says from record ``first`` on."""
        total = self._other.total()
        if total > 2 * MAX_LINES:
            here, there = _steps(self._failed), _steps(self._other)
            step = next((step for step in reversed(here) if step["first_seq"] <= first), None)
            same = next((each for each in there if step and _title(each) == _title(step)), None)
            ahead = same["first_seq"] - step["first_seq"] if step and same else 0
            return _records(self._other, max(0, first + ahead - MAX_LINES // 2), 2 * MAX_LINES)
        return _records(self._other, 0, total)

    def _place(self, found: Comparison) -> dict[str, Any]:
        here = _numbered(self._failed, [*(common.line for common in found.common), *found.here])
        common = [{**entry, "there": each.there} for entry, each in zip(here, found.common, strict=False)]
        return {
            "common": common,
            "here": here[len(common) :],
            "there": _numbered(self._other, found.there),
            "versions": [version._asdict() for version in found.versions],
            "differences": found.others,
        }


def _first_within(reader: JournalReader, last: int) -> int:
    """Return the first record before ``last`` that is not too far from it, in records and in bytes."""
    first = max(0, last - MAX_LINES)
    end = reader.locate(last).offset
    while first < last and end - reader.locate(first).offset > MAX_BYTES:
        first = (first + last + 1) // 2
    return first


def _records(reader: JournalReader, first: int, count: int) -> list[LogMessage]:
    """Return what was printed among ``count`` records."""
    lines = reader.read(first, count, 2 * MAX_BYTES).lines()
    records = (_decoded(line) for line in lines if _UNPRINTED not in line)
    return [record for record in records if record is not None]


def _decoded(line: bytes) -> LogMessage | None:
    """Return a record, or ``None`` where a bad disk has made something of it that no answer could hold."""
    try:
        record = decode(line)
        record.message.encode()
    except (ValueError, AttributeError):
        return None
    return record


def _up_to_the_end(records: Iterable[LogMessage], failing: str | None) -> Iterator[LogMessage]:
    """Yield the records up to the end of the phase ``failing``: then comes the rollback, or a question about what is left."""
    seen = False
    for record in records:
        phase = record.phase
        if phase == _ROLLBACK or (seen and phase not in {failing, None}):
            return
        seen = seen or (failing is not None and phase == failing)
        if not record.final:
            yield record


def _line(record: LogMessage) -> Line:
    return Line(record.seq, record.level, record.message)


def _steps(reader: JournalReader) -> list[dict[str, Any]]:
    scan = StepScan(reader)
    scan.run(reader.size(), math.inf)
    return scan.describe(completed=True)


def _title(step: dict[str, Any]) -> tuple[str | None, str]:
    return step["phase"], step["step"]


def _numbered(reader: JournalReader, lines: list[Line]) -> list[dict[str, Any]]:
    """Return ``lines`` with the numbers that viewers give them: records that were never printed do not count there."""
    if not lines:
        return []
    first, last = lines[0].seq, lines[-1].seq
    before = _printed_before(reader, first)
    printed = (
        line for line in reader.read(first, last + 1 - first, MAX_BYTES).lines() if _UNPRINTED not in line
    )
    numbers = {_seq(line): number for number, line in enumerate(printed, before + 1)}
    return [{**line._asdict(), "line": numbers.get(line.seq)} for line in lines]


def _seq(line: bytes) -> int | None:
    found = RECORD_START.match(line)
    return int(found[1]) if found else None


def _printed_before(reader: JournalReader, seq: int) -> int:
    """Return how many records before ``seq`` were printed, by counting: a quote inside a text is written as ``\\"``."""
    end = reader.locate(seq).offset
    offset = count = 0
    while offset < end:
        data = reader.raw_lines(offset, _COUNT_BYTES, end)
        if not data:
            break
        count += data.count(b"\n") - data.count(_UNPRINTED)
        offset += len(data)
    return count
