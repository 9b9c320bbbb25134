"""The engine: everything put together, usable with and without a web framework."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from installcast.catalog import Catalog, Detector
from installcast.errors import TaskNotFoundError
from installcast.operation.counters import count_end
from installcast.operation.metrics import Metrics
from installcast.runner.outcome import EXIT_FILE
from installcast.runner.spec import read_spec
from installcast.settings import Settings, load_settings
from installcast.stream.manager import InstallLogManager
from installcast.tasks.access import Caller, Principal, principal_of
from installcast.tasks.data_folder import DataFolder
from installcast.tasks.expectations import Expectations
from installcast.tasks.folder import journal_file
from installcast.tasks.installer import Installer
from installcast.tasks.launcher import isolation_of, warn_of_unit
from installcast.tasks.learned import LearnedTimelines
from installcast.tasks.plan import Planner
from installcast.tasks.queue import Queue
from installcast.tasks.recovery import recover
from installcast.tasks.report import describe
from installcast.tasks.retention import Retention
from installcast.tasks.secret_files import SecretFiles
from installcast.tasks.software import Software
from installcast.tasks.state import TaskStatus
from installcast.tasks.statistics import Span
from installcast.tasks.store import Store, Task
from installcast.tasks.supervisor import Supervisor
from installcast.tasks.task_id import is_task_id
from installcast.tasks.timelines import Timelines

if TYPE_CHECKING:
    from fastapi import APIRouter, FastAPI


MAX_EARLIER = 20
"""Earlier tasks of one kind among which one with the same parameters is looked for."""


class Installcast:
    """Owns one data folder. Use it as an async context manager, in one event loop; it can be entered again after its end.

    Without ``settings`` they are read as the service reads them (:func:`load_settings`). ``file_limit`` is the soft limit on
    open files that scripts get, where it is not that of this process.
    """

    def __init__(self, settings: Settings | None = None, *, file_limit: int | None = None) -> None:
        self.settings = settings or load_settings()
        self._file_limit = file_limit
        self.catalog = Catalog(self.settings.recipes)
        self.ready = False
        """Entered, and not about to be left: installs are taken."""
        self.store: Store
        self.logs: InstallLogManager
        self.installer: Installer
        self.supervisor: Supervisor
        self._detector = Detector(self.settings.software_dir)
        self.secrets = SecretFiles(self.settings.data_dir)
        self._timelines = Timelines(self.settings)
        self._learned = LearnedTimelines(self.catalog, self._timelines)
        self._expectations = Expectations(self.catalog, self._timelines)
        self._software: Software
        self.queue: Queue
        self.metrics = Metrics(self.settings.data_dir)
        self._exit: contextlib.AsyncExitStack

    async def __aenter__(self) -> Self:
        """Take the data folder, find running tasks again, and begin to work.

        Raises :class:`~installcast.errors.ConfigurationError` when the folder cannot be used, or somebody else uses it.
        """
        settings = self.settings
        async with contextlib.AsyncExitStack() as stack:
            stack.enter_context(DataFolder(settings.data_dir, settings.lock_file))
            settings.tasks_dir.mkdir(mode=0o700, exist_ok=True)
            stack.callback(self.secrets.close)
            self.store = await Store(settings.database_file, (count_end,)).open()
            stack.push_async_callback(self.store.close)
            self._software = Software(self.catalog, self._detector, self._timelines, self.store)
            self.logs = await stack.enter_async_context(InstallLogManager(self._find_ended))
            self.queue = Queue(settings.runner.max_parallel)
            isolation = isolation_of(settings.runner.isolation)
            if isolation == "session":
                await warn_of_unit()
            self.supervisor = supervisor = Supervisor(
                tasks_dir=settings.tasks_dir,
                store=self.store,
                logs=self.logs,
                queue=self.queue,
                secrets=self.secrets,
                timelines=self._timelines,
                isolation=isolation,
                kill_grace=settings.runner.kill_grace,
                file_limit=self._file_limit,
                on_end=self._ended,
            )
            stack.push_async_callback(supervisor.close)
            stack.push_async_callback(self._detector.close)
            planner = Planner(settings, self.secrets, self._timelines, file_limit=self._file_limit)
            await planner.clean()
            self.installer = Installer(settings, self.catalog, self.store, self.secrets, supervisor, planner)
            stack.push_async_callback(self.installer.close)
            await recover(self.store, supervisor, self.secrets)
            retention = Retention(
                self.store,
                supervisor,
                self.logs,
                self.secrets,
                self._timelines,
                days=settings.log.log_retention_days,
            )
            stack.push_async_callback(_cancel, asyncio.create_task(retention.run(), name="retention"))
            self._exit = stack.pop_all()
        self.ready = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop. Running installs go on by themselves; the next start finds them again."""
        self.ready = False
        await self._exit.aclose()

    async def quiesce(self) -> None:
        """Take no installs any more, send viewers away and end the plans under way: who waits for an answer gets one before
        the end."""
        self.ready = False
        for stream in self.logs:
            stream.touch()
        await self.installer.close()

    # --- what there is ------------------------------------------------------------------------------------------

    async def status(self, task_id: str, principal: Caller = None) -> dict[str, Any]:
        """Return a task as ``GET /v1/log/status`` answers it. Raises ``TaskNotFoundError``, for a foreign one, too."""
        task = await self._task(task_id, principal_of(principal))
        return (await self._describe([task]))[0]

    async def list_tasks(
        self,
        principal: Caller = None,
        *,
        status: TaskStatus | Collection[TaskStatus] | None = None,
        key: str | None = None,
        user: str | None = None,
        text: str = "",
        limit: int = 50,
        cursor: str | None = None,
    ) -> dict[str, Any]:
        """Return ``{"tasks": [status …], "next_cursor": …}``, newest first, of tasks that ``principal`` may see.

        ``text`` is looked for in ids and keys, and in the names of recipes in every language.
        """
        caller = principal_of(principal)
        if user is not None and not caller.may_see(user):
            return {"tasks": [], "next_cursor": None}
        page = await self.store.page(
            statuses=(status,) if isinstance(status, TaskStatus) else status or (),
            key=key,
            user=user if caller.is_admin else caller.sub,
            text=text,
            named=self._software.keys_named(text) if text else (),
            limit=limit,
            cursor=cursor,
        )
        return {"tasks": await self._describe(page.tasks), "next_cursor": page.next_cursor}

    async def statistics(
        self, principal: Caller = None, *, days: int = 14, offset_minutes: int = 0
    ) -> dict[str, Any]:
        """Return how the tasks that ``principal`` may see ended within the last ``days`` days, as ``GET /v1/soft/stats`` answers.

        The days are those of somebody ``offset_minutes`` east of Greenwich.
        """
        caller = principal_of(principal)
        span = Span.ending(datetime.now(UTC), days, offset_minutes)
        return await self.store.statistics(span, None if caller.is_admin else caller.sub)

    async def earlier_successes(self, task_id: str, principal: Caller = None) -> list[str]:
        """Return which tasks that ``principal`` may see did the same before, with success: those with the same parameters first,
        and among these the newest. Raises ``TaskNotFoundError``."""
        caller = principal_of(principal)
        task = await self._task(task_id, caller)
        found = await self.store.successes_before(task, None if caller.is_admin else caller.sub, MAX_EARLIER)
        found.sort(key=lambda earlier: earlier.parameters != task.parameters)
        return [earlier.task_id for earlier in found]

    async def list_software(
        self, principal: Caller = None, *, locale: str = "en", wait: float | None = None
    ) -> list[dict[str, Any]]:
        """Return the catalog: each recipe's description with ``installed_version``, ``candidate_version``, ``busy``,
        ``active_task``, the id of the task that works on it, for those who may see it, and ``expected_seconds``, version →
        action → seconds, as far as earlier runs tell.

        The system is asked what is installed, which takes seconds where nobody has asked lately. After ``wait`` seconds
        the answer comes without: ``detecting`` is then true, and the versions are those that were known before, if any.
        ``detect_problem`` says why nobody can tell.
        """
        return await self._software.describe(principal_of(principal), locale, wait)

    async def take_secret_results(self, task_id: str, principal: Caller = None) -> list[dict[str, Any]]:
        """Return the secret results of a task to its owner, once: a second call, and anybody else's, returns none."""
        caller = principal_of(principal)
        task = await self._task(task_id, caller)
        return self.secrets.take_results(task_id) if caller.sub == task.user else []

    # --- what was learned of earlier runs -----------------------------------------------------------------------

    async def list_timelines(self, key: str) -> list[dict[str, Any]]:
        """Return what is known of how a recipe's runs go: ``version``, ``action``, ``seconds``, ``runs``, ``recorded_at``,
        ``shipped``, ``here``. Raises ``RecipeNotFoundError``."""
        return await self._learned.known(key)

    async def export_timeline(self, key: str, version: str, action: str) -> dict[str, Any]:
        """Return the content of a file ``timelines/<version>-<action>.json`` that a recipe can ship.

        Raises ``RecipeNotFoundError`` and ``TimelineNotFoundError``.
        """
        return await self._learned.export(key, version, action)

    async def forget_timelines(
        self, key: str, version: str | None = None, action: str | None = None
    ) -> list[dict[str, str]]:
        """Remove what was learned of a recipe, or of one version or action of it; what it ships stays. Returns what that was.

        A recipe that is gone can be forgotten, too. Raises ``RecipeNotFoundError`` where nothing has ever been known of it.
        """
        return await self._learned.forget(key, version, action)

    async def _task(self, task_id: str, caller: Principal) -> Task:
        task = await self.store.get(task_id) if is_task_id(task_id) else None
        if task is None or not caller.may_see(task.user):
            raise TaskNotFoundError(field="task_id", task_id=task_id[:128])
        return task

    async def _describe(self, tasks: Sequence[Task]) -> list[dict[str, Any]]:
        expected = await self._expectations.of(tasks)
        return [
            describe(
                task,
                self.logs.get(task.task_id) if task.task_id in self.logs else None,
                self.queue,
                expected[task.task_id],
            )
            for task in tasks
        ]

    def _find_ended(self, task_id: str) -> tuple[Path, str] | None:
        folder = self.settings.tasks_dir / task_id
        # Active tasks have their streams at hand; one that is being accepted this moment has no end yet.
        if not is_task_id(task_id) or not (folder / EXIT_FILE).exists():
            return None
        try:
            return journal_file(folder), read_spec(folder).key
        except (OSError, ValueError):
            return journal_file(folder), task_id

    def _ended(self, task: Task) -> None:
        self._detector.invalidate(task.key)
        self._expectations.forget(task.key)

    # --- in other programs --------------------------------------------------------------------------------------

    def router(self, authenticate: Callable[..., Any] | None = None) -> APIRouter:
        """Return the API as a FastAPI router; ``authenticate`` is the host's own dependency."""
        from installcast.api.app import build_router

        return build_router(self, authenticate)

    def asgi_app(self) -> FastAPI:
        """Return the whole service as an ASGI application, whose lifespan enters this engine unless somebody has."""
        from installcast.api.app import create_app

        return create_app(self)

    @contextlib.asynccontextmanager
    async def lifespan(self, app: Any) -> AsyncIterator[None]:  # noqa: ARG002 - the signature is ASGI frameworks'
        """Enter this engine for the life of an application, unless somebody has entered it already."""
        if self.ready:
            yield
            return
        async with self:
            yield


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])
