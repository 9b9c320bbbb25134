"""Find the cause that one line tells, among all that are known.

They are known by some four hundred words. To search a line for each takes longer than everything else that is done with it,
so a word is searched only where its rarest pair of letters is there.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

from installcast.parse.causes import CAUSES
from installcast.parse.causes.cause import UNKNOWN, Cause

_PREFIX = re.compile(
    r"(?:\s+|npm (?:ERR!|error) |(?:#\d+ )?\d+\.\d+ +|(?:[\w.-]+ +)?\| |\[[\d:.]+\] "
    r"|[A-Z][a-z]{2} [ \d]\d [\d:]{8} \S+ \S+\[\d+\]: )+"
)
"""What other tools put before the lines of those that they run: npm, docker, compose, yocto, journalctl."""

_LISTED = re.compile(
    r"(?: *\d+ +\d+)? *[-bcdlps](?:[r-][w-][xsStT-]){3}[.+@]? .*|[│ |`]*(?:├──|└──|\|--|`--) .*"
)
"""Lines of ls, find and tree."""

_NAME_ENDS = (
    "permission denied.", "access denied.", "refused.", "not found.", "failed.", "no space left on device.",
    "out of memory.", "timed out.", "mismatch.",
)  # fmt: skip
_IN_NAME = re.compile(rf"(?i:{'|'.join(map(re.escape, _NAME_ENDS))})[a-z]\w{{0,4}}\b")
"""Words of trouble in a file's name."""

_BEGIN, _END = 500, 250
"""Characters of a long line that are looked at. Expressions that may begin anywhere take the square of the length: a minified
script that an error quotes would take seconds."""


def find_cause(text: str) -> tuple[Cause | None, dict[str, str]]:
    """Return the cause that a line tells, ``None`` where it tells none, and the particulars of its hint."""
    if len(text) > _BEGIN + _END:
        text = f"{text[:_BEGIN]} … {text[-_END:]}"
    lower = text.lower()
    causes = _causes_with_words_in(lower)
    if not causes:
        return None, {}
    found = _first_in(text, causes)
    if found[0] is not None and (shown := _without_file_names(text, lower)) != text:
        text = shown
        found = _first_in(text, causes)
    if (found[0] is None or found[0].code == UNKNOWN or found[0].is_general) and (
        prefix := _PREFIX.match(text)
    ):
        inner = _first_in(text[prefix.end() :], causes)
        if inner[0] is not None and (found[0] is None or not inner[0].is_general):
            return inner
    return found


def _without_file_names(text: str, lower: str) -> str:
    text = _LISTED.sub("", text, count=1) if _LISTED.match(text) else text
    for end in _NAME_ENDS:
        if end in lower:
            return _IN_NAME.sub("", text)
    return text


def _first_in(text: str, causes: list[Cause]) -> tuple[Cause | None, dict[str, str]]:
    for cause in causes:
        for pattern in cause.patterns:
            found = _compiled(pattern).search(text)
            if found:
                return cause, {name: value for name, value in found.groupdict().items() if value}
    return None, {}


def _causes_with_words_in(lower: str) -> list[Cause]:
    index = _words_by_pair()
    told = {
        position
        for pair in index.keys() & _pairs(lower.encode("utf-8", "replace"))
        for word, position in index[pair]
        if word in lower
    }
    return [CAUSES[position] for position in sorted(told)]


@cache
def _words_by_pair() -> dict[int, list[tuple[str, int]]]:
    """Return the words of the causes, with the cause's position, by that pair of letters in them which the fewest others have."""
    words = [(word, position) for position, cause in enumerate(CAUSES) for word in cause.words]
    counts = Counter(pair for word, _ in words for pair in _pairs(word.encode()))
    index: dict[int, list[tuple[str, int]]] = {}
    for word, position in words:
        index.setdefault(min(_pairs(word.encode()), key=lambda pair: (counts[pair], pair)), []).append(
            (word, position)
        )
    return index


def _pairs(text: bytes) -> set[int]:
    """Return the pairs of bytes in ``text``, as numbers: memory seen as 16-bit numbers is the fastest way to them."""
    pairs: set[int] = set()
    for start in (0, 1):
        end = len(text) - (len(text) - start) % 2
        pairs.update(memoryview(text)[start:end].cast("H"))
    return pairs


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    # Made when the first line asks for it: a runner must start fast.
    return re.compile(pattern)
