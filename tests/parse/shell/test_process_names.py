"""From the arguments of a process to the command of a script that started it."""

from __future__ import annotations

import pytest

from installcast.parse.shell.process_names import MAX_ARGUMENTS, MAX_PATTERNS, ProcessNames
from installcast.parse.shell.variables import UNKNOWN


def names(*commands: list[str]) -> ProcessNames:
    """The commands of a script, numbered from 0."""
    known = ProcessNames()
    for index, words in enumerate(commands):
        known.add(words, (index, 0))
    return known


@pytest.mark.parametrize(
    ("command", "argv", "fits"),
    [
        ("make install", ["make", "install"], True),
        ("make install", ["/usr/bin/make", "install"], True),
        ("make install", ["make"], False),
        ("make", ["make", "install"], False),
        ("./configure --prefix=/x", ["/bin/sh", "./configure", "--prefix=/x"], True),
        ("pip install a", ["/venv/bin/python3", "/venv/bin/pip", "install", "a"], True),
        ("update-x", ["/usr/bin/perl", "-w", "/usr/sbin/update-x"], True),
        ("python3 a.py", ["python3", "a.py"], True),
        ("npm install", ["npm install"], True),
        (f"make -j{UNKNOWN}", ["make", "-j8"], True),
        (f"make -j{UNKNOWN} all", ["make", "-k8", "all"], False),
        (f"apt-get install {UNKNOWN}", ["apt-get", "install", "a", "b"], True),
        (f"apt-get install {UNKNOWN}", ["apt-get", "install"], True),
        (f"apt-get {UNKNOWN} install", ["apt-get", "-y", "update"], False),
        (f"a x{UNKNOWN}y{UNKNOWN}z", ["a", "x1y2z"], True),
        (f"a x{UNKNOWN}y{UNKNOWN}z", ["a", "x1z"], False),
        (f"a xy{UNKNOWN}yx", ["a", "xyx"], False),
        ("rm *.tmp", ["rm", "a.tmp"], True),
        ("a ~/x", ["a", "/root/x"], True),
        ("a {b,c}.d", ["a", "b.d"], True),
        (f"{UNKNOWN} a", ["b", "a"], False),
    ],
)
def test_fits(command: str, argv: list[str], fits: bool) -> None:
    """A process fits a command when all words that are known are in their places."""
    assert (names(command.split()).find(argv) == (0, 0)) is fits


def test_the_closest_counts() -> None:
    """Of several that fit, the one with the most known words is it."""
    known = names(["apt-get", "install", UNKNOWN], ["apt-get", "install", "-y", "nginx"])
    assert known.find_commands(["apt-get", "install", "-y", "nginx"]) == {1}
    assert known.find_commands(["apt-get", "install", "-y", "redis"]) == {0}


def test_ambiguous() -> None:
    """The same command at two places tells nothing; at two places of one command it tells the command."""
    assert names(["make"], ["make"]).find_commands(["make"]) == {0, 1}
    known = ProcessNames()
    known.add(["make"], (3, 0))
    known.add(["make"], (3, 1))
    assert known.find_commands(["make"]) == {3}
    assert known.find(["make"]) is None


def test_bounds() -> None:
    """Nothing, too many arguments, and too many commands of one name find nothing."""
    assert names(["a"]).find([]) is None
    assert names(["a"]).find([""]) is None
    assert names(["a", UNKNOWN]).find(["a"] * (MAX_ARGUMENTS + 1)) is None
    many = names(*(["a", str(number)] for number in range(MAX_PATTERNS + 2)))
    assert many.find(["a", "1"]) is None
