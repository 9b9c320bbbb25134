"""What other programs printed, made safe for a terminal: colours may pass, nothing that moves, hides or commands.

The service has cleaned its records already. A command line that follows a foreign service must not have to believe that.
"""

from __future__ import annotations

import re

SGR = re.compile(r"\x1b\[[0-9;:]*m")
"""Select Graphic Rendition of ECMA-48, the one escape that only colours."""

ESCAPE = re.compile(
    r"\x1b\][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # OSC: titles, links, the clipboard
    r"|\x1b[PX^_][^\x1b\x9c]*(?:\x1b\\|\x9c)?"  # DCS, SOS, PM, APC
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # CSI
    r"|\x1b[ -/]*[0-~]?"  # all others
)
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")
REORDER = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Bidirectional controls: they make a line read as something else than it is."""


def plain(text: str) -> str:
    """Return ``text`` on one line without escapes and control characters; bidirectional controls are made visible."""
    text = CONTROL.sub("", ESCAPE.sub("", text))
    return REORDER.sub(_name, text) if not text.isascii() else text


def coloured(text: str) -> str:
    """Return ``text`` as :func:`plain` does, with its SGR sequences kept and the colours reset at the end."""
    parts: list[str] = []
    position = 0
    for match in SGR.finditer(text):
        parts += (plain(text[position : match.start()]), match.group())
        position = match.end()
    parts.append(plain(text[position:]))
    if position:
        parts.append("\x1b[0m")
    return "".join(parts)


def _name(match: re.Match[str]) -> str:
    return f"<U+{ord(match.group()):04X}>"
