"""The outline of a shell script: what it does, command by command, and how long that is expected to take.

How a shell reads (seen with bash 5.2): it reads a *line*, which is all up to a newline that ends a command, with its
here-documents; so a loop, a function definition, or ``a; b && c`` is read as a whole. Whenever it starts a process, it puts
the position of its script (descriptor 255) back to behind what it has read. While a process of that line runs in the
foreground, the position is thus the :attr:`Command.end` of that line. At all other moments it stands further on, at the
end of a block of 8192 bytes or of the file: while the shell itself works, and while it waits for what it has put into the
background, although it has children then.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from installcast.parse.commands import MIN_SECONDS, work_of
from installcast.parse.programs.job import file_name, title_of
from installcast.parse.programs.known import is_shell
from installcast.parse.shell.nodes import AndOr, Function, Group, If, Item, Node, Pipeline, Simple
from installcast.parse.shell.part import Part, scaled, total
from installcast.parse.shell.parts import Survey
from installcast.parse.shell.process_names import ProcessNames
from installcast.parse.shell.syntax import ScriptReader
from installcast.parse.shell.variables import Variables
from installcast.parse.shell.words import UnreadableError

MAX_BYTES = 256 * 1024
"""Of a script; a longer one has no commands. Nobody writes so much by hand, and the script must not wait for it."""

MAX_LINES = 10_000

MAX_TOLD = 5_000
"""Commands of a script that stand in no function: a program has written more of them. These take a third of a second."""

MAX_TEXT = 300
"""Characters."""

MAX_OPENED = 8
"""Functions within functions whose commands are told one by one."""

_BUFFER = 8192
"""Bytes that bash reads at a time."""

_DOMINANT = 0.7
"""A command with this share of the whole time is told by its own commands, where it is a function, a group or an ``if``."""

_MAX_FACTOR = 1.5
"""Where the commands inside have much less time than the whole, the time is spent elsewhere: in a condition, for example."""

_SHEBANG = re.compile(r"#![ \t]*(\S+)(?:[ \t]+(?:-S[ \t]*)?(\S+))?")
_BLANKS = re.compile(r"\s*\\\n\s*|\s+")
_PEEKED_BYTES = 4096
_MAX_SOURCE = 4 * MAX_TEXT


class Step(NamedTuple):
    """One command inside a :class:`Command`: what is told of it when its process is seen."""

    title: str
    seconds: float


class Command(NamedTuple):
    """A command of a script: what the shell reads as a whole, or a line of the function that is most of the script.

    ``end`` is the offset behind its last line: where the shell stands in the file while it runs. Commands of a function
    share that of its call.
    """

    first_line: int
    last_line: int
    end: int
    text: str
    title: str
    seconds: float
    steps: tuple[Step, ...] = ()
    """The commands in it, in order; ``seconds`` is their sum. See :meth:`Outline.locate`."""


class Outline:
    """The commands of a script, and which of them is running."""

    def __init__(
        self,
        commands: Sequence[Command] = (),
        *,
        size: int = 0,
        bodies: Sequence[tuple[int, int, int]] = (),
        processes: ProcessNames | None = None,
        has_jobs: bool = False,
    ) -> None:
        """``bodies`` are lines of functions (first, last) with the index of the only command that calls them."""
        self.commands = tuple(commands)
        self._size = size
        self._has_jobs = has_jobs
        self._processes = processes or ProcessNames()
        spans = [
            (command.first_line, command.last_line, index) for index, command in enumerate(self.commands)
        ]
        self._spans = sorted(spans)
        self._bodies = sorted(bodies)
        ends: dict[int, int | None] = {}
        for index, command in enumerate(self.commands):
            ends[command.end] = None if command.end in ends else index
        self._ends = ends

    def at_line(self, line: int) -> int | None:
        """Return the index of the command that line ``line`` (from 1) belongs to.

        A line of a function belongs to the command that calls the function, if there is only one.
        """
        found = _containing(self._spans, line)
        return found if found is not None else _containing(self._bodies, line)

    def at_offset(self, offset: int) -> int | None:
        """Return the index of the command that runs while the shell stands at byte ``offset`` of its script *and has a child*.

        ``None`` where that does not tell: at the end of the file, where a shell also stands while it waits for what runs in the
        background (:meth:`matching` tells the last command); behind a command that is told by several; in no place of ours.
        """
        if offset >= self._size or (self._has_jobs and offset - _BUFFER in self._ends):
            return None
        return self._ends.get(offset)

    def locate(self, argv: Sequence[str]) -> tuple[int, int] | None:
        """Return the indices of the command and of the step in it that started a process with these arguments.

        ``None`` when none can have done it, or several can.
        """
        return self._processes.find(argv)

    def matching(self, argv: Sequence[str], *, offset: int | None = None) -> int | None:
        """Return the index of the command that started a process with these arguments, ``None`` if none or several can.

        Of several, it is the last command when the shell stands at the end of its script: at byte ``offset``.
        """
        found = self._processes.find_commands(argv)
        if len(found) == 1:
            return found.pop()
        last = len(self.commands) - 1
        is_at_end = offset is not None and offset >= self._size and not self._has_jobs
        return last if is_at_end and last in found else None


def _containing(spans: Sequence[tuple[int, int, int]], line: int) -> int | None:
    position = bisect_left(spans, (line + 1,)) - 1
    if position < 0:
        return None
    first, last, index = spans[position]
    return index if first <= line <= last else None


def read_outline(script: bytes, *, locale: str = "en") -> Outline:
    """Read a shell script. What is none has no commands; neither has one with CRLF, or over the limits. Never raises."""
    if len(script) > MAX_BYTES or b"\0" in script[:_PEEKED_BYTES] or script.count(b"\n") > MAX_LINES:
        return Outline()
    text = script.decode("latin-1")  # a character is a byte, so that offsets are those of the file
    if not _is_shell_script(text):
        return Outline()
    return _Builder(text, locale).build()


def _is_shell_script(text: str) -> bool:
    first = text.partition("\n")[0]
    if first.endswith("\r"):
        return False
    found = _SHEBANG.match(first)
    if found is None:
        return not first.startswith("#!")
    program = file_name(found.group(1))
    return is_shell(file_name(found.group(2) or "") if program in ("env", "busybox") else program)


class _Draft(NamedTuple):
    """A command that is not told yet."""

    items: tuple[Item, ...]
    end: int
    parts: Sequence[Part]
    reached: frozenset[str]
    """The functions that it calls."""
    before: Variables
    """The variables as they were before it."""


class _Builder:
    def __init__(self, text: str, locale: str) -> None:
        self._text = text
        self._locale = locale
        self._reader = ScriptReader(text)
        self._survey = Survey()
        self._newlines = [found.start() for found in re.finditer("\n", text)]
        self._functions: dict[str, tuple[int, int]] = {}  # first and last line

    def build(self) -> Outline:
        drafts = self._opened(self._read())
        cuts = sorted(self._reader.cuts)
        processes = ProcessNames()
        for index, draft in enumerate(drafts):
            for step, part in enumerate(draft.parts):
                for process in part.processes:
                    processes.add(process, (index, step))
        return Outline(
            [self._command(draft, cuts) for draft in drafts],
            size=len(self._text),
            bodies=self._bodies(drafts),
            processes=processes,
            has_jobs=self._reader.has_jobs,
        )

    def _read(self) -> list[_Draft]:
        drafts: list[_Draft] = []
        while True:
            try:
                line = self._reader.read_line()
            except UnreadableError:
                break  # a shell, too, runs what stands before an error
            if line is None:
                break
            drafts += self._drafts(line.items, line.end)
            if len(drafts) > MAX_TOLD:
                return []
            if any(_never_returns(item.node) for item in line.items):
                break  # anything may stand behind it, an archive for example
        return drafts

    def _drafts(self, items: Sequence[Item], end: int) -> list[_Draft]:
        """Return what one line does, nothing when it only defines functions."""
        before = self._survey.variables.copy()
        self._survey.reached.clear()
        parts = self._survey.items(items)
        done = []
        for item in items:
            if isinstance(item.node, Function):
                self._functions[item.node.name] = (self._line_of(item.start), self._line_of(item.end - 1))
            else:
                done.append(item)
        return [_Draft(tuple(done), end, parts, frozenset(self._survey.reached), before)] if done else []

    def _opened(self, drafts: list[_Draft]) -> list[_Draft]:
        """Put the commands of what is most of the script in its place, and so on inside of it."""
        for _ in range(MAX_OPENED):
            share = _DOMINANT * sum(total(draft.parts) for draft in drafts)
            position = next((at for at, draft in enumerate(drafts) if total(draft.parts) >= share), None)
            if position is None or len(inside := self._inside(drafts[position])) < 2:
                break
            drafts[position : position + 1] = inside
        return drafts

    def _inside(self, draft: _Draft, depth: int = 0) -> list[_Draft]:
        """Return the commands that ``draft`` consists of; of what holds nothing but another one, those of that."""
        self._survey.variables = draft.before.copy()
        if len(draft.items) != 1 or (body := self._body(draft.items[0].node)) is None:
            return []
        inside: list[_Draft] = []
        lines: list[list[Item]] = []
        for item in body:
            if lines and self._line_of(lines[-1][-1].end - 1) == self._line_of(item.start):
                lines[-1].append(item)
            else:
                lines.append([item])
        for items in lines:
            inside += self._drafts(items, draft.end)
        # What happens only in some cases, or beside something else, keeps that share.
        factor = total(draft.parts) / max(sum(total(one.parts) for one in inside), MIN_SECONDS)
        if factor > _MAX_FACTOR:
            return []
        inside = [one._replace(parts=scaled(one.parts, factor)) for one in inside]
        return self._inside(inside[0], depth + 1) if len(inside) == 1 and depth < MAX_OPENED else inside

    def _body(self, node: Node) -> Sequence[Item] | None:
        """Return the commands that ``node`` consists of, and set the parameters if it calls a function."""
        if isinstance(node, Pipeline | AndOr):
            return next((body for body in map(self._body, node.commands) if body is not None), None)
        if isinstance(node, Group):
            return node.body
        if isinstance(node, If):
            return node.branches[0][1] if len(node.branches) == 1 else None
        if (called := self._survey.called(node)) is None:
            return None
        body, arguments = called
        self._survey.enter(arguments)
        return body.body if isinstance(body, Group) else None

    def _bodies(self, drafts: Sequence[_Draft]) -> list[tuple[int, int, int]]:
        callers: dict[str, list[int]] = {}
        for index, draft in enumerate(drafts):
            for name in draft.reached:
                callers.setdefault(name, []).append(index)
        return [
            (*self._functions[name], indices[0])
            for name, indices in callers.items()
            if len(indices) == 1 and name in self._functions
        ]

    def _command(self, draft: _Draft, cuts: Sequence[tuple[int, int]]) -> Command:
        start, stop = draft.items[0].start, draft.items[-1].end
        work = work_of(draft.parts, self._locale)
        return Command(
            self._line_of(start),
            self._line_of(stop - 1),
            draft.end,
            _one_line(self._text, start, stop, cuts),
            work.title,
            work.seconds,
            tuple(Step(title_of(part.job, self._locale), part.seconds) for part in draft.parts),
        )

    def _line_of(self, offset: int) -> int:
        return bisect_left(self._newlines, offset) + 1


def _never_returns(node: Node) -> bool:
    if not isinstance(node, Simple) or not node.words:
        return False
    word = "".join(piece.text for piece in node.words[0].pieces)
    return word == "exit" or (word == "exec" and len(node.words) > 1)


def _one_line(text: str, start: int, stop: int, cuts: Sequence[tuple[int, int]]) -> str:
    """Return the text without comments and here-documents, on one line."""
    pieces: list[str] = []
    length = 0
    for begin, end in cuts[bisect_left(cuts, (start,)) :]:
        if begin >= stop or length > _MAX_SOURCE:
            break
        pieces.append(text[start : min(begin, start + _MAX_SOURCE)])
        length += len(pieces[-1])
        start = max(start, end)
    pieces.append(text[start : min(stop, start + _MAX_SOURCE)])
    line = _BLANKS.sub(" ", " ".join(pieces)).strip()
    return line.encode("latin-1").decode(errors="replace")[:MAX_TEXT]
