"""Tokens, login links and local users: what an administrator hands out. The command line is the usual caller."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from installcast.api.auth import Authenticate, own_origin
from installcast.api.envelope import EnvelopeRoute, ok
from installcast.api.passwords import hash_password
from installcast.api.sessions import Grant, safe_next
from installcast.api.sign_in import SignIn
from installcast.errors import InvalidInputError, NotFoundError
from installcast.record import timestamp
from installcast.service import Installcast
from installcast.tasks.access import ADMIN, SCOPES, USER_SCOPES, Principal

PREFIX = "/v1/auth"
DEFAULT_TTL = 3600
MAX_TTL = 366 * 86_400

UserName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$")]


class Body(BaseModel):
    """A request body; a key that it does not know is refused."""

    model_config = ConfigDict(extra="forbid")


class TokenRequest(Body):
    """Whom the token names, what it allows (space-separated scopes) and for how many seconds."""

    sub: Annotated[str, Field(min_length=1, max_length=255)]
    scope: str = " ".join(USER_SCOPES)
    ttl: Annotated[int, Field(ge=1, le=MAX_TTL)] = DEFAULT_TTL


class LoginLinkRequest(Body):
    """Where the browser goes after the sign-in, and as whom; by default as the caller."""

    next: str | None = None
    sub: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    scope: str | None = None


class UserRequest(Body):
    """A local user; ``scope`` is a space-separated list."""

    name: UserName
    password: str
    scope: str = " ".join(USER_SCOPES)


class UserNotFoundError(NotFoundError):
    """No local user of that name."""

    type = "user_not_found"
    en = "There is no user {name!r}."
    zh = "用户 {name!r} 不存在。"


def router(engine: Installcast, authenticate: Authenticate, sign_in: SignIn) -> APIRouter:
    """Return the routes below ``/v1/auth``. Each needs the scope ``admin``."""
    routes = APIRouter(prefix=PREFIX, route_class=EnvelopeRoute, tags=["auth"])

    async def administrator(principal: Principal = Depends(authenticate)) -> Principal:
        principal.require(ADMIN)
        return principal

    @routes.post("/token", summary="Make a token")
    async def make_token(body: TokenRequest, _: Principal = Depends(administrator)) -> Response:
        """Sign a token of this service for a program."""
        scopes = _scopes(body.scope)
        token = sign_in.tokens.issue(body.sub, scopes, body.ttl)
        expires = timestamp(int(time.time()) + body.ttl)
        return ok({"token": token, "sub": body.sub, "scope": _text(scopes), "expires_at": expires})

    @routes.post("/login-link", summary="Make a one-time login link")
    async def make_login_link(
        request: Request, body: LoginLinkRequest, principal: Principal = Depends(administrator)
    ) -> Response:
        """Return an address that signs a browser in, once, within ten minutes."""
        if body.next is not None and safe_next(body.next) is None:
            raise InvalidInputError(field="next", reason="a path on this service, such as /tasks/…")
        scopes = principal.scopes if body.scope is None else _scopes(body.scope)
        grant = Grant(body.sub or principal.sub, frozenset(scopes), body.next)
        prefix = request.scope["path"].removesuffix(f"{PREFIX}/login-link")
        return ok({"url": sign_in.link(grant, own_origin(request) + prefix)})

    @routes.get("/users", summary="List the local users")
    async def list_users(_: Principal = Depends(administrator)) -> Response:
        """Return names and scopes."""
        users = await engine.store.list_users()
        return ok({"users": [{"name": user.name, "scope": _text(frozenset(user.scopes))} for user in users]})

    @routes.post("/users", status_code=201, summary="Add a local user, or change one")
    async def add_user(body: UserRequest, _: Principal = Depends(administrator)) -> Response:
        """Set password and scopes of a local user."""
        scopes = _scopes(body.scope)
        hashed = await asyncio.to_thread(hash_password, body.password)
        await engine.store.put_user(body.name, hashed, scopes)
        return ok({"name": body.name, "scope": _text(scopes)}, status=201)

    @routes.delete("/users/{name}", summary="Remove a local user")
    async def remove_user(name: str, _: Principal = Depends(administrator)) -> Response:
        """Remove a local user; sessions opened with the password end at once."""
        if not await engine.store.remove_user(name):
            raise UserNotFoundError(name=name)
        return ok({"name": name})

    return routes


def _scopes(text: str) -> frozenset[str]:
    names = text.split()
    for name in names:
        if name not in SCOPES:
            raise InvalidInputError(field="scope", reason=f"{name!r} is none of {', '.join(SCOPES)}")
    return frozenset(names)


def _text(scopes: frozenset[str]) -> str:
    return " ".join(name for name in SCOPES if name in scopes)
