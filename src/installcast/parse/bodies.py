"""Write record bodies. What stays the same from line to line is made once."""

from __future__ import annotations

import re
from json.encoder import encode_basestring
from typing import NamedTuple

from installcast.parse.diagnose import Error
from installcast.parse.escapes import Colours, with_colours
from installcast.parse.lines import whole_characters
from installcast.parse.progress import ProgressModel
from installcast.record import Level, state_part, timestamp


class PlainFrame(NamedTuple):
    """What stands before and behind the text of a plain line, as JSON."""

    head: str
    end: str
    before_ansi: str
    after_ansi: str
    """The same around the text with its colours, where it has any."""


class BodyWriter:
    """Writes the bodies of one task's records, with the state and the time they are given at.

    ``group`` and ``phase`` are what the records say of themselves from now on; ``limit`` is the size of the longest message,
    in bytes of UTF-8.
    """

    def __init__(self, model: ProgressModel, limit: int) -> None:
        self._limit = limit
        self.group: str | None = None
        self.phase: str | None = None
        self._model = model
        self._now: float | None = None
        self._head = ""
        self._parts_of: tuple[int, str | None, str | None] | None = None
        self._state = self._group = self._phase = ""
        self._frame = PlainFrame("", "", "", "")

    def at(self, now: float) -> None:
        """Set the time, Unix time in seconds."""
        if now != self._now:
            self._now = now
            self._parts_of = None
            self._head = f'"timestamp":"{timestamp(now)}","level":'

    def frame(self) -> PlainFrame:
        """Return what stands around the text of a plain line at present: the same object while nothing of it changes."""
        self._refresh()
        return self._frame

    def plain(self, text: str, frame: PlainFrame) -> list[str]:
        """Return the bodies of the lines of ``text``, which are of level INFO and need nothing done to them.

        Its only control characters are tab and newline: three searches for what JSON has to escape cost a fraction of an encoder.
        """
        head, end = frame.head, frame.end
        lines = _escaped(text).replace("\n", f"{end}\n{head}")
        return f"{head}{lines}{end}".split("\n")

    def coloured(self, text: str, coloured: str, frame: PlainFrame) -> list[str]:
        """As :meth:`plain`; ``coloured`` is the lines with their colours, and with no other escape."""
        head, end, before_ansi, after_ansi = frame
        escaped = _escaped(coloured)
        # What only sets back sets no colour: a line with nothing else is as one without.
        set_colours = escaped.replace("\x1b[0m", "").replace("\x1b[m", "")
        return [
            f"{head}{line}{end}" if line == set_colour else f"{head}{line}{before_ansi}{ansi}{after_ansi}"
            for line, set_colour, ansi in zip(
                _escaped(text).split("\n"),
                set_colours.split("\n"),
                escaped.replace("\x1b", "\\u001b").split("\n"),
                strict=True,
            )
        ]

    def line(self, level: Level, text: str, colours: Colours = (), *, continued: bool = False) -> list[str]:
        """Return the bodies of one masked line: several where decoding or masking made it longer than the limit."""
        bodies: list[str] = []
        while 4 * len(text) > self._limit and len(encoded := text.encode()) > self._limit:
            cut = len(whole_characters(encoded[: self._limit]).decode())
            ansi = with_colours(text[:cut], [colour for colour in colours if colour[0] <= cut])
            bodies.append(self.body(level, text[:cut], ansi=ansi, continued=True))
            text, colours = text[cut:], [(at - cut, sequence) for at, sequence in colours if at > cut]
        bodies.append(self.body(level, text, ansi=with_colours(text, colours), continued=continued))
        return bodies

    def unfinished(self, level: Level, text: str, colours: Colours) -> str:
        """Return the body of a line that has not ended, as far as it fits into one."""
        text = whole_characters(text.encode()[: self._limit]).decode()
        ansi = with_colours(text, [colour for colour in colours if colour[0] <= len(text)])
        return self.body(level, text, ansi=ansi, partial=True)

    def body(
        self,
        level: Level,
        message: str,
        *,
        ansi: str | None = None,
        kind: str | None = None,
        gap: str | None = None,
        continued: bool = False,
        partial: bool = False,
        end: str = "",
    ) -> str:
        """Return one body. ``gap`` and ``end`` are JSON already; the order of the keys is the record's."""
        self._refresh()
        ansi_part = "" if ansi is None else f',"ansi":{encode_basestring(ansi)}'
        kind_part = "" if kind is None else f',"kind":"{kind}"'
        gap_part = "" if gap is None else f',"gap":{gap}'
        continued_part = ',"continued":true' if continued else ""
        partial_part = ',"partial":true' if partial else ""
        return (
            f'{self._head}"{level}","message":{encode_basestring(message)}{self._state}{ansi_part}{kind_part}{gap_part}'
            f"{self._group}{continued_part}{self._phase}{partial_part}{end}}}"
        )

    def _refresh(self) -> None:
        parts_of = (self._model.revision, self.group, self.phase)
        if parts_of != self._parts_of:
            self._parts_of = parts_of
            state = self._model.state
            self._state = state_part(state.progress, state.step, state.current_step, state.total_steps)
            self._group = f',"group":{encode_basestring(self.group)}' if self.group else ""
            self._phase = f',"phase":{encode_basestring(self.phase)}' if self.phase else ""
            behind = f"{self._group}{self._phase}}}"
            self._frame = PlainFrame(
                f'{self._head}"INFO","message":"',
                f'"{self._state}{behind}',
                f'"{self._state},"ansi":"',
                f'"{behind}',
            )


def _escaped(text: str) -> str:
    """Return lines whose only control characters are tab, newline and those of colours as JSON has them, these two aside."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")


def gap_message(lines: int, size: int) -> str:
    """Return the words of a record that stands for ``lines`` lost lines of ``size`` bytes."""
    return f"Lines missing here: {lines} ({size} bytes)."


_TIME = re.compile(r'"timestamp":"[^"]*"')
_STATE = re.compile(r',"progress":\d+,"step":"(?:[^"\\]|\\.)*","current_step":\d+,"total_steps":\d+')
"""In whole bodies: quotes in a message are escaped, so it is the keys that are found."""


def placed_before(body: str, follower: str) -> str:
    """Return ``body`` with the time and the state of ``follower``, the body that comes right behind it in the journal."""
    time, state = _TIME.search(follower), _STATE.search(follower)
    if time is None or state is None:
        return body
    return _STATE.sub(lambda _: state[0], _TIME.sub(lambda _: time[0], body, count=1), count=1)


def final_part(
    status: str, exit_code: int | None, error: Error | None, after_state: str | None = None
) -> str:
    """Return the keys of a last record from ``final`` on, as JSON after a comma."""
    code = "null" if exit_code is None else str(exit_code)
    part = f',"final":true,"status":{encode_basestring(status)},"exit_code":{code}'
    if error is not None:
        seq = "null" if error.seq is None else str(error.seq)
        part += (
            f',"error":{{"code":{encode_basestring(error.code)},"hint":{encode_basestring(error.hint)},"seq":{seq},'
            f'"hint_zh":{encode_basestring(error.hint_zh)}}}'
        )
    return part if after_state is None else f'{part},"after_state":"{after_state}"'
