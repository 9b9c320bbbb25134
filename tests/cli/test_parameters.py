"""``--param`` and its relatives."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from installcast.cli.parameters import read_parameters


def test_values(tmp_path: Path) -> None:
    """A value may hold =, come from a file, or begin with @ itself."""
    secret = tmp_path / "secret"
    secret.write_text("hunter2-hunter2\n")
    given = ["port=80", "option=a=b", f"pwd=@{secret}", "handle=@@bob", "empty="]
    assert read_parameters(given, None) == {
        "port": "80",
        "option": "a=b",
        "pwd": "hunter2-hunter2",
        "handle": "@bob",
        "empty": "",
    }


@pytest.mark.parametrize("given", [["port"], ["=80"], ["a=1", "a=2"], ["a=@/nowhere/at/all"]])
def test_mistakes(given: list[str]) -> None:
    """A parameter without a value or a name, given twice, or of a missing file, is wrong usage."""
    with pytest.raises(click.UsageError):
        read_parameters(given, None)


def test_a_slip_does_not_print_the_secret() -> None:
    """What was typed without = may be the secret itself."""
    with pytest.raises(click.UsageError) as caught:
        read_parameters(["correct-horse-battery-staple"], None)
    assert "battery" not in str(caught.value)
