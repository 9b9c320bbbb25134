"""Which texts may stand in a block: none of those that do may be ruled out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from installcast.parse.needles import MANY, Needles

# Few letters, so that texts overlap, and stand in each other; every length that is searched in another way.
TEXTS = st.lists(st.text("ab", min_size=1, max_size=20).map(str.encode), min_size=MANY, max_size=MANY + 5)


@given(TEXTS, st.text("ab\n", max_size=60).map(str.encode), st.integers(0, MANY - 1), st.integers(0, 16))
def test_none_is_ruled_out_that_is_there(texts: list[bytes], around: bytes, index: int, at: int) -> None:
    """Wherever a text stands, it is a candidate."""
    needles = Needles(texts)
    block = around[:at] + texts[index] + around[at:]
    candidates = list(needles.candidates(block))
    assert candidates == sorted(set(candidates))
    assert {at for at, text in enumerate(texts) if text in block} <= set(candidates)


def test_most_are_ruled_out() -> None:
    """Of many long texts only those are searched that share a piece with the block."""
    needles = Needles(b"%08x secret" % (number * 2_654_435_761 % 2**32) for number in range(1, 2 * MANY))
    block = b"nothing of interest\n" * 100 + needles[3] + b"\n"
    assert needles.candidates(block) == [3]


def test_a_few_are_not_worth_it() -> None:
    """A few texts are all candidates: to search them is quicker."""
    assert list(Needles([b"one", b"two"]).candidates(b"")) == [0, 1]
