"""Login codes, the count of guesses, and where a sign-in may lead."""

from __future__ import annotations

import pytest
from starlette.requests import HTTPConnection

from installcast.api import sessions
from installcast.api.sessions import Grant, GuessLimit, LoginCodes, guesser, safe_next


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


GRANT = Grant("alice", frozenset({"admin"}), "/tasks/x")


def test_a_code_works_once() -> None:
    """The second use of a code is refused."""
    codes = LoginCodes(Clock())
    code = codes.issue(GRANT)
    assert len(code) >= 32
    assert codes.redeem("wrong") is None
    assert codes.redeem(code) == GRANT
    assert codes.redeem(code) is None


def test_a_code_ends() -> None:
    """After ten minutes a code is worth nothing."""
    clock = Clock()
    codes = LoginCodes(clock)
    code = codes.issue(GRANT)
    clock.now += sessions.CODE_LIFETIME
    assert codes.redeem(code) is None


def test_codes_are_bounded() -> None:
    """The oldest of too many open codes gives way."""
    codes = LoginCodes(Clock())
    issued = [codes.issue(GRANT) for _ in range(sessions.MAX_CODES + 1)]
    assert codes.redeem(issued[0]) is None
    assert codes.redeem(issued[1]) == GRANT
    assert codes.redeem(issued[-1]) == GRANT


def test_guesses_run_out_and_come_back() -> None:
    """Ten guesses, then one every half minute."""
    clock = Clock()
    limit = GuessLimit(clock)
    assert [limit.take("a") for _ in range(sessions.GUESSES)] == [0.0] * sessions.GUESSES
    assert limit.take("a") == sessions.GUESS_REFILL
    assert limit.take("b") == 0
    clock.now += sessions.GUESS_REFILL
    assert limit.take("a") == 0
    assert limit.take("a") > 0


def test_every_key_has_to_have_a_guess_left() -> None:
    """A user name that is out of guesses is out of them from every address, and the address loses nothing by it."""
    limit = GuessLimit(Clock())
    for number in range(sessions.GUESSES):
        assert limit.take(f"address {number}", "user root") == 0
    assert limit.take("address new", "user root") > 0
    assert all(limit.take("address new") == 0 for _ in range(sessions.GUESSES))


def test_a_right_password_gives_its_guess_back() -> None:
    """Who signs in often is never locked out by it."""
    limit = GuessLimit(Clock())
    for _ in range(3 * sessions.GUESSES):
        assert limit.take("a") == 0
        limit.give_back("a")


def test_guessers_are_bounded() -> None:
    """A flood of names takes bounded memory, and those who guess most stay known."""
    limit = GuessLimit(Clock())
    for _ in range(sessions.GUESSES):
        limit.take("persistent")
    for number in range(3 * sessions.MAX_GUESSERS):
        limit.take(f"name {number}")
    assert len(limit._debts) <= sessions.MAX_GUESSERS
    assert limit.take("persistent") > 0


@pytest.mark.parametrize(
    ("host", "key"),
    [
        ("10.1.2.3", "10.1.2.3"),
        ("2001:db8:1:2:3::4", "20010db800010002::/64"),
        ("2001:db8:1:2:ffff::9", "20010db800010002::/64"),
        ("::ffff:10.1.2.3", "10.1.2.3"),
        ("nonsense", "nonsense"),
    ],
)
def test_who_guesses(host: str, key: str) -> None:
    """An IPv6 address counts by its network, since one machine has all of them."""
    assert guesser(HTTPConnection({"type": "http", "client": (host, 1), "headers": []})) == key


@pytest.mark.parametrize("path", ["/", "/tasks/nginx-1.0-01j", "/install/?a=b#c"])
def test_where_to_go_next(path: str) -> None:
    """A path of this origin is kept."""
    assert safe_next(path) == path


@pytest.mark.parametrize(
    "path",
    [
        None,
        "",
        "tasks",
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "/a\\b",
        "/\t/evil.example",
        "/a\nSet-Cookie: x",
        "javascript:alert(1)",
        "/\u2028",
        "/" + "x" * 3000,
        " /",
        "/\x7f",
    ],
)
def test_where_not_to_go(path: str | None) -> None:
    """Whatever a browser might read as another origin is dropped."""
    assert safe_next(path) is None
