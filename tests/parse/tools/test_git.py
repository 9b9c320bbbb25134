"""git's phases."""

from __future__ import annotations

import pytest

from tests.parse.tools.running import last, read_all

CLONE = [
    "Cloning into '/opt/app'...",
    "remote: Enumerating objects: 1502, done.        ",
    "remote: Counting objects:  50% (751/1502)        ",
    "remote: Compressing objects: 100% (1502/1502), done.        ",
    "remote: Total 1502 (delta 10), reused 1502 (delta 10), pack-reused 0        ",
    "Receiving objects:  37% (556/1502), 12.89 MiB | 25.72 MiB/s",
    "Receiving objects: 100% (1502/1502), 43.01 MiB | 25.60 MiB/s, done.",
    "Resolving deltas: 100% (10/10), done.",
    "Updating files:  22% (330/1500)",
    "Updating files: 100% (1500/1500), done.",
]


def test_phases_are_parts_of_one_fraction() -> None:
    """Five phases lead to one fraction, of which receiving is the most."""
    fractions = read_all(CLONE)
    assert fractions == sorted(fractions)
    assert fractions[-1] == 0.99
    receiving = read_all(CLONE[:7])[-1] - read_all(CLONE[:4])[-1]
    assert receiving > 0.5


def test_titles() -> None:
    """The phase is the title, and what is cloned."""
    assert [reading.title for size in (1, 6, 9) if (reading := last(CLONE[:size]))] == [
        "Cloning app",
        "Receiving objects",
        "Checking out files",
    ]


def test_submodules_and_pulls_are_runs() -> None:
    """Another clone, or another question to a server, begins anew."""
    pull = "remote: Enumerating objects: 5, done."
    assert read_all([*CLONE, CLONE[0], *CLONE[1:3], pull])[-5:] == [0.99, 0.0, 0.0, 0.02, 0.0]


def test_push() -> None:
    """Sending counts, too."""
    assert read_all(
        [
            "Enumerating objects: 5, done.",
            "Counting objects: 100% (5/5), done.",
            "Writing objects:  50% (2/4)",
        ]
    ) == [
        0.0,
        0.04,
        0.55,
    ]


@pytest.mark.parametrize(
    "line",
    [
        "Receiving objects: none",
        "Cloning into the wild",
        "Counting objects: 3",
        "Updating files: 3 done",
        "remote: hello 30% (of it)",
    ],
)
def test_other_lines(line: str) -> None:
    """Lines that only look like git's tell nothing."""
    assert read_all([line]) == []
