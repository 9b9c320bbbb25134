"""Where a failed run went another way than one that succeeded.

Lines are compared by their shape (:mod:`installcast.parse.shapes`), and a line of one run is its *own* when the other run
never says it: so neither the order of parallel work nor how often something is said makes a difference. Own lines that
stand together are a place. The failure itself always is one: the lines from which on nothing was as before. An earlier place
is the better answer only if it names what the failure names – a package, a file, a host –, since most early differences are
harmless: what was downloaded then is there now. The same holds for a version that differs, and for lines that are missing.

Time and memory are linear in the lines, and their number is the caller's to bound: see :data:`MAX_LINES`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, dropwhile
from typing import Literal, NamedTuple

from installcast.parse.alignment import align
from installcast.parse.shapes import MAX_CHARACTERS, Version, is_list, names_in, shape_of, versions_in

MAX_LINES = 10_000
"""Of the failed run, before its error, that are worth giving; and twice as many of the other one: less than a second of work."""

LINES_AFTER = 30
"""Behind the error, which tell more about it."""

CONTEXT = 3
"""Lines that both runs say before they part."""
OWN = 8
"""Lines of one place that are told."""
MAX_VERSIONS = 10

_EMPTY_LINES = 10
_BESIDE = 3
"""Lines between the error's line, where that is a common one, and an own line before it that tells of it."""
_REACH = 400
"""Lines in which the other run says what it says instead."""
_ABOUT_THE_FAILURE = 15
"""Lines around the error whose names count."""
_LONGEST_SENTENCE = 10
"""Names in a line that is about them."""
_MAX_NAMES = 100
"""That a failure may be about; each is counted in all lines."""
_SAID_OFTEN, _SHARE_OF_OFTEN = 10, 0.02
"""In more lines than this, a name is what the whole log is about."""
_FEWEST_COMMON = 2
_LEAST_COMMON = 0.5
"""Share of the lines before a place that the other run says, too; with less, the scripts are not the same."""


class Line(NamedTuple):
    """One printed line."""

    seq: int
    level: str
    message: str


class Common(NamedTuple):
    """A line of both runs: as the failed one says it, and which record of the other one it is."""

    line: Line
    there: int


class ChangedVersion(NamedTuple):
    """``name`` is ``here`` in the failed run, ``there`` in the other one; ``seq`` is the line of the failed run that says so."""

    name: str
    here: str
    there: str
    seq: int


class Comparison(NamedTuple):
    """The first place where a failed run went another way.

    ``common`` are the last lines before it, ``here`` and ``there`` what each run says then, one of them perhaps nothing.
    ``others`` counts the places before the failure that are different, too.
    """

    common: list[Common]
    here: list[Line]
    there: list[Line]
    versions: list[ChangedVersion]
    others: int


Reason = Literal["same", "too_different"]
"""Why there is no such place: nothing differs, or nothing that is common could be trusted."""


class _Place(NamedTuple):
    """Indices of lines: ``begin`` is where it stands in the failed run, ``end`` where that run is as the other one again."""

    begin: int
    end: int
    here: Sequence[int]
    there: Sequence[int]


def compare(
    failed: Sequence[Line], succeeded: Sequence[Line], error_seq: int | None = None, *, about: str = ""
) -> Comparison | Reason:
    """Return the first place where ``failed`` went another way than ``succeeded``, the printed lines of both.

    ``error_seq`` is the record that shows the cause; without one it is the last line. ``about`` is what the whole run is about,
    the recipe's key: that a line names it says nothing.
    """
    return _Runs(failed, succeeded, error_seq).compared(about.lower())


class _Run:
    """The lines of one run that say something, and their shapes."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines: list[Line] = []
        self.shapes: list[int] = []
        for line in lines:
            shape = shape_of(line.message)
            if shape is not None:
                self.lines.append(line)
                self.shapes.append(shape)

    def names(self, indices: Iterable[int]) -> dict[str, None]:
        """Return the names in these lines, in order."""
        names = (sorted(names_in(self.lines[index].message)) for index in indices)
        return dict.fromkeys(chain.from_iterable(names))

    def without_lists(self, indices: Iterable[int]) -> list[int]:
        """Return ``indices`` from the first line on that does not only enumerate."""
        return list(dropwhile(lambda index: is_list(self.lines[index].message), indices))

    def versions(self) -> Iterator[tuple[int, Version]]:
        """Yield the versions that lines name, with the index of the line."""
        for index, line in enumerate(self.lines):
            for version in versions_in(line.message):
                yield index, version


class _Runs:
    def __init__(self, failed: Sequence[Line], succeeded: Sequence[Line], error_seq: int | None) -> None:
        self._here = here = _Run(failed)
        self._there = there = _Run(succeeded)
        known_here, known_there = set(here.shapes), set(there.shapes)
        self._own = [index for index, shape in enumerate(here.shapes) if shape not in known_there]
        self._own_there = [index for index, shape in enumerate(there.shapes) if shape not in known_here]
        self._stands = align(here.shapes, there.shapes)
        self._aligned = sorted(self._stands)
        error = error_seq if error_seq is not None else here.lines[-1].seq if here.lines else 0
        self._error = min(
            bisect_left(here.lines, error, key=lambda line: line.seq), max(0, len(here.lines) - 1)
        )

    def compared(self, about: str) -> Comparison | Reason:
        if not self._own:
            return "same"
        places = self._places()
        failure = places[-1]
        earlier = places[:-1]
        changed = list(self._changed_versions(failure.end))
        known = self._known_names(failure, about)
        related = [
            place for place in (*earlier, *self._omissions(failure.begin)) if self._is_about(place, known)
        ]
        related += [
            place for place, version in changed if version.name in known and place.begin < failure.begin
        ]
        place = min(map(self._without_lists, related), key=lambda each: each.begin, default=failure)
        if not self._is_trustworthy(place, failure):
            return "too_different"
        versions = [version for _, version in changed]
        return Comparison(
            self._common_before(place.begin),
            [self._here.lines[index] for index in place.here[:OWN]],
            [self._there.lines[index] for index in place.there[:OWN]],
            versions[:MAX_VERSIONS],
            len([each for each in earlier if not each.begin <= place.begin < each.end]),
        )

    # --- places -------------------------------------------------------------------------------------------------

    def _places(self) -> list[_Place]:
        """Return where own lines stand, in order; the last one is the failure's."""
        groups: list[list[int]] = []
        last = self._failure()
        for number, index in enumerate(self._own):
            if groups and self._follow(groups[-1][-1], index):
                groups[-1].append(index)
            elif number <= last:
                groups.append([index])
            else:
                break
        return [self._place(group, is_end=number == len(groups) - 1) for number, group in enumerate(groups)]

    def _follow(self, one: int, other: int) -> bool:
        """Return whether two lines stand together: nothing but a few empty lines or states of a bar between them."""
        lines = self._here.lines
        return other == one + 1 and lines[other].seq - lines[one].seq <= _EMPTY_LINES

    def _failure(self) -> int:
        """Return which of the own lines tells of the failure: the error's, or where that is a common one, one beside it."""
        at = min(bisect_left(self._own, self._error), len(self._own) - 1)
        is_behind = at > 0 and self._own[at] > self._error
        return at - 1 if is_behind and self._error - self._own[at - 1] <= _BESIDE else at

    def _place(self, own: list[int], *, is_end: bool) -> _Place:
        before, after = self._aligned_before(own[0]), None if is_end else self._aligned_after(own[-1])
        start = -1 if before is None else self._stands[before]
        end = start + _REACH if after is None else self._stands[after]
        return _Place(own[0], own[-1] + 1, own, self._own_between(start, end))

    def _omissions(self, until: int) -> Iterator[_Place]:
        """Yield where the other run says something between two lines that follow each other in this one."""
        own = set(self._own)
        for before, after in zip(self._aligned, self._aligned[1:], strict=False):
            if after > until:
                return
            missing = self._own_between(self._stands[before], self._stands[after])
            if missing and own.isdisjoint(range(before, after)):
                yield _Place(after, after, (), missing)

    def _changed_versions(self, until: int) -> Iterator[tuple[_Place, ChangedVersion]]:
        """Yield what has another version here than anywhere in the other run, each name once."""
        there: dict[str, dict[str, int]] = {}
        for index, (name, version) in self._there.versions():
            there.setdefault(name, {}).setdefault(version, index)
        told: set[str] = set()
        for index, (name, version) in self._here.versions():
            if index >= until:
                return
            others = there.get(name)
            if others is None or version in others or name in told:
                continue
            told.add(name)
            other, where = next(iter(others.items()))
            yield (
                _Place(index, index + 1, (index,), (where,)),
                ChangedVersion(name, version, other, self._here.lines[index].seq),
            )

    # --- which of them ------------------------------------------------------------------------------------------

    def _known_names(self, failure: _Place, about: str) -> frozenset[str]:
        """Return what the failure is about, without what the whole log is about."""
        near = [index for index in failure.here if abs(index - self._error) <= _ABOUT_THE_FAILURE]
        names = [name for name in self._here.names([self._error, *near]) if name != about][:_MAX_NAMES]
        lines = [*self._here.lines[: failure.begin], *self._there.lines]
        text = "\n".join(line.message[:MAX_CHARACTERS] for line in lines).lower()
        often = max(_SAID_OFTEN, _SHARE_OF_OFTEN * len(lines))
        return frozenset(name for name in names if text.count(name) <= often)

    def _is_about(self, place: _Place, known: frozenset[str]) -> bool:
        """Return whether one of the first lines of a place names what the failure is about."""
        for run, indices in ((self._here, place.here), (self._there, place.there)):
            for index in indices[:_ABOUT_THE_FAILURE]:
                text = run.lines[index].message
                names = names_in(text)
                if len(names) <= _LONGEST_SENTENCE and not names.isdisjoint(known) and not is_list(text):
                    return True
        return False

    def _without_lists(self, place: _Place) -> _Place:
        """Return a place without the lists that it begins with: the list of packages has changed, and then something is said."""
        here = self._here.without_lists(place.here)
        there = self._there.without_lists(place.there)
        return place._replace(begin=here[0], here=here, there=there) if here else place

    def _is_trustworthy(self, place: _Place, failure: _Place) -> bool:
        """Return whether both runs were on the same way before."""
        if len(self._aligned[: bisect_left(self._aligned, failure.end)]) < _FEWEST_COMMON:
            return False
        own = bisect_left(self._own, place.begin)
        common = place.begin - own
        return self._aligned_before(place.begin) is not None and common >= _LEAST_COMMON * place.begin

    # --- lines --------------------------------------------------------------------------------------------------

    def _common_before(self, index: int) -> list[Common]:
        last = bisect_left(self._aligned, index)
        return [
            Common(self._here.lines[each], self._there.lines[self._stands[each]].seq)
            for each in self._aligned[max(0, last - CONTEXT) : last]
        ]

    def _aligned_before(self, index: int) -> int | None:
        at = bisect_left(self._aligned, index)
        return self._aligned[at - 1] if at else None

    def _aligned_after(self, index: int) -> int | None:
        at = bisect_left(self._aligned, index)
        return self._aligned[at] if at < len(self._aligned) else None

    def _own_between(self, start: int, end: int) -> list[int]:
        """Return the own lines of the other run between two of its lines."""
        return self._own_there[bisect_left(self._own_there, start + 1) : bisect_left(self._own_there, end)]
