"""A service as a process of its own, which can be killed, and a client that knows only the contract."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect

ACTIVE = {"queued", "running"}
START_LIMIT = 30.0
"""Seconds that a service may take to answer; it takes about one."""


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on, and that no connection is given by chance while a service is down."""
    first_given = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = random.randrange(10_000, min(first_given, 32_768))
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class Endpoint:
    """Where a service answers, and who calls it. How its command line is run is for the derived class to say."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.clients: list[Client] = []

    def run(self, *arguments: str, check: bool = False) -> subprocess.CompletedProcess[str]:
        """Run the command line against this service."""
        raise NotImplementedError

    def token(self, sub: str, scope: str = "soft:install soft:read log:read") -> str:
        return self.run("token", "--sub", sub, "--scope", scope, check=True).stdout.strip()

    def client(self, sub: str = "alice", scope: str = "soft:install soft:read log:read") -> Client:
        return Client(self, self.token(sub, scope))


class Service(Endpoint):
    """A service of its own folder, which can be killed and started again on the same port."""

    def __init__(
        self,
        command: Path,
        folder: Path,
        config: dict[str, Any],
        *,
        recipes: Path | None = None,
        prefix: Sequence[str] = (),
    ) -> None:
        """``recipes`` is a folder that is copied. ``prefix`` is put before the command: ``strace …``, ``unshare …``."""
        super().__init__(free_port())
        self.command = command
        self.prefix = prefix
        self.folder = folder
        self.data_dir = folder / "data"
        self.config_file = folder / "config.yaml"
        self.recipes = folder / "recipes"
        if recipes is None:
            self.recipes.mkdir()
        else:
            shutil.copytree(recipes, self.recipes)
        # JSON is YAML, too.
        self.config_file.write_text(json.dumps({"recipes": [str(self.recipes)], **config}))
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LANG": "C.UTF-8"}

    def spawn(self) -> subprocess.Popen[bytes]:
        """Start the process; it is not ready yet."""
        arguments = ["serve", "--port", str(self.port)]
        with (self.folder / "serve.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*self.prefix, *self._argv(*arguments)], env=self.environment, stdout=log, stderr=log
            )
        return self.process

    def start(self) -> None:
        """Start the process; return when it takes requests."""
        process = self.spawn()
        deadline = time.monotonic() + START_LIMIT
        while time.monotonic() < deadline:
            try:
                # Not /readyz: on a full disk it takes no installs, and is there all the same.
                if httpx.get(f"{self.url}/healthz").status_code == 200:
                    return
            except httpx.TransportError:
                pass
            if process.poll() is not None:
                break
            time.sleep(0.02)
        raise AssertionError((self.folder / "serve.log").read_text())

    def kill(self) -> None:
        """SIGKILL, as a crash would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM; returns the exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=20)

    def run(self, *arguments: str, check: bool = False, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run the command line against this service."""
        environment = self.environment | options.pop("environment", {})
        return subprocess.run(
            self._argv(*arguments),
            env=environment,
            check=check,
            text=True,
            capture_output=True,
            timeout=60,
            **options,
        )

    def _argv(self, *arguments: str) -> list[str]:
        return [
            str(self.command),
            "--config",
            str(self.config_file),
            "--data-dir",
            str(self.data_dir),
            *arguments,
        ]


class Client:
    """What a program that has read the contract would write."""

    def __init__(self, service: Endpoint, token: str) -> None:
        self.service = service
        self.token = token
        service.clients.append(self)  # which closes it
        self.http = httpx.Client(
            base_url=service.url, headers={"Authorization": f"Bearer {token}"}, timeout=30
        )

    def data(self, method: str, path: str, *, status: int = 200, **options: Any) -> Any:
        """Return ``data`` of an answer that has to be a success."""
        answer = self.http.request(method, path, **options)
        assert answer.status_code == status, answer.text
        envelope = answer.json()
        assert set(envelope) == {"success", "code", "message", "data"}
        assert envelope["success"] is True
        assert envelope["code"] == 0
        return envelope["data"]

    def error(self, method: str, path: str, **options: Any) -> tuple[int, dict[str, Any]]:
        """Return status and ``error`` of an answer that has to be a failure in the agreed shape."""
        answer = self.http.request(method, path, **options)
        envelope = answer.json()
        assert envelope["success"] is False, envelope
        assert envelope["code"] == answer.status_code
        assert envelope["data"] is None
        assert envelope["message"]
        assert {"type", "detail", "field"} <= set(envelope["error"])
        return answer.status_code, envelope["error"]

    def install(self, key: str, **body: Any) -> str:
        """Start an install; return its task id."""
        answer = self.data("POST", "/v1/soft/install", status=202, json={"key": key, **body})
        task_id: str = answer["task_id"]
        return task_id

    def status(self, task_id: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.data("GET", "/v1/log/status", params={"task_id": task_id})
        return answer

    def history(self, task_id: str) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = []
        offset: int | None = 0
        while offset is not None:
            page = self.data("GET", "/v1/log/history", params={"task_id": task_id, "offset": offset})
            messages += page["messages"]
            offset = page["next_offset"]
        return messages

    def watch(
        self, task_id: str, query: str = "", *, subprotocols: list[str] | None = None
    ) -> ClientConnection:
        """Open the log's WebSocket."""
        return connect(
            f"ws://127.0.0.1:{self.service.port}/v1/log/ws?task_id={task_id}{query}",
            additional_headers={"Authorization": f"Bearer {self.token}"},
            subprotocols=subprotocols,  # type: ignore[arg-type]
            max_size=None,
            proxy=None,
        )

    def records(self, task_id: str, query: str = "") -> list[dict[str, Any]]:
        """Return all records of the plain protocol until the service closes."""
        with self.watch(task_id, query) as viewer:
            return [json.loads(frame) for frame in viewer]

    def finish(self, task_id: str) -> dict[str, Any]:
        """Wait for the end of a task, by its log; return its status."""
        self.records(task_id)
        return self.status(task_id)


def end_service(service: Service) -> None:
    """Cancel what still runs, then stop: nothing of a test outlives it."""
    assert service.process is not None
    if service.process.poll() is None:
        admin = service.client("root", "admin")
        for task in admin.data("GET", "/v1/soft/tasks", params={"limit": 100})["tasks"]:
            if task["status"] in ACTIVE:
                admin.http.post(f"/v1/soft/tasks/{task['task_id']}/cancel")
                admin.finish(task["task_id"])
        service.stop()
    for client in service.clients:
        client.http.close()
