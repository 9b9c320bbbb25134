"""From what comes in to what is on record: parse, write at once, and tell what is no record in ``live.json``.

Times are of two kinds: ``now`` is monotonic and decides what is due, the wall clock (see
:mod:`installcast.runner.clock`) only dates the records.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from installcast.parse.parser import Parser
from installcast.record import Level
from installcast.runner.channels import LONGEST_PAUSE, Channels, Pace
from installcast.runner.journal import Journal
from installcast.runner.live import LiveFile
from installcast.runner.stall_watch import Note, StallWatch

T = TypeVar("T", bytes, str)
R = TypeVar("R")

PARTIAL_SECONDS = 0.2
"""Of silence, after which an unfinished line is shown: a prompt, or a wait for a lock."""

_LIVE_SECONDS = 0.1
"""Between two writes of ``live.json``."""

_HEARTBEAT_SECONDS = 1.0
"""Between two records that only say what is going on, between two looks at it, and between two syncs of the journal."""


class Recorder:
    """Joins parser, journal and ``live.json`` of one task."""

    def __init__(
        self,
        parser: Parser,
        journal: Journal,
        live: LiveFile,
        *,
        wall_clock: Callable[[], float],
        stalls: StallWatch | None = None,
        channels: Channels | None = None,
        cpu_clock: Callable[[], float] = time.thread_time,
    ) -> None:
        self.parser = parser
        self.journal = journal
        self._live = live
        self.wall_clock = wall_clock
        self._stalls = stalls
        self._channels = channels
        self._cpu_clock = cpu_clock
        self._pace = Pace()
        self._observe_at = float("-inf")
        self.copy_to: Callable[[bytes], object] | None = None
        """Gets the output, too, as it is: for scripts that are asked something."""
        self._phase: str | None = None
        self._script: dict[str, int] | None = None
        self._activity = ""
        self._told = (0, "")  # progress and activity, as the last record told them
        self._recorded_at = float("-inf")
        self._output_at = float("-inf")
        self._unfinished = False
        self._redrawing = False
        self._hidden = False  # there is an unfinished line that live.json does not show yet
        self._changed = True
        self._live_at = float("-inf")
        self._beat_at = float("-inf")
        self._faulty = False
        self._sync_fault_told = False

    def enter_phase(
        self, phase: str, now: float, *, aside: bool = False, script: bytes | None = None
    ) -> None:
        """Records say ``phase`` from here on. ``aside``: what the script reports neither moves nor explains the task.
        ``script``: what it says itself, where that is known."""
        enter = partial(self.parser.enter_phase, aside=aside, script=script)
        self._append(self._parsed(enter, phase), now)
        self._phase = phase
        self._unfinished = False
        self._changed = True

    def script_started(self, pid: int, start_time: int, now: float) -> None:
        """Make known which process to look for, should this one be killed."""
        self._script = {"pid": pid, "start_time": start_time}
        self._changed, self._live_at = True, float("-inf")  # at the next tick, whatever was written just now
        self._beat_at = self._recorded_at = now  # the silence begins here
        self._pace, self._observe_at = Pace(), now
        if self._stalls is not None:
            self._stalls.begin(now)

    def script_ended(self) -> None:
        """Nothing runs any more that could be named."""
        self._script = None
        self._activity = ""
        self._changed = True
        if self._stalls is not None:
            self._stalls.end()

    def output(self, data: bytes, now: float) -> None:
        """Take the next bytes of output."""
        self._hear(data, now)
        if self.copy_to is not None:
            self.copy_to(data)
        self._append(self._parsed(self.parser.feed, data), now)
        newline = data.rfind(b"\n")
        self._unfinished = newline < len(data) - 1
        self._redrawing = data.rfind(b"\r", newline + 1) >= 0
        self._output_at = now
        self._changed = True

    def reports(self, events: bytes, progress: bytes, now: float) -> None:
        """Take what scripts have reported. It comes before output of the same moment: it may announce a secret."""
        if events or progress:
            self._hear(b"", now)
        if events:
            self._append(self._parsed(self.parser.feed_events, events), now)
            self._changed = True
        if progress:
            self._append(self._parsed(self.parser.feed_progress, progress), now)
            self._changed = True

    def note(self, level: Level, message: str, now: float) -> int:
        """Say something in the runner's own name. Returns the index of its body, as ``Error.index`` counts them."""
        self._append([self.parser.note(level, message, self.wall_clock())], now)
        return self.journal.count - 1

    def tell_sync_fault(self, now: float) -> bool:
        """Say, once, that the log could not be brought to the disk; return whether it was said now."""
        fault = self.journal.sync_fault
        if fault is None or self._sync_fault_told:
            return False
        self._sync_fault_told = True
        words = f"The disk did not take this log ({fault}): after a crash of the machine a part of it may be missing."
        self.note("WARN", words, now)
        return True

    def flush(self, now: float) -> None:
        """All output has come: take what is unfinished as it is."""
        self._append(self.guarded(lambda: self.parser.flush(self.wall_clock())) or [], now)
        self._unfinished = False
        self._changed = True

    def tick(self, now: float, activity: Callable[[], str]) -> float:
        """Do what is due at ``now``; return when the next thing will be. ``activity`` tells which command runs."""
        if now >= self._beat_at + _HEARTBEAT_SECONDS:
            self._beat_at = now
            self._beat(now, activity())
        observes = self._channels is not None and self._script is not None
        if observes and now >= self._observe_at:
            self._observe_at = now + self._observe(now)
        show_at = now if self._redrawing else self._output_at + PARTIAL_SECONDS
        shown = self._unfinished and now >= show_at
        if (self._changed or (self._hidden and shown)) and now >= self._live_at + _LIVE_SECONDS:
            self._write_live(partial=shown)
            self._live_at = now
            self._changed = False
            self._hidden = self._unfinished and not shown
        due = self._beat_at + _HEARTBEAT_SECONDS
        if observes:
            due = min(due, self._observe_at)
        if self._changed:
            due = min(due, max(now, self._live_at + _LIVE_SECONDS))
        if self._hidden:
            due = min(due, max(show_at, self._live_at + _LIVE_SECONDS))
        return due

    def _beat(self, now: float, activity: str) -> None:
        self._append(self._parsed(self.parser.feed, b""), now)  # a message that came too soon after a record
        activity = self.parser.plain(activity)
        if activity != self._activity:
            self._activity = activity
            self._changed = True
        if self._stalls is not None and self._script is not None:
            self._look(self._stalls, now, activity)
        progress = self.parser.state.progress
        doing = self.parser.doing or activity  # "Unpacking nginx" says more than which program does it
        moved = (progress, doing) != self._told and (doing or progress != self._told[0])
        if moved and now >= self._recorded_at + _HEARTBEAT_SECONDS:
            body = self.parser.heartbeat(doing, self.wall_clock())
            self.journal.append([body], urgent=True)
            self._told = (progress, doing)
            self._recorded_at = now
            self._changed = True
        self.tell_sync_fault(now)
        self.journal.sync()

    def _observe(self, now: float) -> float:
        """Look at the script from outside; return the seconds until the next look."""
        channels, state = self._channels, self.parser.state
        began = self._cpu_clock()
        seen = self.guarded(channels.look) if channels is not None else None
        if seen is None:
            return LONGEST_PAUSE
        before = (state.progress, state.basis, state.step, state.current_step, state.eta_seconds)
        self.guarded(lambda: self.parser.observe(seen, self.wall_clock()))
        state = self.parser.state
        told = (state.progress, state.basis, state.step, state.current_step, state.eta_seconds)
        self._changed = self._changed or told != before
        return self._pace.pause(seen, now, self._cpu_clock() - began)

    def _hear(self, data: bytes, now: float) -> None:
        stalls = self._stalls
        if stalls is not None and self._script is not None:
            self._tell(self.guarded(lambda: stalls.heard(data, now)) or [], now)

    def _look(self, stalls: StallWatch, now: float, activity: str) -> None:
        told = stalls.told
        self._tell(self.guarded(lambda: stalls.look(now, self._unfinished_text, activity)) or [], now)
        self._changed = self._changed or told is not stalls.told

    def _tell(self, notes: Sequence[Note], now: float) -> None:
        for note in notes:
            self.note(note.level, note.message, now)

    def _unfinished_text(self) -> str:
        """Return the line that has not ended, as far as it may be shown."""
        body = self.guarded(lambda: self.parser.partial(self.wall_clock())) if self._unfinished else None
        return str(json.loads(f"{{{body}")["message"]) if body else ""

    def _parsed(self, parse: Callable[[T, float], list[str]], data: T) -> list[str]:
        """Return what ``parse`` makes of ``data``; a gap where it fails."""
        now = self.wall_clock()
        bodies = self.guarded(lambda: parse(data, now))
        if bodies is None:
            if isinstance(data, bytes):
                self.journal.lose(data.count(b"\n"), len(data))
            return []
        return bodies

    def guarded(self, call: Callable[[], R]) -> R | None:
        """Return what ``call`` returns. A fault of ours in parsing costs some bytes of the log, and never the install."""
        try:
            return call()
        except Exception:  # noqa: BLE001 - a runner that dies here leaves a script whose output nobody reads
            if not self._faulty:
                sys.__excepthook__(*sys.exc_info())  # into runner.log, once
            self._faulty = True
            return None

    def _append(self, bodies: Sequence[str], now: float) -> None:
        if bodies:
            self.journal.append(bodies)
            # An unfinished line that live.json shows with another number than the next one is not shown to anybody.
            self._changed = True
            if not self.journal.full:
                self._recorded_at = now
                self._told = (self.parser.state.progress, self._told[1])

    def _write_live(self, *, partial: bool) -> None:
        state = self.parser.state
        values: dict[str, Any] = {
            "next_seq": self.journal.next_seq,
            "partial": self.guarded(lambda: self.parser.partial(self.wall_clock())) if partial else None,
            "phase": self._phase,
            "progress": state.progress,
            "step": state.step,
            "current_step": state.current_step,
            "total_steps": state.total_steps,
            "progress_basis": state.basis,
            "activity": self._activity,
            "eta_seconds": state.eta_seconds,
            "stalled": self._stalls.told if self._stalls is not None else None,
            "script": self._script,
        }
        self._live.write(values)
