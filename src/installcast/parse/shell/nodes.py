"""The parts of a shell script, as the Shell Command Language of POSIX names them, with what bash adds.

Only what tells about the work of a script is kept: redirections, the text of here-documents and arithmetic are not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

PieceKind = Literal["text", "variable", "all", "unknown"]


class Piece(NamedTuple):
    """A part of a word."""

    kind: PieceKind
    """``text``: as it stands; ``variable``: the value of one; ``all``: the list ``$@`` or an array; ``unknown``: all else."""
    text: str = ""
    """The text, or the name of the variable."""
    quoted: bool = False
    body: Sequence[Item] = ()
    """The commands whose output is put in its place."""


class Word(NamedTuple):
    """A word; ``array`` holds the elements in ``name=(…)``."""

    pieces: tuple[Piece, ...]
    array: tuple[Word, ...] | None = None


class Assignment(NamedTuple):
    """``name=value``, or ``name+=value``."""

    name: str
    value: Word
    appends: bool


class Simple(NamedTuple):
    """A command with its arguments. ``[[ … ]]`` and ``(( … ))`` are commands of that name without arguments."""

    words: tuple[Word, ...]
    assignments: tuple[Assignment, ...] = ()


class Pipeline(NamedTuple):
    """Commands that run side by side."""

    commands: tuple[Node, ...]
    negated: bool


class AndOr(NamedTuple):
    """``a && b || c``: ``operators[i]`` stands before ``commands[i + 1]``."""

    commands: tuple[Node, ...]
    operators: tuple[str, ...]


class Group(NamedTuple):
    """``{ …; }`` or ``( … )``."""

    body: tuple[Item, ...]


class If(NamedTuple):
    """``if``: conditions with what is done then; an ``else`` has no condition."""

    branches: tuple[tuple[tuple[Item, ...], tuple[Item, ...]], ...]


class Loop(NamedTuple):
    """``for``, ``select``, ``while`` or ``until``."""

    kind: str
    body: tuple[Item, ...]
    condition: tuple[Item, ...] = ()
    variable: str = ""
    words: tuple[Word, ...] = ()
    limit: int | None = None
    """How often ``for ((i = 0; i < limit; i++))`` goes round, where it is a plain number."""


class Case(NamedTuple):
    """``case``: what is done under each of its patterns."""

    word: Word
    branches: tuple[tuple[Item, ...], ...]


class Function(NamedTuple):
    """The definition of a function; does nothing until it is called."""

    name: str
    body: Node


Node = Simple | Pipeline | AndOr | Group | If | Loop | Case | Function


class Item(NamedTuple):
    """A command of a list, from offset ``start`` up to ``end``; in the ``background`` where ``&`` stands behind it."""

    node: Node
    background: bool
    start: int
    end: int


class Line(NamedTuple):
    """What a shell reads as a whole before it runs any of it: all commands up to a newline that ends them.

    ``stop`` is the offset behind the last command; ``end`` the one behind the newline and the here-documents after it.
    """

    items: tuple[Item, ...]
    start: int
    stop: int
    end: int
