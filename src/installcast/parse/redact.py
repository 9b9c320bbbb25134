"""Mask secrets in text: known values in all their forms, and a few token formats.

Known values are searched as plain strings, and every occurrence counts, overlapping ones too, so that no part of one secret
survives because another one was found first. Token formats are well guarded by their prefix and length; they are a second
net, not the promise.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from installcast.parse.escapes import Colours
from installcast.parse.needles import Needles
from installcast.parse.secret_forms import forms

MASK = "***"

MAX_FORMS = 4000
"""Search strings of one task. What a script announces beyond that is not heard: each costs time in every line."""

MAX_TOKEN_HOLD = 512
"""Characters that the beginning of a token format may hold back at the end of a text; real tokens are shorter."""

Span = tuple[int, int]

_AUTHORIZATION = r"(?:[Aa]uthorization|AUTHORIZATION)[\"']?\s{0,4}[:=]\s{0,4}[\"']?"
_TOKEN_FORMATS = (
    r"\bgh[ps]_[A-Za-z0-9]{36,}"  # GitHub
    r"|\bgithub_pat_\w{22,}"
    r"|(?<![\w-])glpat-[\w-]{20,}"  # GitLab
    r"|\bAKIA[A-Z0-9]{16}\b"  # AWS
    r"|(?<![\w-])xox[abeoprs]-[A-Za-z0-9-]{10,}"  # Slack
    r"|\bnpm_[A-Za-z0-9]{36}\b"
    r"|(?<![\w-])eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}"  # JSON Web Token
    rf"|{_AUTHORIZATION}(?:(?i:bearer|basic|token)\s{{1,4}})?(?P<credential>[^\s\"',;]{{6,}})"
    r"|://[^\s/:@]{0,64}:(?P<password>[^\s/@]{1,256})@"
)
_TOKEN_BEGUN = (
    r"(?:\bgh[ps]_\w*|\bgithub_pat_\w*|(?<![\w-])glpat-[\w-]*|\bAKIA[A-Z0-9]*|(?<![\w-])xox[abeoprs]-[\w-]*"
    r"|\bnpm_\w*|(?<![\w-])eyJ[\w.-]*"
    rf"|{_AUTHORIZATION}(?:\w{{1,16}}\s{{1,4}})?[^\s\"',;]*|://[^\s/:@]{{0,64}}:[^\s/@]*)\Z"
)

TOKEN_WORDS = (b"ghp_", b"ghs_", b"_pat_", b"glpat-", b"AKIA", b"xox", b"npm_", b"eyJ")
"""Bytes of which one stands in every token that is looked for, the two below aside."""
AUTHORIZATION_WORD = b"authorization"
"""Stands, in any case, before the credential of an HTTP request."""
URL_PASSWORD = re.compile(rb"://[^\s/:@]{0,64}:[^\s/@]{1,256}@")
"""A password in a URL."""

_TOKEN_TEXTS = ("://", *(word.decode() for word in TOKEN_WORDS))
_BASE64 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_")


class Redactor:
    """Knows the secrets of one task and finds them."""

    def __init__(self) -> None:
        self._literals: list[str] = []
        self._inside_base64: set[str] = set()
        self._known: set[str] = set()
        self.hits = 0
        """How often something was masked in what was handed out; unfinished lines do not count."""
        self._longest = 0
        self._formats = re.compile(_TOKEN_FORMATS, re.ASCII)
        self._begun = re.compile(_TOKEN_BEGUN, re.ASCII)
        self.needles = Needles()
        """UTF-8 of all search strings: text without any of them, and without token words, holds no secret."""

    def add(self, value: str) -> bool:
        """Know ``value`` from here on. Returns whether it, or a line of it, is long enough to be masked."""
        usable = False
        for form, inside_base64 in forms(value):
            usable = True
            if form in self._known or len(self._literals) >= MAX_FORMS:
                continue
            self._known.add(form)
            self._literals.append(form)
            if inside_base64:
                self._inside_base64.add(form)
            self.needles.add(form.encode("utf-8", "replace"))
            self._longest = max(self._longest, len(form))
        return usable

    def spans(self, text: str, needles: Iterable[int] | None = None) -> list[Span]:
        """Return where secrets stand in ``text``: sorted, apart from each other.

        ``needles``: those that are known to be in it, as positions in :attr:`needles`; ``None`` where nobody has looked.
        """
        found: list[Span] = []
        if needles is None:
            needles = self.needles.candidates(text.encode("utf-8", "replace"))
        for index in needles:
            literal = self._literals[index]
            at = text.find(literal)
            while at >= 0:
                # It may begin again before it has ended: go on to the last one that this one touches.
                end = at + len(literal)
                while (last := text.rfind(literal, end - len(literal) + 1, end + len(literal))) >= 0:
                    end = last + len(literal)
                found.append(_whole_base64(text, at, end) if literal in self._inside_base64 else (at, end))
                at = text.find(literal, end)
        if _may_hold_token(text):
            found.extend(token.span(token.lastgroup or 0) for token in self._formats.finditer(text))
        return merge(found) if found else found

    def mask(self, text: str) -> str:
        """Return ``text`` with every secret replaced by :data:`MASK`."""
        spans = self.spans(text)
        self.hits += len(spans)
        return masked(text, (), spans)[0]

    def held_back(self, text: str) -> int:
        """Return how many characters at the end of ``text`` may be the beginning of a secret that is not all there."""
        held = 0
        tail = text[-self._longest :] if self._longest else ""
        for literal in self._literals:
            at = tail.find(literal[0], max(0, len(tail) - len(literal) + 1))
            while at >= 0 and len(tail) - at > held:
                if literal.startswith(tail[at:]):
                    # The character before the inside of a base64 text carries bits of the secret, too.
                    held = len(tail) - at + (literal in self._inside_base64)
                    break
                at = tail.find(literal[0], at + 1)
        begun = self._begun.search(text, max(0, len(text) - MAX_TOKEN_HOLD))
        if begun:
            held = max(held, len(text) - begun.start())
        return min(held, len(text))


def merge(spans: list[Span]) -> list[Span]:
    """Return ``spans`` sorted, with those that touch each other made one."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def masked(text: str, colours: Colours, spans: Sequence[Span]) -> tuple[str, Colours]:
    """Replace ``spans`` of ``text`` by the mask and move its colours along; those inside a span go behind it."""
    if not spans:
        return text, colours
    pieces: list[str] = []
    moved: list[tuple[int, str]] = []
    length = position = index = 0
    for start, end in (*spans, (len(text), len(text))):
        while index < len(colours) and colours[index][0] <= start:
            moved.append((length + colours[index][0] - position, colours[index][1]))
            index += 1
        pieces.append(text[position:start])
        length += start - position
        position = end
        if start < end:
            pieces.append(MASK)
            length += len(MASK)
        while index < len(colours) and colours[index][0] <= end:
            moved.append((length, colours[index][1]))
            index += 1
    return "".join(pieces), moved


def _may_hold_token(text: str) -> bool:
    for word in _TOKEN_TEXTS:
        if word in text:
            return True
    return "uthorization" in text or "AUTHORIZATION" in text


def _whole_base64(text: str, start: int, end: int) -> Span:
    # One character on either side is made of bits of the secret and of its neighbour.
    if start and text[start - 1] in _BASE64:
        start -= 1
    if end < len(text) and text[end] in _BASE64:
        end += 1
    while end < len(text) and text[end] == "=":
        end += 1
    return start, end
