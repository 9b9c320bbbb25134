"""``/v1/soft``: the catalog and the tasks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Header, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from installcast.api.auth import Authenticate, require
from installcast.api.envelope import EnvelopeRoute, locale_of, ok
from installcast.errors import InvalidInputError
from installcast.service import Installcast
from installcast.tasks.access import SOFT_INSTALL, SOFT_READ, Principal
from installcast.tasks.state import TaskStatus
from installcast.tasks.task_id import log_name

PREFIX = "/v1/soft"
MAX_PAGE = 1000
MAX_TEXT = 200
"""Characters of a text to find tasks by: the longest id has 128."""
MAX_DAYS = 366
MAX_WAIT = 30.0
MAX_OFFSET = 14 * 60
"""Minutes: nobody's clock is further from UTC."""

_ROLLBACK_GOES_ON = {
    "en": "Its rollback is under way and goes on to its end: nothing is left to cancel.",
    "zh": "回滚正在进行并将继续完成：没有可取消的操作。",
}


class UnknownStatusError(InvalidInputError):
    """A state that no task has."""

    en = "{field}: {status} is no state; there are {known}"
    zh = "{field}：没有状态 {status}，可用：{known}"


class SoftRequest(BaseModel):
    """What to install, upgrade or uninstall. Further parameters stand flat beside these or in ``parameters``."""

    model_config = ConfigDict(extra="allow")

    key: Annotated[str, Field(description="The recipe, for example nginx.")]
    version: Annotated[str | None, Field(description="Default: the first version of the recipe.")] = None
    port: Annotated[Any, Field(description="A parameter that many recipes have.")] = None
    username: Annotated[Any, Field(description="A parameter that many recipes have.")] = None
    pwd: Annotated[
        Any, Field(description="A parameter that many recipes have; masked wherever it appears.")
    ] = None
    parameters: Annotated[dict[str, Any], Field(description="Parameters by name.")] = {}


class PlanRequest(SoftRequest):
    """The body of an install or of an upgrade."""

    action: Annotated[Literal["install", "upgrade"], Field(description="What is planned.")] = "install"


class RetryRequest(BaseModel):
    """Secrets are kept nowhere and have to be given again; other parameters stay as they were unless they are given."""

    model_config = ConfigDict(extra="allow")

    parameters: dict[str, Any] = {}


def router(engine: Installcast, authenticate: Authenticate) -> APIRouter:
    """Return the routes below ``/v1/soft``, without the old ``getlog``."""
    routes = APIRouter(prefix=PREFIX, route_class=EnvelopeRoute, tags=["soft"], strict_content_type=False)

    installer = require(authenticate, SOFT_INSTALL)
    reader = require(authenticate, SOFT_READ)

    async def started(request: Request, task_id: str, principal: Principal) -> Response:
        status = await engine.status(task_id, principal)
        return ok(_started(request, task_id, status), status=202)

    def starts(action: Literal["install", "upgrade", "uninstall"]) -> None:
        @routes.post(f"/{action}", status_code=202, summary=action.capitalize())
        async def start(
            request: Request,
            body: SoftRequest,
            principal: Principal = Depends(installer),
            idempotency_key: Annotated[
                str | None, Header(alias="Idempotency-Key", min_length=1, max_length=255)
            ] = None,
        ) -> Response:
            """Create a task and answer at once; it runs in the background.

            The same `Idempotency-Key` with the same body gives the same task.
            """
            params = body.model_dump(exclude_unset=True)
            # Looked up now: a host makes its routes before it enters the engine.
            accept: Callable[..., Awaitable[str]] = getattr(engine.installer, action)
            task_id = await accept(
                params, user=principal, idempotency_key=idempotency_key, locale=locale_of(request)
            )
            return await started(request, task_id, principal)

    starts("install")
    starts("upgrade")
    starts("uninstall")

    @routes.post("/plan", summary="Say what an install or upgrade would do")
    async def plan(
        request: Request, body: PlanRequest, principal: Principal = Depends(installer)
    ) -> Response:
        """What the prechecks say and, where the recipe can tell, which packages would change. Changes nothing."""
        params = body.model_dump(exclude_unset=True, exclude={"action"})
        locale = locale_of(request)
        return ok(await engine.installer.plan(params, action=body.action, user=principal, locale=locale))

    @routes.get("/list", summary="The catalog")
    async def catalog(
        request: Request,
        principal: Principal = Depends(reader),
        wait: Annotated[
            float | None,
            Query(
                ge=0,
                le=MAX_WAIT,
                allow_inf_nan=False,
                description="Seconds to wait for what is installed; without it, until all is known.",
            ),
        ] = None,
    ) -> Response:
        """Every recipe with its parameters, versions, what is installed, and the active task.

        Where `detecting` is true, the system has not answered yet: ask again.
        """
        software = await engine.list_software(principal, locale=locale_of(request), wait=wait)
        return ok({"software": software})

    @routes.get("/tasks", summary="The tasks, newest first")
    async def tasks(
        principal: Principal = Depends(reader),
        status: Annotated[
            list[str] | None,
            Query(description="Only tasks in these states: `failed,canceled`, or one each time."),
        ] = None,
        key: Annotated[str | None, Query(description="Only tasks of this recipe.")] = None,
        user: Annotated[str | None, Query(description="Only tasks of this user.")] = None,
        q: Annotated[
            str,
            Query(
                max_length=MAX_TEXT,
                description="Text in the id, the recipe's key or its name, in either case.",
            ),
        ] = "",
        limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 50,
        cursor: Annotated[str | None, Query(description="next_cursor of the page before.")] = None,
    ) -> Response:
        """One's own tasks; everybody's for an administrator."""
        return ok(
            await engine.list_tasks(
                principal,
                status=_statuses(status or []),
                key=key,
                user=user,
                text=q.strip(),
                limit=limit,
                cursor=cursor,
            )
        )

    @routes.get("/stats", summary="How the tasks of the last days ended")
    async def stats(
        principal: Principal = Depends(reader),
        days: Annotated[int, Query(ge=1, le=MAX_DAYS, description="So many days, today included.")] = 14,
        tz_offset_minutes: Annotated[
            int,
            Query(
                ge=-MAX_OFFSET,
                le=MAX_OFFSET,
                description="Where the reader's days begin: minutes east of UTC, 480 for UTC+8.",
            ),
        ] = 0,
    ) -> Response:
        """Ends by day, failures by cause, durations of successes: of one's own tasks; of everybody's for an administrator."""
        return ok(await engine.statistics(principal, days=days, offset_minutes=tz_offset_minutes))

    @routes.get("/tasks/{task_id}", summary="One task")
    async def task(task_id: str, principal: Principal = Depends(reader)) -> Response:
        """State, progress, step, times, results, error."""
        return ok(await engine.status(task_id, principal))

    @routes.post("/tasks/{task_id}/cancel", summary="Cancel a task")
    async def cancel(request: Request, task_id: str, principal: Principal = Depends(installer)) -> Response:
        """SIGTERM to everything that it started, SIGKILL after `runner.kill_grace` seconds.

        A rollback goes on to its end: then `canceling` is false, and `message` says so.
        """
        canceling = await engine.installer.cancel(task_id, user=principal)
        message = "ok" if canceling else _ROLLBACK_GOES_ON[locale_of(request)]
        return ok(await engine.status(task_id, principal) | {"canceling": canceling}, message)

    @routes.post("/tasks/{task_id}/retry", status_code=202, summary="Run an ended task again")
    async def retry(
        request: Request,
        task_id: str,
        body: RetryRequest | None = None,
        principal: Principal = Depends(installer),
    ) -> Response:
        """A new task with the same parameters; secrets have to be given again."""
        parameters = {**(body.model_extra or {}), **body.parameters} if body else {}
        new_id = await engine.installer.retry(task_id, parameters, user=principal, locale=locale_of(request))
        return await started(request, new_id, principal)

    @routes.post("/tasks/{task_id}/results", summary="Take the secret results")
    async def take_results(task_id: str, principal: Principal = Depends(reader)) -> Response:
        """Secret results, such as a generated password: to the task's owner, once."""
        return ok({"results": await engine.take_secret_results(task_id, principal)})

    return routes


def _statuses(given: list[str]) -> list[TaskStatus]:
    """Return the states of a query, in which each may be a list with commas. Raises :class:`UnknownStatusError`."""
    names = [name.strip() for text in given for name in text.split(",")]
    known = [status.value for status in TaskStatus]
    for name in names:
        if name not in known:
            raise UnknownStatusError(field="status", status=repr(name[:20]), known=", ".join(known))
    return [TaskStatus(name) for name in dict.fromkeys(names)]


def _started(request: Request, task_id: str, status: dict[str, Any]) -> dict[str, Any]:
    # Whatever stands before our own path, a proxy's prefix or a host's, stands before these addresses, too.
    base = request.scope["path"].rpartition(f"{PREFIX}/")[0]
    query = urlencode({"task_id": task_id})
    return {
        "task_id": task_id,
        "installName": log_name(task_id),
        "status": status["status"],
        "progress": status["progress"],
        "status_url": f"{base}/v1/log/status?{query}",
        "history_url": f"{base}/v1/log/history?{query}",
        "stream_url": f"{base}/v1/log/ws?{query}",
    }
