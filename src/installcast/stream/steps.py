"""Which steps a task went through and how long each took, taken out of its journal.

A step begins with the first record that names it, printed or not. Records of one step all hold the same bytes, so whole
blocks of them are passed over by counting; what was read once is not read again.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from installcast.record import is_record
from installcast.stream.journal_reader import JournalReader

BLOCK_BYTES = 131_072
MAX_STEPS = 1000
"""A script that names ever new steps fills a journal, not a memory: the last one told stands for all that follow."""

ROLLBACK = "rollback"

_RECORD = re.compile(
    rb'\{"seq":(\d+),"timestamp":"(\d{4}-\d\d-\d\dT[\d:.]{8,15}Z)","level":"[A-Z]+","message":"[^"\\]*(?:\\.[^"\\]*)*","progress":\d+'
    rb'(,"step":("[^"\\]*(?:\\.[^"\\]*)*"),"current_step":(\d{1,9}),)"total_steps":(\d{1,9})(|,.*)\}',
    re.DOTALL,
)
"""Numbers and times as a runner writes them: a bad disk leaves anything."""
_PHASE = re.compile(rb',"phase":"([a-z]+)"')
_PHASE_KEY = b',"phase":'
_FINAL = re.compile(rb',"final":true,"status":"([a-z]+)"')


class _Place(NamedTuple):
    """Where a record stands: the bytes that all records of its step hold, and its phase."""

    state: bytes
    phase: str | None


class Step:
    """One step. Times are as in records; ``phase`` is ``None`` for what the runner says before its first script."""

    def __init__(
        self, title: str, number: int, total: int, phase: str | None, seq: int, timestamp: str
    ) -> None:
        self.title = title
        self.number = number
        self.total = total
        self.phase = phase
        self.first_seq = self.last_seq = seq
        self.started_at = timestamp


class StepScan:
    """Reads the journal of one task, as far as it has come, and goes on from there when it is asked again."""

    def __init__(self, reader: JournalReader, clock: Callable[[], float] = time.monotonic) -> None:
        self.steps: list[Step] = []
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
            or _FINAL.search(data)
        ):
            return False
        found = _RECORD.fullmatch(data, data.rfind(b"\n", 0, -1) + 1, len(data) - 1)
        if found is None:
            return False
        self.steps[-1].last_seq = int(found[1])
        self._last_timestamp = found[2].decode()
        return True

    def _take(self, line: bytes) -> None:
        found = _RECORD.fullmatch(line)
        if found is None or not is_record(line):
            return
        seq, timestamp, state, title, number, total, rest = found.groups()
        named = _PHASE.search(rest)
        phase = named[1].decode() if named else None
        self._last_timestamp = timestamp.decode()
        ended = _FINAL.search(rest)
        place = _Place(state, phase)
        if ended:
            self._status, self._end_phase = ended[1].decode(), phase
        # The last record belongs to the step before, unless it is the only one to name a short step.
        is_new = title != b'""' and state not in self._states if ended else place != self._place
        if is_new and len(self.steps) < MAX_STEPS:
            text = _text(title)
            if text is None:
                return
            self._place = place
            self._states.add(state)
            began = Step(text, int(number), int(total), phase, int(seq), self._last_timestamp)
            self.steps.append(began)
        if self.steps:
            self.steps[-1].last_seq = int(seq)
            if not ended:
                self.steps[-1].total = int(total)

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
