"""The engine: everything put together, usable with and without a web framework."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from installcast.catalog import Catalog
from installcast.settings import Settings, load_settings
from installcast.stream.manager import InstallLogManager
from installcast.tasks.access import Caller
from installcast.tasks.installer import Installer
from installcast.tasks.state import TaskStatus
from installcast.tasks.store import Store

if TYPE_CHECKING:
    from fastapi import APIRouter, FastAPI


class Installcast:
    """Owns one data folder. Use it as an async context manager, in one event loop."""

    settings: Settings
    catalog: Catalog
    store: Store
    installer: Installer
    logs: InstallLogManager
    ready: bool
    """Entered, and not about to be left: installs are taken."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or load_settings()
        self.catalog = Catalog(self.settings.recipes)
        self.store = Store(self.settings.database_file)
        self.ready = False

    async def __aenter__(self) -> Self:
        """Take the data folder, find running tasks again, and begin to work."""
        raise NotImplementedError

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop. Running installs go on by themselves."""
        raise NotImplementedError

    # --- what there is ------------------------------------------------------------------------------------------

    async def status(self, task_id: str, principal: Caller = None) -> dict[str, Any]:
        """Return a task as ``GET /v1/log/status`` answers it. Raises ``TaskNotFoundError``, for a foreign one, too."""
        raise NotImplementedError

    async def list_tasks(
        self,
        principal: Caller = None,
        *,
        status: TaskStatus | None = None,
        key: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> dict[str, Any]:
        """Return ``{"tasks": [status …], "next_cursor": …}``, newest first, of tasks that ``principal`` may see."""
        raise NotImplementedError

    async def list_software(self, principal: Caller = None, *, locale: str = "en") -> list[dict[str, Any]]:
        """Return the catalog with ``installed_version``, ``candidate_version`` and ``active_task``."""
        raise NotImplementedError

    async def take_secret_results(self, task_id: str, principal: Caller = None) -> list[dict[str, Any]]:
        """Return the secret results of a task to its owner, once: the next call returns none."""
        raise NotImplementedError

    # --- in other programs --------------------------------------------------------------------------------------

    def router(self, authenticate: Callable[..., Any] | None = None) -> APIRouter:
        """Return the API as a FastAPI router; ``authenticate`` is the host's own dependency."""
        from installcast.api.app import build_router

        return build_router(self, authenticate)

    def asgi_app(self) -> FastAPI:
        """Return the whole service as an ASGI application, whose lifespan enters this engine unless somebody has."""
        from installcast.api.app import create_app

        return create_app(self)

    @asynccontextmanager
    async def lifespan(self, app: Any) -> AsyncIterator[None]:  # noqa: ARG002 - the signature is ASGI frameworks'
        """Enter this engine for the life of an application, unless somebody has entered it already."""
        if self.ready:
            yield
            return
        async with self:
            yield
