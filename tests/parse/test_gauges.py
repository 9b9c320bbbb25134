"""Several tools of one command, joined."""

from __future__ import annotations

from installcast.parse.gauges import Gauges


def test_one_tool() -> None:
    """A tool that speaks alone is what it says, and never falls a little."""
    gauges = Gauges()
    assert [gauges.read("git", fraction) for fraction in (0.1, 0.5, 0.4, 0.9)] == [
        (0.1, 0.1),
        (0.5, 0.5),
        (0.5, 0.5),
        (0.9, 0.9),
    ]


def test_a_tool_that_falls_has_begun_again() -> None:
    """The second download counts from 1."""
    gauges = Gauges()
    gauges.read("wget", 0.9)
    assert gauges.read("wget", 0.1) == (1.1, 1.1)


def test_a_tool_after_another() -> None:
    """Where one is done, the next one is another run of all, and its own first."""
    gauges = Gauges()
    gauges.read("wget", 1.0)
    assert gauges.read("tar", 0.25) == (0.25, 1.25)


def test_tools_side_by_side() -> None:
    """The one that is further says how far they are."""
    gauges = Gauges()
    gauges.read("npm", 0.5)
    assert gauges.read("make", 0.25) == (0.25, 0.5)
    assert gauges.read("npm", 0.6) == (0.6, 0.6)
