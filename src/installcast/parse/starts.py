"""One expression of many beginnings of lines, so built that a line tries few of them.

An alternative costs time at each line, and there are some eighty. So they are sorted by their first letter; those that begin
with something else are tried on lines that begin with no letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_CHOICE = re.compile(rb"\(\?:((?:[a-z][^()\[\]\\*+?{}]*\|)+[a-z][^()\[\]\\*+?{}]*)\)(.*)", re.DOTALL)
"""A choice between plain words at the very beginning."""
_LETTER = re.compile(rb"(?:\(\?:)+[a-z]|[a-z]")


def any_of(starts: Iterable[bytes]) -> bytes:
    """Return an expression for lines that begin with one of ``starts``, expressions on lower-case bytes.

    Raises ``ValueError`` for one that has a letter at its beginning, but not always that one.
    """
    by_letter: dict[bytes, list[bytes]] = {}
    others: list[bytes] = []
    for start in starts:
        choice = _CHOICE.fullmatch(start)
        for each in [word + choice.group(2) for word in choice.group(1).split(b"|")] if choice else [start]:
            if each[:1].isalpha() and each[1:2] not in (b"?", b"*", b"{"):
                by_letter.setdefault(each[:1], []).append(each[1:])
            elif _LETTER.match(each):
                raise ValueError(f"no certain first letter: {each.decode()}")
            else:
                others.append(each)
    letters = [letter + b"(?:" + b"|".join(rest) + b")" for letter, rest in by_letter.items()]
    return b"|".join([*letters, b"(?![a-z])(?:" + b"|".join(others) + b")"])
