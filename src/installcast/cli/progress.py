"""How far a task is, and the block at the foot of the terminal that shows it. Pure: no terminal, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.cells import cell_len, set_cell_size

from installcast.cli.safe import plain
from installcast.cli.text import Speaker
from installcast.record import LogMessage

SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
FULL, HALF, EMPTY = "━", "╸", "─"
WIDEST = 100
"""Columns; a longer bar is harder to read, not easier."""
PULSE = 8
"""Cells of the light that runs through a bar whose progress nobody knows."""

BOLD, DIM, RED, GREEN, YELLOW, CYAN, GREY = "1", "2", "31", "32", "33", "36", "90"


@dataclass
class Progress:
    """What is known of a running task, put together from its records and its states."""

    status: str = "queued"
    percent: int = 0
    step: str = ""
    current_step: int = 0
    total_steps: int = 0
    basis: str = "none"
    activity: str = ""
    eta: float | None = None
    stalled: Mapping[str, Any] | None = None
    queue_position: int | None = None
    partial: str = ""
    started_at: float | None = None
    """Unix time."""
    lost: bool = False

    def take_record(self, record: LogMessage) -> None:
        """Learn from a record, finished or not."""
        self.percent = max(self.percent, record.progress)
        if record.step:
            step = (record.step, record.current_step, record.total_steps)
            if step != (self.step, self.current_step, self.total_steps):
                self.activity = ""  # what was going on belonged to the step before
            self.step, self.current_step, self.total_steps = step
        if self.status == "queued":
            self.status = "running"
        if self.started_at is None:
            self.started_at = unix_time(record.timestamp)
        if record.kind == "progress":
            self.activity = record.message
        self.partial = record.message if record.partial else ""

    def take_status(self, values: Mapping[str, Any]) -> None:
        """Learn from what ``GET /v1/log/status`` says."""
        self.status = str(values.get("status") or self.status)
        self.percent = max(self.percent, int(values.get("progress") or 0))
        if values.get("step"):
            self.step = str(values["step"])
            self.current_step = int(values.get("current_step") or 0)
            self.total_steps = int(values.get("total_steps") or 0)
        self.basis = str(values.get("progress_basis") or "none")
        self.activity = str(values.get("activity") or "")
        self.eta = values.get("eta_seconds")
        self.stalled = values.get("stalled")
        self.queue_position = values.get("queue_position")
        if values.get("started_at"):
            self.started_at = unix_time(str(values["started_at"]))

    @property
    def known(self) -> bool:
        """Whether there is a percentage to show."""
        return self.percent > 0 or self.basis != "none"

    @property
    def step_title(self) -> str:
        """The step with its number, such as ``[2/5] Compile``."""
        return step_title(self.step, self.current_step, self.total_steps)


def step_title(step: str, current: int, total: int) -> str:
    """Return a step's title with its number in front, as far as it is known."""
    title = plain(step)
    if not current:
        return title
    return f"[{current}/{total}] {title}".rstrip() if total else f"[{current}] {title}".rstrip()


def unix_time(text: str) -> float:
    """Return Unix time for RFC 3339."""
    return datetime.fromisoformat(text).timestamp()


def clock(seconds: float) -> str:
    """Return a running time as ``1:23`` or ``1:02:03``."""
    minutes, seconds = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def styled(text: str, *codes: str, colour: bool = True) -> str:
    """Return ``text`` in these SGR codes, or as it is where there are no colours."""
    return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if colour and text else text


def coarse(seconds: float) -> int:
    """Return a remaining time no more exact than it is known: in steps of 5 s, from a minute on of 30 s, later of 5 min."""
    step = 5 if seconds < 60 else 30 if seconds < 600 else 300
    return max(step, round(seconds / step) * step)


class Painter:
    """Turns a :class:`Progress` into lines for a terminal."""

    def __init__(self, say: Speaker, *, colour: bool, unicode: bool) -> None:
        self._say = say
        self._colour = colour
        self._unicode = unicode

    def style(self, text: str, *codes: str) -> str:
        """Return ``text`` in these SGR codes, or as it is where there are no colours."""
        return styled(text, *codes, colour=self._colour)

    def block(self, progress: Progress, *, now: float, frame: int, width: int) -> list[str]:
        """Return the lines of the block, none wider than ``width`` columns; ``frame`` counts up and moves what moves."""
        # Room for the "^C" that a terminal echoes behind the last line: it must not wrap.
        width = min(width - 3, WIDEST)
        lines = []
        if progress.partial:
            lines.append(self.style(_fit(plain(progress.partial), width).rstrip(), DIM))
        lines += [self._headline(progress, now, frame, width), self._bar_line(progress, frame, width)]
        if notice := self._notice(progress, now):
            lines.append(self.style(_fit(notice, width).rstrip(), YELLOW))
        elif progress.activity:
            lines.append(self.style(_fit(f"  {plain(progress.activity)}", width).rstrip(), GREY))
        return lines

    def _headline(self, progress: Progress, now: float, frame: int, width: int) -> str:
        elapsed = clock(now - progress.started_at) if progress.started_at is not None else ""
        spinner = SPINNER[frame % len(SPINNER)] if self._unicode else "|/-\\"[frame % 4]
        text = _fit(f" {self._doing(progress)}", max(1, width - 1 - len(elapsed)))
        return self.style(spinner, CYAN) + self.style(text, BOLD) + self.style(elapsed, CYAN)

    def _doing(self, progress: Progress) -> str:
        if progress.status == "queued":
            position = progress.queue_position
            return self._say("queued_at", position=position) if position else self._say("queued")
        return progress.step_title or self._say("running")

    def _bar_line(self, progress: Progress, frame: int, width: int) -> str:
        label = f"{progress.percent:3d} %" if progress.known else ""
        if progress.eta is not None and progress.status == "running":
            label = f"{label}   {self._say('left', time=self._say.duration(coarse(progress.eta)))}"
        room = width - 2 - cell_len(label) - 1
        if room < 8:
            return _fit(f"  {label}", width)
        return f"  {self.bar(progress, frame, room)} {label}".rstrip()

    def bar(self, progress: Progress, frame: int, cells: int) -> str:
        """Return the bar, or, where nothing is known, a light that runs through it: no number is better than a wrong one."""
        full, half, empty = (FULL, HALF, EMPTY) if self._unicode else ("#", "", "-")
        if not progress.known:
            at = frame % (cells + PULSE) - PULSE
            begin, end = max(0, at), min(cells, at + PULSE)
            parts = (self.style(empty * begin, GREY), self.style(full * (end - begin), CYAN))
            return "".join(parts) + self.style(empty * (cells - end), GREY)
        halves = cells * 2 * progress.percent // 100
        done = full * (halves // 2) + (half if halves % 2 else "")
        colour = YELLOW if progress.lost or progress.stalled else CYAN
        return self.style(done, colour) + self.style(empty * (cells - len(done)), GREY)

    def _notice(self, progress: Progress, now: float) -> str:
        if progress.lost:
            return f"  {self._say('lost.short')}"
        return f"  {stall_text(self._say, progress.stalled, now)}" if progress.stalled else ""


def stall_text(say: Speaker, stalled: Mapping[str, Any], now: float) -> str:
    """Return why a task does not go on and for how long, in one line. ``now`` is Unix time."""
    since = stalled.get("since")
    time = say.duration(max(0.0, now - unix_time(str(since))), tenths=False) if since else "?"
    detail = (stalled.get("detail_zh") if say.locale == "zh" else None) or stalled.get("detail")
    said = say("stalled.detail", detail=detail) if detail else ""
    return plain(say.word("stalled", str(stalled.get("reason")), detail=said, time=time))


def _fit(text: str, width: int) -> str:
    """Return ``text`` cut or filled to exactly ``width`` columns."""
    text = text.replace("\t", " ")
    if cell_len(text) > width:
        return set_cell_size(text, max(0, width - 1)) + "…"
    return set_cell_size(text, width)
