"""The forms in which tools print a secret: as it is, in JSON, in a URL, quoted for a shell, in base64."""

from __future__ import annotations

import re
from binascii import b2a_base64
from collections.abc import Iterator
from json.encoder import encode_basestring, encode_basestring_ascii

from installcast.parse.escapes import clean

MIN_SECRET_LENGTH = 6
"""Shorter texts are not masked: they would blot out harmless text, and so give themselves away."""

_BASE64_WIDTHS = (64, 76)
"""Where base64 texts are folded: PEM and MIME."""

# What is kept as it is: RFC 3986's unreserved characters, and then: nothing · a path · form data (a space becomes `+`) ·
# JavaScript's encodeURIComponent · its encodeURI.
_URL_KEPT = ("", "/", " ", "!'()*", ";,/?:@&=+$!'()*#")


def forms(value: str) -> Iterator[tuple[str, bool]]:
    """Yield the texts in which ``value`` may appear, and whether each is the inside of a base64 text.

    Lines are what logs are made of, so a value of several lines is searched line by line; lines under
    :data:`MIN_SECRET_LENGTH` characters are not masked.
    """
    lines = {line: clean(line).text for line in re.split(r"[\r\n]+", value)}
    lines = {line: text for line, text in lines.items() if len(text.strip()) >= MIN_SECRET_LENGTH}
    seen: set[str] = set()
    for text in lines.values():
        for form in (*_written(text), *_written(text.strip())):
            if form not in seen:
                seen.add(form)
                yield form, False
    for source in dict.fromkeys([*lines, value] if lines else []):
        for form in _inside_base64(source.encode("utf-8", "replace")):
            if len(form) >= MIN_SECRET_LENGTH and form not in seen:
                seen.add(form)
                yield form, True


def _written(value: str) -> Iterator[str]:
    yield value
    for text in (encode_basestring(value)[1:-1], encode_basestring_ascii(value)[1:-1]):
        yield text
        yield text.replace("/", "\\/")  # PHP
        yield text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")  # Go
    for kept in _URL_KEPT:
        quoted = _url_quoted(value, kept)
        yield quoted
        yield re.sub("%..", lambda code: code.group().lower(), quoted)
    yield value.replace("'", "'\"'\"'")  # inside single quotes, as Python's shlex leaves them
    yield value.replace("'", "'\\''")  # the same, as shells print them in traces
    yield re.sub(r'(["$`\\])', r"\\\1", value)  # inside double quotes
    yield re.sub(r"(['\\])", r"\\\1", value)  # inside $'…'
    yield re.sub(r"""([ \t"'\\|&;()<>!{}*\[\]?^$`,])""", r"\\\1", value)  # bash's printf %q
    yield re.sub(r"([^A-Za-z0-9@%+=:,./_-])", r"\\\1", value)  # other shells' backslashes


def _url_quoted(value: str, kept: str) -> str:
    quoted = []
    for byte in value.encode("utf-8", "replace"):
        character = chr(byte)
        plain = byte < 0x80 and (character.isalnum() or character in "_.-~" or character in kept)
        quoted.append(character if plain else f"%{byte:02X}")
    return "".join(quoted).replace(" ", "+")


def _inside_base64(value: bytes) -> Iterator[str]:
    """The characters that any base64 text which contains ``value`` has in it, for each of three alignments."""
    for before, first in ((0, 0), (1, 2), (2, 3)):
        encoded = b2a_base64(bytes(before) + value, newline=False).decode().rstrip("=")
        # The last character is made of bits of what follows, too, unless a group of three bytes ends there.
        inside = encoded[first : len(encoded) - bool((before + len(value)) % 3)]
        for text in {inside, inside.replace("+", "-").replace("/", "_")}:
            yield text
            if before == 0:
                for width in _BASE64_WIDTHS:
                    yield from (
                        text[at : at + width] for at in range(0, len(text), width) if len(text) > width
                    )
