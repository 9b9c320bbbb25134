"""Scripts, line by line as a shell reads them."""

from __future__ import annotations

import subprocess

import pytest

from installcast.parse.shell.nodes import AndOr, Case, Function, Group, If, Loop, Pipeline, Simple
from installcast.parse.shell.syntax import ScriptReader
from installcast.parse.shell.words import UnreadableError


def lines(text: str) -> list[str]:
    """Return the pieces of text that are read one after the other."""
    reader, read, begin = ScriptReader(text), [], 0
    while (line := reader.read_line()) is not None:
        read.append(text[begin : line.end])
        begin = line.end
    return read


GOOD = [
    "a\n",
    "a; b && c || d & e\n",
    "a |\n\n b |& c &&\n d\n",
    "if a; then b; elif c; then d; else e; fi >x 2>&1\n",
    "for x in 1 2 3; do a; done\n",
    "for x\ndo a\ndone\n",
    "for x do a; done\n",
    "for ((i = 0; i < 10; i++)); do a; done\n",
    "while read -r x; do a; done < <(b)\n",
    "until a\ndo\n b\ndone\n",
    "select x in a b; do c; done\n",
    "case $x in a|b) c;; (d) e;& *) f;;& esac\n",
    "case x in\n  a)\n    b\n    ;;\nesac\n",
    "case x in esac\n",
    "{ a; b; } | c\n",
    "( a; (b) )\n",
    "((x > 1)) && a\n",
    "[[ $a =~ ^(b|c)$ && -n $d ]] || e\n",
    "[[ a == b* ]] && { c; }\n",
    "f() { a; }\n",
    "f ()\n{\n a\n}\n",
    "function f { a; }\n",
    "function f() ( a )\n",
    "f() { a; }; f x\n",
    "x=1 y=$(z) a\n",
    "x=(a b\n c # d\n)\n",
    "x[1]=a\n",
    "declare -A m=([a]=b [c]=d)\n",
    "a <<< b >> c 2>&- {fd}> d &> e &>> f <> g\n",
    "a <<E; b\nx\nE\n",
    "x=$(cat <<E\n)\nE\n)\n",
    "! a\n",
    "time -p a\n",
    "coproc a\n",
    "a & b &\n",
    "echo if then else fi\n",
    "a {b,c} }\n",
    "echo ${x#*)} ${#x} $# $? $! $$ $@ $*\n",
    "a \\\n  b \\\n  c\n",
]


@pytest.mark.parametrize("text", GOOD)
def test_what_bash_takes_is_read_as_one(text: str) -> None:
    """What bash takes is read, and one line of it at a time."""
    checked = subprocess.run(
        ["bash", "-n"], input=text, text=True, capture_output=True, timeout=20, check=False
    )
    assert checked.stderr == ""
    assert lines(text + "next\n") == [text, "next\n"]


@pytest.mark.parametrize(
    "text",
    [
        "if a; then b\n",
        "fi\n",
        "a &&\n",
        "( a\n",
        "a )\n",
        "{ a\n",
        "case x in a) b\n",
        "for in\n",
        ";; a\n",
        "f()\n",
        "[[ a\n",
    ],
)
def test_what_bash_refuses(text: str) -> None:
    """What has no end, or ends what nobody began, is unreadable."""
    with pytest.raises(UnreadableError):
        lines(text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("a", Simple),
        ("a | b", Pipeline),
        ("! a", Pipeline),
        ("a && b", AndOr),
        ("(a)", Group),
        ("{ a; }", Group),
        ("if a; then b; fi", If),
        ("while a; do b; done", Loop),
        ("case a in b) c; esac", Case),
        ("a() { b; }", Function),
        ("[[ a ]]", Simple),
        ("((a))", Simple),
        ("((a); b)", Group),
    ],
)
def test_kinds(text: str, kind: type) -> None:
    """Each kind of command is told apart."""
    (item,) = ScriptReader(text).read_script()
    assert isinstance(item.node, kind)


def test_lines_before_an_error() -> None:
    """What stands before an error can be read."""
    reader = ScriptReader("a\nb\nif c\n")
    assert reader.read_line() is not None
    assert reader.read_line() is not None
    with pytest.raises(UnreadableError):
        reader.read_line()


def test_background() -> None:
    """What is put into the background is marked, and that there is such a thing."""
    reader = ScriptReader("a & b; c &\n")
    line = reader.read_line()
    assert line is not None
    assert [item.background for item in line.items] == [True, False, True]
    assert reader.has_jobs
