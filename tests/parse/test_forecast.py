"""A run held against its expected course."""

from __future__ import annotations

import pytest

from installcast.parse.forecast import GUESSED, LEARNED, Forecast
from installcast.parse.timeline import Point, Segment, Timeline

FETCH, BUILD, COPY = 1, 2, 3

EARLIER = Timeline(
    100.0,
    (
        Segment(FETCH, 10, 0.0, 10.0),
        Segment(
            BUILD,
            20,
            10.0,
            90.0,
            marks=((20.0, 501), (40.0, 502), (60.0, 503), (70.0, 504)),
            fractions=tuple(Point(8.0 * tenth, tenth / 10) for tenth in range(11)),
        ),
        Segment(COPY, 30, 90.0, 100.0),
    ),
)


def begun(*commands: tuple[int, float]) -> Forecast:
    """Return a forecast of a run whose commands began at these times."""
    forecast = Forecast(EARLIER, LEARNED)
    for key, at in commands:
        forecast.begin(key, 10 * key, at)
    return forecast


def test_the_same_again() -> None:
    """A run that goes as the earlier one did has as much to go as that had."""
    for at in (0.0, 5.0, 9.0):
        assert begun((FETCH, 0.0)).remaining(at) == pytest.approx(100.0 - at, abs=0.01)
    assert begun((FETCH, 0.0), (BUILD, 10.0)).remaining(50.0) == pytest.approx(50.0, abs=0.01)


def test_a_slower_command_takes_longer_to_its_end() -> None:
    """What a command's own lines tell of its pace counts for the rest of it at once, for others with caution."""
    forecast = begun((FETCH, 0.0), (BUILD, 10.0))
    forecast.lines([502], 100, 90.0)  # what took 40 seconds has taken 80
    assert 80.0 < forecast.remaining(90.0) < 105.0


def test_a_tools_fraction_places_a_run() -> None:
    """Half of the tool's work is where it was at half of it."""
    forecast = begun((FETCH, 0.0), (BUILD, 10.0))
    forecast.read(0, 0.5, 0.5, 30.0)  # in 20 seconds, not 40
    assert 25.0 < forecast.remaining(30.0) < 40.0


def test_a_late_command_is_not_nearly_done_for_ever() -> None:
    """The longer a silent command is late, the more is still expected of it."""
    forecast = begun((FETCH, 0.0), (BUILD, 10.0))
    assert forecast.remaining(200.0) > forecast.remaining(120.0) - 0.01
    assert forecast.remaining(400.0) > forecast.remaining(200.0)


def test_a_new_command_does_not_confuse() -> None:
    """A command that the earlier run did not have is no place on its course."""
    forecast = begun((FETCH, 0.0))
    assert not forecast.begin(99, 990, 10.0)
    assert forecast.begin(BUILD, 20, 12.0)
    assert forecast.remaining(12.0) == pytest.approx(90.0, rel=0.1)


def test_an_edited_command_keeps_its_place() -> None:
    """A command of the same kind stands for the one that was expected."""
    forecast = begun((FETCH, 0.0))
    assert forecast.begin(98, 20, 10.0)
    assert forecast.remaining(10.0) == pytest.approx(90.0, rel=0.05)


def test_a_run_goes_only_forward() -> None:
    """A line of the past does not bring it back."""
    forecast = begun((FETCH, 0.0), (BUILD, 10.0))
    forecast.lines([503], 100, 70.0)
    remaining = forecast.remaining(70.0)
    forecast.lines([501], 101, 70.0)
    assert forecast.remaining(70.0) == remaining
    assert not forecast.begin(FETCH, 10, 71.0)


def test_a_guess_doubts_itself() -> None:
    """Of a command in general nobody knows whether it is near its end: it never seems to be."""
    plan = Timeline(10.0, (Segment(1, 1, 0.0, 10.0, fractions=(Point(0.0, 0.0), Point(10.0, 1.0))),))
    forecast = Forecast(plan, GUESSED)
    forecast.begin(1, 1, 0.0)
    assert forecast.remaining(0.0) == pytest.approx(10.0)
    assert forecast.remaining(10.0) > 3.0
    assert forecast.remaining(1000.0) > 300.0
    forecast.read(0, 0.9, 0.9, 90.0)
    assert forecast.remaining(90.0) == pytest.approx(10.0, rel=0.3)


def test_counted_lines_place_a_run_that_prints_the_same_again_and_again() -> None:
    """Where no line is like no other, how many have come tells."""
    earlier = Timeline(
        50.0, (Segment(1, 1, 0.0, 50.0, counts=(Point(0.0, 0), Point(25.0, 500), Point(50.0, 1000))),)
    )
    forecast = Forecast(earlier, LEARNED)
    forecast.begin(1, 1, 0.0)
    forecast.lines([], 500, 50.0)
    assert 40.0 < forecast.remaining(50.0) < 52.0


def test_nothing_expected_nothing_to_come() -> None:
    """An empty course has no time in it."""
    forecast = Forecast(Timeline(0.0, ()), LEARNED)
    assert forecast.remaining(5.0) == 0.0


def test_uncertainty_falls_as_a_run_goes_as_expected() -> None:
    """What has come true so far makes what is still to come more certain."""
    forecast = begun((FETCH, 0.0))
    before = forecast.uncertainty(1.0)
    forecast.begin(BUILD, 20, 10.0)
    for mark, at in ((501, 30.0), (502, 50.0), (503, 70.0)):
        forecast.lines([mark], 10, at)
    assert forecast.uncertainty(70.0) < 0.5 * before


def test_uncertainty_stays_where_commands_go_each_at_its_own_pace() -> None:
    """A download that took a tenth and a build that takes twice its time tell nothing of what follows."""
    even, odd = begun((FETCH, 0.0), (BUILD, 10.0)), begun((FETCH, 0.0), (BUILD, 1.0))
    even.lines([502], 10, 50.0)
    odd.lines([502], 10, 81.0)
    assert odd.uncertainty(81.0) > even.uncertainty(50.0)
