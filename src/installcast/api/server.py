"""The service as a process: one application on a TCP port for browsers and on a Unix socket for the command line."""

from __future__ import annotations

import asyncio
import signal
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from socket import socket
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from installcast.api.app import create_app
from installcast.api.auth import LOCAL_OWNER
from installcast.api.descriptors import Door
from installcast.api.http_protocol import HttpProtocol
from installcast.api.sessions import Grant
from installcast.api.sign_in import SignIn
from installcast.api.sockets import PortInUseError, base_url, bind_tcp, check_exposure, unix_socket
from installcast.api.threads import started_threads
from installcast.api.websocket_protocol import ARRIVALS, WebSocketProtocol
from installcast.errors import ConfigurationError
from installcast.service import Installcast
from installcast.settings import Settings
from installcast.tasks.access import local_owner
from installcast.tasks.data_folder import require_unowned

GRACE_SECONDS = 5
"""How long open connections may take to end; systemd would kill after 90 s, people after ten."""
KEEP_ALIVE_SECONDS = 30


@dataclass(frozen=True)
class Running:
    """A service that takes connections."""

    url: str
    """Where people reach it."""
    _sign_in: SignIn

    def login_link(self, next_path: str | None = None) -> str:
        """Return an address that signs a browser in as the user that the service runs as, once, within ten minutes."""
        owner = local_owner()
        return self._sign_in.link(Grant(owner.sub, frozenset(owner.scopes), next_path))


async def serve(
    engine: Installcast,
    *,
    insecure: bool = False,
    ready: Callable[[Running], object] | None = None,
    stop: asyncio.Event | None = None,
) -> None:
    """Serve ``engine`` until SIGTERM, SIGINT or ``stop``; enter it here unless the caller has.

    ``ready`` is called once both sockets take connections. ``insecure`` allows listening beyond loopback without TLS.
    Raises :class:`ConfigurationError` when a setting or the machine is in the way. A second signal cuts open connections.
    """
    settings = engine.settings
    check_exposure(settings.server, insecure=insecure)
    with _listen(settings) as listener:
        app = create_app(engine)
        protocols = {
            "http": partial(HttpProtocol, door=Door()),
            "ws": partial(WebSocketProtocol, arrivals=asyncio.Semaphore(ARRIVALS)),
        }
        public = _server(app, protocols, engine, tls=True)
        private = _server(_LocalOwner(app), protocols, engine, tls=False)
        asyncio.get_running_loop().set_default_executor(started_threads())
        async with AsyncExitStack() as stack:
            if not engine.ready:
                await stack.enter_async_context(engine)
            sign_in: SignIn = app.state.sign_in
            sign_in.tokens.prepare()
            sign_in.base_url = base_url(settings.server, listener)
            local = stack.enter_context(unix_socket(settings.socket_file))
            running = Running(sign_in.base_url, sign_in)
            await _run(
                engine,
                {listener: public, local: private},
                stop or asyncio.Event(),
                lambda: ready and ready(running),
            )


def _listen(settings: Settings) -> socket:
    try:
        return bind_tcp(settings.server)
    except PortInUseError:
        # The same service, started twice: the folder is what cannot be shared, and another port would not help.
        require_unowned(settings.data_dir, settings.lock_file)
        raise


class _LocalOwner:
    """Marks what came over the Unix socket as coming from the service's own user."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app({**scope, LOCAL_OWNER: True}, receive, send)


class _Server(uvicorn.Server):
    """One listening socket. Signals are handled once for both, and the engine is entered once: both are left out here."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        self.listening.set()


def _server(app: ASGIApp, protocols: Mapping[str, Any], engine: Installcast, *, tls: bool) -> _Server:
    server = engine.settings.server
    files: dict[str, Any] = {}
    if tls and server.tls is not None:
        files = {"ssl_certfile": server.tls.cert_file, "ssl_keyfile": server.tls.key_file}
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,  # its lines hold query strings; installcast.api.guard writes better ones
        server_header=False,
        proxy_headers=False,  # installcast.api.guard needs the peer's own address, too
        root_path=server.root_path,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        **protocols,
        **files,
    )
    try:
        config.load()
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(field="server.tls", reason=str(error)) from None
    return _Server(config)


async def _run(
    engine: Installcast,
    servers: dict[socket, _Server],
    stop: asyncio.Event,
    ready: Callable[[], object],
) -> None:
    async def announce() -> None:
        for server in servers.values():
            await server.listening.wait()
        ready()

    async def end() -> None:
        await stop.wait()
        for server in servers.values():
            server.should_exit = True
            for listener in server.servers:
                listener.close()  # now, and not at the server's next tick: who is sent away must not be let in again
        await engine.quiesce()

    with _signals(servers, stop):
        async with asyncio.TaskGroup() as group:
            helpers = [group.create_task(announce()), group.create_task(end())]
            runs = [group.create_task(server.serve([listener])) for listener, server in servers.items()]
            await asyncio.wait(runs)
            for helper in helpers:
                helper.cancel()


@contextmanager
def _signals(servers: dict[socket, _Server], stop: asyncio.Event) -> Iterator[None]:
    def handle() -> None:
        if stop.is_set():
            for server in servers.values():
                server.force_exit = True
        stop.set()

    loop = asyncio.get_running_loop()
    handled = (signal.SIGTERM, signal.SIGINT)
    try:
        for number in handled:
            loop.add_signal_handler(number, handle)
    except (ValueError, RuntimeError):  # not the main thread: whoever owns that has the signals
        yield
        return
    try:
        yield
    finally:
        for number in handled:
            loop.remove_signal_handler(number)
