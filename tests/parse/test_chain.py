"""From the last trouble back to what brought it about."""

from __future__ import annotations

import pytest

from installcast.parse.chain import last_chain, pick
from installcast.parse.trouble import Troubles

NOT_FOUND = "curl: (22) The requested URL returned error: 404"
NO_ARCHIVE = "tar: x.tgz: Cannot open: No such file or directory"
NO_PACKAGE = "E: Unable to locate package x"
NO_COMMAND = "a.sh: line 3: x: command not found"
OTHER = "ERROR: it does not work"


def troubles(*lines: str) -> Troubles:
    """Return what ``lines`` tell; those that are ``-`` are no trouble."""
    found = Troubles()
    for index, line in enumerate(lines):
        found.observe(line, "INFO" if line == "-" else "ERROR", index)
    return found


@pytest.mark.parametrize(
    ("lines", "stops", "first"),
    [
        ([NOT_FOUND, "-", NO_ARCHIVE, "-", NO_COMMAND], False, 0),
        ([NOT_FOUND, *["-"] * 60, NO_ARCHIVE], False, 61),
        ([NOT_FOUND, *["-"] * 20, NO_ARCHIVE], False, 0),
        ([NOT_FOUND, *["-"] * 20, NO_ARCHIVE], True, 21),
        ([NO_PACKAGE, "-", NO_COMMAND], False, 0),
        ([NO_PACKAGE, "-", NO_COMMAND], True, 2),
        ([NO_ARCHIVE, NO_PACKAGE], None, 1),
        ([NO_PACKAGE, "-", OTHER], None, 0),
        ([OTHER, "-", NOT_FOUND], None, 2),
        ([OTHER, "-", "-", OTHER], None, 0),
    ],
)
def test_the_cause(lines: list[str], stops: bool | None, first: int) -> None:
    """What explains the last trouble, and lies near enough for the kind of script, is the cause."""
    best = pick(last_chain(list(troubles(*lines)), stops_at_errors=stops))
    assert best is not None
    assert best.first == first


def test_nothing() -> None:
    """Without trouble there is no cause."""
    assert last_chain([], stops_at_errors=None) == []
    assert pick([]) is None
