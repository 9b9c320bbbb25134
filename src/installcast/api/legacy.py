"""``GET /v1/soft/getlog``: the interface that old pages poll, as they know it.

It gives the whole text each time. A name is mapped to a task, never to a file.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from installcast.api.auth import Authenticate
from installcast.api.envelope import EnvelopeRoute
from installcast.api.log import blocks, open_log
from installcast.errors import ConfigurationError, GoneError, InvalidInputError, TaskNotFoundError
from installcast.service import Installcast
from installcast.stream.journal_reader import Slice
from installcast.stream.log_stream import LogStream
from installcast.stream.text import printed_lines
from installcast.tasks.access import Principal
from installcast.tasks.task_id import task_id_of_log

DEPRECATED_SINCE = datetime(2026, 11, 24, tzinfo=UTC)
"""The first release had the new interface beside the old one."""
DEFAULT_SUNSET = datetime(2027, 11, 24, tzinfo=UTC)
"""The earliest day on which the old one may go, where ``legacy.sunset`` says nothing: a year later."""


class GetlogOffError(GoneError):
    """``legacy.getlog_enabled`` is false."""

    type = "getlog_off"
    en = "getlog is switched off. Use /v1/log/history or /v1/log/ws."
    zh = "getlog 接口已停用，请使用 /v1/log/history 或 /v1/log/ws。"


def router(engine: Installcast, authenticate: Authenticate) -> APIRouter:
    """Return the route. Raises :class:`ConfigurationError` when ``legacy.sunset`` is no date."""
    routes = APIRouter(route_class=EnvelopeRoute, tags=["soft"])
    settings = engine.settings.legacy
    sunset = sunset_date(settings.sunset)

    @routes.get("/v1/soft/getlog", summary="The whole log (old interface)", deprecated=True)
    async def getlog(
        request: Request,
        fn: Annotated[str, Query(description="A log file's name, or a task id.")] = "",
        name: Annotated[str, Query(description="The software's name; no longer needed.")] = "",  # noqa: ARG001 - old pages send it
        principal: Principal = Depends(authenticate),
    ) -> Response:
        """`data.logs` = `{"content": the whole text, "completed": true in any final state}`."""
        engine.metrics.count_getlog(request.headers.get("user-agent", ""))
        if not settings.getlog_enabled:
            raise GetlogOffError
        if not fn:
            raise InvalidInputError(field="fn", reason="missing")
        task_id = task_id_of_log(fn)
        if task_id is None:
            raise TaskNotFoundError(field="fn", task_id=fn)
        _, stream = await open_log(engine, task_id, principal)
        successor = f"../log/history?{urlencode({'task_id': task_id})}"
        headers = {
            "Deprecation": f"@{int(DEPRECATED_SINCE.timestamp())}",  # RFC 9745
            "Sunset": format_datetime(sunset, usegmt=True),  # RFC 8594
            "Link": f'<{successor}>; rel="successor-version"',
            "Cache-Control": "no-store",
        }
        return StreamingResponse(_answer(stream), media_type="application/json", headers=headers)

    return routes


def sunset_date(value: str | None) -> datetime:
    """Return the date that ``legacy.sunset`` names, ISO 8601 or as in HTTP. Raises :class:`ConfigurationError`."""
    if value is None:
        return DEFAULT_SUNSET
    try:
        date = datetime.fromisoformat(value)
    except ValueError:
        try:
            date = parsedate_to_datetime(value)
        except ValueError:
            reason = f"{value!r} is neither an ISO date nor an HTTP date"
            raise ConfigurationError(field="legacy.sunset", reason=reason) from None
    return date.replace(tzinfo=date.tzinfo or UTC).astimezone(UTC)


async def _answer(stream: LogStream) -> AsyncIterator[bytes]:
    """Yield the envelope around the text, which may be hundreds of megabytes: block by block."""
    completed = b"true" if stream.is_completed else b"false"
    yield b'{"success":true,"code":0,"message":"ok","data":{"logs":{"content":"'
    async for block in blocks(stream, _escaped):
        yield block
    yield b'","completed":' + completed + b"}}}"


def _escaped(part: Slice) -> bytes:
    return b"".join(line.escaped() for line in printed_lines(part.data))
