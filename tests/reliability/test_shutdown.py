"""SIGTERM to the service, with everything under way that can be: viewers are told to come back, and nothing holds the end."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from tests.service import Client, Service
from tests.tasks.recipes import GATE_PARAMETER, GATED, Gate, write_gated, write_recipe
from tests.until import until

GONE_WITHIN = 10.0
RESTARTING = 1012
BIG = "yes \"$(printf 'x%.0s' {1..900})\" | head -n 20000\n"
"""18 MB: more than any buffer on the way holds."""


def test_nothing_holds_the_end(new_service: Callable[..., Service], gate: Callable[[str], Gate]) -> None:
    """Viewers get 1012, a plan and newcomers 503 or no connection; stuck clients are cut; the process is gone within 10 s, in
    silence, and the install goes on.
    """
    service = new_service(runner={"max_parallel": 4})
    write_gated(service.recipes, "gated")
    write_recipe(service.recipes, "big", BIG)
    write_recipe(service.recipes, "planned", precheck=GATED, declared=f"parameters:\n{GATE_PARAMETER}")
    service.start()
    client = service.client()
    held, plan = gate("held"), gate("plan")
    big = client.install("big")
    client.finish(big)
    task_id = client.install("gated", gate=str(held.path))
    with ExitStack() as stack:
        viewers = [
            stack.enter_context(client.watch(task_id, subprotocols=protocols))
            for protocols in (None, ["installcast.v2"])
        ]
        for viewer in viewers:
            until(lambda viewer=viewer: "started" in str(viewer.recv(10)), "the first line")  # type: ignore[misc]
        for path in (f"/v1/log/ws?task_id={big}", f"/v1/log/download?task_id={big}"):
            stack.enter_context(stuck(client, path))
        body = b'{"key": "gated"'
        half = stack.enter_context(socket.create_connection(("127.0.0.1", service.port)))
        half.sendall(request(client, "POST", "/v1/soft/install", f"Content-Length: {len(body) + 100}") + body)
        planned = stack.enter_context(asked_for_a_plan(client, plan))
        until(lambda: any((service.data_dir / "plans").glob("*/started")), "the plan to run")

        assert service.process is not None
        began = time.monotonic()
        service.process.send_signal(signal.SIGTERM)
        for viewer in viewers:
            with pytest.raises(ConnectionClosed) as closed:
                list(viewer)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == RESTARTING
        # The stuck ones still hold the service, which takes nobody new.
        assert service.process.poll() is None
        with suppress(httpx.TransportError):
            answer = httpx.get(f"{service.url}/healthz")
            assert answer.status_code == 503
            assert "Retry-After" in answer.headers
        assert service.process.wait(GONE_WITHIN) == 0
        sys.stdout.write(f"gone after {time.monotonic() - began:.1f} s\n")
        assert time.monotonic() - began < GONE_WITHIN
        planned.join(GONE_WITHIN)
    log = (service.folder / "serve.log").read_text()
    assert "Traceback" not in log, log
    assert "ERROR" not in log, log

    held.open()
    service.start()
    status = client.finish(task_id)
    assert status["status"] == "succeeded"
    assert not any((service.data_dir / "plans").iterdir())


def test_a_start_half_way(new_service: Callable[..., Service]) -> None:
    """A runner that is being started, and does not come to an end with it, does not hold the service; it runs once, later."""
    service = new_service()
    write_recipe(service.recipes, "counts", 'echo "run by $$"\n')
    service.start()
    client = service.client()
    stopped, task_id = stop_a_start(service, client)
    try:
        began = time.monotonic()
        assert service.stop() == 0
        assert time.monotonic() - began < GONE_WITHIN
        service.start()
        assert client.finish(task_id)["status"] == "succeeded"
    finally:
        with suppress(ProcessLookupError):
            os.kill(stopped, signal.SIGCONT)
    lines = [record["message"] for record in client.history(task_id)]
    assert len([line for line in lines if line.startswith("run by")]) == 1
    assert "Traceback" not in (service.folder / "serve.log").read_text()


def stop_a_start(service: Service, client: Client) -> tuple[int, str]:
    """Install until a runner is caught, and stopped, before it has taken its task; return its process and the task."""
    for _ in range(50):
        posting = threading.Thread(target=client.install, args=["counts"])
        posting.start()
        caught = None
        while caught is None and (posting.is_alive() or newest(client)["status"] == "queued"):
            caught = starting_runner(service)
            if caught is not None:
                os.kill(caught, signal.SIGSTOP)
        posting.join()
        task_id: str = newest(client)["task_id"]
        if caught is not None:
            if not (service.data_dir / "tasks" / task_id / "started").exists():
                return caught, task_id
            os.kill(caught, signal.SIGCONT)
        client.finish(task_id)
    raise AssertionError("every start was faster")


def newest(client: Client) -> dict[str, Any]:
    task: dict[str, Any] = client.data("GET", "/v1/soft/tasks", params={"limit": 1})["tasks"][0]
    return task


def starting_runner(service: Service) -> int | None:
    """Return the child of the service that is to become a runner, if there is one. Before its exec the service waits for it."""
    assert service.process is not None
    pid = service.process.pid
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        with suppress(OSError):
            if b"/runner/__main__.py" in Path(f"/proc/{child}/cmdline").read_bytes():
                return int(child)
    return None


def request(client: Client, method: str, path: str, *headers: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{client.service.port}"]
    lines += [f"Authorization: Bearer {client.token}", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


@contextmanager
def stuck(client: Client, path: str) -> Iterator[None]:
    """Ask for more than fits on the way, and read next to nothing."""
    upgrade = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"]
    upgrade += ["Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="]
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", client.service.port))
        connection.sendall(request(client, "GET", path, *(upgrade if "/ws" in path else [])))
        assert connection.recv(12) in {b"HTTP/1.1 101", b"HTTP/1.1 200"}
        yield


@contextmanager
def asked_for_a_plan(client: Client, held: Gate) -> Iterator[threading.Thread]:
    """Ask for a plan that takes for ever; in the end it has to be refused."""
    answers: list[int] = []

    def ask() -> None:
        body = {"key": "planned", "gate": str(held.path)}
        with httpx.Client(base_url=client.service.url, headers=client.http.headers, timeout=30) as http:
            answers.append(http.post("/v1/soft/plan", json=body).status_code)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield thread
    finally:
        thread.join()
    assert answers == [503]
