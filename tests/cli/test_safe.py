"""Text of other programs in a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installcast.cli.safe import SGR, coloured, plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mb\x1b[0mc", "abc"),
        ("title\x1b]0;owned\x07!", "title!"),
        ("link \x1b]8;;http://evil\x1b\\here\x1b]8;;\x1b\\", "link here"),
        ("clip\x1b]52;c;ZXZpbA==\x07board", "clipboard"),
        ("up\x1b[2J\x1b[1;1Hdown", "updown"),
        ("bell\x07 back\x08 return\r", "bell back return"),
        ("eight-bit \x9b31mCSI", "eight-bit CSI"),
        ("unfinished \x1b]0;no end", "unfinished "),
        ("tab\tstays", "tab\tstays"),
        ("evil\u202etxt.exe", "evil<U+202E>txt.exe"),
        ("软件包", "软件包"),
    ],
)
def test_plain_is_one_line_without_commands(text: str, shown: str) -> None:
    """Escapes and control characters go, bidirectional controls are made visible, text stays."""
    assert plain(text) == shown


def test_colours_stay_and_end_with_the_line() -> None:
    """SGR is the one escape that passes, and it cannot colour what follows."""
    assert coloured("\x1b[1;32mgood\x1b[2K") == "\x1b[1;32mgood\x1b[0m"
    assert coloured("no colour") == "no colour"


def test_a_command_cannot_hide_behind_a_colour() -> None:
    """Taking one escape out must not put another one together."""
    assert coloured("\x1b\x1b[0m[2J") == "\x1b[0m[2J\x1b[0m"


@given(st.text(alphabet=st.sampled_from(list("\x1b[]()0;31mJHK\x9b\x9d\x07\\P?>ab\u202e"))))
def test_nothing_but_colours_reaches_the_terminal(text: str) -> None:
    """Whatever is thrown at it: what remains besides SGR holds no control character."""
    rest = SGR.sub("", coloured(text))
    assert all(character == "\t" or character.isprintable() for character in rest)
    assert all(character.isprintable() for character in plain(text))
