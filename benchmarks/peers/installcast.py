"""Installcast itself: a script, its runner, the journal, the server, as an operator has them."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from benchmarks.peers import PUBLISHER, Peer, opening_handshake

_SCRIPT = """#!/bin/sh
exec "$INSTALLCAST_PYTHON" {publisher} $(cat {orders}) {go}
"""


class InstallcastPeer(Peer):
    """``installcast serve`` with a recipe whose script prints. ``subprotocol``: ``installcast.v1`` or ``installcast.v2``."""

    def __init__(self, base: Path, subprotocol: str = "installcast.v1", *, viewers: int = 2500) -> None:
        super().__init__(base)
        self.name = "Installcast" if subprotocol.endswith("v1") else "Installcast, v2"
        self._subprotocol = subprotocol
        self._viewers = viewers
        self.headers: dict[str, str] = {}
        """Those of a user of the service."""
        self.task_id = ""

    def start(self) -> None:
        """Start the service, and an install that waits for the word to print."""
        recipe = self.base / "recipes/lines"
        recipe.mkdir(parents=True)
        script = _SCRIPT.format(
            publisher=shlex.quote(str(PUBLISHER)),
            orders=shlex.quote(str(self._orders)),
            go=shlex.quote(str(self._go)),
        )
        (recipe / "install.sh").write_text(script)
        (recipe / "install.sh").chmod(0o755)
        config = self.base / "config.yaml"
        settings = {"recipes": [str(recipe.parent)], "log": {"max_clients_per_task": self._viewers}}
        config.write_text(json.dumps(settings))
        command = [sys.executable, "-m", "installcast", "--config", str(config)]
        command += ["--data-dir", str(self.base / "data")]
        self.run([*command, "serve", "--port", str(self.port)])
        self.wait_until_open()
        token = subprocess.run(
            [*command, "token", "--sub", "bench", "--scope", "soft:install soft:read log:read"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        self.headers = {"Authorization": f"Bearer {token}"}

    def install(self, lines: int, rate: float, burst: int) -> None:
        """Start an install that will print so; it waits for :meth:`publish`."""
        self._go.unlink(missing_ok=True)
        self._orders.write_text(f"{lines} {rate} {burst}")
        answer = self.post("/v1/soft/install", {"key": "lines"})
        self.task_id = answer["data"]["task_id"]
        while self.get("/v1/log/status", task_id=self.task_id)["data"]["status"] == "queued":
            time.sleep(0.02)

    def post(self, path: str, values: dict[str, str]) -> dict[str, Any]:
        """Return the answer to a request."""
        answer: dict[str, Any] = httpx.post(self.url + path, json=values, headers=self.headers).json()
        return answer

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """Return the answer to a request."""
        answer: dict[str, Any] = httpx.get(self.url + path, params=query, headers=self.headers).json()
        return answer

    @property
    def url(self) -> str:
        """Where the service is."""
        return f"http://127.0.0.1:{self.port}"

    def request(self) -> bytes:
        """Return the request of a viewer of the install."""
        headers = self.headers | {"Sec-WebSocket-Protocol": self._subprotocol}
        return opening_handshake(self.port, f"/v1/log/ws?task_id={self.task_id}", headers)

    def publish(self, lines: int, rate: float, burst: int) -> None:  # noqa: ARG002 - the install was told
        """Let the install print."""
        self._go.touch()

    @property
    def _orders(self) -> Path:
        return self.base / "orders"

    @property
    def _go(self) -> Path:
        return self.base / "go"
