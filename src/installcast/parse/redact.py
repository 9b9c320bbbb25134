"""Mask secrets in text: known values in all the forms that tools print them, and a few token formats.

Known values are searched as plain strings in every form (:func:`forms`), and every occurrence counts, overlapping ones
too, so that no part of one secret survives because another one was found first. Token formats are well guarded by their
prefix and length; they are a second net, not the promise.
"""

from __future__ import annotations

import re
from binascii import b2a_base64
from collections.abc import Iterator, Sequence
from json.encoder import encode_basestring, encode_basestring_ascii

from installcast.parse.escapes import Colours, clean

MASK = "***"

MIN_SECRET_LENGTH = 6
"""Shorter values are not masked: they would blot out harmless text, and so give themselves away."""

MAX_FORMS = 4000
"""Search strings of one task. What a script announces beyond that is not heard: each costs time in every line."""

MAX_TOKEN_HOLD = 512
"""Characters that the beginning of a token format may hold back at the end of a text; real tokens are shorter."""

Span = tuple[int, int]

_TOKEN_FORMATS = re.compile(
    r"\bgh[pousr]_[A-Za-z0-9]{36,}"  # GitHub
    r"|\bgithub_pat_[A-Za-z0-9_]{22,}"
    r"|\bglpat-[\w-]{20,}"  # GitLab
    r"|\bA(?:KIA|SIA)[A-Z0-9]{16}\b"  # AWS access key
    r"|\bxox[abeoprs]-[A-Za-z0-9-]{10,}"  # Slack
    r"|\bnpm_[A-Za-z0-9]{36}\b"
    r"|\bsk_live_[A-Za-z0-9]{16,}"  # Stripe
    r"|\bAIza[\w-]{35}"  # Google
    r"|\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}"  # JSON Web Token
    r"|(?i:authorization)[\"']?\s{0,4}[:=]\s{0,4}[\"']?(?:(?i:bearer|basic|token)\s{1,4})?(?P<credential>[^\s\"',;]{6,})"
    r"|://[^\s/:@]{0,64}:(?P<password>[^\s/@]{1,256})@",
    re.ASCII,
)
_TOKEN_BEGUN = re.compile(
    r"(?:\bgh[pousr]_\w*|\bgithub_pat_\w*|\bglpat-[\w-]*|\bA(?:KIA|SIA)[A-Z0-9]*|\bxox[abeoprs]-[A-Za-z0-9-]*|\bnpm_\w*"
    r"|\bsk_live_\w*|\bAIza[\w-]*|\beyJ[\w.-]*|(?i:authorization)[\"']?\s{0,4}[:=]\s{0,4}[\"']?(?:\w{0,16}\s{0,4})[^\s\"',;]*"
    r"|://[^\s/:@]{0,64}:[^\s/@]*)\Z",
    re.ASCII,
)
TOKEN_HINTS = (
    b"ghp_",
    b"gho_",
    b"ghs_",
    b"_pat_",
    b"glpat-",
    b"AKIA",
    b"ASIA",
    b"xox",
    b"npm_",
    b"sk_live_",
    b"AIza",
    b"eyJ",
)
"""Bytes without one of which no token format matches (the two below aside)."""
AUTHORIZATION_HINT = b"authorization"
"""The same, in lower case, for HTTP headers."""
PASSWORD_HINT = re.compile(rb"://[^\s/:@]{0,64}:[^\s/@]{1,256}@")
"""The same for the password in a URL."""

_BASE64 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_")


class Redactor:
    """Knows the secrets of one task and masks them."""

    def __init__(self) -> None:
        self._literals: list[str] = []
        self._encoded: set[str] = set()  # those literals that are the inside of a base64 text
        self._known: set[str] = set()
        self._longest = 0
        self.needles: list[bytes] = []
        """UTF-8 of all search strings: text without any of them, and without token hints, holds no secret."""

    def add(self, value: str) -> bool:
        """Mask ``value`` from here on, each of its lines by itself. Returns whether it can be masked at all."""
        usable = False
        for form, inside_base64 in forms(value):
            usable = True
            if form in self._known or len(self._literals) >= MAX_FORMS:
                continue
            self._known.add(form)
            self._literals.append(form)
            if inside_base64:
                self._encoded.add(form)
            self.needles.append(form.encode("utf-8", "replace"))
            self._longest = max(self._longest, len(form))
        return usable

    def spans(self, text: str) -> list[Span]:
        """Return where secrets stand in ``text``: sorted, apart from each other."""
        found: list[Span] = []
        for literal in self._literals:
            at = text.find(literal)
            while at >= 0:
                found.append(
                    self._whole_base64(text, at, at + len(literal))
                    if literal in self._encoded
                    else (at, at + len(literal))
                )
                at = text.find(literal, at + 1)
        for token in _TOKEN_FORMATS.finditer(text):
            group = token.lastgroup
            found.append(token.span(group) if group else token.span())
        return merge(found)

    def mask(self, text: str) -> str:
        """Return ``text`` with every secret replaced by :data:`MASK`."""
        return masked(text, (), self.spans(text))[0]

    def held_back(self, text: str) -> int:
        """Return how many characters at the end of ``text`` may be the beginning of a secret."""
        held = 0
        tail = text[-self._longest :] if self._longest else ""
        for literal in self._literals:
            at = tail.find(literal[0], max(0, len(tail) - len(literal) + 1))
            while at >= 0:
                length = len(tail) - at
                if length <= held:
                    break
                if literal.startswith(tail[at:]):
                    # The character before the inside of a base64 text carries bits of the secret, too.
                    held = length + (literal in self._encoded)
                    break
                at = tail.find(literal[0], at + 1)
        begun = _TOKEN_BEGUN.search(text, max(0, len(text) - MAX_TOKEN_HOLD))
        if begun:
            held = max(held, len(text) - begun.start())
        return min(held, len(text))

    @staticmethod
    def _whole_base64(text: str, start: int, end: int) -> Span:
        # One character on either side is made of bits of the secret and of its neighbour.
        if start and text[start - 1] in _BASE64:
            start -= 1
        if end < len(text) and text[end] in _BASE64:
            end += 1
        while end < len(text) and text[end] == "=":
            end += 1
        return start, end


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
    """Replace ``spans`` of ``text`` by the mask, and move its colours along; those inside a span go behind it."""
    if not spans:
        return text, colours
    pieces: list[str] = []
    position = 0
    for start, end in spans:
        pieces += (text[position:start], MASK)
        position = end
    pieces.append(text[position:])
    moved: list[tuple[int, str]] = []
    shift, index = 0, 0
    for at, sequence in colours:
        while index < len(spans) and spans[index][1] <= at:
            shift += len(MASK) - (spans[index][1] - spans[index][0])
            index += 1
        if index < len(spans) and spans[index][0] < at:
            at = spans[index][1]
            moved.append((at + shift + len(MASK) - (spans[index][1] - spans[index][0]), sequence))
        else:
            moved.append((at + shift, sequence))
    return "".join(pieces), moved


def forms(value: str) -> Iterator[tuple[str, bool]]:
    """Yield the texts in which ``value`` may appear, and whether each is the inside of a base64 text.

    Lines are what logs are made of, so a value of several lines is searched line by line.
    """
    lines = [line for line in re.split(r"[\r\n]+", value) if len(clean(line).text) >= MIN_SECRET_LENGTH]
    seen: set[str] = set()
    for line in lines:
        for form in _written(clean(line).text):
            if len(form) >= MIN_SECRET_LENGTH and form not in seen:
                seen.add(form)
                yield form, False
    for source in dict.fromkeys([*lines, value] if lines else []):
        for form in _base64(source.encode("utf-8", "replace")):
            if form not in seen:
                seen.add(form)
                yield form, True


def _written(value: str) -> Iterator[str]:
    """The value as it is, in JSON, in a URL, in a shell."""
    yield value
    for text in (encode_basestring(value)[1:-1], encode_basestring_ascii(value)[1:-1]):
        yield text
        yield text.replace("/", "\\/")  # PHP
        yield text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")  # Go
    # What each keeps: RFC 3986 · a path · form data · JavaScript's encodeURIComponent and encodeURI.
    for kept in ("", "/", " ", "!'()*", ";,/?:@&=+$!'()*#"):
        quoted = "".join(
            chr(byte)
            if byte < 0x80 and (chr(byte).isalnum() or chr(byte) in "_.-~" + kept)
            else f"%{byte:02X}"
            for byte in value.encode("utf-8", "replace")
        ).replace(" ", "+")
        yield quoted
        yield re.sub("%..", lambda code: code.group().lower(), quoted)
    yield value.replace("'", "'\"'\"'")
    yield value.replace("'", "'\\''")
    yield re.sub(r'(["$`\\])', r"\\\1", value)  # inside double quotes
    yield re.sub(r"""([ \t"'\\|&;()<>!{}*\[\]?^$`,])""", r"\\\1", value)  # bash's printf %q
    yield re.sub(r"([^A-Za-z0-9@%+=:,./_-])", r"\\\1", value)
    yield re.sub(r"(['\\])", r"\\\1", value)  # $'…'


def _base64(value: bytes) -> Iterator[str]:
    """The characters that any base64 text has which contains ``value``, for each of three alignments."""
    for before in range(3):
        encoded = b2a_base64(bytes(before) + value, newline=False).decode().rstrip("=")
        first = (0, 2, 3)[before]
        partial = (before + len(value)) % 3 != 0
        inside = encoded[first : len(encoded) - partial]
        if len(inside) < MIN_SECRET_LENGTH:
            continue
        yield inside
        yield inside.replace("+", "-").replace("/", "_")
        if before == 0:
            for width in (64, 76):
                if len(inside) > width:
                    yield from (
                        line
                        for at in range(0, len(inside), width)
                        if len(line := inside[at : at + width]) >= MIN_SECRET_LENGTH
                    )
