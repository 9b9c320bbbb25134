"""Mask line after line, and hold back at a cut what may be the beginning of a secret."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from installcast.parse.escapes import Colours
from installcast.parse.redact import Redactor, Span, masked, merge


class _Held(NamedTuple):
    """The end of a part that waits for the next one. Its first ``covered`` characters belong to a secret already seen."""

    text: str = ""
    colours: Colours = ()
    covered: int = 0


_NOTHING = _Held()
_LAST_WORD = re.compile(r"\S+\Z")


class LineMasker:
    """Masks lines that may come in parts: two parts together show no more than the whole line would.

    A part does not end inside a word of up to ``longest_word`` characters, since half a token has no known format.
    """

    def __init__(self, redactor: Redactor, longest_word: int = 0) -> None:
        self._redactor = redactor
        self._longest_word = longest_word
        self._held = _NOTHING

    def mask_whole(self, text: str, colours: Colours, needles: Iterable[int]) -> tuple[str, Colours]:
        """Return what can be shown of a line that came in one piece and is known to hold ``needles``, or a token."""
        spans = self._redactor.spans(text, needles)
        self._redactor.hits += len(spans)
        return masked(text, colours, spans)

    def mask(self, text: str, colours: Colours, *, continued: bool = False) -> tuple[str, Colours]:
        """Return what can be shown of a line, or of a part when the line is ``continued``."""
        text, colours, spans = self._with_held(text, colours)
        self._held = _NOTHING
        if continued:
            keep = len(text) - max(self._redactor.held_back(text), self._last_word(text))
            self._held = _Held(
                text[keep:],
                [(at - keep, sequence) for at, sequence in colours if at > keep],
                max((end - keep for start, end in spans if start <= keep < end), default=0),
            )
            text, colours, spans = _up_to(keep, text, colours, spans)
        self._redactor.hits += len(spans)
        return masked(text, colours, spans)

    def preview(self, text: str, colours: Colours) -> tuple[str, Colours]:
        """Return what can be shown of a line that has not ended yet."""
        text, colours, spans = self._with_held(text, colours)
        return masked(*_up_to(len(text) - self._redactor.held_back(text), text, colours, spans))

    def drop(self) -> None:
        """The line was drawn over: forget what was held back."""
        self._held = _NOTHING

    def _last_word(self, text: str) -> int:
        word = _LAST_WORD.search(text, max(0, len(text) - self._longest_word - 1))
        size = len(word.group()) if word else 0
        return size if size <= self._longest_word else 0

    def _with_held(self, text: str, colours: Colours) -> tuple[str, Colours, list[Span]]:
        held = self._held
        if not held.text:
            return text, colours, self._redactor.spans(text)
        size = len(held.text)
        text, colours = (
            held.text + text,
            [*held.colours, *((at + size, sequence) for at, sequence in colours)],
        )
        spans = self._redactor.spans(text)
        return text, colours, merge([(0, held.covered), *spans]) if held.covered else spans


def _up_to(keep: int, text: str, colours: Colours, spans: list[Span]) -> tuple[str, Colours, list[Span]]:
    return (
        text[:keep],
        [colour for colour in colours if colour[0] <= keep],
        [(start, min(end, keep)) for start, end in spans if start < keep],
    )
