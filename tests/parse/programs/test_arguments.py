"""Options and operands of programs."""

from __future__ import annotations

import pytest

from installcast.parse.programs.arguments import split


@pytest.mark.parametrize(
    ("words", "options", "operands"),
    [
        ("a b", {}, "a b"),
        ("-y install x", {"-y": ""}, "install x"),
        ("-o X=y x", {"-o": "X=y"}, "x"),
        ("-oX=y x", {"-oX=y": "", "-o": "X=y"}, "x"),
        ("-fsSo out x", {"-fsSo": "", "-f": "", "-s": "", "-S": "", "-o": "out"}, "x"),
        ("--output out x", {"--output": "out"}, "x"),
        ("--output=out x", {"--output": "out"}, "x"),
        ("--flag x", {"--flag": ""}, "x"),
        ("-- -x", {}, "-x"),
        ("- x", {}, "- x"),
        ("-o", {"-o": ""}, ""),
    ],
)
def test_split(words: str, options: dict[str, str], operands: str) -> None:
    """Clusters of letters, values joined or apart, and the end of options are told apart."""
    given = split(words.split(), {"-o", "--output"})
    assert given.options == options
    assert " ".join(given.operands) == operands


def test_values() -> None:
    """The first of several names that was given has the value."""
    given = split(["--output=a", "-v"], {"-o", "--output"})
    assert given.has("-o", "--output")
    assert not given.has("-o")
    assert given.value("-o", "--output") == "a"
    assert given.value("-x") == ""
