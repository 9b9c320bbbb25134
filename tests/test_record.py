"""The record: one shape on disk and on the wire."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installcast.record import (
    FINAL_KEY,
    SEQ_KEY,
    LogMessage,
    body,
    decode,
    is_record,
    number,
    state_part,
    timestamp,
)

WHOLE = LogMessage(
    seq=7,
    timestamp="2026-01-02T03:04:05.000006Z",
    level="ERROR",
    message='say "hi"\t编译',
    progress=42,
    step="Compile",
    current_step=2,
    total_steps=5,
    ansi="\x1b[31mx\x1b[0m",
    kind="progress",
    gap={"lines": 1, "bytes": 2},
    group="Build",
    continued=True,
    phase="install",
    partial=True,
    final=True,
    status="failed",
    exit_code=1,
    error={"code": "X", "hint": "h", "seq": 3},
)
PLAIN = LogMessage(0, "2026-01-02T03:04:05.000006Z", "INFO", "hello")


def test_the_keys_stand_in_their_order() -> None:
    """Keys come in the order of the contract, and ``seq`` first."""
    assert list(json.loads(WHOLE.to_json())) == [
        "seq", "timestamp", "level", "message", "progress", "step", "current_step", "total_steps", "ansi", "kind", "gap",
        "group", "continued", "phase", "partial", "final", "status", "exit_code", "error",
    ]  # fmt: skip
    assert WHOLE.to_json().startswith(SEQ_KEY)


def test_what_says_nothing_is_left_out() -> None:
    """Optional keys are there only when they say something; the others always."""
    assert PLAIN.to_json() == (
        '{"seq":0,"timestamp":"2026-01-02T03:04:05.000006Z","level":"INFO","message":"hello",'
        '"progress":0,"step":"","current_step":0,"total_steps":0}'
    )


def test_an_unknown_exit_code_of_an_end_is_null() -> None:
    """A final record always has an exit code, no other record has one."""
    final = PLAIN._replace(final=True, status="interrupted")
    assert json.loads(final.to_json())["exit_code"] is None
    assert "exit_code" not in PLAIN.to_dict()


def test_the_final_record_is_found_by_its_bytes() -> None:
    """Its key stands in the bytes of a final record, and in no text can it be forged."""
    assert FINAL_KEY in WHOLE.to_json().encode()
    forged = PLAIN._replace(message='x","final":true,"y":"', step='","final":true,')
    assert FINAL_KEY not in forged.to_json().encode()


def test_a_body_is_a_record_without_its_number() -> None:
    """The number is put in front of a body."""
    assert number(7, body(WHOLE)) == WHOLE.to_json()


def test_the_state_part_is_the_middle_of_a_body() -> None:
    """What stays the same from line to line is written as the whole record writes it."""
    part = state_part(WHOLE.progress, WHOLE.step, WHOLE.current_step, WHOLE.total_steps)
    assert part in WHOLE.to_json()
    assert PLAIN.to_json().endswith(state_part(0, "", 0, 0) + "}")


def test_decode_gives_back_what_was_written() -> None:
    """A record read is the record written."""
    assert decode(WHOLE.to_json()) == WHOLE
    assert decode(PLAIN.to_json().encode()) == PLAIN


def test_decode_passes_over_unknown_keys() -> None:
    """A journal of a newer version can be read."""
    assert decode(PLAIN.to_json()[:-1] + ',"future":1}') == PLAIN


@pytest.mark.parametrize("line", ["", "no", "[]", "{}", '{"seq":1}', b"\xff"])
def test_decode_refuses_what_is_no_record(line: str | bytes) -> None:
    """What is not a record is an error."""
    with pytest.raises(ValueError):
        decode(line)


def test_timestamps() -> None:
    """Times are UTC with six digits, also when they are even."""
    assert timestamp(0) == "1970-01-01T00:00:00.000000Z"
    assert timestamp(1767323045.000006) == "2026-01-02T03:04:05.000006Z"


@given(
    st.text(st.characters(codec="utf-8")),
    st.integers(0),
    st.sampled_from(["INFO", "WARN", "ERROR", "SUCCESS"]),
)
def test_any_text_survives(text: str, seq: int, level: str) -> None:
    """Whatever the text, a record is one line and comes back as it was."""
    message = PLAIN._replace(seq=seq, message=text, step=text, group=text)
    written = message.to_json()
    assert "\n" not in written
    assert decode(written) == message


def test_what_is_a_record() -> None:
    """A whole line is one; a cut one, two that ran into each other, and one with a hole in it are none."""
    line = number(7, body(WHOLE)).encode()
    assert is_record(line)
    assert is_record(number(0, body(PLAIN._replace(message='{"seq":1,'))).encode())
    for damaged in (
        b"",
        line[:-9],
        line[1:],
        line + line,
        line.replace(b"7", b"07", 1),
        line.replace(b"say", b"s\0y"),
        line.replace(b"say", b"s\xe7y"),
    ):
        assert not is_record(damaged)
