"""What is taken out of a line, and what stays as colour."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installcast.parse.escapes import (
    clean,
    decode,
    has_suspects,
    is_visible,
    suspects,
    whole_escapes,
    with_colours,
)

SGR = re.compile(r"\x1b\[[0-9;:]*m")


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("plain\ttext", "plain\ttext"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[38;2;1;2;3mtrue\x1b[m", "true"),
        ("\x1b[38:5:208mcolons\x1b[0m", "colons"),
        ("\x1b[2J\x1b[3;1Hup\x1b[A\x1b[?25l", "up"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x/\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]52;c;c2VjcmV0\x07copied", "copied"),
        ("\x1b]9;4;1;40\x07", ""),
        ("\x1bPq#0;2;0~-\x1b\\sixel", "sixel"),
        ("\x1b_app\x1b\\\x1b^pm\x1b\\\x1bXsos\x1b\\x", "x"),
        ("\x1b(Bset\x1b)0\x1b=\x1b>\x1b7\x1b8\x1bM", "set"),
        ("\x9b31mC1\x9b0m", "C1"),
        ("\x1b[31", "31"),
        ("\x1b]never ended", ""),
        ("\x1b", ""),
        ("nul\x00 bel\x07 so\x0e si\x0f del\x7f nel\x85", "nul bel so si del nel"),
        ("bad sequence \x1b[12\x0134mx", "bad sequence 1234mx"),
    ],
)
def test_only_text_stays(raw: str, plain: str) -> None:
    """Escape sequences and control characters of every kind go, text and tabs stay."""
    assert clean(raw).text == plain


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("10%\b\b\b20%", "20%"),
        ("|\b/\b-\b\\\b done", " done"),
        ("N\bNA\bAM\bM", "NAM"),
        ("ab\b", "ab"),
        ("\b\b\bx", "x"),
        ("wiped\x1b[2Kfresh", "fresh"),
        ("\x1b[31mabc\b\x1b[0md", "abd"),
    ],
)
def test_a_line_draws_over_itself(raw: str, plain: str) -> None:
    """Backspaces go back and what follows overwrites; erasing the line empties it."""
    assert clean(raw).text == plain


@pytest.mark.parametrize(
    ("character", "shown"),
    [
        ("\u202e", "<U+202E>"),
        ("\u2066", "<U+2066>"),
        ("\u200f", "<U+200F>"),
        ("\u2028", "<U+2028>"),
        ("\ud800", "\ufffd"),
    ],
)
def test_misleading_characters_are_shown(character: str, shown: str) -> None:
    """A control of the writing direction is told by its number, so that a line reads the same everywhere."""
    assert clean(f"a{character}b").text == f"a{shown}b"


def test_colours_stay_beside_the_text() -> None:
    """The coloured line has the SGR sequences at their places, and no other escape."""
    text, colours = clean("\x1b[1mIns\x1b]0;t\x07talling\x1b[0m \x9b32mok\x1b[K\x1b[0m")
    assert text == "Installing ok"
    assert with_colours(text, colours) == "\x1b[1mInstalling\x1b[0m \x1b[32mok\x1b[0m"


def test_resets_alone_are_no_colour() -> None:
    """A line that only switches colours off has none."""
    assert with_colours(*clean("plain\x1b[m\x1b[0m")) is None
    assert with_colours(*clean("plain")) is None


def test_utf8_is_utf8() -> None:
    """Valid UTF-8 is taken as it is."""
    assert decode("安装完成 ✅ é".encode()) == "安装完成 ✅ é"


def test_gbk_is_guessed_where_it_is_beyond_doubt() -> None:
    """A line that is no UTF-8 but wholly Chinese in GB 2312 is read so; a lone bad byte is not taken for Chinese."""
    assert decode("正在下载软件包 100%".encode("gbk")) == "正在下载软件包 100%"
    assert decode("café".encode("latin-1")) == "caf\ufffd"
    assert decode("编译完成".encode()[:-1]) == "编译完\ufffd"


def test_bad_bytes_are_seen() -> None:
    """What is no text in any guess shows as U+FFFD."""
    assert decode(b"a\xff\xfeb\xc3(") == "a\ufffd\ufffdb\ufffd("


def test_unfinished_escapes_are_cut_off() -> None:
    """The beginning of a sequence at the end of the data is held back, a complete one is not."""
    for beginning in (
        b"\x1b",
        b"\x1b[",
        b"\x1b[38;5",
        b"\x1b]0;tit",
        b"\x1b]0;tit\x1b",
        b"\x1b(",
        b"\x1bP1;2",
    ):
        assert whole_escapes(b"text" + beginning) == b"text"
    for whole in (b"\x1b[0m", b"\x1b]0;t\x07", b"\x1b]0;t\x1b\\", b"\x1b7"):
        assert whole_escapes(b"text" + whole) == b"text" + whole


def test_visibility() -> None:
    """Escapes and controls do not show, spaces do."""
    assert not is_visible(b"\x1b[?25h\x1b[K\x00")
    assert is_visible(b"\x1b[1m \x1b[0m")
    assert not is_visible(b"")


@given(st.text(st.sampled_from("\x1b[]0123;mK\x07\x08\x00\t\x9b\x9d\\ a\x7f\u202e") | st.characters()))
def test_no_control_character_survives(raw: str) -> None:
    """Whatever comes in, the text has no control character but tab, and the coloured text nothing but SGR beside it."""
    text, colours = clean(raw)
    assert not re.search(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\ud800-\udfff\u2028-\u202e\u2066-\u2069]", text)
    coloured = with_colours(text, colours)
    if coloured is not None:
        assert SGR.sub("", coloured) == text


@given(st.text(st.characters(codec="utf-8", exclude_characters="\n")))
def test_what_looks_clean_is_clean(text: str) -> None:
    """The quick check on bytes misses nothing that the closer look would change."""
    data = text.encode()
    if not has_suspects(data):
        assert clean(text) == (text, ())
    else:
        assert list(suspects(data))
