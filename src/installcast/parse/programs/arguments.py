"""Splits the arguments of a program into options and operands, as ``getopt_long`` does."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple


class Call(NamedTuple):
    """A command: the program, without its folder, and its arguments."""

    program: str
    words: Sequence[str]


class Arguments(NamedTuple):
    """``options`` has the value of each that was given, ``""`` for one that takes none; ``operands`` is the rest."""

    options: dict[str, str]
    operands: tuple[str, ...]

    def has(self, *names: str) -> bool:
        """Whether one of these options was given."""
        return not self.options.keys().isdisjoint(names)

    def value(self, *names: str) -> str:
        """Return the value of the first of these options that was given, else ``""``."""
        return next((self.options[name] for name in names if name in self.options), "")


def names_in(text: str) -> frozenset[str]:
    """Return the names in ``text``, which blanks separate."""
    return frozenset(text.split())


def split(words: Sequence[str], valued: Collection[str] = ()) -> Arguments:
    """Split ``words``, where the options in ``valued`` (``-o``, ``--output``) take a value."""
    options: dict[str, str] = {}
    operands: list[str] = []
    rest = iter(words)
    for word in rest:
        if word == "--":
            operands.extend(rest)
        elif word.startswith("--"):
            name, equals, value = word.partition("=")
            options[name] = value if equals or name not in valued else next(rest, "")
        elif word in valued:  # -o VALUE, and -version with one dash
            options[word] = next(rest, "")
        elif word.startswith("-") and len(word) > 1:
            options[word] = ""
            for position, letter in enumerate(word[1:], 2):
                options["-" + letter] = ""
                if "-" + letter in valued:
                    options["-" + letter] = word[position:] or next(rest, "")
                    break
        else:
            operands.append(word)
    return Arguments(options, tuple(operands))
