"""Watches for the moments in which a script prints nothing, and puts what is found where people look for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from installcast.record import Level, timestamp
from installcast.runner.observe import Observer
from installcast.runner.stall import Stall, StallJudge, Words, lock_words

_TAIL_BYTES = 1024
"""Of output, whose last lines may tell of a lock."""


class Note(NamedTuple):
    """A line for the log: plain viewers and downloads see no status."""

    level: Level
    message: str


class StallWatch:
    """Joins what was printed, what the kernel tells and what is told. ``plain`` masks; ``wall_clock`` gives Unix time."""

    def __init__(
        self, observer: Observer, plain: Callable[[str], str], wall_clock: Callable[[], float]
    ) -> None:
        self.told: dict[str, Any] | None = None
        """``stalled`` of the status."""
        self._observer = observer
        self._plain = plain
        self._wall_clock = wall_clock
        self._judge = StallJudge()
        self._tail = b""

    def begin(self, now: float) -> None:
        """A script begins."""
        self._tail = b""
        self._judge.begin(now)
        self.told = None

    def end(self) -> None:
        """No script runs any more."""
        self._judge.stall = self.told = None

    def heard(self, data: bytes, now: float) -> list[Note]:
        """Take ``data``, the next bytes of output; none, when the script has reported something. Returns what the log is to
        say before them."""
        self._tail = (self._tail + data[-_TAIL_BYTES:])[-_TAIL_BYTES:] if data else b""
        self._judge.heard(now)
        stall = self._judge.stall
        if stall is None or (stall.reason == "package_lock" and self._words() is not None):
            return []
        self.end()
        return _notes(stall, None, now)

    def look(self, now: float, unfinished: Callable[[], str], command: str) -> list[Note]:
        """Look for a reason if nothing comes. ``unfinished`` returns the line that has not ended yet, masked; ``command`` is
        what runs at the bottom of the tree."""
        words = self._words()
        if not self._judge.wants_look(now, words):
            return []
        before = self._judge.stall
        sight = self._observer.look(words.question if words else None)
        stall = self._judge.judge(now, sight, words=words, unfinished=unfinished(), command=command)
        if stall != before:
            self.told = self._tell(stall, now, before)
        return _notes(before, stall, now)

    def _words(self) -> Words | None:
        return lock_words(self._tail.decode(errors="replace"))

    def _tell(self, stall: Stall | None, now: float, before: Stall | None) -> dict[str, Any] | None:
        if stall is None:
            return None
        if before is not None and self.told is not None and before.since == stall.since:
            since = self.told["since"]  # the same text, to the microsecond
        else:
            since = timestamp(self._wall_clock() - (now - stall.since))
        return {
            "reason": stall.reason,
            "since": since,
            "detail": self._plain(stall.detail),
            "detail_zh": self._plain(stall.detail_zh),
            "pid": stall.pid,
            "command": stall.command and self._plain(stall.command),
        }


def _notes(before: Stall | None, stall: Stall | None, now: float) -> list[Note]:
    """Return what the log says of a change."""
    if before is not None and stall is not None and before.reason == stall.reason:
        return []
    notes: list[Note] = []
    if before is not None and before.reason == "package_lock":
        notes.append(Note("INFO", f"The wait for the package lock is over after {now - before.since:.0f} s."))
    if stall is not None and stall.reason == "package_lock":
        holder = f": held by {stall.detail}" if stall.detail else ""
        notes.append(Note("WARN", f"Waiting for the package lock{holder}."))
    if stall is not None and stall.reason == "waiting_for_input":
        notes.append(Note("WARN", f"It seems to wait for an answer, which nobody can give: {stall.detail}"))
    return notes
