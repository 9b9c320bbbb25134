"""Who may do and see what."""

from __future__ import annotations

import os

import pytest

from installcast.errors import NotAllowedError
from installcast.tasks.access import SCOPES, Principal, local_owner, principal_of


def test_a_scope_allows_what_it_names_and_nothing_else() -> None:
    """Who may read logs may not install."""
    reader = Principal("alice", frozenset({"log:read"}))
    reader.require("log:read")
    with pytest.raises(NotAllowedError, match="soft:install"):
        reader.require("soft:install")


def test_admin_may_do_everything() -> None:
    """The scope admin stands for all others."""
    for scope in SCOPES:
        Principal("root", frozenset({"admin"})).require(scope)


def test_own_tasks_only() -> None:
    """A user sees its own tasks, an administrator all."""
    assert Principal("alice", frozenset()).may_see("alice")
    assert not Principal("alice", frozenset()).may_see("bob")
    assert Principal("root", frozenset({"admin"})).may_see("bob")


def test_callers() -> None:
    """A principal counts as it is, a name is a user, and nobody in particular is the program itself."""
    alice = Principal("alice", frozenset({"log:read"}), 12.5)
    assert principal_of(alice) is alice
    assert principal_of("bob").sub == "bob"
    assert not principal_of("bob").is_admin
    assert principal_of(None) == local_owner()
    assert local_owner().is_admin


def test_a_process_without_a_name_is_called_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container may run as a user that /etc/passwd does not know."""
    monkeypatch.setattr(os, "geteuid", lambda: 4_000_123)
    assert local_owner().sub == "4000123"
