"""Words of a shell script: quoting, expansions, comments and here-documents."""

from __future__ import annotations

import pytest

from installcast.parse.shell.syntax import ScriptReader
from installcast.parse.shell.variables import UNKNOWN, Variables
from installcast.parse.shell.words import MAX_DEPTH, UnreadableError


def word(text: str) -> str:
    """Read one word; what is not known shows as ``?``."""
    reader = ScriptReader(text)
    read = reader.read_word()
    assert read is not None
    assert reader.at == len(text)
    return " ".join(Variables().expand(read)).replace(UNKNOWN, "?")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("'a b'", "a b"),
        ('"a b"', "a b"),
        ("a'b c'\"d e\"f", "ab cd ef"),
        (r"a\ b", "a b"),
        (r'"a\"b\n"', r'a"b\n'),
        ("a\\\nb", "ab"),
        ("$'a\\'b'", "a\\'b"),
        ('$"text"', "text"),
        ("a#b", "a#b"),
        ("$HOME/x", "?/x"),
        ("${HOME}/x", "?/x"),
        ('"${x:-it\'s}"', "?"),
        ("${x:-'}'}y", "?y"),
        ("${x:-${y:-$(echo })}}z", "?z"),
        ("v$((1 + (2 * 3)))", "v?"),
        ("$(echo ')' \"$(echo ')')\")x", "?x"),
        ("`echo \\`date\\``x", "?x"),
        ("<(sort a)", "?"),
        ("*.@(gz|xz)", "*.@?"),
        ("$", "$"),
        ("a$", "a$"),
        ("\u00c3\u00bc", "\u00fc"),
    ],
)
def test_words(text: str, expected: str) -> None:
    """A word ends where the shell ends it, and its quotes are gone."""
    assert word(text) == expected


@pytest.mark.parametrize("text", ["'a", '"a', '"a\\', "$(a", "${a", "`a", "$((1", "a=(b", "<(a", "x@(a"])
def test_no_end(text: str) -> None:
    """What has no end is unreadable."""
    with pytest.raises(UnreadableError):
        ScriptReader(text).read_word()


@pytest.mark.parametrize("opening", ["$(", "$((", "${a:-", '"$(', "a=(", "<("])
def test_depth(opening: str) -> None:
    """Nesting beyond the limit is unreadable, not an endless descent."""
    with pytest.raises(UnreadableError):
        ScriptReader(opening * MAX_DEPTH * 50).read_word()


def test_comments_and_heredocs_are_cut() -> None:
    """Comments, and here-documents from behind the line to their ends, are noted as no text of commands."""
    text = "cat <<A <<-'B' # why\none\nA\n\ttwo\n\tB\necho\n"
    reader = ScriptReader(text)
    line = reader.read_line()
    assert line is not None
    assert text[line.end :] == "echo\n"
    assert [text[begin:end] for begin, end in reader.cuts] == ["# why", "one\nA\n", "\ttwo\n\tB\n"]


def test_heredoc_without_end() -> None:
    """A here-document that is never closed reaches to the end of the script."""
    reader = ScriptReader("cat <<A\none\n")
    line = reader.read_line()
    assert line is not None
    assert line.end == len("cat <<A\none\n")
