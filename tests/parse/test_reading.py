"""Which of many readings of one moment tell something."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from installcast.parse.gauges import Gauges
from installcast.parse.reading import Reading, telling
from installcast.parse.trace import Trace

READINGS = st.lists(
    st.builds(Reading, st.sampled_from(["apt", "pip"]), st.sampled_from([0.0, 0.1, 0.2, 0.5, 0.96, 1.0])),
    max_size=12,
)


def test_a_rise_is_told_by_its_ends() -> None:
    """Of each rise of one tool three are left."""
    readings = [Reading("apt", number / 100) for number in (3, 3, 4, 5, 6, 1, 2, 9)]
    fractions = [reading.fraction for reading in telling([*readings, Reading("pip", 0.1)])]
    assert fractions == [0.03, 0.04, 0.06, 0.01, 0.02, 0.09, 0.1]


@given(st.lists(READINGS, max_size=4))
def test_what_is_left_out_would_have_changed_nothing(moments: list[list[Reading]]) -> None:
    """Gauges stand where they would stand after all of them."""
    all_of_them, some_of_them = Gauges(), Gauges()
    for readings in moments:
        told = [all_of_them.read(reading.tool, reading.fraction) for reading in readings][-1:]
        assert [some_of_them.read(*reading[:2]) for reading in telling(readings)][-1:] == told


@given(READINGS)
def test_an_earlier_run_learns_the_same(readings: list[Reading]) -> None:
    """The curve of one tool is what it would be of all its readings."""
    traces = Trace(), Trace()
    for trace, some in zip(traces, (readings, telling(readings)), strict=True):
        trace.begin(1, 1, 0.0)
        for at, tool in enumerate(("apt", "pip"), 1):
            for reading in some:
                if reading.tool == tool:
                    trace.read(at, reading.fraction, 1.0)
    assert traces[0].timeline(2.0) == traces[1].timeline(2.0)
