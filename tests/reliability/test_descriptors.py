"""No file descriptors left: what runs is unharmed, newcomers are told to come back, and the log stays readable."""

from __future__ import annotations

import os
import resource
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from tests.service import Service
from tests.tasks.recipes import Gate, write_gated, write_recipe
from tests.until import until

LIMIT = 128
"""Descriptors of the service; at rest it has some twenty."""
BACK_WITHIN = 2.0
"""Seconds after which the service has to answer as usual, once there are descriptors again."""


@pytest.mark.parametrize("connections", [300, pytest.param(5000, marks=pytest.mark.soak)])
def test_idle_connections_take_all_descriptors(
    new_service: Callable[..., Service], gate: Callable[[str], Gate], connections: int
) -> None:
    """A running install and its viewer go on, new requests and viewers get 503 with `Retry-After`, and soon all is well again."""
    service = new_service(prefix=["prlimit", f"--nofile={LIMIT}:{LIMIT}"])
    write_gated(service.recipes, "gated")
    service.start()
    client = service.client()
    held = gate("gate")
    task_id = client.install("gated", gate=str(held.path))
    with client.watch(task_id) as viewer:
        assert '"message":"started"' in str(viewer.recv(10))
        with idle_connections(service.port, connections):
            with httpx.Client(base_url=service.url, headers=client.http.headers, timeout=10) as late:
                until(lambda: status_of(late, task_id) == 503, "a refusal", 10)
                answer = get(late, task_id)
                assert answer is not None
                assert answer.headers["Retry-After"].isdecimal()
                assert answer.json()["error"]["type"] == "out_of_descriptors"
                assert answer.json()["code"] == 503
            with pytest.raises(InvalidStatus) as refused, client.watch(task_id):
                pass
            assert refused.value.response.status_code == 503
            assert "Retry-After" in refused.value.response.headers
            held.open("in the shortage")
            assert "in the shortage" in str(viewer.recv(10))
            assert '"status":"succeeded"' in str(list(viewer)[-1])
        freed = time.monotonic()
        until(lambda: status_of(client.http, task_id) == 200, "an answer", BACK_WITHIN)
        assert time.monotonic() - freed < BACK_WITHIN
    assert client.status(task_id)["status"] == "succeeded"
    log = (service.folder / "serve.log").read_text()
    assert log.count("Out of file descriptors") == 1
    assert "Traceback" not in log
    assert len(log.splitlines()) < 60


def test_a_start_waits_for_descriptors(
    new_service: Callable[..., Service], gate: Callable[[str], Gate]
) -> None:
    """Not one descriptor is left when a task ends and the next one's turn comes: both are told right, a moment later."""
    service = new_service(runner={"max_parallel": 1})
    write_gated(service.recipes, "gated")
    write_recipe(service.recipes, "next")
    service.start()
    client = service.client()
    held = gate("gate")
    first = client.install("gated", gate=str(held.path))
    with client.watch(first) as viewer:
        assert '"message":"started"' in str(viewer.recv(10))
        second = client.install("next")
        assert client.status(second)["status"] == "queued"
        with no_descriptors(service):
            error = client.error("GET", "/v1/log/history", params={"task_id": first})
            assert (error[0], error[1]["type"]) == (503, "out_of_descriptors")
            held.open()
            log = service.folder / "serve.log"
            until(
                lambda: "cannot be read" in log.read_text() or "waits for its start" in log.read_text(),
                "the shortage",
            )
        freed = time.monotonic()
        assert '"status":"succeeded"' in str(list(viewer)[-1])
        assert time.monotonic() - freed < BACK_WITHIN
    assert client.finish(second)["status"] == "succeeded"
    assert client.status(first)["status"] == "succeeded"
    assert len((service.folder / "serve.log").read_text().splitlines()) < 100


def test_scripts_get_the_limit_that_the_service_was_given(new_service: Callable[..., Service]) -> None:
    """The service raises its soft limit to the hard one, for its viewers; a script has the former one."""
    service = new_service(prefix=["prlimit", "--nofile=500:4000"])
    write_recipe(service.recipes, "limits", 'echo "$(ulimit -S -n) $(ulimit -H -n)"\n')
    service.start()
    assert service.process is not None
    assert resource.prlimit(service.process.pid, resource.RLIMIT_NOFILE) == (4000, 4000)
    client = service.client()
    records = client.records(client.install("limits"))
    assert records[0]["message"] == "500 4000"


@contextmanager
def idle_connections(port: int, count: int) -> Iterator[None]:
    """Hold ``count`` connections that ask for nothing, as many of them as the service lets live."""
    with ExitStack() as stack:
        for _ in range(count):
            connection = stack.enter_context(socket.socket())
            connection.settimeout(5)
            with suppress(ConnectionResetError):  # one too many, and cut before we have heard that we are in
                connection.connect(("127.0.0.1", port))
        yield


@contextmanager
def no_descriptors(service: Service) -> Iterator[None]:
    """Let the kernel refuse every further descriptor to a running service."""
    assert service.process is not None
    pid = service.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    used = {int(name) for name in os.listdir(f"/proc/{pid}/fd")}  # noqa: PTH208 - links that may be gone by now
    lowest_free = next(number for number in range(len(used) + 1) if number not in used)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (lowest_free, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)


def get(client: httpx.Client, task_id: str) -> httpx.Response | None:
    """Ask for a task's status; ``None`` when the connection was cut instead."""
    try:
        return client.get("/v1/log/status", params={"task_id": task_id})
    except httpx.TransportError:
        return None


def status_of(client: httpx.Client, task_id: str) -> int | None:
    answer = get(client, task_id)
    return answer.status_code if answer is not None else None
