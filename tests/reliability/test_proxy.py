"""nginx in front, as people set it up: its defaults, `proxy_pass`, and the two headers of an upgrade."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from tests.service import Service, free_port
from tests.tasks.recipes import Gate, write_gated, write_recipe

from .viewers import Viewer

CONFIGURATION = """
daemon off;
worker_processes 1;
error_log {folder}/error.log;
pid {folder}/nginx.pid;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://127.0.0.1:{target};
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection "upgrade";
            proxy_set_header Host $http_host;
            {more}
        }}
    }}
}}
"""
"""Beside the recipe of nginx's own documentation only what keeps it in a folder of its own."""

NUMBERS = 'for i in $(seq 1 5000); do echo "line $i"; done\n'
PROTOCOLS = ("plain", "v2")
SILENT_MINUTES = 10


class Nginx:
    """An nginx in the foreground before ``service``."""

    def __init__(self, folder: Path, service: Service, more: str = "") -> None:
        folder.mkdir()
        self.port = free_port()
        self._folder = folder
        self._configuration = folder / "nginx.conf"
        text = CONFIGURATION.format(folder=folder, port=self.port, target=service.port, more=more)
        self._configuration.write_text(text)
        self._process: subprocess.Popen[bytes]

    def start(self) -> None:
        """Start it; return when it listens."""
        argv = ["nginx", "-p", str(self._folder), "-c", str(self._configuration)]
        argv += ["-e", str(self._folder / "error.log")]
        self._process = subprocess.Popen(argv, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
            except ConnectionRefusedError:
                assert self._process.poll() is None, (self._folder / "error.log").read_text()
                assert time.monotonic() < deadline
                time.sleep(0.02)
            else:
                return

    def stop(self) -> None:
        """End it at once, with its connections."""
        self._process.terminate()
        self._process.wait(10)


@contextmanager
def nginx(folder: Path, service: Service, more: str = "") -> Iterator[Nginx]:
    proxy = Nginx(folder, service, more)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()


def viewers(service: Service, proxy: Nginx, token: str, task_id: str) -> list[Viewer]:
    """A viewer of each protocol, behind the proxy."""
    behind = cast("Service", SimpleNamespace(port=proxy.port))
    return [Viewer(behind, token, task_id, protocol) for protocol in PROTOCOLS]  # type: ignore[arg-type]


@pytest.mark.soak
async def test_a_restart_of_the_proxy(
    new_service: Callable[..., Service], gate: Callable[[str], Gate], tmp_path: Path
) -> None:
    """The log comes live and to the byte through nginx; when nginx is restarted amid the install, viewers resume."""
    service = new_service()
    held = gate("gate")
    write_recipe(service.recipes, "prints", f"{NUMBERS}read -r x <{held.path}\n{NUMBERS}")
    service.start()
    client = service.client()
    with nginx(tmp_path / "nginx", service) as proxy:
        task_id = client.install("prints")
        watching = viewers(service, proxy, client.token, task_id)
        work = [asyncio.create_task(viewer.watch()) for viewer in watching]
        while any(viewer.next_seq < 5000 for viewer in watching):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
        proxy.stop()
        held.open()
        proxy.start()
        async with asyncio.timeout(30):
            await asyncio.gather(*work)
    journal = (service.data_dir / "tasks" / task_id / "journal.jsonl").read_bytes()
    for viewer in watching:
        assert viewer.collected == journal
        assert viewer.closes[1006] >= 1


@pytest.mark.soak
@pytest.mark.timeout(SILENT_MINUTES * 60 + 120)
@pytest.mark.parametrize(
    ("more", "seconds"),
    [("proxy_read_timeout 25s; proxy_send_timeout 25s;", 55), ("", SILENT_MINUTES * 60)],
    ids=["a minute, a stricter proxy", "ten minutes, defaults"],
)
async def test_silence_behind_the_proxy(
    new_service: Callable[..., Service],
    gate: Callable[[str], Gate],
    tmp_path: Path,
    more: str,
    seconds: int,
) -> None:
    """An install that prints nothing for long keeps its viewers, although nginx cuts what is idle: not one breaks."""
    service = new_service()
    write_gated(service.recipes, "gated")
    service.start()
    client = service.client()
    held = gate("gate")
    with nginx(tmp_path / "nginx", service, more) as proxy:
        task_id = client.install("gated", gate=str(held.path))
        watching = viewers(service, proxy, client.token, task_id)
        work = [asyncio.create_task(viewer.watch()) for viewer in watching]
        await asyncio.sleep(seconds)
        held.open()
        async with asyncio.timeout(30):
            await asyncio.gather(*work)
    journal = (service.data_dir / "tasks" / task_id / "journal.jsonl").read_bytes()
    for viewer in watching:
        assert viewer.collected == journal
        assert dict(viewer.closes) == {1000: 1}
    sys.stdout.write(f"{seconds} s of silence, closes {[dict(viewer.closes) for viewer in watching]}\n")
