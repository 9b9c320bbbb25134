"""``/v1/log``: history, status and download of a log. Pages are spliced out of the journal, not decoded and encoded again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from installcast.api.auth import Authenticate, is_embedded, require
from installcast.api.envelope import EnvelopeRoute, ok
from installcast.errors import GoneError, TaskNotFoundError
from installcast.service import Installcast
from installcast.stream.journal_reader import Position, Slice
from installcast.stream.log_stream import LogStream
from installcast.stream.text import printed_lines
from installcast.tasks.access import LOG_READ, Principal

MAX_SEQ = 999_999_999_999_999_999
"""No journal knows numbers of more digits; see :mod:`installcast.stream.journal_reader`."""
MAX_RECORDS = 10_000
MAX_PAGE_BYTES = 8_388_608
"""Where a page ends, whatever its limit: 10,000 of the longest records would be a gigabyte. ``next_offset`` tells."""
END_SECONDS = 2.0
"""How long a request waits for the last record of a task that has ended: it is on its way, a moment behind the status."""

TaskId = Annotated[str, Query(description="The task.")]


class LogRemovedError(GoneError):
    """The log of an old task was removed (``log.log_retention_days``)."""

    type = "log_removed"
    en = "The log of {task_id} is no longer kept."
    zh = "{task_id} 的日志已被清理。"


def router(engine: Installcast, authenticate: Authenticate, authenticate_reader: Authenticate) -> APIRouter:
    """Return the routes. ``authenticate_reader`` takes tickets, too."""
    routes = APIRouter(prefix="/v1/log", route_class=EnvelopeRoute, tags=["log"])

    reader = require(authenticate, LOG_READ)

    async def ticket_holder(
        ticket: Annotated[str | None, Query(description="Instead of a token: see `/v1/log/ticket`.")] = None,  # noqa: ARG001
        principal: Principal = Depends(authenticate_reader),
    ) -> Principal:
        principal.require(LOG_READ)
        return principal

    @routes.get("/history", summary="A page of records")
    async def history(
        task_id: TaskId,
        offset: Annotated[int, Query(ge=0, le=MAX_SEQ, description="The seq of the first record.")] = 0,
        limit: Annotated[int, Query(ge=1, le=MAX_RECORDS, description="At most so many records.")] = 1000,
        format: Annotated[  # noqa: A002 - the name in the query
            Literal["json", "text"],
            Query(description="text: plain lines in `content` instead of `messages`."),
        ] = "json",
        principal: Principal = Depends(reader),
    ) -> Response:
        """Records from `offset` on. `next_offset` is null at the end; a page of long records may be shorter than `limit`."""
        status, stream = await open_log(engine, task_id, principal)
        page = stream.read(offset, limit, MAX_PAGE_BYTES)
        total, completed = stream.next_seq, stream.is_completed
        if completed and not status["completed"]:
            status = await engine.status(task_id, principal)  # it ended in between
        data = {
            "task_id": task_id,
            "offset": offset,
            "limit": limit,
            "next_offset": page.next_seq if page and page.next_seq < total else None,
            "total": total,
            "completed": completed,
            "progress": status["progress"],
            "status": status["status"],
        }
        if format == "text":
            return spliced(data, "content", b",".join(line.literal for line in printed_lines(page.data)))
        return spliced(data, "messages", page.data[:-1].replace(b"\n", b","))

    @routes.get("/status", summary="How a task is doing")
    async def status(
        request: Request,
        task_id: TaskId,
        reveal: Annotated[
            bool,
            Query(description="Hand out secret results. A page that lets a person ask for them says false."),
        ] = True,
        principal: Principal = Depends(reader),
    ) -> Response:
        """State, progress, step, what is going on, results. Secret results of an ended task come to its owner, once.

        What a page of another site or port embeds does not take them.
        """
        reveal = reveal and not is_embedded(request)
        state = await engine.status(task_id, principal)
        if reveal and state["completed"] and any(result["secret"] for result in state["results"]):
            taken = {
                result["name"]: result for result in await engine.take_secret_results(task_id, principal)
            }
            state["results"] = [taken.get(result["name"], result) for result in state["results"]]
        return ok(state)

    @routes.get("/download", summary="The whole log as a file", response_class=StreamingResponse)
    async def download(
        task_id: TaskId,
        format: Annotated[  # noqa: A002 - the name in the query
            Literal["text", "jsonl"], Query(description="Plain lines, or records.")
        ] = "text",
        principal: Principal = Depends(ticket_holder),
    ) -> Response:
        """What there is by now, as an attachment."""
        _, stream = await open_log(engine, task_id, principal)
        if format == "jsonl":
            kind, name, convert = "application/x-ndjson", f"{task_id}.jsonl", _records
        else:
            kind, name, convert = "text/plain; charset=utf-8", f"{task_id}.log", _text
        # A task id holds nothing that would have to be quoted.
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return StreamingResponse(blocks(stream, convert), media_type=kind, headers=headers)

    return routes


async def open_log(
    engine: Installcast, task_id: str, principal: Principal
) -> tuple[dict[str, Any], LogStream]:
    """Return status and log of a task. Every way to a log leads through here, and so through the owner's check.

    Raises :class:`TaskNotFoundError`, for a foreign task, too, and :class:`LogRemovedError`.
    """
    principal.require(LOG_READ)
    status = await engine.status(task_id, principal)
    stream = engine.logs.get(task_id)
    if stream is None:
        if status["completed"]:
            raise LogRemovedError(task_id=task_id)
        raise TaskNotFoundError(field="task_id", task_id=task_id)
    if status["completed"]:
        until = asyncio.get_running_loop().time() + END_SECONDS
        while not stream.is_completed and asyncio.get_running_loop().time() < until:
            await stream.wait(stream.version, until)
    return status, stream


async def blocks(stream: LogStream, convert: Callable[[Slice], bytes]) -> AsyncIterator[bytes]:
    """Yield what the log holds by now, block by block."""
    position, end = Position(0, 0), stream.last_offset
    stream.readers += 1
    try:
        while position.offset < end:
            batch = stream.batch(position)
            position = batch.end
            # In a thread: a log of some hundred megabytes takes seconds, in which others want to be served, too.
            yield await asyncio.to_thread(convert, batch.slice)
    finally:
        stream.readers -= 1


def spliced(data: Mapping[str, Any], key: str, items: bytes) -> Response:
    """Return a success whose ``data`` has the JSON array ``key`` beside ``data``; ``items`` is the inside of it."""
    envelope = {"success": True, "code": 0, "message": "ok", "data": {**data, key: []}}
    before = json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode().removesuffix(b"]}}")
    return Response(
        before + items + b"]}}", media_type="application/json", headers={"Cache-Control": "no-store"}
    )


def _records(part: Slice) -> bytes:
    return part.data


def _text(part: Slice) -> bytes:
    return b"".join(line.plain() for line in printed_lines(part.data))
