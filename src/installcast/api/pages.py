"""The pages, their files, and the probes of a supervisor."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from installcast.api.auth import Authenticate
from installcast.api.envelope import EnvelopeRoute, locale_of, ok
from installcast.api.markup import page as markup_page
from installcast.errors import NotAuthenticatedError, UnavailableError
from installcast.service import Installcast
from installcast.tasks.room import require_room

STATIC = Path(__file__).parent / "static"
"""What ``make build`` makes from ``web/``."""
ASSETS = Path(__file__).parent / "assets"
"""What the pages of :mod:`installcast.api.markup` need."""
VIEWER = "frontend_realtime_log.js"
CONSOLE = "index.html"
NOWHERE = {
    "en": ("Page not found", "There is no page at this address.", "Go to the overview"),
    "zh": ("页面不存在", "该地址没有对应的页面。", "返回概览"),
}
"""Language → title, sentence, the way home."""


class RevalidatedFiles(StaticFiles):
    """Files that a browser asks for each time and gets 304 by their ETag: after an upgrade no old page meets a new service."""

    def file_response(self, *arguments: object, **options: object) -> Response:
        """Return the file, or 304."""
        answer = super().file_response(*arguments, **options)  # type: ignore[arg-type]
        answer.headers["Cache-Control"] = "no-cache"
        return answer


def assets_router() -> APIRouter:
    """Return the route of the files that sign-in and reference pages need."""
    routes = APIRouter(route_class=EnvelopeRoute, include_in_schema=False)
    files = RevalidatedFiles(directory=ASSETS)

    @routes.get("/assets/{name}")
    async def asset(request: Request, name: str) -> Response:
        """One of them."""
        return await files.get_response(name, request.scope)

    return routes


def viewer_router() -> APIRouter:
    """Return the route of the viewer's script, which pages of any origin may load."""
    routes = APIRouter(route_class=EnvelopeRoute, include_in_schema=False)
    files = RevalidatedFiles(directory=STATIC, check_dir=False)

    @routes.get(f"/{VIEWER}")
    async def viewer(request: Request) -> Response:
        """The script that defines InstallLogViewer and InstallManager."""
        answer = await files.get_response(VIEWER, request.scope)
        answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return answer

    return routes


def is_for_a_person(request: Request) -> bool:
    """Return whether a browser asks for a page, and not a program or a script for data or a file."""
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    wants_page = request.method == "GET" and "text/html" in request.headers.get("accept", "")
    return wants_page and not path.startswith(("/v1/", "/static/", "/assets/"))


def nowhere(request: Request) -> Response:
    """Return the page at an address that leads nowhere, with a way home."""
    locale = locale_of(request)
    title, sentence, home = NOWHERE[locale]
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    up = "../" * (path.count("/") - 1) or "./"
    body = f'<h1>{title}</h1>\n<p>{sentence}</p>\n<p><a href="./">{home}</a></p>'
    return markup_page(title, body, locale=locale, status=404, up=up)


def router(engine: Installcast, authenticate: Authenticate) -> APIRouter:
    """Return the console, the files of the pages, ``/healthz`` and ``/readyz``."""
    routes = APIRouter(route_class=EnvelopeRoute, include_in_schema=False)

    async def console(request: Request, up: str) -> Response:
        try:
            await authenticate(request)
        except NotAuthenticatedError:
            query = request.url.query
            here = request.scope["path"] + (f"?{query}" if query else "")
            return RedirectResponse(f"{up}login?{urlencode({'next': here})}", 303)
        html = (STATIC / CONSOLE).read_text(encoding="utf-8")
        # The page's addresses are relative to the service's root, wherever a proxy or a host has put that.
        html = html.replace("<head>", f'<head>\n<base href="{up}">', 1)
        return HTMLResponse(html, headers={"Cache-Control": "no-cache"})

    @routes.get("/")
    @routes.get("/software")
    @routes.get("/tasks")
    async def page(request: Request) -> Response:
        """Overview, catalog and list of tasks."""
        return await console(request, "./")

    @routes.get("/software/{key}")
    @routes.get("/tasks/{task_id}")
    async def page_of_one(request: Request) -> Response:
        """The same page, which shows the software or the task in its address."""
        return await console(request, "../")

    @routes.get("/healthz", include_in_schema=True, tags=["health"], summary="Does the process live?")
    async def healthz() -> Response:
        """200 as long as the process answers."""
        return ok({"status": "alive"})

    @routes.get("/readyz", include_in_schema=True, tags=["health"], summary="Does it take installs?")
    async def readyz() -> Response:
        """200 when installs are taken, else 503, which says why."""
        if not engine.ready:
            raise UnavailableError(reason="starting or stopping")
        # In a thread: of a disk that hangs, the answer may never come.
        await asyncio.to_thread(require_room, (engine.settings.data_dir, engine.settings.tasks_dir))
        return ok({"status": "ready"})

    return routes
