"""The parse path as a whole: output and events of one task in, record bodies out.

Pure: no clock, file, socket or task. Whatever the reads were, the same bytes give the same records, their timestamps
aside. Everything that leaves here is masked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from json.encoder import encode_basestring

from installcast.parse import markers, tools
from installcast.parse.diagnose import DIAGNOSIS_WORDS, Diagnosis, Error
from installcast.parse.escapes import UNFINISHED_ESCAPE, Colours, clean, decode, is_plain, with_colours
from installcast.parse.fd_protocol import (
    MAX_RESULTS,
    BadEvent,
    ErrorEvent,
    Event,
    EventReader,
    LogEvent,
    ProgressEvent,
    Result,
    SecretEvent,
    StepEvent,
)
from installcast.parse.levels import LEVEL_WORDS, LevelReader, LineLevel, line_level
from installcast.parse.lines import LineSplitter
from installcast.parse.markers import MarkerReader
from installcast.parse.progress import ProgressModel, ProgressState, StepPlan
from installcast.parse.redact import (
    AUTHORIZATION_HINT,
    MASK,
    PASSWORD_HINT,
    TOKEN_HINTS,
    Redactor,
    masked,
    merge,
)
from installcast.record import Level, state_part, timestamp

__all__ = ["Error", "Parser", "ProgressState", "Result", "StepPlan"]

MAX_EVENT_RECORDS = 1000
"""Records a second that events may make. Steps, percentages and secrets are always heard."""

PROGRESS_RECORD_INTERVAL = 1.0
"""Seconds between two records of kind ``progress`` that events make."""

_PHASES_WITH_PROGRESS = frozenset({"install", "upgrade", "uninstall"})

_WORDS = (*LEVEL_WORDS, *DIAGNOSIS_WORDS, AUTHORIZATION_HINT)
_LINE_STARTS = re.compile(rb"\n(?:[ew]: |" + markers.LINE_STARTS + b"|" + tools.LINE_STARTS + b")")

_FINAL_LEVELS: dict[str, Level] = {
    "succeeded": "SUCCESS",
    "failed": "ERROR",
    "canceled": "WARN",
    "interrupted": "WARN",
}


class Parser:
    """Turns what a task's scripts print and report into record bodies (see :mod:`installcast.record`).

    ``now`` is Unix time in seconds. Bodies are meant for the journal in the order in which they are returned; the index of
    :class:`Error` counts them, those of :meth:`partial` and :meth:`gap` aside.
    """

    def __init__(
        self, *, secrets: Iterable[str] = (), max_line_bytes: int = 16384, steps: Sequence[StepPlan] = ()
    ) -> None:
        self._redactor = Redactor()
        for value in secrets:
            self._redactor.add(value)
        self._model = ProgressModel([StepPlan(self._redactor.mask(title), weight) for title, weight in steps])
        self.state = self._model.state
        self.results: list[Result] = []
        self.reported_error: Error | None = None
        self.activity = ""
        self._limit = max_line_bytes
        self._splitter = LineSplitter(max_line_bytes)
        self._levels = LevelReader()
        self._markers = MarkerReader(self._model, self._redactor.mask)
        self._diagnosis = Diagnosis()
        self._events = EventReader()
        self._progress = EventReader()
        self._phase: str | None = None
        self._count = 0  # bodies returned so far
        self._held: tuple[str, Colours, int] = (
            "",
            (),
            0,
        )  # end of a part: text, colours, how much of it is a secret
        self._line_level: LineLevel = "INFO"  # of the line that is handed out in parts
        self._hidden = False  # the rest of that line is a secret
        self._in_parts = False
        self._last_output: int | None = None
        self._allowance, self._allowed_at, self._refused = float(MAX_EVENT_RECORDS), 0.0, 0
        self._progress_message, self._progress_at = "", float("-inf")
        self._now, self._head = -1.0, ""
        self._tail_key: object = None
        self._state_part, self._plain_end = "", ""

    # --- output ----------------------------------------------------------------------------------------------------

    def feed(self, data: bytes, now: float) -> list[str]:
        """Return the bodies of the lines that ``data``, the next bytes of the output, completes."""
        bodies = self._begin(now)
        self._frames(self._splitter.feed(data), bodies)
        return self._end(bodies)

    def flush(self, now: float) -> list[str]:
        """The output and the reports are at their end: return what was still unfinished."""
        bodies = self._begin(now)
        for event in self._events.flush():
            self._apply(event, bodies, of_whole=False)
        for event in self._progress.flush():
            self._apply(event, bodies, of_whole=True)
        self._frames(self._splitter.flush(), bodies)
        if self._in_parts:
            self._line(b"", bodies)
        self._show_progress_message(bodies, at_once=True)
        self._show_refused(bodies)
        return self._end(bodies)

    def partial(self, now: float) -> str | None:
        """Return the body of the unfinished line, ``"partial":true``, or ``None`` when there is none.

        What may be the beginning of a secret is not shown yet.
        """
        self._at(now)
        raw = self._splitter.pending()
        unfinished = UNFINISHED_ESCAPE.search(raw)
        if unfinished:
            raw = raw[: unfinished.start()]
        text, colours = clean(decode(_whole_characters(raw)))
        if self._hidden or text.lstrip().startswith("::add-mask::"):
            text, colours = MASK, ()
        held, held_colours, covered = self._held
        text, colours = (
            held + text,
            [*held_colours, *((at + len(held), sequence) for at, sequence in colours)],
        )
        spans = self._redactor.spans(text)
        if covered:
            spans = merge([(0, covered), *spans])
        keep = len(text) - self._redactor.held_back(text)
        text, colours = text[:keep], [colour for colour in colours if colour[0] <= keep]
        text, colours = masked(
            text, colours, [(start, min(end, keep)) for start, end in spans if start < keep]
        )
        if not text:
            return None
        return self._body(line_level(text), text, ansi=with_colours(text, colours), partial=True)

    def enter_phase(self, phase: str, now: float) -> list[str]:
        """Another script begins: bodies say ``phase`` from here on. Returns what the one before left unfinished."""
        bodies = self.flush(now)
        self._phase = phase
        self._markers.close_all()
        self._levels.in_traceback = False
        self._model.active = phase in _PHASES_WITH_PROGRESS
        return bodies

    def _frames(self, frames: Iterator[tuple[str, bytes]], bodies: list[str]) -> None:
        for kind, data in frames:
            if kind == "block":
                self._block(data, bodies)
            elif kind == "redrawn":
                self._redrawn(data)
            else:
                self._line(data, bodies, continued=kind == "part")

    def _block(self, block: bytes, bodies: list[str]) -> None:
        """Whole lines at once: most lines are plain, and what all of them share is made once.

        Only lines in which something of interest might stand are looked at one by one: searching a few words in 16 KiB
        costs a fraction of touching 200 lines. Both ways give the same bodies.
        """
        if not is_plain(block):
            for line in block[:-1].split(b"\n"):
                self._line(line, bodies)
            return
        position, size = 0, len(block)
        known = len(self._redactor.needles)
        for start in [*self._special_lines(block), size]:
            while self._levels.in_traceback and position < min(start, size):
                end = block.index(b"\n", position)
                self._line(block[position:end], bodies)
                position = end + 1
            if position < start:
                self._plain(block[position:start], bodies)
                position = start
            if position == start < size:
                end = block.index(b"\n", position)
                self._line(block[position:end], bodies)
                position = end + 1
                if len(self._redactor.needles) != known and position < size:
                    self._block(block[position:], bodies)  # the line announced a secret
                    return

    def _special_lines(self, block: bytes) -> list[int]:
        """Return the offsets of those lines of ``block`` that cannot take the plain path, sorted."""
        lower = (
            b"\n" + block.lower()
        )  # so that a line's offset in `block` is that of the newline before it in `lower`
        starts = {found.start() for found in _LINE_STARTS.finditer(lower)}
        for words, text in (
            (_WORDS, lower),
            (TOKEN_HINTS, b"\n" + block),
            (self._redactor.needles, b"\n" + block),
        ):
            for word in words:
                at = text.find(word)
                while at >= 0:
                    starts.add(text.rfind(b"\n", 0, at))
                    at = text.find(word, at + 1)
        if b"@" in block:
            starts.update(lower.rfind(b"\n", 0, found.start()) for found in PASSWORD_HINT.finditer(lower))
        return sorted(starts)

    def _plain(self, block: bytes, bodies: list[str]) -> None:
        try:
            text = block[:-1].decode()
        except UnicodeDecodeError:
            for line in block[:-1].split(b"\n"):
                self._line(line, bodies)
            return
        self._refresh()
        head = f'{self._head}"INFO","message":'
        if "\\" in text:
            end = self._plain_end
            bodies += [head + encode_basestring(line) + end for line in text.split("\n")]
        else:
            # Encoded in one go: without a backslash in the text, `\n` in the result is a newline and nothing else.
            between = f'"{self._plain_end}\n{head}"'
            bodies += (head + encode_basestring(text).replace("\\n", between) + self._plain_end).split("\n")
        self._last_output = self._count + len(bodies) - 1

    def _redrawn(self, data: bytes) -> None:
        self._held = ("", (), 0)
        raw = decode(data)
        if "]9;4;" in raw or "\x9d9;4;" in raw:
            self._markers.read_escapes(raw)
        text = clean(raw).text
        self._markers.read_redrawn(text)
        self._read_tools(text)

    def _read_tools(self, text: str) -> None:
        percent = tools.read_percent(text)
        if percent is not None and self.state.current_step:
            # Without steps nobody knows which part of the whole the tool's work is.
            self._model.percent(percent, "tool")

    def _line(self, data: bytes, bodies: list[str], *, continued: bool = False) -> None:
        raw = decode(data)
        if "9;4;" in raw:
            self._markers.read_escapes(raw)
        text, colours = clean(raw)
        if self._hidden:
            text, colours = "", ()
        if not self._in_parts:
            text, colours = self._first_of_line(text, colours, continued=continued)
        level = self._line_level
        held, held_colours, covered = self._held
        if held:
            text, colours = (
                held + text,
                [*held_colours, *((at + len(held), sequence) for at, sequence in colours)],
            )
            self._held = ("", (), 0)
        spans = self._redactor.spans(text)
        if covered:
            spans = merge([(0, covered), *spans])
        if continued:
            keep = len(text) - self._redactor.held_back(text)
            # Where a secret ends behind the cut, the other side has to be covered, too.
            covered = max((end - keep for start, end in spans if start < keep < end), default=0)
            self._held = (
                text[keep:],
                [(at - keep, sequence) for at, sequence in colours if at > keep],
                covered,
            )
            text, colours = text[:keep], [colour for colour in colours if colour[0] <= keep]
            spans = [(start, min(end, keep)) for start, end in spans if start < keep]
        text, colours = masked(text, colours, spans)
        index = self._count + len(bodies)
        self._last_output = index
        if text or not continued:
            self._append(bodies, level, text, colours, continued=continued)
        self._diagnosis.observe(text, level, index)
        self._in_parts = continued
        if not continued:
            self._hidden = False

    def _first_of_line(self, text: str, colours: Colours, *, continued: bool) -> tuple[str, Colours]:
        marker = self._markers.read(text)
        if marker is None:
            self._read_tools(text)
            self._line_level = self._levels.read(text)
            return text, colours
        if marker.secret:
            self._hidden = continued
            self.add_secret(marker.secret)
        text = clean(marker.text).text
        self._line_level = marker.level or self._levels.read(text)
        return text, ()

    def _append(
        self, bodies: list[str], level: Level, text: str, colours: Colours, *, continued: bool = False
    ) -> None:
        """Add the bodies of one masked line: several where decoding made it longer than the limit."""
        while 4 * len(text) > self._limit and len(encoded := text.encode()) > self._limit:
            cut = len(_whole_characters(encoded[: self._limit]).decode())
            ansi = with_colours(text[:cut], [colour for colour in colours if colour[0] <= cut])
            bodies.append(self._body(level, text[:cut], ansi=ansi, continued=True))
            text, colours = text[cut:], [(at - cut, sequence) for at, sequence in colours if at > cut]
        bodies.append(self._body(level, text, ansi=with_colours(text, colours), continued=continued))

    # --- reports ---------------------------------------------------------------------------------------------------

    def feed_events(self, data: bytes, now: float) -> list[str]:
        """Take bytes of ``INSTALLCAST_EVENTS``. Feed them before output of the same moment: they announce secrets."""
        bodies = self._begin(now)
        for event in self._events.feed(data):
            self._apply(event, bodies, of_whole=False)
        return self._end(bodies)

    def feed_progress(self, data: bytes, now: float) -> list[str]:
        """Take bytes of ``ONEINSTACK_PROGRESS_FD``, where percentages are of the whole."""
        bodies = self._begin(now)
        for event in self._progress.feed(data):
            self._apply(event, bodies, of_whole=True)
        return self._end(bodies)

    def _apply(self, event: Event, bodies: list[str], *, of_whole: bool) -> None:
        if isinstance(event, StepEvent):
            title = self._text(event.title)[: markers.MAX_TITLE]
            if event.current:
                self._model.step(event.current, event.total, title, "script")
            else:
                self._model.title(title, "script")
        elif isinstance(event, ProgressEvent):
            if event.percent is not None:
                self._model.percent(event.percent, "script", of_whole=of_whole)
            if event.message:
                self.activity = self._progress_message = self._text(event.message)
                self._show_progress_message(bodies)
        elif isinstance(event, SecretEvent):
            if not self.add_secret(event.value):
                self._report(bodies, "WARN", "A secret of fewer than 6 characters cannot be masked.")
        elif isinstance(event, LogEvent):
            for line in event.message.split("\n"):
                self._report(bodies, event.level, line)
        elif isinstance(event, ErrorEvent):
            hint = self._text(event.hint)
            index = self._count + len(bodies)
            self._report(bodies, "ERROR", f"{event.code}: {hint}" if hint else event.code)
            if self.reported_error is None:
                shown = self._count + len(bodies) > index
                self.reported_error = Error(event.code, hint, hint, index if shown else None)
        elif isinstance(event, Result):
            self._add_result(event)
        elif isinstance(event, BadEvent):
            self._report(bodies, "WARN", f"A report of the script was not understood: {event.reason}.")

    def _add_result(self, result: Result) -> None:
        if result.secret:
            self.add_secret(result.value)
        else:
            result = Result(result.name, self._text(result.value))
        self.results = [other for other in self.results if other.name != result.name]
        if len(self.results) < MAX_RESULTS:
            self.results.append(result)

    def _report(self, bodies: list[str], level: LineLevel, message: str) -> None:
        self._allowance = min(
            MAX_EVENT_RECORDS, self._allowance + max(0.0, self._now - self._allowed_at) * MAX_EVENT_RECORDS
        )
        self._allowed_at = self._now
        if self._allowance < 1:
            self._refused += 1
            return
        self._allowance -= 1
        self._show_refused(bodies)
        self._append(bodies, level, self._text(message), ())

    def _show_refused(self, bodies: list[str]) -> None:
        if self._refused:
            bodies.append(
                self._body("WARN", f"{self._refused} reports of the script were left out: too many at once.")
            )
            self._refused = 0

    def _show_progress_message(self, bodies: list[str], *, at_once: bool = False) -> None:
        if self._progress_message and (at_once or self._now - self._progress_at >= PROGRESS_RECORD_INTERVAL):
            bodies.append(self._body("INFO", self._progress_message, kind="progress"))
            self._progress_message, self._progress_at = "", self._now

    def add_secret(self, value: str) -> bool:
        """Mask ``value`` in all that is returned from here on. Returns whether it is long enough to be masked."""
        known = len(self._redactor.needles)
        usable = self._redactor.add(value)
        if len(self._redactor.needles) != known:
            mask = self._redactor.mask
            self._model.mask_titles(mask)
            self._markers.mask_titles()
            self.activity, self._progress_message = mask(self.activity), mask(self._progress_message)
            self.results = [
                result if result.secret else Result(result.name, mask(result.value))
                for result in self.results
            ]
            if self.reported_error is not None:
                hint = mask(self.reported_error.hint)
                self.reported_error = self.reported_error._replace(hint=hint, hint_zh=hint)
        return usable

    # --- the runner's own words --------------------------------------------------------------------------------------

    def plain(self, text: str) -> str:
        """Return ``text`` as one line of plain, masked text."""
        return self._text(text)

    def note(self, level: Level, message: str, now: float) -> str:
        """Return the body of something that the runner itself has to say."""
        self._begin(now)
        self._count += 1
        return self._body(level, self._text(message))

    def gap(self, lines: int, size: int, now: float) -> str:
        """Return the body of a record that stands for ``lines`` lines, ``size`` bytes, which were lost."""
        self._at(now)
        message = f"{lines} lines ({size} bytes) are missing here."
        return self._body("WARN", message, gap=f'{{"lines":{lines},"bytes":{size}}}')

    def heartbeat(self, activity: str, now: float) -> str:
        """Return a body of kind ``progress``: nothing was printed, but this is going on. The caller limits the rate."""
        self._at(now)
        self._count += 1
        self._progress_at = now
        return self._body("INFO", self._text(activity), kind="progress")

    def final(
        self,
        status: str,
        exit_code: int | None,
        now: float,
        *,
        error: Error | None = None,
        phase: str | None = None,
        message: str,
    ) -> str:
        """Return the body of the last record. Only ``succeeded`` brings the progress to 100."""
        self._at(now)
        self._count += 1
        if status == "succeeded":
            self._model.succeeded()
        code = "null" if exit_code is None else str(exit_code)
        end = f',"final":true,"status":{encode_basestring(status)},"exit_code":{code}'
        if error is not None:
            seq = "null" if error.seq is None else str(error.seq)
            end += (
                f',"error":{{"code":{encode_basestring(error.code)},"hint":{encode_basestring(self._text(error.hint))},'
                f'"seq":{seq},"hint_zh":{encode_basestring(self._text(error.hint_zh))}}}'
            )
        self._markers.close_all()
        self._phase = phase
        return self._body(_FINAL_LEVELS.get(status, "INFO"), self._text(message), end=end)

    def diagnose(self, exit_code: int | None) -> Error:
        """Return why the task failed: what the script reported, else what the lines tell, else ``UNKNOWN``."""
        return self.reported_error or self._diagnosis.result(exit_code, self._last_output)

    # --- bodies ----------------------------------------------------------------------------------------------------

    def _begin(self, now: float) -> list[str]:
        self._at(now)
        bodies: list[str] = []
        self._show_progress_message(bodies)
        return bodies

    def _end(self, bodies: list[str]) -> list[str]:
        self._count += len(bodies)
        return bodies

    def _at(self, now: float) -> None:
        if now != self._now:
            self._now = now
            self._head = f'"timestamp":"{timestamp(now)}","level":'

    def _refresh(self) -> None:
        group = self._markers.group
        key = (self._model.revision, group, self._phase)
        if key != self._tail_key:
            state = self.state
            self._tail_key = key
            self._state_part = state_part(state.progress, state.step, state.current_step, state.total_steps)
            self._group_part = f',"group":{encode_basestring(group)}' if group else ""
            self._phase_part = f',"phase":{encode_basestring(self._phase)}' if self._phase else ""
            self._plain_end = f"{self._state_part}{self._group_part}{self._phase_part}}}"

    def _body(
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
        self._refresh()
        return "".join(
            (
                f'{self._head}"{level}","message":{encode_basestring(message)}{self._state_part}',
                f',"ansi":{encode_basestring(ansi)}' if ansi is not None else "",
                f',"kind":"{kind}"' if kind else "",
                f',"gap":{gap}' if gap else "",
                self._group_part,
                ',"continued":true' if continued else "",
                self._phase_part,
                ',"partial":true' if partial else "",
                end,
                "}",
            )
        )

    def _text(self, text: str) -> str:
        """One line of plain, masked text."""
        return self._redactor.mask(clean(" ".join(text.splitlines())).text)


def _whole_characters(data: bytes) -> bytes:
    """Return ``data`` without the beginning of a UTF-8 character at its end."""
    for back in range(1, min(3, len(data)) + 1):
        byte = data[-back]
        if byte >= 0xC0:
            needed = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return data[:-back] if back < needed else data
        if byte < 0x80:
            break
    return data
