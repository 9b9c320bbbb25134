"""Passwords of local users."""

from __future__ import annotations

import pytest

from installcast.api.passwords import WeakPasswordError, hash_password, verify_password


def test_the_right_one_and_no_other() -> None:
    """A password fits its own hash, in any script; another one, and no user at all, do not."""
    stored = hash_password("密码-correct-horse")
    assert stored.startswith("scrypt$")
    assert "horse" not in stored
    assert verify_password("密码-correct-horse", stored)
    assert not verify_password("密码-correct-hors", stored)
    assert not verify_password("", stored)
    assert not verify_password("anything", None)


def test_two_hashes_differ() -> None:
    """The same password never looks the same twice."""
    assert hash_password("12345678") != hash_password("12345678")


@pytest.mark.parametrize("password", ["", "1234567", "x" * 1025])
def test_length(password: str) -> None:
    """Too short is refused, and so is too long, which would only cost time."""
    with pytest.raises(WeakPasswordError):
        hash_password(password)


def test_a_huge_guess_costs_nothing() -> None:
    """A guess longer than any password is wrong without hashing it."""
    assert not verify_password("x" * 10_000_000, hash_password("12345678"))
