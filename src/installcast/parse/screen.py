"""Find the lines that need a closer look, and those that tools print about their progress, without touching the others.

Most lines of an install are plain: no escape, no marker, no word of trouble, no secret. Searching a block of 16 KiB for a few
words costs a fraction of looking at its 200 lines one by one; that is what makes the parse path fast. Every expression that
the closer look knows must be announced here by a word or a beginning, or it would be passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from installcast.parse import markers, tools
from installcast.parse.escapes import has_suspects, suspects
from installcast.parse.levels import LEVEL_LINE_STARTS, LEVEL_WORDS
from installcast.parse.redact import AUTHORIZATION_WORD, TOKEN_WORDS, URL_PASSWORD

_LINE_STARTS = re.compile(rb"\n(?:" + b"|".join((LEVEL_LINE_STARTS, markers.LINE_STARTS)) + b")")
_TOOL_LINE_STARTS = re.compile(rb"\n(?:" + tools.LINE_STARTS + b")")

_WORDS = (*(word.encode() for word in LEVEL_WORDS if word.isascii()), AUTHORIZATION_WORD)
_OTHER_WORDS = tuple(word.encode() for word in LEVEL_WORDS if not word.isascii())
_PERCENT = re.compile(
    rb"(?:" + b"|".join(re.escape(word) for word in tools.WORDS if word.startswith(b"%")) + rb")[^\n]*"
)
_WORDS_BESIDE_PERCENT = tuple(word for word in tools.WORDS if word.isascii() and b"%" not in word)
_OTHER_TOOL_WORDS = tuple(word for word in tools.WORDS if not word.isascii())


def special_lines(block: bytes, needles: Sequence[bytes]) -> list[int]:
    """Return the offsets of the lines of ``block`` that need a closer look, sorted.

    ``block`` is whole lines, each ended by a newline; ``needles`` are the forms of the secrets.
    """
    # With a newline in front, a line's offset in the block is that of the newline before it.
    text = b"\n" + block
    lower = text.lower()
    starts = {found.start() for found in _LINE_STARTS.finditer(lower)}
    others = () if block.isascii() else _OTHER_WORDS
    for words, searched in ((_WORDS, lower), (others, text), (TOKEN_WORDS, text), (needles, text)):
        starts.update(_lines_with(words, searched))
    if b"@" in block:
        starts.update(text.rfind(b"\n", 0, found.start()) for found in URL_PASSWORD.finditer(text))
    if has_suspects(block):
        starts.update(text.rfind(b"\n", 0, found.start()) for found in suspects(text))
    return sorted(starts)


def tool_lines(block: bytes) -> list[int]:
    """Return the offsets of the lines of ``block`` that tools may have printed about their progress, sorted.

    They are many in some installs, and need nothing else done to them: so they are told apart from the special ones.
    """
    text = b"\n" + block
    lower = text.lower()
    starts = {found.start() for found in _TOOL_LINE_STARTS.finditer(lower)}
    if b"%" in block:
        starts.update(_lines_with_percent(text))
    if not block.isascii():
        starts.update(_lines_with(_OTHER_TOOL_WORDS, text))
    return sorted(starts)


def lines_with(needles: Sequence[bytes], block: bytes) -> Iterator[int]:
    """Yield the offsets of the lines of ``block`` that hold one of ``needles``, some of them more than once."""
    return _lines_with(needles, b"\n" + block)


def _lines_with(words: Sequence[bytes], text: bytes) -> Iterator[int]:
    """Yield where the lines begin that have one of ``words``; ``text`` begins with a newline."""
    for word in words:
        at = text.find(word)
        while at >= 0:
            yield text.rfind(b"\n", 0, at)
            end = text.find(b"\n", at)
            at = text.find(word, end) if end >= 0 else -1


def _lines_with_percent(text: bytes) -> Iterator[int]:
    """Yield where the lines begin that have a ``%`` and one of the tools' words, which may begin with it."""
    for found in _PERCENT.finditer(text):
        yield text.rfind(b"\n", 0, found.start())
    for start in _lines_with(_WORDS_BESIDE_PERCENT, text):
        end = text.find(b"\n", start + 1)
        if text.find(b"%", start, end if end >= 0 else len(text)) >= 0:
            yield start
