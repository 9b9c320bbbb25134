"""Find the lines that need a closer look, and those that tools print about their progress, without touching the others.

Most lines of an install are plain: no escape, no marker, no word of trouble, no secret. Searching a block of 16 KiB for a few
words costs a fraction of looking at its 200 lines one by one; that is what makes the parse path fast. Every expression that
the closer look knows must be announced here by a word or a beginning, or it would be passed over. What was found in a line is
remembered with it, so that the closer look searches for nothing twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from installcast.parse import markers, tools
from installcast.parse.escapes import damage, has_suspects, suspects
from installcast.parse.levels import BEGINNING, LEVEL_LINE_STARTS, LEVEL_WORDS
from installcast.parse.needles import Needles
from installcast.parse.redact import AUTHORIZATION_WORD, TOKEN_WORDS, URL_PASSWORD
from installcast.parse.starts import any_of

# The first expression is asked of all lines, the next two only of those that it finds.
_LINE_STARTS = re.compile(rb"\n(?:" + any_of((*LEVEL_LINE_STARTS, *markers.LINE_STARTS)) + b")")
_LEVEL_LINE_START = re.compile(rb"\n(?:" + any_of(LEVEL_LINE_STARTS) + b")")
_MARKER_LINE_START = re.compile(rb"\n(?:" + any_of(markers.LINE_STARTS) + b")")
_TOOL_LINE_STARTS = re.compile(rb"\n(?:" + tools.LINE_STARTS + b")")

_WORDS = [(word.encode(), word) for word in LEVEL_WORDS if word.isascii()]
_OTHER_WORDS = [(word.encode(), word) for word in LEVEL_WORDS if not word.isascii()]
_TOKEN_WORDS = [(word, b"".join(re.findall(rb"[JKQXZ]", word))) for word in TOKEN_WORDS]
"""Each with its rare capital, or ``b""``: a letter is found twenty times as fast as a word."""
_PERCENT = re.compile(
    rb"(?:" + b"|".join(re.escape(word) for word in tools.WORDS if word.startswith(b"%")) + rb")[^\n]*"
)
_WORDS_BESIDE_PERCENT = tuple(word for word in tools.WORDS if word.isascii() and b"%" not in word)
_OTHER_TOOL_WORDS = tuple(word for word in tools.WORDS if not word.isascii())


class Screen:
    """What stands in the lines of ``block``, by their offsets in it.

    ``block`` is whole lines without colours, each ended by a newline; ``needles`` are the forms of the secrets.
    """

    __slots__ = ("_text", "markers", "needles", "suspects", "tokens", "tool_starts", "tools", "words")

    def __init__(self, block: bytes, needles: Needles) -> None:
        # With a newline in front, a line's offset in the block is that of the newline before it.
        text = self._text = b"\n" + block
        lower = text.lower()
        is_ascii = text.isascii()
        self.words: dict[int, list[str]] = {}
        """Of lines whose level may be another than INFO: the words of its signs that they have."""
        self.markers: set[int] = set()
        for found in _LINE_STARTS.finditer(lower):
            start = found.start()
            if _LEVEL_LINE_START.match(lower, start):
                self.words[start] = [BEGINNING]
            if _MARKER_LINE_START.match(lower, start):
                self.markers.add(start)
        self._look_for_words(text, lower, is_ascii=is_ascii)
        self.needles: dict[int, list[int]] = {}
        """Of lines that hold a secret: which of the needles."""
        for index in needles.candidates(text):
            self._look_for_needle(needles, index)
        self.tokens: set[int] = set()
        for word, capital in _TOKEN_WORDS:
            if capital in text and word in text:
                self.tokens.update(_lines_with((word,), text))
        if AUTHORIZATION_WORD in lower:
            self.tokens.update(_lines_with((AUTHORIZATION_WORD,), lower))
        if b"@" in block:
            self.tokens.update(text.rfind(b"\n", 0, found.start()) for found in URL_PASSWORD.finditer(text))
        self.suspects: set[int] = set()
        """Lines with escapes, or other characters that a line does not keep, and lines that are no UTF-8."""
        if has_suspects(block):
            self.suspects.update(text.rfind(b"\n", 0, found.start()) for found in suspects(text))
        if not is_ascii:
            self.suspects.update(text.rfind(b"\n", 0, at) for at in damage(text))
        self.tool_starts = {found.start() for found in _TOOL_LINE_STARTS.finditer(lower)}
        """Of the next ones those that begin as a tool's line."""
        self.tools = sorted({*self.tool_starts, *_lines_with_tool_words(text, is_ascii=is_ascii)})
        """Lines that tools may have printed about their progress, sorted. They are many in some installs, and nothing else
        needs to be done to them: so they are told apart from the special ones."""

    def special(self) -> list[int]:
        """Return the offsets of the lines that need a closer look, sorted."""
        return sorted({*self.words, *self.markers, *self.needles, *self.tokens, *self.suspects})

    def look_for_needles(self, needles: Needles, known: int, begin: int) -> None:
        """Search the lines from the offset ``begin`` on for ``needles``, the first ``known`` of them aside."""
        for index in range(known, len(needles)):
            self._look_for_needle(needles, index, begin)

    def _look_for_needle(self, needles: Needles, index: int, begin: int = 0) -> None:
        needle = needles[index]
        if needle in self._text:
            for start in _lines_with((needle,), self._text, begin):
                self.needles.setdefault(start, []).append(index)

    def _look_for_words(self, text: bytes, lower: bytes, *, is_ascii: bool) -> None:
        words = self.words
        for searched, some in ((lower, _WORDS), (text, () if is_ascii else _OTHER_WORDS)):
            for needle, word in some:
                if needle not in searched:
                    continue
                at = searched.find(needle)
                while at >= 0:
                    words.setdefault(searched.rfind(b"\n", 0, at), []).append(word)
                    at = searched.find(needle, searched.find(b"\n", at))


def _lines_with_tool_words(text: bytes, *, is_ascii: bool) -> Iterator[int]:
    if b"%" in text:
        yield from _lines_with_percent(text)
    if not is_ascii:
        yield from _lines_with(_OTHER_TOOL_WORDS, text)


def _lines_with(words: Iterable[bytes], text: bytes, begin: int = 0) -> Iterator[int]:
    """Yield where the lines from ``begin`` on begin that have one of ``words``; ``text`` begins and ends with a newline."""
    for word in words:
        at = text.find(word, begin)
        while at >= 0:
            yield text.rfind(b"\n", 0, at)
            at = text.find(word, text.find(b"\n", at))


def _lines_with_percent(text: bytes) -> Iterator[int]:
    """Yield where the lines begin that have a ``%`` and one of the tools' words, which may begin with it."""
    for found in _PERCENT.finditer(text):
        yield text.rfind(b"\n", 0, found.start())
    for start in _lines_with(_WORDS_BESIDE_PERCENT, text):
        if text.find(b"%", start, text.find(b"\n", start + 1)) >= 0:
            yield start
