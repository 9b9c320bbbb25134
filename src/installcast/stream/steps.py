"""Which steps a task went through and how long each took, taken out of its journal.

A step begins with the first record that names it, printed or not. Records of one step all hold the same bytes, so whole
blocks of them are passed over by counting; what was read once is not read again.

On the way the scan counts what was printed: a line's number is its place among the records that were, so whoever knows where
the others stand can tell from a line which record it is, and from a record which line, without having read the log.
"""

from __future__ import annotations

import json
import re
import time
from array import array
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from installcast.record import RECORD_START, is_record
from installcast.stream.journal_reader import JournalReader

BLOCK_BYTES = 131_072
MAX_STEPS = 1000
"""A script that names ever new steps fills a journal, not a memory: the last one told stands for all that follow."""

MAX_RUNS = 20_000
"""Runs of records that printed nothing: one such record a second, always between two lines, for five hours and a half."""

ROLLBACK = "rollback"

_RECORD = re.compile(
    rb'\{"seq":(\d+),"timestamp":"(\d{4}-\d\d-\d\dT[\d:.]{8,15}Z)","level":"([A-Z]+)","message":"[^"\\]*(?:\\.[^"\\]*)*","progress":\d+'
    rb'(,"step":("[^"\\]*(?:\\.[^"\\]*)*"),"current_step":(\d{1,9}),)"total_steps":(\d{1,9})(|,.*)\}',
    re.DOTALL,
)
"""Numbers and times as a runner writes them: a bad disk leaves anything."""
_PHASE = re.compile(rb',"phase":"([a-z]+)"')
_PHASE_KEY = b',"phase":'
_FINAL_KEY = b',"final":true,"status":"'
_FINAL = re.compile(rb',"final":true,"status":"([a-z]+)"')
_UNPRINTED_KEY = b',"kind":"progress"'
_ERROR_KEY = b'","level":"ERROR","message":"'
_WARN_KEY = b'","level":"WARN","message":"'


class _Place(NamedTuple):
    """Where a record stands: the bytes that all records of its step hold, and its phase."""

    state: bytes
    phase: str | None


class Step:
    """One step. Times are as in records; ``phase`` is ``None`` for what the runner says before its first script."""

    def __init__(
        self,
        title: str,
        number: int,
        total: int,
        phase: str | None,
        seq: int,
        timestamp: str,
        first_line: int,
    ) -> None:
        self.title = title
        self.number = number
        self.total = total
        self.phase = phase
        self.first_seq = self.last_seq = seq
        self.started_at = timestamp
        self.first_line = first_line
        """Number, from 1, of its first line, or of the first one after it where it printed nothing."""
        self.lines = self.errors = self.warnings = 0

    def count(self, level: str, *, is_end: bool) -> None:
        """Count a line. The last record of a task is the runner's own word: neither error nor warning of the step."""
        self.lines += 1
        self.errors += level == "ERROR" and not is_end
        self.warnings += level == "WARN" and not is_end


class StepScan:
    """Reads the journal of one task, as far as it has come, and goes on from there when it is asked again."""

    def __init__(self, reader: JournalReader, clock: Callable[[], float] = time.monotonic) -> None:
        self.steps: list[Step] = []
        self.lines = 0
        """How many lines were printed, the last record included."""
        self.next_seq = 0
        self.final_seq: int | None = None
        """The seq of the task's last record, once that is read."""
        self._runs: array[int] | None = array("Q")
        """First seq and length of each run of records that printed nothing, one after the other: 16 bytes a run."""
        self._reader = reader
        self._clock = clock
        self._offset = 0
        self._place: _Place | None = None
        self._states: set[bytes] = set()
        self._last_timestamp = ""
        self._status: str | None = None
        self._end_phase: str | None = None

    def reaches(self, end: int) -> bool:
        """Return whether all before the byte ``end`` is read."""
        return self._offset >= end

    def run(self, end: int, until: float) -> None:
        """Read on to the byte ``end``, or until it is ``until`` by the clock. Blocks; may run in a thread."""
        while self._offset < end and self._clock() < until:
            data = self._reader.raw_lines(self._offset, BLOCK_BYTES, end)
            if not data:
                self._offset = end  # the file was cut off
                return
            if not self._pass_over(data):
                for line in data.split(b"\n")[:-1]:
                    self._take(line)
            self._offset += len(data)

    @property
    def unprinted(self) -> list[tuple[int, int]] | None:
        """Where records stand that printed nothing, as ``(first seq, how many)``.

        ``None``: in too many places to tell, or records are missing.
        """
        if self._runs is None:
            return None
        return list(zip(self._runs[::2], self._runs[1::2], strict=True))

    def describe(self, *, completed: bool, rollback: str = "none") -> list[dict[str, Any]]:
        """Return the steps as the API tells them. ``rollback`` is how that ended: ``none``, ``succeeded``, ``failed``."""
        begins = [step.started_at for step in self.steps]
        ends: list[str | None] = [*begins[1:], self._last_timestamp if completed else None]
        statuses = self._statuses(completed=completed, rollback=rollback)
        return [
            {
                "step": step.title,
                "current_step": step.number,
                "total_steps": step.total,
                "phase": step.phase,
                "status": status,
                "first_seq": step.first_seq,
                "last_seq": step.last_seq,
                "first_line": step.first_line,
                "lines": step.lines,
                "errors": step.errors,
                "warnings": step.warnings,
                "started_at": step.started_at,
                "seconds": None if end is None else _seconds(step.started_at, end),
            }
            for step, end, status in zip(self.steps, ends, statuses, strict=False)
        ]

    def _pass_over(self, data: bytes) -> bool:
        """Pass over a block whose records all belong to the present step; tell whether it is one."""
        if self._place is None:
            return False
        state, phase = self._place
        lines = data.count(b"\n")
        phase_key = _PHASE_KEY if phase is None else b',"phase":"%s"' % phase.encode()
        if (
            data.count(state) != lines
            or data.count(phase_key) != (0 if phase is None else lines)
            or _FINAL_KEY in data
        ):
            return False
        first = RECORD_START.match(data)
        last = _RECORD.fullmatch(data, data.rfind(b"\n", 0, -1) + 1, len(data) - 1)
        if first is None or last is None:
            return False
        step = self.steps[-1]
        step.last_seq = int(last[1])
        self._last_timestamp = last[2].decode()
        self._number(int(first[1]), step.last_seq, lines)
        printed = lines - self._note_unprinted(data)
        self.lines += printed
        step.lines += printed
        step.errors += data.count(_ERROR_KEY)
        step.warnings += data.count(_WARN_KEY)
        return True

    def _note_unprinted(self, data: bytes) -> int:
        """Note where the records of a block stand that printed nothing; return how many there are."""
        count = 0
        place = data.find(_UNPRINTED_KEY)
        while place >= 0:
            found = RECORD_START.match(data, data.rfind(b"\n", 0, place) + 1)
            if found is not None:
                self._skip(int(found[1]))
                count += 1
            place = data.find(_UNPRINTED_KEY, place + len(_UNPRINTED_KEY))
        return count

    def _skip(self, seq: int) -> None:
        """Note that record ``seq`` printed nothing."""
        runs = self._runs
        if runs is None:
            return
        if runs and runs[-2] + runs[-1] == seq:
            runs[-1] += 1
        elif len(runs) < 2 * MAX_RUNS:
            runs.extend((seq, 1))
        else:
            self._runs = None

    def _number(self, first: int, last: int, records: int) -> None:
        """Note that ``records`` records were read, numbered from ``first`` to ``last``."""
        if first != self.next_seq or last - first + 1 != records:
            self._runs = None
        self.next_seq = last + 1

    def _take(self, line: bytes) -> None:
        found = _RECORD.fullmatch(line)
        if found is None or not is_record(line):
            return
        seq, timestamp, level, state, title, number, total, rest = found.groups()
        named = _PHASE.search(rest)
        phase = named[1].decode() if named else None
        self._last_timestamp = timestamp.decode()
        ended = _FINAL.search(rest)
        place = _Place(state, phase)
        if ended:
            self._status, self._end_phase = ended[1].decode(), phase
            self.final_seq = int(seq)
        self._number(int(seq), int(seq), 1)
        # The last record belongs to the step before, unless it is the only one to name a short step.
        is_new = title != b'""' and state not in self._states if ended else place != self._place
        text = _text(title) if is_new and len(self.steps) < MAX_STEPS else None
        if text is not None:
            self._place = place
            self._states.add(state)
            first = self.lines + 1
            self.steps.append(
                Step(text, int(number), int(total), phase, int(seq), self._last_timestamp, first)
            )
        if _UNPRINTED_KEY in rest:
            self._skip(int(seq))
        else:
            self.lines += 1
        if self.steps:
            step = self.steps[-1]
            step.last_seq = int(seq)
            if not ended:
                step.total = int(total)
            if _UNPRINTED_KEY not in rest:
                step.count(level.decode(), is_end=ended is not None)

    def _statuses(self, *, completed: bool, rollback: str) -> list[str]:
        """Return how each step did: ``done``, ``running``, or how the task ended in it."""
        statuses = ["done"] * len(self.steps)
        if not statuses:
            return statuses
        if not completed:
            statuses[-1] = "running"
            return statuses
        if self._status in {"failed", "canceled", "interrupted"}:
            statuses[self._last_of(self._end_phase)] = self._status
        if rollback == "failed" and self.steps[-1].phase == ROLLBACK:
            statuses[-1] = "failed"
        return statuses

    def _last_of(self, phase: str | None) -> int:
        """Return the index of a phase's last step. What is asked aside after a failure may be of the same phase, further on."""
        phases = [step.phase for step in self.steps]
        if phase is None or phase not in phases:
            work = [index for index, each in enumerate(phases) if each != ROLLBACK]
            return work[-1] if work else len(phases) - 1
        index = phases.index(phase)
        while phases[index : index + 2] == [phase, phase]:
            index += 1
        return index


def _text(literal: bytes) -> str | None:
    """Return what a JSON string stands for, or ``None`` when no answer could hold it."""
    try:
        text: str = json.loads(literal)
        text.encode()
    except ValueError:
        return None
    return text


def _seconds(start: str, end: str) -> float | None:
    """Return the seconds between two times, or ``None`` when one of them is none, such as the 39th of May."""
    try:
        return round((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds(), 3)
    except ValueError:
        return None
