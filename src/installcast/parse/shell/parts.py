"""What the commands of a script do, one after the other, and how long each is expected to take.

Nothing is run. Where a script may go one way or another, each way counts by its likelihood.
"""

from __future__ import annotations

from collections.abc import Sequence

from installcast.parse.programs.fetching import ASK, DOWNLOAD
from installcast.parse.programs.job import RUN, Job, Phrase, file_name, trivial
from installcast.parse.programs.known import is_shell, job_of
from installcast.parse.programs.system import WAIT
from installcast.parse.programs.wrappers import is_wrapper, unwrap
from installcast.parse.shell.hidden import by_manager, inline_script, with_program
from installcast.parse.shell.nodes import (
    AndOr,
    Assignment,
    Case,
    Group,
    If,
    Item,
    Loop,
    Node,
    Piece,
    Pipeline,
    Simple,
    Word,
)
from installcast.parse.shell.part import Part, scaled, total
from installcast.parse.shell.rounds import is_waiting, rounds_of
from installcast.parse.shell.syntax import ScriptReader
from installcast.parse.shell.variables import UNKNOWN, Variables, as_read
from installcast.parse.shell.words import UNKNOWN_PIECE, UnreadableError

MAX_EXPANDED = 262_144
"""Characters of the words of one command; what comes behind them is as good as unknown."""

MAX_CALLS = 12
"""Functions within functions that are followed."""

MAX_COMMANDS = 30_000
"""Commands that are looked at in one script, those of functions once a call; the rest is taken for nothing."""

_LIKELY = 0.6
"""How likely it is that something is done that depends on a condition which says nothing to us."""

_FALLBACK = 0.1
"""… that a command fails, so that what stands behind its ``||`` is done."""

_MISSING = 0.8
"""… that a test for what an install brings fails, as it does on a fresh machine."""

_GUARD = 0.02
"""… that a script takes the way on which it ends at once."""

_ANSWER = 0.3
"""What a command takes whose output is used in another one, as a part of what it takes otherwise: it asks, and does little."""

_WORTH_SEEING = 0.3
"""Seconds: what takes less is no way of its own, only a message."""

_FROM_PIPE = Phrase("Run the script from {}", "运行来自 {} 的脚本")
_READY = Phrase("Wait until it is ready", "等待就绪")
_UNPACKERS = frozenset(
    {"tar", "bsdtar", "gunzip", "gzip", "xz", "zstd", "cpio", "unzip", "tee", "gpg", "dd", "docker"}
)
_DECLARING = frozenset({"export", "local", "readonly", "declare", "typeset"})
_READING = frozenset({"read", "mapfile", "readarray", "getopts"})
_FAILING = frozenset({"die", "fail", "abort", "fatal", "error_exit", "bail"})
_TESTS = frozenset(
    {"test", "[", "[[", "((", "command", "which", "type", "hash", "grep", "id", "getent", "true", ":"}
)


class Survey:
    """Goes through a script in its order, with what is known of its variables and functions at each place."""

    def __init__(self, *, depth: int = 0) -> None:
        self.variables = Variables()
        self.functions: dict[str, Node] = {}
        self.budget = MAX_COMMANDS
        self.reached: set[str] = set()
        """Functions that were called so far."""
        self._depth = depth
        self._calls: list[str] = []

    def items(self, items: Sequence[Item]) -> list[Part]:
        """Return the parts of a list of commands."""
        parts: list[Part] = []
        for item in items:
            found = self.node(item.node)
            # What runs in the background takes its time beside the others.
            parts += scaled(found, 0.05) if item.background else found
        return parts

    def node(self, node: Node) -> list[Part]:
        """Return the parts of a command."""
        if isinstance(node, Simple):
            return self._simple(node)
        if isinstance(node, Pipeline):
            return self._pipeline(node)
        if isinstance(node, AndOr):
            return self._and_or(node)
        if isinstance(node, Group):
            return self.items(node.body)
        if isinstance(node, If):
            return self._if(node)
        if isinstance(node, Loop):
            return self._loop(node)
        if isinstance(node, Case):
            return self._case(node)
        self.functions[node.name] = node.body
        return []

    def called(self, node: Node) -> tuple[Node, list[str]] | None:
        """Return the body and the arguments, if ``node`` is the call of a function of this script."""
        if not isinstance(node, Simple) or not node.words:
            return None
        words = self._words(node.words)
        body = self.functions.get(words[0]) if words else None
        return None if body is None else (body, words[1:])

    def enter(self, arguments: Sequence[str]) -> dict[str, tuple[str, ...] | None]:
        """Set the parameters of a function that is called; returns the former ones."""
        names = ["@", *map(str, range(1, 10))]
        former = {name: self.variables.get(name) for name in names}
        for name in names[1:]:
            position = int(name) - 1
            # What is not given is empty, unless one of unknown length stands before it.
            lost = UNKNOWN in arguments[: position + 1]
            self.variables.set(name, None if lost else tuple(arguments[position : position + 1]) or ("",))
        self.variables.set("@", tuple(arguments))
        return former

    def command(self, words: Sequence[str]) -> list[Part]:
        """Return the parts of one command with these words."""
        self.budget -= 1
        if not words or self.budget < 0:
            return []
        inner, limit = unwrap(words)
        if len(inner) != len(words):
            inner = by_manager(inner) or inner
        processes = (tuple(words), tuple(inner)) if len(inner) != len(words) else (tuple(words),)
        name = self._function(words, inner)
        if name is not None:
            called = words if name == words[0] else inner
            parts = self._call(name, self.functions[name], called[1:])
        elif (script := inline_script(inner)) is not None:
            parts = self._inline(script)
        else:
            job = job_of(inner)
            return [Part(job, job.seconds if limit is None else min(job.seconds, limit), processes)]
        if limit is not None and total(parts) > limit:
            parts = scaled(parts, limit / total(parts))
        if len(parts) == 1:  # the shell that runs it may stand for it
            parts = [parts[0]._replace(processes=(*processes, *parts[0].processes))]
        return parts

    def _function(self, words: Sequence[str], inner: Sequence[str]) -> str | None:
        """Return the function that is called: programs such as ``sudo`` and ``command`` call none, other functions do."""
        if words[0] in self.functions:
            return words[0]
        return inner[0] if inner and inner[0] in self.functions and not is_wrapper(words[0]) else None

    def _call(self, name: str, body: Node, arguments: Sequence[str]) -> list[Part]:
        self.reached.add(name)
        if name in self._calls or len(self._calls) >= MAX_CALLS:
            return []
        self._calls.append(name)
        former = self.enter(arguments)
        parts = self.node(body)
        for parameter, value in former.items():
            self.variables.set(parameter, value)
        self._calls.pop()
        return parts

    def _inline(self, script: str) -> list[Part]:
        if self._depth >= MAX_CALLS:
            return []
        inside = Survey(depth=self._depth + 1)
        inside.budget = self.budget
        try:
            parts = inside.items(ScriptReader(as_read(script)).read_script())
        except UnreadableError:
            parts = []
        self.budget = inside.budget
        return parts or [Part(trivial(0.5), 0.5)]

    def _words(self, words: Sequence[Word]) -> list[str]:
        expanded: list[str] = []
        length = 0
        for word in words:
            texts = self.variables.expand(word) if length < MAX_EXPANDED else [UNKNOWN]
            length += sum(map(len, texts))
            expanded += texts
        return expanded

    def _simple(self, node: Simple) -> list[Part]:
        values = [assignment.value for assignment in node.assignments]
        parts = self._substitutions((*node.words, *values))
        words = self._command_words(node.words)
        if not words and node.words:
            return parts
        if not words:
            for assignment in node.assignments:
                self.variables.assign(assignment)
            return [*parts, Part(trivial(0.002), 0.002)]
        name = words[0]
        if name in _DECLARING:
            self._declare(node.words[1:])
        elif name in _READING or name == "unset":
            for word in words[1:]:
                self.variables.set(word, None)
        elif name in ("shift", "set"):
            for position in ("@", *"123456789"):
                self.variables.set(position, None)
        return [*parts, *self.command(words)]

    def _command_words(self, words: Sequence[Word]) -> list[str]:
        """Return the words of a command; a program that is known only later is guessed."""
        expanded = self._words(words)
        if len(expanded) < 2 or expanded[0] != UNKNOWN:
            return expanded
        pieces = words[0].pieces
        variable = pieces[0].text.lower() if len(pieces) == 1 and pieces[0].kind == "variable" else ""
        return with_program(expanded, variable)

    def _declare(self, words: Sequence[Word]) -> None:
        for word in words:
            first = word.pieces[0] if word.pieces else UNKNOWN_PIECE
            name, equals, value = first.text.partition("=")
            if first.kind != "text" or first.quoted or not name.removesuffix("+").isidentifier():
                continue
            if equals:
                pieces = ((Piece("text", value),) if value else ()) + word.pieces[1:]
                appends = name.endswith("+")
                self.variables.assign(Assignment(name.removesuffix("+"), Word(pieces, word.array), appends))

    def _substitutions(self, words: Sequence[Word]) -> list[Part]:
        """Return the parts of ``$(…)`` in words: they run first. An answer that a script waits for is a small one."""
        parts: list[Part] = []
        for word in words:
            for piece in word.pieces:
                if piece.body:
                    parts += [_answer(part) for part in self._aside(piece.body)]
            if word.array:
                parts += self._substitutions(word.array)
        return parts

    def _aside(self, body: Sequence[Item]) -> list[Part]:
        """Look at what runs in a shell of its own, whose variables are lost with it."""
        outside, self.variables = self.variables, self.variables.copy()
        parts = self.items(body)
        self.variables = outside
        return parts

    def _pipeline(self, node: Pipeline) -> list[Part]:
        found = [self.node(command) for command in node.commands]
        parts = [part for some in found for part in some]
        if len(found) == 1 or not parts:
            return parts
        heaviest = max(found, key=total)
        if len(heaviest) > 1:  # a group or a function: the others wait for it
            return heaviest
        job, seconds = heaviest[0].job, heaviest[0].seconds
        first, readers = (
            parts[0].job,
            {file_name(process[0]) for part in parts[1:] for process in part.processes},
        )
        if first.phrase in (DOWNLOAD, ASK):
            if any(map(is_shell, readers)):
                job, seconds = Job(_FROM_PIPE, first.names), max(seconds, 15.0)
            elif not readers.isdisjoint(_UNPACKERS):
                job, seconds = Job(DOWNLOAD, first.names), max(seconds, 4.0)
        return [Part(job, seconds, tuple(process for part in parts for process in part.processes))]

    def _and_or(self, node: AndOr) -> list[Part]:
        parts = self.node(node.commands[0])
        before, likelihood = node.commands[0], 1.0
        for operator, command in zip(node.operators, node.commands[1:], strict=True):
            outside = self.variables.copy()
            found = self.node(command)
            if operator == "&&":
                likelihood *= _LIKELY if self._is_test(before) else 1.0
            else:
                likelihood = _MISSING if self._is_test(before) else _FALLBACK
                self.variables.keep_common([outside])
            parts += scaled(found, _GUARD if self._fails(command) else likelihood)
            before = command
        return parts

    def _if(self, node: If) -> list[Part]:
        parts: list[Part] = []
        outside = self.variables.copy()
        ways: list[list[Part]] = []
        after: list[Variables] = []
        for condition, body in node.branches:
            parts += self.items(condition)
            self.variables = outside.copy()
            way = self.items(body)
            ways.append(scaled(way, _GUARD) if self._end_fails(body) else way)
            after.append(self.variables)
            self.variables = outside
        if all(condition for condition, _ in node.branches):  # no `else`
            after.append(outside)
        self._join(after)
        seen = [way for way in ways if total(way) > _WORTH_SEEING]
        if len(seen) != 1:
            return [*parts, *self._one_of(ways)]
        position = next(index for index, way in enumerate(ways) if way is seen[0])
        likelihood = _LIKELY
        if not node.branches[position][0]:
            likelihood = 1 - _LIKELY
        elif self._asks_for_missing(node.branches[position][0]):
            likelihood = _MISSING
        for index, way in enumerate(ways):
            parts += scaled(way, likelihood if index == position else 1 - likelihood)
        return parts

    def _case(self, node: Case) -> list[Part]:
        parts = self._substitutions([node.word])
        outside = self.variables.copy()
        ways: list[list[Part]] = []
        after = [outside]
        for body in node.branches:
            self.variables = outside.copy()
            way = self.items(body)
            ways.append(scaled(way, _GUARD) if self._end_fails(body) else way)
            after.append(self.variables)
        self._join(after)
        return [*parts, *self._one_of(ways)]

    def _join(self, after: Sequence[Variables]) -> None:
        first, *others = after
        self.variables = first.copy()
        self.variables.keep_common(others)

    def _one_of(self, ways: Sequence[Sequence[Part]]) -> list[Part]:
        """Join ways of which one is gone. Those that do something share the likelihood."""
        seen = [way for way in ways if total(way) > _WORTH_SEEING]
        return [
            part for way in ways for part in scaled(way, 1 / max(1, len(seen) if way in seen else len(ways)))
        ]

    def _loop(self, node: Loop) -> list[Part]:
        parts = self._substitutions(node.words)
        words = self._words(node.words)
        if node.variable:
            self.variables.set(node.variable, None)
        condition = self.items(node.condition)
        before = self.variables.copy()
        body = self.items(node.body)
        self.variables.keep_common([before])
        rounds = rounds_of(node, words)
        if is_waiting(node):
            body = [part._replace(job=Job(_READY)) if part.job.phrase is WAIT else part for part in body]
        return [*parts, *scaled([*condition, *body], rounds)]

    def _is_test(self, node: Node) -> bool:
        if isinstance(node, Pipeline):
            return all(map(self._is_test, node.commands))
        return (
            isinstance(node, Simple) and bool(node.words) and "".join(self._words(node.words[:1])) in _TESTS
        )

    def _asks_for_missing(self, condition: Sequence[Item]) -> bool:
        """Whether a condition is true where something is not there yet: ``! command -v nginx``, ``[ ! -d x ]``."""
        node = condition[-1].node if condition else None
        if isinstance(node, Pipeline):
            return node.negated
        return isinstance(node, Simple) and bool({"!", "-z"} & set(self._words(node.words)))

    def _fails(self, node: Node) -> bool:
        """Whether a command ends the script, or the function, because something is wrong."""
        if isinstance(node, Group):
            return self._end_fails(node.body)
        if not isinstance(node, Simple) or not node.words:
            return False
        name, *arguments = self._words(node.words) or [""]
        return name in _FAILING or (name in ("exit", "return") and arguments not in ([], ["0"]))

    def _end_fails(self, items: Sequence[Item]) -> bool:
        return bool(items) and self._fails(items[-1].node)


def _answer(part: Part) -> Part:
    """What is asked of a program that nobody knows is of no interest, and comes at once."""
    if part.job.phrase is RUN:
        return part._replace(job=trivial(), seconds=min(part.seconds, 0.05))
    return part.times(_ANSWER)
