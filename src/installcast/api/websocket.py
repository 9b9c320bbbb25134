"""``GET /v1/log/ws``: a log, live, over a WebSocket.

:mod:`installcast.api.viewing` shows it; here is the door. A refusal comes after the upgrade, as a close code, since a browser
cannot read anything else; only a foreign page gets no upgrade.
"""

from __future__ import annotations

import asyncio
import logging

from fastapi import APIRouter
from starlette.websockets import WebSocket, WebSocketClose

from installcast import errors
from installcast.api.auth import Authenticate, check_origin
from installcast.api.channel import Channel, channel_of
from installcast.api.envelope import failure, locale_of, shortage_of
from installcast.api.viewing import (
    INTERNAL_ERROR,
    TRY_AGAIN_LATER,
    Session,
    close_code_of,
    find_log,
    view_of,
)
from installcast.api.websocket_protocol import ConnectionGoneError
from installcast.service import Installcast
from installcast.stream.viewer import V2, Close, Viewer, choose_subprotocol, close, first_seq

logger = logging.getLogger("installcast.api")


def router(engine: Installcast, authenticate: Authenticate) -> APIRouter:
    """Return the WebSocket route."""
    routes = APIRouter()

    @routes.websocket("/v1/log/ws")
    async def watch(socket: WebSocket) -> None:
        try:
            check_origin(socket, engine.settings)
        except errors.NotAllowedError as error:
            await _refuse_upgrade(socket, error)
            return
        subprotocol = choose_subprotocol(socket.scope["subprotocols"])
        await socket.accept(subprotocol)
        channel = channel_of(socket)
        try:
            session = await _admit(engine, authenticate, socket, channel, lines=subprotocol == V2)
            channel.arrived()
            end = await session.run(_listen(socket, session.viewer))
        except ConnectionGoneError:
            return
        except errors.InstallcastError as error:
            await channel.close(*_refusal(error, locale_of(socket)))
        except Exception as error:
            if errors.is_shortage(error):
                await channel.close(TRY_AGAIN_LATER, shortage_of(error).message(locale_of(socket)))
                return
            logger.exception("a viewer's session failed")
            await channel.close(INTERNAL_ERROR, "internal error")
        else:
            if end is not None:
                await channel.close(end.code, end.reason)

    return routes


async def _admit(
    engine: Installcast, authenticate: Authenticate, socket: WebSocket, channel: Channel, *, lines: bool
) -> Session:
    """Check who asks for what, and find it. Raises :class:`installcast.errors.InstallcastError`."""
    principal = await authenticate(socket)
    query = socket.query_params
    status, stream = await find_log(engine, principal, query.get("task_id"))
    start = first_seq(query.get("since"), query.get("tail"), view_of(stream))
    return await Session.admit(engine, principal, status, stream, channel, start=start, lines=lines)


async def _listen(socket: WebSocket, viewer: Viewer) -> Close | None:
    """Return when the client has gone, or sends too much."""
    loop = asyncio.get_running_loop()
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return None
        if end := viewer.received(loop.time()):
            return end


def _refusal(error: errors.InstallcastError, locale: str) -> tuple[int, str]:
    """Return close code and reason."""
    code = close_code_of(error)
    if code is not None:
        return close(code, error.message(locale))
    logger.error("a viewer's session failed", exc_info=error)
    return INTERNAL_ERROR, "internal error"


async def _refuse_upgrade(socket: WebSocket, error: errors.InstallcastError) -> None:
    """Answer 403 instead of the upgrade; where the server can, with the reason."""
    if "websocket.http.response" in socket.scope.get("extensions", {}):
        await socket.send_denial_response(failure(error, locale_of(socket)))
    else:
        await WebSocketClose()(socket.scope, socket.receive, socket.send)
