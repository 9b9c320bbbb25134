"""The application, put together: all routes, with the guard in front, or the routes alone for a host."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response

from installcast import __version__
from installcast.api import (
    accounts,
    compare,
    identity,
    legacy,
    log,
    metrics,
    pages,
    reference,
    search,
    sign_in,
    soft,
    sse,
    steps,
    tickets,
    timelines,
    websocket,
)
from installcast.api.auth import Authenticate
from installcast.api.embedding import by_host
from installcast.api.envelope import framework_failure, locale_of
from installcast.api.guard import Guard
from installcast.api.sign_in import SignIn
from installcast.service import Installcast

CORS_HEADERS = ("Accept-Language", "Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID")
CORS_EXPOSED = ("Content-Disposition", "Deprecation", "Retry-After", "Sunset")
CORS_SECONDS = 600


def create_app(engine: Installcast) -> FastAPI:
    """Return the service's application. Its lifespan enters ``engine`` unless somebody has; a mounted application gets none."""
    signing_in = SignIn(engine)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with engine.lifespan(app):
            signing_in.tokens.prepare()
            yield

    app = FastAPI(
        title="Installcast",
        version=__version__,
        lifespan=lifespan,
        openapi_url=None,
        exception_handlers={HTTPException: _refuse, Exception: _refuse},
    )
    app.state.sign_in = signing_in
    authenticate = signing_in.authenticator.authenticate
    app.include_router(_api(engine, authenticate))
    app.include_router(_own_sign_in(engine, signing_in))
    app.include_router(pages.router(engine, authenticate))
    app.include_router(metrics.router(engine, authenticate))
    app.include_router(reference.router(app))
    app.mount("/static", pages.RevalidatedFiles(directory=pages.STATIC, check_dir=False))
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]
    if engine.settings.server.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=engine.settings.server.allowed_origins,
            allow_methods=("GET", "POST", "DELETE"),
            allow_headers=CORS_HEADERS,
            expose_headers=CORS_EXPOSED,
            max_age=CORS_SECONDS,
        )
    app.add_middleware(Guard, settings=engine.settings, metrics=engine.metrics)
    return app


def build_router(engine: Installcast, authenticate: Callable[..., Any] | None = None) -> APIRouter:
    """Return the API and the viewer's script for a host's application.

    ``authenticate`` is the host's own FastAPI dependency: it returns a user name, a mapping of claims or a ``Principal``,
    or raises ``HTTPException``. Without it the service's own tokens count, with the routes that make them.
    """
    if authenticate is not None:
        return _api(engine, by_host(authenticate, engine.settings))
    signing_in = SignIn(engine)
    routes = _api(engine, signing_in.authenticator.authenticate)
    routes.include_router(_own_sign_in(engine, signing_in))
    return routes


def _api(engine: Installcast, authenticate: Authenticate) -> APIRouter:
    routes = APIRouter()
    open_tickets = tickets.Tickets()
    authenticate_reader = tickets.with_tickets(open_tickets, authenticate)
    for module in (soft, timelines, search, steps, compare, legacy):
        routes.include_router(module.router(engine, authenticate))
    routes.include_router(log.router(engine, authenticate, authenticate_reader))
    for live in (websocket, sse):
        routes.include_router(live.router(engine, authenticate_reader))
    routes.include_router(tickets.router(engine, authenticate, open_tickets))
    routes.include_router(pages.viewer_router())
    return routes


def _own_sign_in(engine: Installcast, signing_in: SignIn) -> APIRouter:
    routes = APIRouter()
    routes.include_router(sign_in.router(engine, signing_in))
    routes.include_router(pages.assets_router())
    routes.include_router(identity.router(signing_in.authenticator.authenticate))
    routes.include_router(accounts.router(engine, signing_in.authenticator.authenticate, signing_in))
    return routes


def _described(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        app.openapi_schema = reference.describe(app)
    return app.openapi_schema


async def _refuse(request: Request, error: Exception) -> Response:
    """Answer what no route took, and what one failed to foresee (uvicorn logs that)."""
    if isinstance(error, HTTPException):
        if error.status_code == 404 and pages.is_for_a_person(request):
            return pages.nowhere(request)
        return framework_failure(error.status_code, locale_of(request), headers=error.headers)
    return framework_failure(500, locale_of(request))
