"""The plain text of records, taken out of their bytes.

A record's message stands in the journal as a JSON string, so a JSON answer can hold it as it is. Only a text file needs
it decoded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

_RECORD = re.compile(
    rb'\{"seq":\d+,"timestamp":"[^"]*","level":"[A-Z]+","message":("[^"\\]*(?:\\.[^"\\]*)*")(.*)', re.DOTALL
)
"""The beginning of every record, byte for byte; a quote inside a text is written as ``\\"``."""

_UNPRINTED_KEY = b',"kind":"progress"'
_CONTINUED_KEY = b',"continued":true'


class Line(NamedTuple):
    """What was printed. ``literal`` is a JSON string with its quotes, in UTF-8."""

    literal: bytes
    is_continued: bool
    """The printed line was longer than one record and goes on in the next one."""

    def escaped(self) -> bytes:
        """Return it as the inside of a JSON string, ended by a newline unless it goes on."""
        return self.literal[1:-1] + (b"" if self.is_continued else b"\\n")

    def plain(self) -> bytes:
        """Return it as UTF-8 text, ended by a newline unless it goes on."""
        text = self.literal[1:-1]
        if b"\\" in text:
            # Half a character, as a damaged disk may leave it, is no UTF-8.
            text = json.loads(self.literal).encode("utf-8", "replace")
        return text if self.is_continued else text + b"\n"


def printed_lines(data: bytes) -> Iterator[Line]:
    """Yield the line of each record in ``data``, but for records that tell of progress and were never printed."""
    for record in data.split(b"\n")[:-1]:
        match = _RECORD.match(record)
        if match is None:
            continue
        literal, rest = match.groups()
        if _UNPRINTED_KEY not in rest:
            yield Line(literal, _CONTINUED_KEY in rest)
