"""``GET /v1/auth/me``: who the caller is, for the head of a page."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from installcast.api import sessions
from installcast.api.auth import Authenticate
from installcast.api.envelope import EnvelopeRoute, ok
from installcast.tasks.access import SCOPES, Principal


def router(authenticate: Authenticate) -> APIRouter:
    """Return the route."""
    routes = APIRouter(prefix="/v1/auth", route_class=EnvelopeRoute, tags=["auth"])

    async def known(principal: Principal = Depends(authenticate)) -> Principal:
        return principal

    @routes.get("/me", summary="Who is signed in")
    async def me(request: Request, principal: Principal = Depends(known)) -> Response:
        """Name and scopes, and whether this browser has a session that `/logout` ends."""
        scopes = [scope for scope in SCOPES if scope in principal.scopes]
        return ok({"sub": principal.sub, "scopes": scopes, "session": sessions.COOKIE in request.cookies})

    return routes
