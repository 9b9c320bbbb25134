"""``installcast serve``: the service in the foreground, as a supervisor wants it."""

from __future__ import annotations

import asyncio
import faulthandler
import logging
from importlib.metadata import version

import click

from installcast.cli.invocation import PROGRAM, Command, Invocation, zh
from installcast.cli.readiness import reported, tell_service_manager

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

listen_options = (
    click.option(
        "--host", metavar="ADDRESS", help="Where to listen; default: server.host, which is 127.0.0.1."
    ),
    click.option(
        "--port",
        type=click.IntRange(0, 65535),
        metavar="N",
        help="Default: server.port, which is 8089; 0: any free one.",
    ),
)


@zh("启动服务")
@click.command(cls=Command)
@listen_options[0]
@listen_options[1]
@click.option(
    "--insecure", is_flag=True, help="Listen beyond this machine without TLS: passwords travel in the clear."
)
@click.pass_obj
def serve(invocation: Invocation, host: str | None, port: int | None, insecure: bool) -> None:
    """Start the service and stay until SIGTERM or Ctrl-C."""
    # A third of a second of imports that no other command needs.
    import uvloop

    from installcast.api.server import Running
    from installcast.api.server import serve as serve_engine
    from installcast.service import Installcast
    from installcast.tasks.file_limit import raise_file_limit

    listen_at(invocation, host, port)
    settings = invocation.settings
    say = invocation.say

    def announce(running: Running) -> None:
        click.echo(say("serving", version=version(PROGRAM), url=running.url, data_dir=settings.data_dir))
        click.echo(say("login_once", url=running.login_link()))
        tell_service_manager("READY=1")

    async def work() -> None:
        stop = asyncio.Event()
        async with reported(stop):
            await serve_engine(engine, insecure=insecure, ready=announce, stop=stop)

    # A service manager that takes us for dead ends us by SIGABRT: then the log says where we stood.
    faulthandler.enable()
    logging.basicConfig(level=logging.WARNING, format=LOG_FORMAT)
    logging.getLogger(PROGRAM).setLevel(logging.INFO)
    engine = Installcast(settings, file_limit=raise_file_limit())
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work())


def listen_at(invocation: Invocation, host: str | None, port: int | None) -> None:
    """Let the flags ``--host`` and ``--port`` win over the other settings."""
    listen = {"host": host, "port": port}
    invocation.overrides["server"] = {key: value for key, value in listen.items() if value is not None}
