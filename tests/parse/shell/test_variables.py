"""Variables of a script, as far as their values are known before it runs."""

from __future__ import annotations

import pytest

from installcast.parse.shell.nodes import Simple
from installcast.parse.shell.syntax import ScriptReader
from installcast.parse.shell.variables import MAX_VALUE, MAX_VARIABLES, UNKNOWN, Variables, is_secret_name


def expanded(assignments: str, word: str) -> list[str]:
    """Carry out assignments, then expand one word."""
    variables = Variables()
    for item in ScriptReader(assignments).read_script():
        assert isinstance(item.node, Simple)
        for assignment in item.node.assignments:
            variables.assign(assignment)
    read = ScriptReader(word).read_word()
    assert read is not None
    return variables.expand(read)


@pytest.mark.parametrize(
    ("assignments", "word", "expected"),
    [
        ("V=1.2", "app-$V.tar.gz", ["app-1.2.tar.gz"]),
        ("V=1.2; W=v$V", '"${W}"', ["v1.2"]),
        ("P='a b'", "$P", ["a", "b"]),
        ("P='a b'", '"$P"', ["a b"]),
        ("P=(a 'b c')", '"${P[@]}"', ["a", "b c"]),
        ("P=(a); P+=(b)", '"${P[@]}"', ["a", "b"]),
        ("P=(a b)", "x${P[@]}y", ["xa", "by"]),
        ("P=()", '"${P[@]}"', []),
        ("V=a; V+=b", "$V", ["ab"]),
        ("V=", "$V", []),
        ("V=", '"$V"', [""]),
        ("", "$V", [UNKNOWN]),
        ("V=$(date)", "x-$V", [f"x-{UNKNOWN}"]),
        ("V=1", "${V%.*}", [UNKNOWN]),
        ("A[1]=x", "${A[@]}", [UNKNOWN]),
    ],
)
def test_expand(assignments: str, word: str, expected: list[str]) -> None:
    """Known values are put in their places, all else is unknown."""
    assert expanded(assignments, word) == expected


@pytest.mark.parametrize(
    "name", ["DB_PASSWORD", "MYSQL_PWD", "token", "API_KEY", "apikey", "SECRET_X", "SSH_KEY", "passwd"]
)
def test_secret_names(name: str) -> None:
    """The value of a variable that is called like a secret is never known."""
    assert is_secret_name(name)
    assert expanded(f"{name}=hunter2", f"${name}") == [UNKNOWN]


def test_values_are_bounded() -> None:
    """A value that doubles, and ever more variables, end at a limit."""
    assert expanded("a=0123456789\n" + 'a="$a$a"\n' * 40, "$a") == [UNKNOWN]
    assert expanded("a=0123456789", "$a" * MAX_VALUE) == [UNKNOWN]
    many = "\n".join(f"v{number}=x" for number in range(MAX_VARIABLES + 2))
    assert expanded(many, f"$v{MAX_VARIABLES + 1}") == [UNKNOWN]
