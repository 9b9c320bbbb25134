"""What a log can be searched for, and what is said of an expression that is none."""

from __future__ import annotations

import time

import pytest

from installcast.stream.expressions import MAX_TRIES, BadExpressionError, Expression


def spans(expression: Expression, text: str) -> list[tuple[int, int]]:
    return list(expression.spans(text.encode()))


def test_plain_text_is_nothing_but_text() -> None:
    """What means something in an expression stands for itself."""
    assert spans(Expression("a.b (c) $"), "xa.b (c) $ a-b (c) $") == [(1, 10)]
    assert not Expression("^x").matches(b"x")
    assert Expression("\\d").matches(b"C:\\d")


def test_either_case_unless_told_otherwise() -> None:
    """Also in other alphabets, and in expressions."""
    assert spans(Expression("ERROR Ä"), "an Error ä") == [(3, 11)]
    assert not Expression("ERROR", case_sensitive=True).matches(b"error")
    assert Expression("^e.*R$", regex=True).matches(b"ERROR")
    assert not Expression("^e", regex=True, case_sensitive=True).matches(b"ERROR")
    assert not Expression("(?-i)^e", regex=True).matches(b"ERROR")


def test_an_empty_match_is_a_match_without_a_place() -> None:
    """`^$` finds empty lines; a place that could be marked has at least one character."""
    assert Expression("^$", regex=True).matches(b"")
    assert spans(Expression("^$", regex=True), "") == []
    assert spans(Expression("x*", regex=True), "axxbx") == [(1, 3), (4, 5)]


def test_a_message_is_not_searched_for_ever() -> None:
    """However often nothing is found in it."""
    assert spans(Expression("x*", regex=True), "a" * MAX_TRIES + "x") == []


@pytest.mark.parametrize(
    ("text", "reason", "position"),
    [
        ("(", "missing )", 0),
        ("ab(cd", "missing )", 2),
        ("((ab)", "missing )", 0),
        ("a(b[)]c", "missing )", 1),
        ("a)", "unexpected )", 1),
        ("a\\(b)", "unexpected )", 4),
        ("中[abc", "missing ]: [abc", 1),
        ("*a", "no argument for repetition operator: *", 0),
        ("ab{3,1}", "invalid repetition size: {3,1}", 2),
        ("(a)\\1", "invalid escape sequence: \\1", 3),
        ("x(?=y)", "invalid perl operator: (?=", 1),
        ("ab\\", "trailing \\", 2),
        ("(?:\\p{L}{1,30}a){1,10}", "pattern too large - compile failed", 0),
    ],
)
def test_what_is_no_expression(text: str, reason: str, position: int) -> None:
    """It is said what is wrong, and where; the message counts characters as people do."""
    with pytest.raises(BadExpressionError) as refused:
        Expression(text, regex=True)
    error = refused.value
    assert (error.field, error.position, error.details) == ("q", position, {"position": position})
    assert error.message().startswith(f"q: {reason}, at character {position + 1}.")
    assert f"第 {position + 1} 个字符" in error.message("zh")
    assert "missing" not in error.message("zh")
    assert "invalid" not in error.message("zh")


@pytest.mark.parametrize(
    "text", ["(a+)+$", "(a|aa)+$", "(.*a){20}z", "(a?){400}a{400}z", "(?:(?:a|b)*?.{1,100}){1,9}z"]
)
def test_no_expression_runs_away(text: str) -> None:
    """Those that take other engines for ever take a moment, on the longest of lines."""
    expression = Expression(text, regex=True)
    began = time.monotonic()
    assert not expression.matches(b"a" * 16_384 + b"!")
    assert time.monotonic() - began < 5


def test_bytes_that_are_no_text() -> None:
    """A shell may hand them over; nothing matches them."""
    assert not Expression("\udcff").matches(b"\xff")
