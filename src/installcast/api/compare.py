"""``GET /v1/log/compare``: where a failed task went another way than one that did the same with success."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from installcast.api.auth import Authenticate, require
from installcast.api.envelope import EnvelopeRoute, ok
from installcast.api.log import LogRemovedError, TaskId, open_log
from installcast.errors import TaskNotFoundError
from installcast.service import Installcast
from installcast.stream.comparison import LogComparison
from installcast.stream.journal_reader import JournalReader
from installcast.stream.log_stream import LogStream
from installcast.tasks.access import LOG_READ, Principal

Opened = tuple[dict[str, Any], LogStream]

KEPT = 64
"""Comparisons that are remembered, some KB each: every page that shows a failure asks for one."""


class Comparisons:
    """What was found last: logs of ended tasks do not change."""

    def __init__(self) -> None:
        self._found: OrderedDict[tuple[str, str], dict[str, Any]] = OrderedDict()
        self._slot = asyncio.Semaphore(1)  # a comparison costs a processor, for a second at most

    async def of(
        self, failed: LogStream, other: LogStream, error_seq: int | None, about: str
    ) -> dict[str, Any]:
        """Return what :meth:`LogComparison.describe` says of two logs."""
        pair = failed.task_id, other.task_id
        streams = (failed, other)
        for stream in streams:
            stream.readers += 1
        try:
            async with self._slot:
                found = self._found.get(pair)
                if found is None:
                    is_settled = all(stream.is_completed for stream in streams)
                    here, there = JournalReader(failed.log_file), JournalReader(other.log_file)
                    found = await asyncio.to_thread(LogComparison(here, there, error_seq, about).describe)
                    if is_settled:
                        self._remember(pair, found)
        finally:
            for stream in streams:
                stream.readers -= 1
        return found

    def _remember(self, pair: tuple[str, str], found: dict[str, Any]) -> None:
        self._found[pair] = found
        if len(self._found) > KEPT:
            self._found.popitem(last=False)


def router(engine: Installcast, authenticate: Authenticate) -> APIRouter:
    """Return the route."""
    routes = APIRouter(prefix="/v1/log", route_class=EnvelopeRoute, tags=["log"])
    comparisons = Comparisons()

    reader = require(authenticate, LOG_READ)

    @routes.get("/compare", summary="Where a failed task went another way")
    async def compare(
        task_id: TaskId,
        other_id: Annotated[
            str | None,
            Query(
                alias="with",
                description="The task to compare it with. Default: the last success of its kind before it, one with the same"
                " parameters where there is one.",
            ),
        ] = None,
        principal: Principal = Depends(reader),
    ) -> Response:
        """The first place where a failed task printed something else than an earlier one that did the same with success.

        `place` has `common` lines before it, and what was printed `here` and `there`. It is null where `reason` says why:
        `not_failed`, `no_earlier_success`, `same`, `too_different`.
        """
        status, stream = await open_log(engine, task_id, principal)
        if status["status"] != "failed":
            return _answer(task_id, None, {"place": None, "reason": "not_failed"})
        other = await _other(engine, task_id, other_id, principal)
        if other is None:
            return _answer(task_id, None, {"place": None, "reason": "no_earlier_success"})
        error = status["error"] or {}
        found = await comparisons.of(stream, other[1], error.get("seq"), status["key"])
        return _answer(task_id, other[0], found)

    return routes


async def _other(
    engine: Installcast, task_id: str, other_id: str | None, principal: Principal
) -> Opened | None:
    """Return the task to compare with, or ``None`` where there is no success before."""
    if other_id is not None:
        try:
            return await open_log(engine, other_id, principal)
        except TaskNotFoundError:
            raise TaskNotFoundError(field="with", task_id=other_id[:128]) from None
    for earlier in await engine.earlier_successes(task_id, principal):
        try:
            return await open_log(engine, earlier, principal)
        except (TaskNotFoundError, LogRemovedError):
            continue  # its log was removed a moment ago, or by hand
    return None


def _answer(task_id: str, other: dict[str, Any] | None, found: dict[str, Any]) -> Response:
    return ok(
        {
            "task_id": task_id,
            "with": other and other["task_id"],
            "with_finished_at": other and other["finished_at"],
            **found,
        }
    )
