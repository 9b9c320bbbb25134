"""Search the messages of a journal, a slice of time at a time, without decoding what cannot match.

A record is JSON, in which a quote inside a text is written as ``\\"``. So its keys can be told from its texts byte for byte,
and a plain text, written as JSON writes it, can be looked for in whole blocks of records: what is found there is looked at
more closely, and nothing else is. An expression may say ``^`` or ``"``, so it is held against the messages themselves, those
of a block at once.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from installcast.record import RECORD_START, is_record
from installcast.stream.expressions import Expression, Pattern, alternatives
from installcast.stream.journal_reader import JournalReader, Position

BLOCK_BYTES = 131_072
"""What is searched at a time: some 500 records. Between two blocks the clock is looked at."""
MAX_SPANS = 100
"""Places of one match that are told: a page marks no more, and a line of one letter has thousands."""
SPANS_SECONDS = 0.05
"""What the places of one match may take; of a slow expression, those that are not reached are not told."""
MAX_TEXT_BYTES = 4_194_304
"""Of the messages of one answer: a thousand of the longest would be sixteen megabytes."""

_HEAD = b'","message":"'
_TAIL = b'","progress":'
"""What stands before and behind each message, and nowhere else in a record."""
_RECORD = re.compile(
    rb'\{"seq":(\d+),"timestamp":"([^"]*)","level":"([A-Z]+)","message":("[^"\\]*(?:\\.[^"\\]*)*")(.*)',
    re.DOTALL,
)
_UNPRINTED_KEY = b',"kind":"progress"'


class Match(NamedTuple):
    """A record that matches. ``spans`` are ``(start, end)`` in characters (code points) of ``message``."""

    seq: int
    timestamp: str
    level: str
    message: str
    spans: list[tuple[int, int]]


class Query(NamedTuple):
    """What is searched for: messages that match, of these levels; ``None`` is any."""

    expression: Expression | None = None
    levels: frozenset[str] | None = None


class Search:
    """One search through the bytes from ``start`` to ``end``, which are places between two records.

    ``limit`` matches are kept; where ``counts`` is true, those behind them are counted. ``clock`` returns seconds.
    """

    def __init__(
        self,
        reader: JournalReader,
        query: Query,
        start: Position,
        end: int,
        *,
        limit: int,
        counts: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.matches: list[Match] = []
        self.count = 0
        """Matches found so far, kept or not."""
        self.searched = 0
        """Bytes looked at so far."""
        self.is_full = False
        """As many matches as there may be are kept."""
        self._reader = reader
        self._query = query
        self._offset = start.offset
        self._first_seq = start.seq
        self._end = end
        self._limit = limit
        self._counts = counts
        self._clock = clock
        self._text_bytes = 0
        self._levels = _level_pattern(query.levels)

    @property
    def is_done(self) -> bool:
        """Whether there is nothing more to do: all was looked at, or enough was found."""
        return self._offset >= self._end or (self.is_full and not self._counts)

    @property
    def is_whole(self) -> bool:
        """Whether all was looked at."""
        return self._offset >= self._end

    def run(self, until: float) -> None:
        """Go on until ``until``, by the clock, or little longer. Blocks; may run in a thread."""
        while not self.is_done:
            data = self._reader.raw_lines(self._offset, BLOCK_BYTES, self._end)
            if not data:
                self._offset = self._end  # the file was cut off
                return
            before = self._offset
            self._search_block(data, until)
            self.searched += self._offset - before
            if self._clock() >= until:
                return

    def next_from(self) -> int | None:
        """Return the seq at which a search goes on, ``None`` where nothing is left to find."""
        if self.is_whole and self.count == len(self.matches):
            return None
        if self.is_full:
            return self.matches[-1].seq + 1
        return self._seq_at_offset()

    def _search_block(self, data: bytes, until: float) -> None:
        base = self._offset
        for start, end in self._candidates(data):
            self._take(data[start:end])
            self._offset = base + end + 1
            if self.is_done or self._clock() >= until:
                return
        self._offset = base + len(data)

    def _candidates(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Yield where the lines of ``data`` begin and end that may match: all that do, and others."""
        expression, levels = self._query
        if expression is None or (levels is not None and "INFO" not in levels):
            return _lines_with(data, self._levels)
        if expression.in_json is not None:
            return _lines_with(data, expression.in_json)
        if expression.in_lines is not None:
            return _lines_by_messages(data, expression.in_lines)
        return _lines(data)

    def _take(self, line: bytes) -> None:
        """Look at one line closely."""
        found = _RECORD.match(line)
        if found is None or not is_record(line):
            return
        seq, moment, level, literal, rest = found.groups()
        expression, levels = self._query
        if _UNPRINTED_KEY in rest or (levels is not None and level.decode() not in levels):
            return
        message = _decoded(literal)
        if message is None or (expression is not None and not expression.matches(message)):
            return
        self.count += 1
        if self.is_full:
            return
        spans = [] if expression is None else self._spans(expression, message)
        self.matches.append(Match(int(seq), moment.decode(), level.decode(), message.decode(), spans))
        self._text_bytes += len(message)
        self.is_full = len(self.matches) >= self._limit or self._text_bytes >= MAX_TEXT_BYTES

    def _spans(self, expression: Expression, message: bytes) -> list[tuple[int, int]]:
        """Return where it matches, in characters."""
        spans: list[tuple[int, int]] = []
        until = self._clock() + SPANS_SECONDS
        characters = place = 0
        for start, end in expression.spans(message):
            first = characters + len(message[place:start].decode(errors="ignore"))
            characters = first + len(message[start:end].decode(errors="ignore"))
            place = end
            if characters > first:  # an expression such as \C may match a part of a character
                spans.append((first, characters))
            if len(spans) >= MAX_SPANS or self._clock() >= until:
                break
        return spans

    def _seq_at_offset(self) -> int:
        """Return the number of the first good record that was not looked at."""
        seq = self._first_seq
        while data := self._reader.raw_lines(self._offset, BLOCK_BYTES, self._end):
            for start, end in _lines(data):
                line = data[start:end]
                if is_record(line) and (found := RECORD_START.match(line)):
                    return int(found[1])
            self._offset += len(data)
        return seq


def _level_pattern(levels: frozenset[str] | None) -> Pattern:
    names = sorted(levels or ())
    return alternatives([b'","level":"%s","message":' % name.encode() for name in names])


def _lines(data: bytes) -> Iterator[tuple[int, int]]:
    start = 0
    while (end := data.find(b"\n", start)) >= 0:
        yield start, end
        start = end + 1


def _lines_with(data: bytes, pattern: Pattern) -> Iterator[tuple[int, int]]:
    """Yield the lines in which ``pattern``, which matches no newline, is found."""
    position = 0
    while (found := pattern.search(data, position)) is not None:
        start = data.rfind(b"\n", 0, found.start()) + 1
        end = data.find(b"\n", found.end())
        yield start, end
        position = end + 1


def _lines_by_messages(data: bytes, pattern: Pattern) -> Iterator[tuple[int, int]]:
    """Yield the lines whose messages match, where each stands on a line of its own."""
    texts = [part[: part.find(_TAIL)] for part in data.split(_HEAD)[1:]]
    joined = b"\n".join(texts)
    if b"\\" in joined:
        try:
            texts = [json.loads(b'"%s"' % text).encode() if b"\\" in text else text for text in texts]
        except ValueError:
            yield from _lines(data)
            return
        joined = b"\n".join(texts)
    lines: list[tuple[int, int]] = []
    index = position = 0
    while position <= len(joined) and (found := pattern.search(joined, position)) is not None:
        if not lines:
            lines = list(_lines(data))
            if not len(lines) == len(texts) == joined.count(b"\n") + 1:
                yield from lines  # not all of them are records: then they cannot be counted
                return
        index += joined.count(b"\n", position, found.start())
        yield lines[index]
        end = joined.find(b"\n", found.end())
        if end < 0:
            return
        index += 1
        position = end + 1


def _decoded(literal: bytes) -> bytes | None:
    """Return the text that a JSON string stands for, in UTF-8, or ``None`` when it is none: a bad disk leaves anything."""
    if b"\\" not in literal:
        return literal[1:-1]
    try:
        text: str = json.loads(literal)
        return text.encode()
    except ValueError:
        return None
