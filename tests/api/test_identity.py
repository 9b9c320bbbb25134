"""Who the caller is."""

from __future__ import annotations

from .conftest import Service, refused


def test_who_is_signed_in(service: Service) -> None:
    """Name and scopes, in the order in which they are listed; a program with a token has no session to end."""
    with service.client(None) as nobody, service.client() as alice:
        assert refused(nobody.get("/v1/auth/me"), 401)
        known = alice.get("/v1/auth/me").json()["data"]
    assert known == {"sub": "alice", "scopes": ["soft:install", "soft:read", "log:read"], "session": False}
