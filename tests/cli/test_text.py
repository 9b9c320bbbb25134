"""What the command line says, in two languages."""

from __future__ import annotations

import string

import pytest

from installcast.cli.text import MESSAGES, Speaker, locale_of


@pytest.mark.parametrize(
    ("environment", "locale"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_TW"}, "zh"),
        ({"LANG": "zh_CN", "LC_ALL": ""}, "zh"),
    ],
)
def test_locale(environment: dict[str, str], locale: str) -> None:
    """LC_ALL counts before LC_MESSAGES before LANG; an empty one does not count."""
    assert locale_of(environment) == locale


@pytest.mark.parametrize("name", MESSAGES)
def test_both_languages_use_the_same_values(name: str) -> None:
    """A value that one language shows is not missing in the other."""
    fields = [
        {field for _, field, _, _ in string.Formatter().parse(text) if field} for text in MESSAGES[name]
    ]
    assert fields[0] == fields[1]


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.04, "0.0 s"),
        (8.06, "8.1 s"),
        (12.4, "12 s"),
        (60, "1 min"),
        (83, "1 min 23 s"),
        (7500, "2 h 5 min"),
    ],
)
def test_duration(seconds: float, shown: str) -> None:
    """As exact as is of use."""
    assert Speaker("en").duration(seconds) == shown
