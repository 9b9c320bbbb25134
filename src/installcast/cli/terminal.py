"""A watched task in a terminal: the log scrolls, and below it stands how far the task is.

Lines are written as they are and stay in the terminal's own history; only the block at the foot is painted over. So
scrolling back, selecting and searching work as everywhere, and a log of a million lines costs what ``cat`` costs.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from typing import TextIO

from installcast.cli.follow import Back, Event, Line, Lost, Partial, Polling, Status
from installcast.cli.lines import LineStyler
from installcast.cli.progress import BOLD, CYAN, GREY, YELLOW, Painter, Progress, step_title
from installcast.cli.safe import plain
from installcast.cli.text import Speaker
from installcast.record import LogMessage

FRAME = 0.1
"""Seconds between two paintings of the block where nothing was printed."""
HIDE_CURSOR, SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"
ASKED_FOR = frozenset({"install", "uninstall"})
"""The phases that a command names."""


class TerminalScreen:
    """Paints one task. ``clock`` gives Unix time in seconds."""

    def __init__(
        self,
        out: TextIO,
        say: Speaker,
        progress: Progress,
        *,
        colour: bool,
        timestamps: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._out = out
        self._say = say
        self._progress = progress
        self._unicode = (out.encoding or "").lower().replace("-", "") == "utf8"
        self._painter = Painter(say, colour=colour, unicode=self._unicode)
        self._line = LineStyler(colour=colour, timestamps=timestamps)
        self._clock = clock
        self._rows = 0
        self._painted_at = 0.0
        self._step = progress.step_title
        self._phase: str | None = None
        self._out.write(HIDE_CURSOR)

    def show(self, events: Sequence[Event]) -> None:
        """Print the lines of the batch and paint the block anew."""
        lines: list[str] = []
        for event in events:
            self._take(event, lines)
        now = self._clock()
        if not lines and abs(now - self._painted_at) < FRAME:
            return
        self._painted_at = now
        text = "".join(f"{line}\n" for line in lines)
        self._out.write(self._erased() + text + self._block(now))
        self._out.flush()

    def close(self) -> None:
        """Remove the block and give the cursor back."""
        self._out.write(self._erased() + SHOW_CURSOR)
        self._out.flush()

    def _take(self, event: Event, lines: list[str]) -> None:
        progress = self._progress
        if isinstance(event, Line):
            progress.take_record(event.record)
            self._print(event.record, lines)
        elif isinstance(event, Partial):
            progress.take_record(event.record)
        elif isinstance(event, Status):
            progress.take_status(event.values)
        elif isinstance(event, Lost):
            progress.lost = True
            lines.append(self._painter.style(self._say("lost", reason=plain(event.reason)), YELLOW))
        elif isinstance(event, Back):
            progress.lost = False
            lines.append(self._painter.style(self._say("back"), CYAN))
        elif isinstance(event, Polling):
            lines.append(self._painter.style(self._say("polling", reason=plain(event.reason)), YELLOW))

    def _print(self, record: LogMessage, lines: list[str]) -> None:
        title = step_title(record.step, record.current_step, record.total_steps)
        own_line = record.kind != "progress" and not record.final
        new_step = bool(title) and title != self._step
        if record.phase is not None and record.phase != self._phase and not record.final:
            # A new step says it better, and what was asked for need not be announced when it comes first.
            if not new_step and (self._phase is not None or record.phase not in ASKED_FOR):
                phase = plain(self._say.word("phase", record.phase))
                lines.append(self._painter.style(f"{'──' if self._unicode else '--'} {phase}", GREY))
            self._phase = record.phase
        if new_step:
            self._step = title
            # A script that prints its steps itself need not see them twice.
            twice = own_line and bool(plain(record.step)) and plain(record.step) in record.message
            heading = plain(record.message) if twice else title
            lines.append(self._painter.style(f"{'●' if self._unicode else '*'} {heading}", BOLD, CYAN))
            if twice:
                return
        if own_line:
            lines.append(self._line(record))

    def _block(self, now: float) -> str:
        width = shutil.get_terminal_size().columns
        rows = self._painter.block(self._progress, now=now, frame=int(now / FRAME), width=width)
        self._rows = len(rows)
        return "\n".join(rows)

    def _erased(self) -> str:
        """Return what takes the block away: to its first row, then clear to the end of the screen (ECMA-48 CPL and ED)."""
        rows, self._rows = self._rows, 0
        if not rows:
            return ""
        return "\r" + (f"\x1b[{rows - 1}A" if rows > 1 else "") + "\x1b[J"
