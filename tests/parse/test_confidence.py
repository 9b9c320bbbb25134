"""When a remaining time is said."""

from __future__ import annotations

from installcast.parse.confidence import Confidence


def said(ends: list[float], uncertainty: float = 0.1) -> list[bool]:
    """Return, for each second, whether the remaining time was said when that end was expected."""
    confidence = Confidence()
    return [confidence.weigh(float(at), end - at, uncertainty) for at, end in enumerate(ends)]


def test_a_steady_end_is_said() -> None:
    """An end that stays where it is may be told to people."""
    assert all(said([100.0] * 90)[2:])


def test_an_end_that_moves_is_not() -> None:
    """A run whose end moves away as time goes by has no remaining time to tell."""
    assert not any(said([60.0 + at for at in range(200)])[40:])


def test_it_is_said_again_when_the_end_has_settled() -> None:
    """After a surprise it takes a while until the new end is believed."""
    told = said([100.0] * 40 + [150.0] * 80)
    assert told[39]
    assert not any(told[40:60])
    assert told[90]


def test_the_last_moment_is_not_counted_down() -> None:
    """What is over before it is read is not said."""
    assert not any(said([50.0] * 50)[49:])


def test_what_rests_on_little_is_not_said() -> None:
    """An end that nothing was seen of may stay where it is, and be wrong all the same."""
    assert not any(said([100.0] * 90, uncertainty=0.5))
    told = said([100.0] * 90, uncertainty=0.2)
    assert all(told[2:50])
    assert not any(told[51:])
