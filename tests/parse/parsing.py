"""Output in, records out: what the tests of the parser share."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import pairwise

from installcast.parse.parser import Parser
from installcast.record import LogMessage, decode, number

NOW = 1767323045.000006
KEYS = list(LogMessage._fields)


def records(bodies: Iterable[str]) -> list[LogMessage]:
    """Number ``bodies`` as a journal would, checking that each is one line with its keys in order."""
    found = []
    for seq, body in enumerate(bodies):
        line = number(seq, body)
        assert "\n" not in line
        line.encode()
        keys = list(json.loads(line))
        assert keys == [key for key in KEYS if key in keys]
        found.append(decode(line))
    return found


def parse(
    data: bytes, *, reads: Sequence[int] = (), parser: Parser | None = None, limit: int = 16384
) -> list[LogMessage]:
    """Parse ``data``, cut into reads at the offsets ``reads``."""
    parser = parser or Parser(max_line_bytes=limit)
    edges = [0, *sorted(min(read, len(data)) for read in reads), len(data)]
    bodies = [body for start, end in pairwise(edges) for body in parser.feed(data[start:end], NOW)]
    return records([*bodies, *parser.flush(NOW)])


def messages(data: bytes) -> list[str]:
    """Return the plain texts of what ``data`` becomes."""
    return [record.message for record in parse(data)]


def event(**values: object) -> bytes:
    """Return one report of a script."""
    return json.dumps(values).encode() + b"\n"


def partial(parser: Parser) -> LogMessage:
    """Return what the unfinished line shows."""
    body = parser.partial(NOW)
    assert body is not None
    (record,) = records([body])
    return record
