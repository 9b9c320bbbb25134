"""Where a watched task is shown when it is no terminal: plain lines for people's files, NDJSON for machines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO, Protocol, TextIO

from installcast.cli.follow import Event, Line, Lost, Polling
from installcast.cli.lines import LineStyler
from installcast.cli.safe import plain
from installcast.cli.text import Speaker
from installcast.record import LogMessage


class Screen(Protocol):
    """Shows the events of one task."""

    def show(self, events: Sequence[Event]) -> None:
        """Show one batch; an empty one is a tick."""

    def close(self) -> None:
        """Leave the terminal as it was found."""


class JsonScreen:
    """The finished records, byte for byte as the service sent them: UTF-8 whatever the locale."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def show(self, events: Sequence[Event]) -> None:
        """Write the records of the batch."""
        lines = [event.json + "\n" for event in events if isinstance(event, Line)]
        if lines:
            self._out.write("".join(lines).encode(errors="replace"))
            self._out.flush()

    def close(self) -> None:
        """There is nothing to clean up."""


class PlainScreen:
    """The text of the log, line by line; what is to be told beside it goes to ``err``."""

    def __init__(self, out: TextIO, err: TextIO, say: Speaker, line: LineStyler) -> None:
        self._out = out
        self._err = err
        self._say = say
        self._line = line

    def show(self, events: Sequence[Event]) -> None:
        """Write the lines of the batch."""
        text = "".join(self._text(event.record) for event in events if isinstance(event, Line))
        if text:
            self._out.write(text)
            self._out.flush()
        for event in events:
            if isinstance(event, Lost | Polling):
                key = "lost" if isinstance(event, Lost) else "polling"
                print(
                    self._say("error", reason=self._say(key, reason=plain(event.reason))),
                    file=self._err,
                    flush=True,
                )

    def close(self) -> None:
        """End a line that was cut in the middle."""
        if self._line.open:
            self._out.write("\n")
            self._out.flush()

    def _text(self, record: LogMessage) -> str:
        if record.kind == "progress":
            return ""
        text = self._line(record)
        return text if self._line.open else f"{text}\n"
