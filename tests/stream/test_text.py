"""Plain text out of the bytes of records: the same as decoding them, for any text."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from installcast.record import LogMessage, body, number
from installcast.stream.text import printed_lines

from .journals import final, message


def data_of(*messages: LogMessage) -> bytes:
    return b"".join(number(seq, body(each)).encode() + b"\n" for seq, each in enumerate(messages))


TEXT = st.text(st.characters(codec="utf-8"), max_size=60)


@given(st.lists(st.tuples(TEXT, TEXT, st.none() | TEXT)))
def test_any_text_goes_round(texts: list[tuple[str, str, str | None]]) -> None:
    """Whatever stands in a message, a step or the colours, each message comes out as it went in."""
    data = data_of(*(message(text, step=step, ansi=ansi) for text, step, ansi in texts))
    lines = list(printed_lines(data))
    assert [json.loads(line.literal) for line in lines] == [text for text, _, _ in texts]
    assert b"".join(line.plain() for line in lines).decode() == "".join(f"{text}\n" for text, _, _ in texts)
    whole = b'"' + b"".join(line.escaped() for line in lines) + b'"'
    assert json.loads(whole) == "".join(f"{text}\n" for text, _, _ in texts)


def test_what_was_not_printed_is_left_out() -> None:
    """Records that tell of progress are no lines; a text that looks like one is."""
    data = data_of(
        message("one"),
        message("busy", kind="progress"),
        message(',"kind":"progress"', step=',"kind":"progress"'),
        final(),
    )
    assert [json.loads(line.literal) for line in printed_lines(data)] == [
        "one",
        ',"kind":"progress"',
        "ended: succeeded",
    ]


def test_a_long_line_is_one_line_again() -> None:
    """Records that go on in the next one are joined."""
    data = data_of(
        message("one ", continued=True), message("two ", continued=True), message("three"), message("x")
    )
    lines = list(printed_lines(data))
    assert b"".join(line.plain() for line in lines) == b"one two three\nx\n"
    assert b"".join(line.escaped() for line in lines) == rb"one two three\nx\n"


def test_what_is_no_record_is_passed_over() -> None:
    """Bytes that are none give no line."""
    assert list(printed_lines(b'{"seq":0}\ngarbage\n')) == []


def test_half_a_character_breaks_nothing() -> None:
    """What a damaged disk has made of an escape is shown as something that cannot be read."""
    record = rb'{"seq":0,"timestamp":"t","level":"INFO","message":"a\ud800b","progress":0}' + b"\n"
    assert [line.plain() for line in printed_lines(record)] == [b"a?b\n"]
