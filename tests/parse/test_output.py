"""Output as a whole: what is read of lines that are written all at once."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

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


LINES = [
    b"plain", b"", b"\x1b[32mgreen\x1b[0m", b"\x1b[0mset back\x1b[m", b"\x1b[1m\xe7\xbc\x96\x1b[22m\t\"\\",
    b"\x1b[3\x1b[0m2mtorn",
    b"\x1b[31merror\x1b[0m: x", b"er\x1b[1mror: x", b"warning: y", b"liberror-perl", b"\x1b[33m  at f (x.js:1)\x1b[0m",
    b"Traceback (most recent call last):", b"  File", b"ValueError", b"\x1b[35mit is hun\x1b[0mter2hunter2\x1b[m",
    b"hunter2hunter2", b"::add-mask::hunter2hunter2", b"\x1b[1m::group::build\x1b[0m", b"::endgroup::", b"[ 40%] Building x.o",
    b"\x1b[32m[ 50%] Building y.o\x1b[0m", b"\x1b]0;title\x07plain", b"caf\xe9", b"\x1b[1m\xe4\x1b[0m\xbd\xa0", b"[1/2] First",
]  # fmt: skip


@given(st.lists(st.sampled_from(LINES), max_size=12))
def test_lines_taken_all_at_once_come_out_as_each_by_itself(lines: list[bytes]) -> None:
    """A NUL has every line looked at for everything, and leaves nothing of itself."""
    at_once, one_by_one = Reader(), Reader()
    bodies, others = list[str](), list[str]()
    at_once.output.feed(b"".join(line + b"\n" for line in lines), bodies, 0)
    one_by_one.output.feed(b"".join(b"\0" + line + b"\n" for line in lines), others, 0)
    assert bodies == others
    assert at_once.readings == one_by_one.readings
    assert at_once.output.burst() == one_by_one.output.burst()


def test_a_burst_is_told_by_its_first_lines() -> None:
    """The lines since the last look are counted, and forgotten."""
    reader = Reader()
    reader.feed(b"one\nerror: two\nthree\n")
    assert reader.output.burst() == (["one", "error: two", "three"], 3)
    assert reader.output.burst() == ([], 0)
