"""``installcast demo``: a real install, watched in this terminal and in the browser, out of a folder of its own.

The service runs in a thread of this process, so that nothing is left behind when the terminal closes, but for an install
under way: that goes on, as installs do here, and the next demo shows the rest of it.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
from rich.text import Text

from installcast.catalog import Catalog
from installcast.cli import exits
from installcast.cli.client import Client
from installcast.cli.follow import Follower
from installcast.cli.invocation import Command, Invocation, zh
from installcast.cli.references import catalog
from installcast.cli.serve import listen_at, listen_options
from installcast.cli.watch import watch
from installcast.settings import Settings, default_data_dir

if TYPE_CHECKING:
    from installcast.api.server import Running

DEFAULT_RECIPE = "httpie"
"""Installs into an environment of its own below the data folder: nothing of the system is touched."""
STOP_LIMIT = 15.0
"""Seconds that the service may take to end; open connections get five."""


@zh("演示：安装一个真实的软件，在终端和浏览器中观看")
@click.command(cls=Command)
@click.option("--recipe", metavar="KEY", default=DEFAULT_RECIPE, show_default=True, help="What to install.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask before the system is changed.")
@listen_options[0]
@listen_options[1]
@click.pass_obj
def demo(invocation: Invocation, recipe: str, yes: bool, host: str | None, port: int | None) -> int:
    """Install something real and watch it, here and in the browser; then serve until Ctrl-C."""
    if invocation.data_dir is None:
        invocation.data_dir = default_data_dir().with_name("installcast-demo")
    listen_at(invocation, host, port)
    settings = invocation.settings
    say = invocation.say
    chosen = Catalog(settings.recipes).get(recipe)
    if chosen.requires_root and os.geteuid() == 0 and not yes:
        click.confirm(say("demo.confirm", key=recipe), abort=True, err=True)
    with _serving(settings) as running, invocation.client() as client:
        out = invocation.out
        task_id = _start(client, recipe)
        out.print(Text(say("demo.serving", url=running.url)), soft_wrap=True)
        link = running.login_link(f"/tasks/{task_id}")
        out.print(Text.assemble(say("demo.link"), "\n  ", (link, "bold cyan"), "\n"), soft_wrap=True)
        status = watch(
            invocation, client, task_id, left=lambda: click.echo(f"\n{say('demo.left')}", err=True)
        )
        if status != exits.OK:
            return status
        done = say("demo.done", command=invocation.command("login-link"))
        try:
            out.print(Text.assemble("\n", done), soft_wrap=True)
            threading.Event().wait()
        except KeyboardInterrupt:
            click.echo("", err=True)
    return exits.OK


def _start(client: Client, key: str) -> str:
    """Install ``key`` and return the id of the task, or of the one that a demo before has left under way.

    What is there already would be nothing to see: below the data folder it is removed first, of the system it is upgraded.
    """
    entry = next(entry for entry in catalog(client) if entry["key"] == key)
    if entry.get("active_task"):
        return str(entry["active_task"])
    action = "install"
    if entry.get("installed_version"):
        if entry["requires_root"]:
            action = "upgrade"
        else:
            removal = client.post("/v1/soft/uninstall", {"key": key})
            for _ in Follower(client, str(removal["task_id"])):
                pass
    return str(client.post(f"/v1/soft/{action}", {"key": key})["task_id"])


@contextmanager
def _serving(settings: Settings) -> Iterator[Running]:
    """Run the service in a thread for as long as the context lasts. Raises what keeps it from starting."""
    service = _Service(settings)
    thread = threading.Thread(target=service.run, name="service", daemon=True)
    thread.start()
    try:
        yield service.wait_until_ready()
    finally:
        service.stop()
        thread.join(STOP_LIMIT)


class _Service:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._decided = threading.Event()
        self._running: Running | None = None
        self._error: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None

    def run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001 - told to the thread that waits
            self._error = error
        finally:
            self._decided.set()

    def wait_until_ready(self) -> Running:
        self._decided.wait()
        if self._running is None:
            raise self._error or RuntimeError("the service ended at once")
        return self._running

    def stop(self) -> None:
        if self._loop is not None and self._stop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stop.set)

    async def _serve(self) -> None:
        from installcast.api.server import serve
        from installcast.service import Installcast

        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        await serve(Installcast(self._settings), ready=self._ready, stop=self._stop)

    def _ready(self, running: Running) -> None:
        self._running = running
        self._decided.set()
