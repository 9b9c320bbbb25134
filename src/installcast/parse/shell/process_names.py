"""Finds the command of a script that a process belongs to, by the arguments that ``/proc/<pid>/cmdline`` shows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from installcast.parse.programs.job import file_name
from installcast.parse.programs.known import is_interpreter
from installcast.parse.shell.variables import UNKNOWN

MAX_ARGUMENTS = 256
"""Of a process; one with more is not looked for."""

MAX_PATTERNS = 1000
"""Of one program; more commands of the same name tell nothing apart any more."""

# What the shell replaces by something that is not known here: patterns, lists in braces, the home folder.
_REPLACED = re.compile(r"[*?]|\[[^\]]*\]|\{[^}]*\}|^~[^/]*")

Place = tuple[int, int]
"""Indices of a command and of a step in it."""


class _Pattern(NamedTuple):
    words: tuple[str, ...]
    known: int  # words that are known: the more, the surer a match
    place: Place


class ProcessNames:
    """The commands of a script by their words, of which not all need to be known."""

    def __init__(self) -> None:
        self._patterns: dict[str, list[_Pattern]] = {}

    def add(self, words: Sequence[str], place: Place) -> None:
        """Say that the command at ``place`` starts a process with these arguments."""
        program = file_name(words[0]) if words else ""
        if not program or UNKNOWN in program:
            return
        patterns = self._patterns.setdefault(program, [])
        if len(words) > MAX_ARGUMENTS or len(patterns) > MAX_PATTERNS:
            return
        pattern = tuple(_REPLACED.sub(UNKNOWN, word) for word in words[1:])
        known = sum(word != UNKNOWN for word in pattern)
        patterns.append(_Pattern(pattern, known, place))

    def find(self, argv: Sequence[str]) -> Place | None:
        """Return the one place that fits best, ``None`` when there is none, or more than one."""
        places = self._places(argv)
        return places.pop() if len(places) == 1 else None

    def find_commands(self, argv: Sequence[str]) -> set[int]:
        """Return the commands of the places that fit best."""
        return {command for command, _ in self._places(argv)}

    def _places(self, argv: Sequence[str]) -> set[Place]:
        best, places = -1, set[Place]()
        for words in _readings(argv):
            patterns = self._patterns.get(file_name(words[0]), ())
            for pattern in patterns if len(patterns) <= MAX_PATTERNS else ():
                if pattern.known < best or not _fits(pattern.words, words[1:]):
                    continue
                if pattern.known > best:
                    best = pattern.known
                    places.clear()
                places.add(pattern.place)
        return places


def _readings(argv: Sequence[str]) -> list[Sequence[str]]:
    """Return the command lines that a process may have come from."""
    if len(argv) == 1 and " " in argv[0]:
        argv = argv[0].split()  # some programs write their own title over their arguments
    if not argv or len(argv) > MAX_ARGUMENTS:
        return []
    readings = [argv]
    if is_interpreter(
        file_name(argv[0])
    ):  # the kernel puts it before a script, with an option of the script's first line
        script = next((index for index, word in enumerate(argv) if index and not word.startswith("-")), 0)
        if script and script <= 2:
            readings.append(argv[script:])
    return readings


def _fits(pattern: Sequence[str], words: Sequence[str]) -> bool:
    """Whether ``words`` may be what ``pattern`` has become. A word of which nothing is known may be any number of words."""
    reached = {0}
    for wanted in pattern:
        if wanted == UNKNOWN:
            reached = set(range(min(reached), len(words) + 1))
        else:
            reached = {at + 1 for at in reached if at < len(words) and _word_fits(wanted, words[at])}
        if not reached:
            return False
    return len(words) in reached


def _word_fits(wanted: str, word: str) -> bool:
    if UNKNOWN not in wanted:
        return wanted == word
    first, *middle, last = wanted.split(UNKNOWN)
    if not word.startswith(first) or not word.endswith(last) or len(word) < len(first) + len(last):
        return False
    at, end = len(first), len(word) - len(last)
    for piece in middle:
        at = word.find(piece, at, end)
        if at < 0:
            return False
        at += len(piece)
    return True
