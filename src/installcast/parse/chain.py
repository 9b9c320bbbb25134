"""From the last trouble back to what brought it about."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import get_args

from installcast.parse.causes import UNKNOWN, Kind
from installcast.parse.trouble import Trouble

_EVERYTHING: frozenset[Kind] = frozenset(get_args(Kind))

EXPLAINS: dict[Kind, frozenset[Kind]] = {
    "disk": _EVERYTHING,
    "memory": _EVERYTHING,
    "network": frozenset({"network", "package", "archive", "file", "missing", "build", "app", "end"}),
    "integrity": frozenset({"integrity", "package", "archive", "file", "end"}),
    "package": frozenset({"package", "missing", "file", "service", "build", "app", "archive", "end"}),
    "permission": frozenset({"permission", "archive", "file", "service", "app", "end"}),
    "missing": frozenset({"missing", "network", "archive", "file", "service", "app", "build", "end"}),
    "archive": frozenset({"archive", "file", "missing", "app", "end"}),
    "file": frozenset({"file", "missing", "service", "app", "end"}),
    "build": frozenset({"build", "package", "file", "missing", "end"}),
    "service": frozenset({"service", "network", "package", "app", "end"}),
    "prompt": frozenset({"prompt", "package", "end"}),
    "script": frozenset({"script", "end"}),
    "app": frozenset({"app", "file", "end"}),
    "platform": frozenset({"platform", "missing", "end"}),
    "end": frozenset({"end"}),
}
"""What sort of trouble may bring about which other, in commands that come after it."""

_LOOKED_AT = 3
"""Of what was found so far, the earliest are asked whether they come of a still earlier one."""

_TOUCHING = 2
"""Lines between two troubles of one breath."""

_REACH = {True: 6, None: 12, False: 40}
"""Lines that may lie between a trouble and what it brought about, by whether the script stops at the first command that
fails: then both are of the same command."""

_LONG_REACH: dict[tuple[Kind, Kind], int] = {
    ("disk", "disk"): 1_000_000,
    ("build", "build"): 5000,
    ("network", "network"): 60,
    ("network", "package"): 60,
    ("package", "package"): 30,
    ("app", "app"): 60,
}
"""The same where the tools themselves go on for longer: compilers of one make, apt after a vain update, tries in a row."""


_OF_TWO_COMMANDS: frozenset[tuple[Kind, Kind]] = frozenset(
    {
        ("package", "missing"),
        ("package", "build"),
        ("package", "service"),
        ("package", "app"),
        ("missing", "service"),
    }
)
"""What can only be where a script goes on after a command that has failed."""

_LONGEST_DEATH = 100
"""Lines that a program prints which has run out of memory: its heap, its stack."""

_SUMS_UP = re.compile(
    r"(?i)fail|abort|exit|giv(?:e|ing) up|could ?n[o']t|can ?not|can't|unable|stop|error code|did not|not work|失败|错误|无法"
)
"""What lines say that tell of the end of something, rather than of something that is wrong by itself."""


def last_chain(
    troubles: Sequence[Trouble],
    *,
    stops_at_errors: bool | None,
    may_depend: Callable[[Trouble, Trouble], bool] | None = None,
) -> list[Trouble]:
    """Return the troubles that led to the last one, in their order, itself included.

    ``may_depend(earlier, later)``: whether the later one can come of the earlier one, as far as the script tells;
    ``None``: where no script is known.
    """
    if not troubles:
        return []
    chain = [troubles[-1]]
    for earlier in reversed(troubles[:-1]):
        if earlier.is_specific and _stands_alone(chain, earlier):
            break
        if any(
            _leads_to(earlier, chain[at], stops_at_errors)
            and (may_depend is None or may_depend(earlier, _told_by(chain, at)))
            for at in range(max(0, len(chain) - _LOOKED_AT), len(chain))
        ):
            chain.append(earlier)
        elif earlier.is_specific:
            break
    return chain[::-1]


def _stands_alone(chain: Sequence[Trouble], earlier: Trouble) -> bool:
    """Whether errors that no rule knows stand behind ordinary output, and say what is wrong instead of what is over."""
    return chain[-1].first - earlier.last > 1 and not any(
        trouble.cause or _SUMS_UP.search(trouble.text) for trouble in chain
    )


def _told_by(chain: Sequence[Trouble], at: int) -> Trouble:
    """Return the entry that tells what failed: a line that only says that it did belongs to the one after it."""
    return next((entry for entry in chain[at::-1] if entry.cause), chain[at])


def _leads_to(earlier: Trouble, later: Trouble, stops_at_errors: bool | None) -> bool:
    between = later.first - earlier.last - 1
    if later.cause and later.cause.reach and between <= later.cause.reach and earlier.kind != "prompt":
        return True
    if between <= _TOUCHING and not (earlier.is_specific and later.is_specific):
        return True
    if later.kind not in EXPLAINS[earlier.kind]:
        return False
    if later.kind == earlier.kind and between > _TOUCHING and not _is_same(earlier, later):
        return False
    if stops_at_errors and (earlier.kind, later.kind) in _OF_TWO_COMMANDS:
        return False
    if earlier.kind == "memory":
        return between <= _LONGEST_DEATH
    reach = _LONG_REACH.get((earlier.kind, later.kind), _REACH[stops_at_errors])
    return between <= reach


def _is_same(one: Trouble, other: Trouble) -> bool:
    return one.cause is other.cause or (
        one.cause is not None and other.cause is not None and one.cause.code == other.cause.code
    )


def pick(chain: Sequence[Trouble]) -> Trouble | None:
    """Return the trouble of a chain that tells most: the first with a code of its own, else the first that says anything."""
    for tells in _TELLS:
        for trouble in chain:
            if tells(trouble):
                return trouble
    return chain[0] if chain else None


_TELLS: tuple[Callable[[Trouble], bool], ...] = (
    lambda trouble: trouble.is_specific,
    lambda trouble: trouble.cause is not None and trouble.cause.code != UNKNOWN,
    lambda trouble: trouble.cause is not None and bool(trouble.cause.hint),
)
