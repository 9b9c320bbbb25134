"""Viewers that read nothing, or next to nothing, or come all at once: they cost neither the install nor anybody else anything.

``pytest -rP`` shows the figures.
"""

from __future__ import annotations

import json
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.service import Client, Service
from tests.tasks.recipes import GATE_PARAMETER, Gate, write_gated, write_recipe

FREED_WITHIN = 30.0
"""Seconds after which a client that takes nothing is cut."""
ANSWER_WITHIN = 0.5
"""Seconds in which other routes answer, whatever the viewers do."""
GROWTH_MB = 50
"""What the service's memory may grow by. Ten viewers that kept what they were not sent would take seven times that."""

TALKATIVE = """
read -r answer <"$GATE"
yes "$(printf 'x%.0s' {1..900})" | head -n 40000
"""
"""Prints 36 MB once it is let go."""

VIEWERS = ("nothing, plain", "nothing, v2", "nothing, sse", "a byte a second")
DOWNLOADS = ("nothing, history", "nothing, download")
CLIENTS = {
    **dict.fromkeys((*VIEWERS, "2 KB a second"), "/v1/log/ws?task_id={}"),
    "nothing, sse": "/v1/log/sse?task_id={}",
    "nothing, history": "/v1/log/history?task_id={}&limit=10000",
    "nothing, download": "/v1/log/download?task_id={}",
}
"""What a client reads, and of what."""


class Raw:
    """A client that reads when it is told to, through the smallest of buffers."""

    def __init__(self, client: Client, path: str, protocol: str = "") -> None:
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.connect(("127.0.0.1", client.service.port))
        lines = [
            f"GET {path} HTTP/1.1",
            f"Host: 127.0.0.1:{client.service.port}",
            f"Authorization: Bearer {client.token}",
        ]
        if "/ws" in path:
            lines += ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"]
            lines += ["Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="]
            lines += [f"Sec-WebSocket-Protocol: {protocol}"] if protocol else []
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self.received = b""
        self.read(12)
        assert self.received.startswith((b"HTTP/1.1 101", b"HTTP/1.1 200")), self.received
        self._poll = select.poll()
        self._poll.register(self.socket, 0)

    def __enter__(self) -> Raw:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def read(self, size: int) -> None:
        self.received += self.socket.recv(size)

    def is_cut(self) -> bool:
        """Whether the service has reset the connection, although much is still unread."""
        return bool(self._poll.poll(0))


@pytest.mark.alone
@pytest.mark.timeout(180)
def test_clients_that_take_nothing_are_cut(
    new_service: Callable[..., Service], gate: Callable[[str], Gate]
) -> None:
    """Forty viewers and some downloads that do not read are gone within 30 s; memory and the install's time stay as they were, a
    viewer at 2 KB/s stays, and a good one misses nothing.
    """
    service = new_service(log={"max_clients_per_task": 100})
    write_recipe(service.recipes, "talks", TALKATIVE, declared=f"parameters:\n{GATE_PARAMETER}")
    service.start()
    client = service.client()
    alone = seconds(run(client, gate("alone")))
    before = memory_mb(service)

    held = gate("watched")
    task_id = client.install("talks", gate=str(held.path))
    with ExitStack() as stack, ticking(service) as memory:

        def connect(kind: str) -> Raw:
            protocol = "installcast.v2" if "v2" in kind else ""
            return stack.enter_context(Raw(client, CLIENTS[kind].format(task_id), protocol))

        clients = {f"{kind} {number}": connect(kind) for kind in VIEWERS for number in range(10)}
        slow = connect("2 KB a second")
        held.open()
        began = dict.fromkeys(clients, time.monotonic())
        status = client.finish(task_id)
        for kind in DOWNLOADS:
            clients |= {f"{kind} {number}": connect(kind) for number in range(2)}
        began = dict.fromkeys(clients, time.monotonic()) | began
        cut: dict[str, float] = {}
        quarters = 0
        while len(cut) < len(clients):
            time.sleep(0.25)
            quarters += 1
            slow.read(512)
            for name, each in clients.items():
                if name in cut:
                    continue
                if each.is_cut():
                    cut[name] = round(time.monotonic() - began[name], 1)
                elif "a byte" in name and quarters % 4 == 0:
                    each.read(1)
            late = [name for name in clients.keys() - cut if time.monotonic() - began[name] > FREED_WITHIN]
            assert not late, (late, cut)
        assert not slow.is_cut()
    figures = {
        "cut after, s": f"{min(cut.values())}-{max(cut.values())}",
        "install alone and watched, s": f"{alone:.2f} {seconds(status):.2f}",
        "memory before and at most, MB": f"{before} {max(memory)}",
        "read at 2 KB/s": len(slow.received),
    }
    sys.stdout.write(f"{figures}\n")
    assert seconds(status) < alone * 1.5 + 1, figures
    assert max(memory) - before < GROWTH_MB, figures
    frames = b"".join(payloads(slow.received))
    journal = (service.data_dir / "tasks" / task_id / "journal.jsonl").read_bytes()
    assert len(frames) > 10_000
    assert journal.replace(b"\n", b"").startswith(frames)


@pytest.mark.alone
@pytest.mark.timeout(180)
@pytest.mark.parametrize("rounds", [3, pytest.param(20, marks=pytest.mark.soak)])
def test_a_thousand_viewers_come_back_at_once(
    new_service: Callable[..., Service],
    gate: Callable[[str], Gate],
    rounds: int,
) -> None:
    """All are let in, other routes answer within half a second meanwhile, and memory does not grow from one time to the next."""
    service = new_service(log={"max_clients_per_task": 3000})
    write_gated(service.recipes, "gated")
    service.start()
    client = service.client()
    held = gate("gate")
    task_id = client.install("gated", gate=str(held.path))
    argv = [
        sys.executable,
        str(Path(__file__).with_name("crowd.py")),
        str(service.port),
        client.token,
        task_id,
        "1000",
    ]
    with (
        subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as crowd,
        asking(client, task_id) as answers,
    ):
        assert crowd.stdin is not None
        assert crowd.stdout is not None
        came = [json.loads(crowd.stdout.readline())]
        memory = [memory_mb(service)]
        for _ in range(rounds):
            crowd.stdin.write("again\n")
            crowd.stdin.flush()
            came.append(json.loads(crowd.stdout.readline()))
            memory.append(memory_mb(service))
        assert client.status(task_id)["viewers"] == 1000
        crowd.stdin.close()
    answers.sort()
    figures = {
        "let in": came,
        "other routes, s": f"{len(answers)} answers, p50 {answers[len(answers) // 2]:.3f}, p99"
        f" {answers[len(answers) * 99 // 100]:.3f}, most {answers[-1]:.3f}",
        "memory, MB": memory,
    }
    sys.stdout.write(f"{figures}\n")
    assert [each.get("101") for each in came] == [1000] * (rounds + 1), figures
    assert answers[len(answers) * 99 // 100] < ANSWER_WITHIN, figures
    assert memory[-1] - memory[0] < GROWTH_MB, figures
    held.open()
    assert client.finish(task_id)["status"] == "succeeded"


def run(client: Client, held: Gate) -> dict[str, Any]:
    """Run the talkative install from end to end; return its status."""
    task_id = client.install("talks", gate=str(held.path))
    held.open()
    return client.finish(task_id)


def seconds(status: dict[str, Any]) -> float:
    """How long a task ran."""
    began, ended = (datetime.fromisoformat(status[key]) for key in ("started_at", "finished_at"))
    return (ended - began).total_seconds()


def memory_mb(service: Service) -> int:
    """Resident memory of the service."""
    assert service.process is not None
    text = Path(f"/proc/{service.process.pid}/status").read_text()
    return int(text.partition("VmRSS:")[2].split()[0]) // 1024


@contextmanager
def ticking(service: Service) -> Iterator[list[int]]:
    """Yield a list that the service's memory is written to, ten times a second."""
    most = [memory_mb(service)]
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(0.1):
            most.append(memory_mb(service))

    with background(look, ended):
        yield most


@contextmanager
def asking(client: Client, task_id: str) -> Iterator[list[float]]:
    """Ask for a task's status again and again; yield how long the answers took."""
    answers: list[float] = []
    ended = threading.Event()

    def ask() -> None:
        with httpx.Client(base_url=client.service.url, headers=client.http.headers, timeout=30) as http:
            while not ended.wait(0.01):
                began = time.monotonic()
                http.get("/v1/log/status", params={"task_id": task_id}).raise_for_status()
                answers.append(time.monotonic() - began)

    with background(ask, ended):
        yield answers


@contextmanager
def background(work: Callable[[], None], ended: threading.Event) -> Iterator[None]:
    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def payloads(received: bytes) -> Iterator[bytes]:
    """Yield what the text frames behind an upgrade carry, the last one as far as it came."""
    data = received.partition(b"\r\n\r\n")[2]
    while len(data) >= 4:
        kind, size, start = data[0], data[1], 2
        if size == 126:
            size, start = int.from_bytes(data[2:4]), 4
        if kind == 0x81:
            yield data[start : start + size]
        data = data[start + size :]
