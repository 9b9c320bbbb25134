"""The one door through which something is installed, upgraded, removed, canceled or tried again."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import logging
import os
import platform
import shutil
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from installcast.catalog import Catalog
from installcast.errors import (
    InsufficientStorageError,
    StorageFailedError,
    TaskActiveError,
    TaskNotActiveError,
    TaskNotFoundError,
    TaskStillActiveError,
    UnavailableError,
)
from installcast.record import timestamp
from installcast.runner.spec import Secrets
from installcast.settings import Settings
from installcast.tasks import acceptance, ending
from installcast.tasks.access import SOFT_INSTALL, Caller, Principal, principal_of
from installcast.tasks.folder import Order, prepare
from installcast.tasks.plan import Planner
from installcast.tasks.request import Request, merge_parameters, read_request
from installcast.tasks.secret_files import SecretFiles
from installcast.tasks.store import Idempotency, Store, Task
from installcast.tasks.supervisor import Supervisor
from installcast.tasks.task_id import new_task_id

logger = logging.getLogger("installcast.tasks")

_Result = TypeVar("_Result")


class _Accepted(NamedTuple):
    """A request that fits its recipe, and who sent it."""

    order: Order
    principal: Principal
    secret_names: tuple[str, ...]


class Installer:
    """Takes requests. ``params`` is what ``POST /v1/soft/install`` takes as its body.

    ``user`` is on whose behalf: somebody whose scopes count, or a name that the calling program vouches for; by default
    the program itself. Requests that cannot work raise an :class:`~installcast.errors.InstallcastError` that says why.
    """

    def __init__(
        self,
        settings: Settings,
        catalog: Catalog,
        store: Store,
        secrets: SecretFiles,
        supervisor: Supervisor,
        planner: Planner,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._catalog = catalog
        self._store = store
        self._secrets = secrets
        self._supervisor = supervisor
        self._planner = planner
        self._clock = clock
        self._accepting: set[asyncio.Task[Any]] = set()
        self._closing = False

    async def close(self) -> None:
        """Take nothing more, and finish what is half taken."""
        self._closing = True
        await self._planner.close()
        if self._accepting:
            await asyncio.wait(self._accepting)

    async def install(
        self,
        params: Mapping[str, Any],
        *,
        user: Caller = None,
        idempotency_key: str | None = None,
        locale: str = "en",
    ) -> str:
        """Accept an install and return its task id; it runs in the background, at once or when its turn comes.

        The same ``idempotency_key`` of the same user gives the same task. ``locale`` is the language of the steps.
        """
        return await self._accept("install", params, user, idempotency_key, locale)

    install_with_realtime_log = install

    async def upgrade(
        self,
        params: Mapping[str, Any],
        *,
        user: Caller = None,
        idempotency_key: str | None = None,
        locale: str = "en",
    ) -> str:
        """Accept an upgrade and return its task id."""
        return await self._accept("upgrade", params, user, idempotency_key, locale)

    async def uninstall(
        self,
        params: Mapping[str, Any],
        *,
        user: Caller = None,
        idempotency_key: str | None = None,
        locale: str = "en",
    ) -> str:
        """Accept a removal and return its task id."""
        return await self._accept("uninstall", params, user, idempotency_key, locale)

    async def plan(
        self, params: Mapping[str, Any], *, action: str = "install", user: Caller = None, locale: str = "en"
    ) -> dict[str, Any]:
        """Return what an install or upgrade would do, as far as its prechecks and its plan can say. Changes nothing.

        Keys: ``ok``, ``exit_code``, ``error``, ``messages`` (records), ``packages`` (lines such as ``+ nginx 1.22``),
        ``results``, and ``expected_seconds``, ``None`` where no earlier run tells.
        """
        accepted = self._check(action, read_request(params), self._admit(user), locale)
        secrets = self._secrets_of(accepted.order)
        return await self._planner.plan(accepted.order._replace(planned=True), secrets)

    async def cancel(self, task_id: str, *, user: Caller = None) -> bool:
        """Cancel a task: at once when it waits, else by SIGTERM to all that it has started.

        Returns ``False`` when there is nothing to cancel any more: its rollback is under way, and goes on to its end.
        Raises :class:`TaskNotActiveError` when it has ended.
        """
        principal = principal_of(user)
        principal.require(SOFT_INSTALL)
        task = await self._visible(task_id, principal)
        if task.status.is_final:
            raise TaskNotActiveError(task_id=task_id, status=task.status.value)
        return await self._supervisor.cancel(task, principal.sub)

    async def retry(
        self,
        task_id: str,
        params: Mapping[str, Any] | None = None,
        *,
        user: Caller = None,
        locale: str = "en",
    ) -> str:
        """Run an ended task again, as a new one, and return that one's id.

        Its parameters stay unless ``params`` has others; secrets are kept nowhere and have to be given again.
        """
        principal = principal_of(user)
        task = await self._visible(task_id, principal)
        if not task.status.is_final:
            raise TaskStillActiveError(task_id=task_id, status=task.status.value)
        given = merge_parameters(params or {})
        recipe = self._catalog.get(task.key)
        for parameter in recipe.parameters:
            if parameter.name in task.secret_names and not given.get(parameter.name):
                raise parameter.missing()
        request = {"key": task.key, "version": task.version, "parameters": task.parameters | given}
        return await self._accept(task.action, request, principal, None, locale)

    # --- from a request to a task -------------------------------------------------------------------------------

    async def _accept(
        self,
        action: str,
        params: Mapping[str, Any],
        user: Caller,
        idempotency_key: str | None,
        locale: str,
    ) -> str:
        request = read_request(params)
        principal = self._admit(user)
        # A caller who leaves in the middle must not leave half a task behind.
        return await self._whole(self._accept_once(action, request, principal, idempotency_key, locale))

    async def _accept_once(
        self, action: str, request: Request, principal: Principal, key: str | None, locale: str
    ) -> str:
        if key is None:
            return await self._create(self._check(action, request, principal, locale), None)
        # Before the recipe is asked: by now it may be another one, or none, and the request was taken all the same.
        if remembered := await self._store.remembered(principal.sub, key):
            task, body_hash = remembered
            self._idempotency(key, request, action, task.secret_names).require_same(body_hash)
            return task.task_id
        accepted = self._check(action, request, principal, locale)
        return await self._create(accepted, self._idempotency(key, request, action, accepted.secret_names))

    def _admit(self, user: Caller) -> Principal:
        """Return who asks. Raises ``NotAllowedError``, and :class:`UnavailableError` when nothing is taken any more."""
        principal = principal_of(user)
        principal.require(SOFT_INSTALL)
        if self._closing:
            raise UnavailableError(reason="stopping")
        return principal

    def _check(self, action: str, request: Request, principal: Principal, locale: str) -> _Accepted:
        recipe = self._catalog.get(request.key)
        checked = recipe.check(request.version, request.parameters, action)
        recipe.check_platform(_system(), os.geteuid())
        secret_names = tuple(
            parameter.name
            for parameter in recipe.parameters
            if parameter.secret and parameter.env in checked.secret_environment
        )
        return _Accepted(Order(recipe, action, checked, locale), principal, secret_names)

    def _idempotency(self, key: str, request: Request, action: str, secret: Sequence[str]) -> Idempotency:
        rest = hashlib.sha256(request.without(secret).canonical(action).encode()).hexdigest()
        if not secret:
            return Idempotency(key, rest)
        try:
            return Idempotency(key, f"{rest}.{self._secrets.digest(request.canonical(action))}")
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise InsufficientStorageError(path=str(self._secrets.folder)) from error

    async def _create(self, accepted: _Accepted, idempotency: Idempotency | None) -> str:
        order, user = accepted.order, accepted.principal.sub
        self._supervisor.queue.require_room()
        now = self._clock()
        task = Task(
            task_id=new_task_id(order.recipe.key, order.checked.version, now),
            key=order.recipe.key,
            version=order.checked.version,
            action=order.action,
            user=user,
            created_at=timestamp(now),
            parameters=order.checked.public_parameters,
            secret_names=accepted.secret_names,
            locks=order.recipe.locks,
        )
        try:
            stored = await self._store_whole(task, order, idempotency)
        except TaskActiveError as error:
            await self._undo(task)
            active = await self._store.get(error.task_id or "")
            if active is None or not accepted.principal.may_see(active.user):
                raise TaskActiveError(key=task.key, task_id=None) from None
            raise
        except OSError as error:
            await self._undo(task)
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise InsufficientStorageError(path=str(self._settings.data_dir)) from error
            if error.errno in (errno.EIO, errno.EROFS):
                path = str(error.filename or self._settings.data_dir)
                raise StorageFailedError(path=path, reason=os.strerror(error.errno)) from error
            raise
        except BaseException:
            await self._undo(task)
            raise
        if stored.task_id != task.task_id:  # the same request, a moment earlier
            await self._undo(task)
            return stored.task_id
        self._hand_over(stored)
        return stored.task_id

    def _hand_over(self, task: Task) -> None:
        """Let a stored task run; where that cannot be, it ends at once and says why, instead of waiting for ever."""
        try:
            self._supervisor.follow(task)
            self._supervisor.submit(task)
        except Exception as error:
            logger.exception("%s could not be handed over", task.task_id)
            if self._supervisor.queue.withdraw(task.task_id) or not self._supervisor.queue.runs(task.task_id):
                self._supervisor.abandon(task, ending.not_started(str(error)))

    async def _store_whole(self, task: Task, order: Order, idempotency: Idempotency | None) -> Task:
        """Store a task with all that it needs; what is in the database can be run."""
        secrets = self._secrets_of(order)
        await asyncio.to_thread(
            prepare,
            self._supervisor.folder(task.task_id),
            order,
            self._settings,
            secrets_file=self._secrets.write(task.task_id, secrets) if secrets else None,
            results_file=self._secrets.results_file(task.task_id),
            request=acceptance.encode(task, idempotency),
        )
        return await self._store.add(task, idempotency)

    async def _undo(self, task: Task) -> None:
        self._secrets.discard_secrets(task.task_id)
        await asyncio.to_thread(shutil.rmtree, self._supervisor.folder(task.task_id), ignore_errors=True)

    @staticmethod
    def _secrets_of(order: Order) -> Secrets | None:
        environment = order.checked.secret_environment
        return Secrets(environment, tuple(environment.values())) if environment else None

    async def _visible(self, task_id: str, principal: Principal) -> Task:
        task = await self._store.get(task_id)
        if task is None or not principal.may_see(task.user):
            raise TaskNotFoundError(field="task_id", task_id=task_id)
        return task

    async def _whole(self, work: Awaitable[_Result]) -> _Result:
        task = asyncio.ensure_future(work)
        self._accepting.add(task)
        task.add_done_callback(self._accepting.discard)
        return await asyncio.shield(task)


def _system() -> dict[str, str]:
    try:
        return platform.freedesktop_os_release()
    except OSError:
        return {}


EnhancedInstaller = Installer
"""Its name in programs that were written for the first design of this system."""
