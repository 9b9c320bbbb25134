"""What was lost is counted as it was printed, however the journal would have written it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installcast.record import LogMessage, body
from installcast.runner.losses import common_frame, printed


def line(message: str, **keys: Any) -> str:
    return body(LogMessage(0, "2026-01-02T03:04:05.000006Z", "INFO", message, **keys))


@pytest.mark.parametrize(
    ("message", "size"),
    [("", 1), ("plain", 6), ("\u00fc\u4e2d", 6), ('a "quoted" \\ and\ta tab', 23), ('","progress":7', 15)],
)
def test_the_bytes_are_those_of_the_text(message: str, size: int) -> None:
    """An end of line counts as one, and an escape of JSON as what it stands for."""
    assert printed(line(message).encode()) == (1, size)


def test_what_nobody_printed_is_missing_to_nobody() -> None:
    """A heartbeat counts nothing; the parts of a long line have one end of line between them."""
    assert printed(line("make", kind="progress").encode()) == (0, 0)
    assert printed(line("long", continued=True).encode()) == (1, 4)


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.just("\t")), min_size=1),
    st.sampled_from([{}, {"progress": 7}, {"phase": "install"}, {"continued": True}, {"kind": "progress"}]),
    st.integers(0, 3),
)
def test_all_at_once_is_the_same_as_one_by_one(
    messages: list[str], keys: dict[str, Any], others: int
) -> None:
    """Where many lines are counted in one go, the result is that of a closer look at each."""
    bodies = [line(message, **(keys if number >= others else {})) for number, message in enumerate(messages)]
    frame = common_frame(bodies)
    if frame is not None:
        assert [(1, len(text.encode()) - frame) for text in bodies] == [
            printed(text.encode()) for text in bodies
        ]


def test_a_flood_is_counted_in_one_go() -> None:
    """Lines that differ in nothing but their text have a common frame; others have none."""
    assert common_frame([line("a"), line("\u4e2d"), line("")]) is not None
    assert common_frame([]) is None
    for other in (
        line('a "b"'),
        line("a", progress=3),
        line("a", kind="progress"),
        line("a", continued=True),
    ):
        assert common_frame([line("a"), other]) is None
