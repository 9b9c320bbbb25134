"""Output as a whole: what is read of lines that are written all at once."""

from __future__ import annotations

import json

from installcast.parse.bodies import BodyWriter
from installcast.parse.markers import MarkerReader
from installcast.parse.output import OutputReader
from installcast.parse.progress import ProgressModel
from installcast.parse.reading import Reading
from installcast.parse.redact import Redactor


class Reader:
    """An output reader with all that it reports."""

    def __init__(self, max_line_bytes: int = 16_384) -> None:
        self.redactor = Redactor()
        self.readings: list[Reading] = []
        model = ProgressModel([])
        writer = BodyWriter(model, max_line_bytes)
        writer.at(0.0)
        self.output = OutputReader(
            self.redactor,
            writer,
            MarkerReader(model, self.redactor.mask),
            max_line_bytes=max_line_bytes,
            add_secret=self.redactor.add,
            take_reading=self.readings.append,
        )

    def feed(self, data: bytes) -> list[str]:
        """Return the messages that ``data`` gives."""
        bodies: list[str] = []
        self.output.feed(data, bodies, 0)
        return [json.loads(f"{{{body}")["message"] for body in bodies]


def test_thousands_of_secrets_at_once() -> None:
    """Each line that announces a secret masks those behind it, however many stand in one read."""
    reader = Reader(max_line_bytes=1 << 17)
    lines = b"".join(
        b"::add-mask::secret-%04d\nit is secret-%04d\n" % (number, number) for number in range(1500)
    )
    assert set(reader.feed(lines)) == {"::add-mask::***", "it is ***"}


def test_tools_are_read_once_wherever_their_line_stands() -> None:
    """Among plain lines, coloured, in a line that tells a level, and redrawn."""
    reader = Reader()
    reader.feed(
        b"plain\n[ 10%] Building C object a.o\nplain\n[ 20%] \x1b[32mBuilding C object b.o\x1b[0m\n"
        b"\x1b[1m[ 30%] Building C object c.o\x1b[0m\n[ 40%] Building C object error: x.o\n"
        b"[ 50%] Building d.o\r[ 60%] Building e.o\n"
    )
    assert [round(100 * reading.fraction) for reading in reader.readings] == [10, 20, 30, 40, 50, 60]


def test_a_burst_is_told_by_its_first_lines() -> None:
    """The lines since the last look are counted, and forgotten."""
    reader = Reader()
    reader.feed(b"one\nerror: two\nthree\n")
    assert reader.output.burst() == (["one", "error: two", "three"], 3)
    assert reader.output.burst() == ([], 0)
