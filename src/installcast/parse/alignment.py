"""Which line of one log is which line of another, in linear time.

Lines that both logs hold exactly once are held against each other first, as Bram Cohen's patience diff does: the longest series
of them that has the same order in both. Between these, each line is the next one of its kind.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

_NEXT = 50
"""Lines within which the next one of a kind is looked for: further on it is another one."""


def align(here: Sequence[int], there: Sequence[int]) -> dict[int, int]:
    """Return indices of ``here`` → indices of ``there`` with the same value; both rise."""
    anchors = _anchors(here, there)
    stands: dict[int, int] = {}
    position = -1
    bounds = _bounds(anchors, len(here), len(there))
    for index, value in enumerate(here):
        if index in anchors:
            position = stands[index] = anchors[index]
            continue
        end = min(bounds[index], position + 1 + _NEXT)
        for candidate in range(position + 1, end):
            if there[candidate] == value:
                position = stands[index] = candidate
                break
    return stands


def _anchors(here: Sequence[int], there: Sequence[int]) -> dict[int, int]:
    count_here, count_there = Counter(here), Counter(there)
    places = {value: index for index, value in enumerate(there) if count_there[value] == 1}
    pairs = [
        (index, places[value])
        for index, value in enumerate(here)
        if count_here[value] == 1 and value in places
    ]
    return _longest_rising(pairs)


def _longest_rising(pairs: Sequence[tuple[int, int]]) -> dict[int, int]:
    """Return the longest series of ``pairs`` whose second numbers rise, as a dictionary; their first numbers do."""
    ends: list[int] = []
    """The smallest last number of a series of each length."""
    holders: list[int] = []
    """Index of the pair which that number is of."""
    before: list[int] = []
    for index, (_, there) in enumerate(pairs):
        length = bisect_left(ends, there)
        before.append(holders[length - 1] if length else -1)
        ends[length : length + 1] = [there]
        holders[length : length + 1] = [index]
    chosen: list[tuple[int, int]] = []
    index = holders[-1] if holders else -1
    while index >= 0:
        chosen.append(pairs[index])
        index = before[index]
    return dict(reversed(chosen))


def _bounds(anchors: dict[int, int], count: int, end: int) -> list[int]:
    """Return for each index the place of the next anchor: what comes before it has to stand before that."""
    bounds = [end] * count
    for index in range(count - 1, -1, -1):
        bounds[index] = end
        end = anchors.get(index, end)
    return bounds
