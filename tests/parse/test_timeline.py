"""What is kept of a run for the next one."""

from __future__ import annotations

import json

import pytest

from installcast.parse.timeline import (
    MAX_BYTES,
    Point,
    Segment,
    Timeline,
    kind_of,
    sum_of,
    thinned,
)

TIMELINE = Timeline(
    12.5,
    (
        Segment(1, 2, 0.0, 2.0),
        Segment(3, 4, 2.0, 12.25, ((0.5, 77), (3.0, 78)), (Point(0.5, 1), Point(3, 40)), (Point(1, 0.5),), 5),
    ),
)


def test_it_comes_back_as_it_was() -> None:
    """What was written is read again."""
    for timeline in (TIMELINE, TIMELINE._replace(is_typical=False)):
        assert Timeline.from_json(timeline.to_json()) == timeline


def test_it_is_one_bounded_line() -> None:
    """A long run with all that can be kept stays within the limit, by leaving out points."""
    points = [Point(index * 1.123, float(index)) for index in range(5000)]
    marks = [(index * 1.123, 4_000_000_000 + index) for index in range(5000)]
    text = Timeline(9999.0, (Segment(1, 2, 0.0, 9999.0, marks, points, points),)).to_json()
    assert len(text) <= MAX_BYTES
    assert "\n" not in text
    segment = Timeline.from_json(text).segments[0]
    assert segment.marks[0] == marks[0]
    assert segment.marks[-1] == (round(marks[-1][0], 3), marks[-1][1])


def test_it_holds_no_text() -> None:
    """Numbers and the names of the fields are all that it consists of."""
    values = json.loads(TIMELINE.to_json())
    assert set(values) == {"version", "duration", "segments"}
    assert '"' not in json.dumps(values["segments"])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "nonsense",
        '{"version":2,"duration":1,"segments":[]}',
        '{"version":1,"segments":[]}',
        '{"version":1,"duration":-1,"segments":[]}',
        '{"version":1,"duration":true,"segments":[]}',
        '{"version":1,"duration":Infinity,"segments":[]}',
        '{"version":1,"duration":1e300,"segments":[]}',
        '{"version":1,"duration":1,"segments":{}}'.replace("{}", "7"),
        '{"version":1,"duration":1,"segments":[[1,2,0]]}',
        '{"version":1,"duration":1,"segments":[["a",2,0,1,[],[],[],0]]}',
        '{"version":1,"duration":1,"segments":[[1,2,0,1,[[0]],[],[],0]]}',
        '{"version":1,"duration":1,"segments":[[1,2,1,0,[],[],[],0]]}',
        '{"version":1,"duration":1,"segments":[[1,2,0,9,[],[],[],0]]}',
        '{"version":1,"duration":1' + "0" * 400 + ',"segments":[]}',
        "[" * 100_000,
        " " * (MAX_BYTES + 1),
    ],
)
def test_what_is_none_is_refused(text: str) -> None:
    """Whatever else a file holds is told by ``ValueError``, and by nothing else."""
    with pytest.raises(ValueError, match=r"."):
        Timeline.from_json(text)


def test_versions_and_sizes_do_not_matter() -> None:
    """Lines that differ in numbers only are the same line, others are not."""
    assert sum_of("Get:3 nginx 1.22.1 [607 kB]") == sum_of("Get:14 nginx 1.24.0 [1 kB]")
    assert sum_of("Unpacking nginx") != sum_of("Unpacking php")


def test_an_edited_command_is_known_again() -> None:
    """The program and the first word that is no option stay, whatever else is edited."""
    assert kind_of("git clone --progress a b") == kind_of("git clone --depth 1 a c") == "git clone"
    assert kind_of("") == ""


def test_thinned_keeps_the_ends() -> None:
    """A choice of points begins and ends where all of them do."""
    assert thinned(range(10), 4) == [0, 3, 6, 9]
    assert list(thinned(range(3), 4)) == [0, 1, 2]
    assert list(thinned(range(3), 1)) == [0]
    assert list(thinned(range(3), 0)) == []
