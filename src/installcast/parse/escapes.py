"""Terminal escapes and control characters: what is taken out of a line, and what is kept as colour.

Sequences follow ECMA-48 and xterm's ctlseqs. Only SGR (colour and style) survives, and only beside the plain text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

_CSI = r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
# OSC, DCS, SOS, PM, APC: up to BEL or ST. An ESC that does not make an ST ends the string, as in xterm.
_STRING = r"(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"

# Controls that change the direction of the text around them (Unicode UAX #9), and the two separators that some readers
# take for a newline. They stay, as text that shows their number: a line must read the same everywhere.
_MISLEADING = "\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"

_TOKEN = re.compile(
    rf"(?P<sgr>(?:\x1b\[|\x9b)[0-9;:]{{0,64}}m)|(?P<erase>(?:\x1b\[|\x9b)2K)|{_CSI}|{_STRING}"
    rf"|\x1b[ -/]*[0-~]?|(?P<back>\x08+)|[\x00-\x08\x0a-\x1f\x7f-\x9f]|(?P<misleading>[{_MISLEADING}\ud800-\udfff])"
)
_SUSPECT = re.compile(rf"[\x00-\x08\x0a-\x1f\x7f-\x9f{_MISLEADING}\ud800-\udfff]")

_BYTE_ESCAPE = re.compile(
    rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]?|[\x00-\x08\x0a-\x1f\x7f]"
)
_COLOUR = re.compile(rb"\x1b\[[0-9;:]{0,64}m")
ERASE_LINE = re.compile(rb"\x1b\[[02]?K")
"""Erases what stands right of the cursor, or the whole line."""

UNFINISHED_ESCAPE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*|[ -/]*|[\]PX^_][^\x07\x1b]*\x1b?)?\Z")
"""An escape sequence at the end of the data that more bytes may complete."""

# C0 without tab and newline, and DEL.
_CONTROL_BYTES = bytes([*range(9), *range(11, 32), 127])
_CONTROLLED = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f][^\n]*")
_SUSPECT_CHARACTERS = re.compile(rb"\xc2[\x80-\x9f]|\xd8\x9c|\xe2\x80[\x8e\x8f\xa8-\xae]|\xe2\x81[\xa6-\xa9]")
_SUSPECT_BEGINNINGS = (b"\xc2", b"\xd8\x9c", b"\xe2\x80", b"\xe2\x81")
"""One of these stands in data that has one of those, and is found sooner."""

Colours = Sequence[tuple[int, str]]
"""SGR sequences, each with the position in the plain text before which it stands, in order."""


class CleanText(NamedTuple):
    """A line without escapes and control characters, and its colours apart."""

    text: str
    colours: Colours


def clean(text: str) -> CleanText:
    """Take escapes and control characters (but tab) out of ``text``. Backspaces overwrite, as on a terminal."""
    if not _SUSPECT.search(text):
        return CleanText(text, ())
    if "\x08" in text or "[2K" in text or "\x9b2K" in text:
        return _drawn(text)
    pieces: list[str] = []
    colours: list[tuple[int, str]] = []
    length = position = 0
    for token in _TOKEN.finditer(text):
        start, end = token.span()
        pieces.append(text[position:start])
        length += start - position
        position = end
        kind = token.lastgroup
        if kind == "sgr":
            colours.append((length, _seven_bit(token.group())))
        elif kind == "misleading":
            pieces.append(mark := _mark(token.group()))
            length += len(mark)
    pieces.append(text[position:])
    return CleanText("".join(pieces), colours)


def _drawn(text: str) -> CleanText:
    """As :func:`clean`, for a line that draws over itself."""
    shown, cursor, position = "", 0, 0
    colours: list[tuple[int, str]] = []
    for token in (*_TOKEN.finditer(text), None):
        added = text[position : token.start()] if token else text[position:]
        kind = token.lastgroup if token else None
        if token and kind == "misleading":
            added += _mark(token.group())
        shown = shown[:cursor] + added + shown[cursor + len(added) :]
        cursor += len(added)
        if token is None:
            break
        position = token.end()
        if kind == "sgr":
            colours.append((cursor, _seven_bit(token.group())))
        elif kind == "erase":
            shown, cursor = "", 0
            colours = [(0, sequence) for _, sequence in colours]
        elif kind == "back":
            cursor = max(0, cursor - len(token.group()))
    colours.sort(key=lambda colour: colour[0])
    return CleanText(shown, colours)


def _seven_bit(sequence: str) -> str:
    return sequence if sequence[0] == "\x1b" else "\x1b[" + sequence[1:]


def _mark(character: str) -> str:
    code = ord(character)
    return "\ufffd" if 0xD800 <= code <= 0xDFFF else f"<U+{code:04X}>"


def with_colours(text: str, colours: Colours) -> str | None:
    """Return ``text`` with its SGR sequences, or ``None`` when they set no colour."""
    if not colours or all(sequence in ("\x1b[m", "\x1b[0m") for _, sequence in colours):
        return None
    pieces, position = [], 0
    for at, sequence in colours:
        pieces.append(text[position:at])
        pieces.append(sequence)
        position = at
    pieces.append(text[position:])
    return "".join(pieces)


def is_visible(data: bytes) -> bool:
    """Whether anything of ``data`` shows on a terminal, spaces included."""
    return bool(_BYTE_ESCAPE.sub(b"", data))


def whole_escapes(data: bytes) -> bytes:
    """Return ``data`` without the beginning of an escape sequence at its end."""
    unfinished = UNFINISHED_ESCAPE.search(data)
    return data[: unfinished.start()] if unfinished else data


def without_colours(data: bytes) -> bytes:
    """Return ``data`` without its SGR sequences.

    An escape that is left in it is another one, or one that ended in the middle: an ``ESC`` always begins anew.
    """
    return _COLOUR.sub(b"", data)


def has_suspects(data: bytes) -> bool:
    """Whether :func:`clean` might change the text of ``data``, newlines aside."""
    if len(data.translate(None, _CONTROL_BYTES)) != len(data):
        return True
    if data.isascii() or not any(beginning in data for beginning in _SUSPECT_BEGINNINGS):
        return False
    return _SUSPECT_CHARACTERS.search(data) is not None


def suspects(data: bytes) -> Iterator[re.Match[bytes]]:
    """Find what :func:`clean` might change, at least once in each line that has any."""
    return chain(_CONTROLLED.finditer(data), _SUSPECT_CHARACTERS.finditer(data))


def is_utf8(data: bytes) -> bool:
    """Whether ``data`` is whole characters of UTF-8."""
    return data.isascii() or next(damage(data), None) is None


def damage(data: bytes) -> Iterator[int]:
    """Yield an offset in each line of ``data`` that is no UTF-8."""
    start = 0
    while start < len(data):
        try:
            data[start:].decode()
        except UnicodeDecodeError as error:
            yield start + error.start
            start = data.find(b"\n", start + error.start) + 1 or len(data)
        else:
            return


def decode(data: bytes) -> str:
    """Return the text of one line: UTF-8, else GBK where that is beyond doubt, else UTF-8 with U+FFFD for bad bytes."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        pass
    if sum(byte >= 0x80 for byte in data) >= 4:
        # The strict table of GB 2312 leaves few accidents: broken UTF-8 has bytes below A1 in it, Latin-1 has lone bytes.
        try:
            return data.decode("gb2312")
        except UnicodeDecodeError:
            pass
    return data.decode("utf-8", "replace")
