"""What a script reports, one JSON object a line."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installcast.parse.fd_protocol import (
    MAX_EVENT_BYTES,
    MAX_TEXT,
    BadEvent,
    ErrorEvent,
    Event,
    EventReader,
    LogEvent,
    ProgressEvent,
    Result,
    SecretEvent,
    StepEvent,
    read_event,
)


@pytest.mark.parametrize(
    ("line", "event"),
    [
        ('{"type":"step","current":2,"total":5,"title":"Compile"}', StepEvent(2, 5, "Compile")),
        ('{"type":"step","title":"Compile"}', StepEvent(0, 0, "Compile")),
        ('{"type":"step","current":"2","total":"5"}', StepEvent(2, 5, "")),
        ('{"type":"progress","percent":35,"message":"half"}', ProgressEvent(35, "half")),
        ('{"type":"progress","percent":"35.5%"}', ProgressEvent(35.5, "")),
        ('{"type":"progress","percent":35,"code":"compile","message":"…"}', ProgressEvent(35, "…")),
        ('{"type":"progress","percent":35,"code":"compile"}', ProgressEvent(35, "compile")),
        ('{"type":"progress","percent":"","message":"m"}', ProgressEvent(None, "m")),
        ('{"type":"secret","value":"hunter2"}', SecretEvent("hunter2")),
        ('{"type":"log","level":"WARN","message":"m"}', LogEvent("WARN", "m")),
        ('{"type":"log","level":"warning","message":"m"}', LogEvent("WARN", "m")),
        ('{"type":"log","level":"SUCCESS","message":"m"}', LogEvent("INFO", "m")),
        ('{"type":"log","message":"m"}', LogEvent("INFO", "m")),
        ('{"type":"error","code":"PORT_TAKEN","hint":"h"}', ErrorEvent("PORT_TAKEN", "h")),
        ('{"type":"error","code":"port taken"}', ErrorEvent("PORT_TAKEN", "")),
        ('{"type":"error","code":"<b>"}', ErrorEvent("SCRIPT_ERROR", "")),
        ('{"type":"result","name":"url","value":"http://x/"}', Result("url", "http://x/")),
        ('{"type":"result","name":"port","value":80,"secret":false}', Result("port", "80")),
        ('{"type":"result","name":"password","value":"p","secret":true}', Result("password", "p", secret=True)),
        ('{"type":"result","name":"password","value":"p","secret":1}', Result("password", "p", secret=True)),
    ],
)  # fmt: skip
def test_events(line: str, event: Event) -> None:
    """Each event is read, also with numbers in quotes, as shells write them."""
    assert read_event(line.encode()) == event


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("hello", "not JSON"),
        ("[1]", "not a JSON object"),
        ("{}", "unknown type"),
        ('{"type":"finish"}', "unknown type"),
        ('{"type":["step"]}', "unknown type"),
        ('{"type":"step"}', "step: neither current nor title"),
        ('{"type":"step","current":6,"total":5}', "step: current is beyond total"),
        ('{"type":"step","current":-1}', "step: current is not a count"),
        ('{"type":"step","current":1.5}', "step: current is not a count"),
        ('{"type":"step","current":true}', "step: current is not a number"),
        ('{"type":"step","title":{"en":"x"}}', "step: title is not a text"),
        ('{"type":"progress"}', "progress: neither percent nor message"),
        ('{"type":"progress","percent":NaN}', "not JSON"),
        ('{"type":"progress","percent":1e999}', "progress: percent is not a number"),
        ('{"type":"progress","percent":[]}', "progress: percent is not a number"),
        ('{"type":"progress","percent":"abc"}', "progress: percent is not a number"),
        ('{"type":"result","name":"../x","value":""}', "result: name must be 1-64 letters, digits, dots, dashes, underscores"),
        ("[" * 60_000, "nested too deeply"),
        ('{"type":"progress","percent":' + "9" * 5000 + "}", "not JSON"),
    ],
)  # fmt: skip
def test_bad_events(line: str, reason: str) -> None:
    """What is not understood is told as such, and nothing else."""
    assert read_event(line.encode()) == BadEvent(reason)


def test_texts_are_bounded() -> None:
    """A message is not longer than fits a line of the log."""
    event = read_event(json.dumps({"type": "progress", "message": "x" * 60_000}).encode())
    assert event == ProgressEvent(None, "x" * MAX_TEXT)


def test_lines_are_bounded() -> None:
    """A line without end is told once, skipped in constant memory, and what follows is read."""
    reader = EventReader()
    found = [event for _ in range(100) for event in reader.feed(b"x" * 10_000)]
    assert found == [BadEvent("too long")]
    assert len(reader._tail) <= MAX_EVENT_BYTES
    assert list(reader.feed(b'\n{"type":"step","title":"t"}\n')) == [StepEvent(0, 0, "t")]
    assert list(reader.feed(b"x" * 100_000 + b'\n{"type":"step","title":"t"}\n')) == [
        BadEvent("too long"),
        StepEvent(0, 0, "t"),
    ]


def test_the_last_line_needs_no_newline() -> None:
    """At the end an unfinished line is read, an empty one is not."""
    reader = EventReader()
    assert list(reader.feed(b'\n \n{"type":"step","title":"t"}')) == []
    assert list(reader.flush()) == [StepEvent(0, 0, "t")]
    assert list(reader.flush()) == []


LINES = st.sampled_from(
    [
        b'{"type":"step","title":"\xe7\xbc\x96"}',
        b"bad",
        b"",
        b'{"type":"secret","value":"\xff"}',
        b"y" * 70_000,
    ]
)


@given(st.lists(LINES, max_size=6).map(b"\n".join), st.lists(st.integers(0, 200_000), max_size=8))
def test_reads_make_no_difference(data: bytes, cuts: list[int]) -> None:
    """The same bytes give the same events, wherever the reads were cut."""
    whole = EventReader()
    expected = [*whole.feed(data), *whole.flush()]
    reader = EventReader()
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    found = [event for start, end in pairwise(edges) for event in reader.feed(data[start:end])]
    assert [*found, *reader.flush()] == expected


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda values: (
            st.lists(values, max_size=3) | st.dictionaries(st.text(max_size=8), values, max_size=3)
        ),
        max_leaves=8,
    ),
    st.sampled_from(["step", "progress", "secret", "log", "error", "result"]),
    st.sampled_from(
        [
            "current",
            "total",
            "title",
            "percent",
            "message",
            "value",
            "level",
            "code",
            "hint",
            "name",
            "secret",
        ]
    ),
)
def test_no_value_breaks_the_reader(value: object, kind: str, key: str) -> None:
    """Whatever a known key holds, an event or a reason comes out."""
    assert isinstance(read_event(json.dumps({"type": kind, key: value}).encode()), tuple)


@pytest.mark.parametrize("kind", ["step", "progress"])
def test_a_number_beyond_all_measure_is_a_bad_event(kind: str) -> None:
    """An integer that no float can hold is refused like any other nonsense."""
    key = {"step": "current", "progress": "percent"}[kind]
    for digits in (400, 5000):
        assert isinstance(read_event(f'{{"type":"{kind}","{key}":1{"0" * digits}}}'.encode()), BadEvent)


@pytest.mark.parametrize(
    "line",
    [
        r'{"type":"step","title":"abc\ud800def"}',
        r'{"type":"progress","message":"abc\ud800def"}',
        r'{"type":"secret","value":"abc\ud800def"}',
        r'{"type":"log","message":"abc\ud800def"}',
        r'{"type":"error","code":"X","hint":"abc\ud800def"}',
        r'{"type":"result","name":"n","value":"abc\ud800def","secret":true}',
    ],
)
def test_half_a_character_is_replaced(line: str) -> None:
    """A lone surrogate becomes U+FFFD in every event, so that all texts can be written."""
    assert "abc\ufffddef" in read_event(line.encode())


def test_both_halves_are_a_character() -> None:
    """A pair of surrogates is what JSON means by it."""
    assert read_event(rb'{"type":"log","message":"\ud83d\ude00"}') == LogEvent("INFO", "\U0001f600")
