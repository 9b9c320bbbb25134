"""The output of a task's scripts: lines in, record bodies out, with their levels, and with secrets masked.

What markers, tools and trouble tell is taken from them on the way.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from installcast.parse.block import Block, Lines
from installcast.parse.bodies import BodyWriter, PlainFrame
from installcast.parse.diagnose import Diagnosis
from installcast.parse.escapes import Colours, clean, decode, whole_escapes
from installcast.parse.levels import LevelReader, LineLevel, line_level
from installcast.parse.line_masker import LineMasker
from installcast.parse.lines import Frame, LineSplitter, room, whole_characters
from installcast.parse.markers import MarkerReader
from installcast.parse.reading import Reading
from installcast.parse.redact import MASK, Redactor
from installcast.parse.screen import Screen
from installcast.parse.tools import ToolReader
from installcast.parse.trace import MAX_BURST


class OutputReader:
    """Reads the output of one task. ``add_secret`` gets what it announces as a secret, ``take_reading`` what tools say.

    Bodies are added to a list that has those of the same moment already; ``first`` is how many the task had before.
    """

    def __init__(
        self,
        redactor: Redactor,
        writer: BodyWriter,
        markers: MarkerReader,
        *,
        max_line_bytes: int,
        add_secret: Callable[[str], object],
        take_reading: Callable[[Reading], None],
    ) -> None:
        self._redactor = redactor
        self._writer = writer
        self._markers = markers
        self._add_secret = add_secret
        self._take_reading = take_reading
        self._splitter = LineSplitter(max_line_bytes)
        self._masker = LineMasker(redactor, room(max_line_bytes))
        self._bodies: list[str] = []
        self._first = 0
        # Since the last look at them: how many lines there were, and the first of them.
        self._lines, self._texts = 0, list[str]()
        # Of the line that is being handed out in parts:
        self._in_parts = False
        self._line_level: LineLevel = "INFO"
        self._is_secret = False
        self.begin(None)

    def begin(self, script: bytes | None) -> None:
        """Another script begins, ``script`` is its text: what was printed before explains nothing of it."""
        self._levels = LevelReader()
        self._tools = ToolReader()
        self.diagnosis = Diagnosis(script)
        self.last_line: int | None = None
        """Index of the body with its last line."""

    def feed(self, data: bytes, bodies: list[str], first: int) -> None:
        """Add the bodies of the lines that ``data``, the next bytes, completes."""
        self._bodies, self._first = bodies, first
        self._take(self._splitter.feed(data))

    def flush(self, bodies: list[str], first: int) -> None:
        """The output is at its end: add what was still unfinished."""
        self._bodies, self._first = bodies, first
        self._take(self._splitter.flush())
        if self._in_parts:
            self._line(b"")

    def partial(self) -> str | None:
        """Return the body of the unfinished line, or ``None``. What may be the beginning of a secret is not shown yet."""
        text, colours = clean(decode(whole_characters(whole_escapes(self._splitter.pending()))))
        if self._is_secret or self._markers.hides(text):
            text, colours = MASK, ()
        text, colours = self._masker.preview(text, colours)
        if not text:
            return None
        self._writer.group = self._markers.group
        return self._writer.unfinished(line_level(text), text, colours)

    def burst(self) -> tuple[Sequence[str], int]:
        """Return the first of the lines that came since the last call, masked, and how many they were."""
        burst = self._texts, self._lines
        self._texts, self._lines = [], 0
        return burst

    def _take(self, frames: Iterator[Frame]) -> None:
        for kind, data in frames:
            if kind == "block":
                self._block(data)
            elif kind == "redrawn":
                self._redrawn(data)
            else:
                self._line(data, continued=kind == "part")

    def _block(self, data: bytes) -> None:
        """Take whole lines: those that need no closer look all at once (see :mod:`installcast.parse.screen`)."""
        block, needles = Block(data), self._redactor.needles
        known = len(needles)
        screen = Screen(block.plain, needles)
        special, size = deque(screen.special()), len(block.plain)
        while block.position < size:
            start = special.popleft() if special else size
            while self._levels.in_block and block.position < start:
                self._whole_line(block.take_line(), screen)
            if block.position < start:
                self._plain_lines(block, start, screen)
            if start < size:
                self._whole_line(block.take_line(), screen)
            if len(needles) != known:  # the line has announced a secret, which those behind it may hold
                screen.look_for_needles(needles, known, block.position)
                special = deque(at for at in screen.special() if at >= block.position)
                known = len(needles)

    def _plain_lines(self, block: Block, end: int, screen: Screen) -> None:
        """Take the lines before the offset ``end``, which are written as they are, and read what tools say in them."""
        self._writer.group = self._markers.group
        frame = self._writer.frame()
        tools, plain = screen.tools, block.plain
        for start in tools[bisect_left(tools, block.position) : bisect_left(tools, end)]:
            text = plain[start : plain.index(b"\n", start)].decode()
            self._read_tools(text, begins=start in screen.tool_starts)
            if (changed := self._writer.frame()) is not frame:
                if block.position < start:
                    self._write_plain(block.take(start), frame)
                frame = changed
        self._write_plain(block.take(end), frame)

    def _write_plain(self, lines: Lines, frame: PlainFrame) -> None:
        text = lines.plain.decode()
        if lines.raw is None:
            self._bodies += self._writer.plain(text, frame)
        else:
            self._bodies += self._writer.coloured(text, b"\n".join(lines.raw).decode(), frame)
        self.last_line = self._first + len(self._bodies) - 1
        self.diagnosis.pass_over(text, self.last_line)
        self._lines += text.count("\n") + 1
        if self._lines <= MAX_BURST:
            self._texts += text.split("\n")

    def _whole_line(self, line: Lines, screen: Screen) -> None:
        """Take one line of a block: it is looked at for what the screen has seen in it, and for nothing else."""
        at, tools = line.begin, screen.tools
        raw = line.plain if line.raw is None else line.raw[0]
        index = bisect_left(tools, at)
        may_be_tool = index < len(tools) and tools[index] == at
        if at in screen.suspects or at in screen.markers:
            self._line(raw, may_be_tool=may_be_tool)
            return
        text, colours = clean(raw.decode()) if len(raw) != len(line.plain) else (raw.decode(), ())
        if may_be_tool:
            self._read_tools(text, begins=at in screen.tool_starts)
        self._line_level = self._levels.read(text, screen.words.get(at, ()))
        needles = screen.needles.get(at, ())
        if needles or at in screen.tokens:
            text, colours = self._masker.mask_whole(text, colours, needles)
        self._write_line(text, colours)

    def _redrawn(self, data: bytes) -> None:
        # Whatever was handed out of the line is drawn over by a state that begins anew.
        self._masker.drop()
        self._in_parts = self._is_secret = False
        raw = decode(data)
        self._markers.read_escapes(raw)
        text = clean(raw).text
        self._markers.read_redrawn(text)
        self._read_tools(text)

    def _line(self, data: bytes, *, continued: bool = False, may_be_tool: bool = True) -> None:
        """Take one line, or a part of one that is ``continued``."""
        raw = decode(data)
        text, colours = clean(raw)
        if colours or len(text) != len(raw):
            self._markers.read_escapes(raw)
            may_be_tool = True  # the screen has seen the escapes before its words
        if self._is_secret:
            text, colours = "", ()
        elif not self._in_parts:
            text, colours = self._begin_line(text, colours, continued=continued, may_be_tool=may_be_tool)
        text, colours = self._masker.mask(text, colours, continued=continued)
        if text or not continued:
            self._write_line(text, colours, continued=continued)
        self._in_parts = continued
        self._is_secret = self._is_secret and continued

    def _write_line(self, text: str, colours: Colours, *, continued: bool = False) -> None:
        self.last_line = self._first + len(self._bodies)
        self.diagnosis.observe(text, self._line_level, self.last_line)
        self._lines += 1
        if self._lines <= MAX_BURST:
            self._texts.append(text)
        self._writer.group = self._markers.group
        self._bodies += self._writer.line(self._line_level, text, colours, continued=continued)

    def _begin_line(
        self, text: str, colours: Colours, *, continued: bool, may_be_tool: bool
    ) -> tuple[str, Colours]:
        """Read what the beginning of a line tells. Returns what the line shows."""
        marker = self._markers.read(text)
        if marker is None:
            if may_be_tool:
                self._read_tools(text)
            self._line_level = self._levels.read(text)
            return text, colours
        if marker.secret:
            self._is_secret = continued
            self._add_secret(marker.secret)
        text = clean(" ".join(marker.text.splitlines())).text
        self._line_level = marker.level or self._levels.read(text)
        return text, ()

    def _read_tools(self, text: str, *, begins: bool = False) -> None:
        reading = self._tools.read(text, begins=begins)
        if reading is not None:
            self._take_reading(reading)
