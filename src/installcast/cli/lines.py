"""One record as one line of text."""

from __future__ import annotations

from installcast.cli.progress import GREEN, GREY, RED, YELLOW, styled
from installcast.cli.safe import coloured, plain
from installcast.record import LogMessage

LEVEL_COLOUR = {"WARN": YELLOW, "ERROR": RED, "SUCCESS": GREEN}
TIME_OF_DAY = slice(11, 23)
"""Hours to milliseconds of an RFC 3339 time."""


class LineStyler:
    """Renders records in order: a line that was too long for one record goes on in the next."""

    def __init__(self, *, colour: bool = False, timestamps: bool = False) -> None:
        self._colour = colour
        self._timestamps = timestamps
        self.open = False
        """Whether the last record goes on."""

    def __call__(self, record: LogMessage) -> str:
        """Return the record's text, without a line end."""
        begin = ""
        if self._timestamps and not self.open:
            moment = record.timestamp[TIME_OF_DAY] if self._colour else record.timestamp
            begin = styled(moment, GREY, colour=self._colour) + " "
        self.open = bool(record.continued)
        if not self._colour:
            return begin + plain(record.message)
        if record.ansi is not None:
            return begin + coloured(record.ansi)
        colour = YELLOW if record.gap is not None else LEVEL_COLOUR.get(record.level)
        text = plain(record.message)
        return begin + (styled(text, colour) if colour else text)
