"""All tools together."""

from __future__ import annotations

from installcast.parse.tools import read_percent


def test_each_tool_is_asked() -> None:
    """A line is read by the tool that printed it, any other one by none."""
    assert read_percent("Progress: [ 46%]") == 46
    assert read_percent("[ 45%] Building C object x.o") == 45
    assert read_percent("45%") is None
