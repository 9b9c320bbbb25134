"""Find the lines that need a closer look, without touching the others.

Most lines of an install are plain: no escape, no marker, no word of trouble, no secret. Searching a block of 16 KiB for a few
words costs a fraction of looking at its 200 lines one by one; that is what makes the parse path fast. Every expression that
the closer look knows must be announced here by a word or a beginning, or it would be passed over.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from installcast.parse import markers, tools
from installcast.parse.escapes import has_suspects, suspects
from installcast.parse.levels import LEVEL_LINE_STARTS, LEVEL_WORDS
from installcast.parse.redact import AUTHORIZATION_WORD, TOKEN_WORDS, URL_PASSWORD

_LINE_STARTS = re.compile(
    rb"\n(?:" + b"|".join((LEVEL_LINE_STARTS, markers.LINE_STARTS, tools.LINE_STARTS)) + b")"
)


_WORDS = (*(word.encode() for word in LEVEL_WORDS if word.isascii()), AUTHORIZATION_WORD)
_OTHER_WORDS = tuple(word.encode() for word in LEVEL_WORDS if not word.isascii())


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
        for word in words:
            if word not in searched:
                continue
            at = searched.find(word)
            while at >= 0:
                starts.add(searched.rfind(b"\n", 0, at))
                end = searched.find(b"\n", at)
                at = searched.find(word, end)
    if b"@" in block:
        starts.update(text.rfind(b"\n", 0, found.start()) for found in URL_PASSWORD.finditer(text))
    if has_suspects(block):
        starts.update(text.rfind(b"\n", 0, found.start()) for found in suspects(text))
    return sorted(starts)
