"""No process to be had, no memory to be had: what was accepted waits and runs once, what cannot be done now is told as such."""

from __future__ import annotations

import json
import resource
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.service import Client, Service
from tests.tasks.recipes import Gate, write_gated, write_recipe
from tests.until import until

NewService = Callable[..., Service]
NewGate = Callable[[str], Gate]

PIDS = Path("/sys/fs/cgroup/pids")
RECIPES = 6


@contextmanager
def no_further_process(service: Service) -> Iterator[None]:
    """Let the kernel refuse the service each new process and thread, as it does at the limit on a user's processes."""
    assert service.process is not None
    group = PIDS / f"installcast-test-{service.process.pid}"
    group.mkdir()
    try:
        (group / "cgroup.procs").write_text(str(service.process.pid))
        (group / "pids.max").write_text((group / "pids.current").read_text())
        yield
        (group / "pids.max").write_text("max")
    finally:
        for pid in (group / "cgroup.procs").read_text().split():
            (PIDS / "cgroup.procs").write_text(pid)
        until(lambda: not (group / "cgroup.procs").read_text(), "the group to be empty")
        group.rmdir()


@contextmanager
def no_further_memory(service: Service) -> Iterator[None]:
    """Let the kernel refuse the service all memory beyond what it has mapped; what it starts has the same limit."""
    assert service.process is not None
    pid = service.process.pid
    mapped = int(Path(f"/proc/{pid}/statm").read_text().split()[0]) * resource.getpagesize()
    before = resource.prlimit(pid, resource.RLIMIT_AS)
    resource.prlimit(pid, resource.RLIMIT_AS, (mapped, before[1]))
    yield
    resource.prlimit(pid, resource.RLIMIT_AS, before)


def post(client: Client, number: int) -> tuple[int, Any]:
    """Ask for an install, again and again the same one; return status and envelope."""
    answer = client.http.post(
        "/v1/soft/install", json={"key": f"other{number}"}, headers={"Idempotency-Key": f"k{number}"}
    )
    return answer.status_code, answer.json()


@pytest.fixture
def busy(new_service: NewService, gate: NewGate) -> tuple[Service, Client, Gate, str, Path]:
    """A service, a client of it, an install that waits at a gate, and a file in which each run of the others leaves a line."""
    service = new_service(runner={"max_parallel": RECIPES + 1, "isolation": "session"})
    witness = service.folder / "witness"
    write_gated(service.recipes, "first")
    for number in range(RECIPES):
        script = f"echo {number} >>{witness}\nseq -f 'line %.0f' 500\nexit {number}\n"
        write_recipe(service.recipes, f"other{number}", script)
    service.start()
    opener = gate("gate")
    client = service.client()
    return service, client, opener, client.install("first", gate=str(opener.path)), witness


@pytest.mark.machine
@pytest.mark.parametrize("shortage", [no_further_process, no_further_memory])
def test_it_passes(
    busy: tuple[Service, Client, Gate, str, Path],
    shortage: Callable[[Service], AbstractContextManager[None]],
) -> None:
    """An install that runs is not touched; a request is accepted or told to come back; each accepted one runs once to its end."""
    service, client, opener, first, witness = busy
    with client.watch(first) as viewer:
        assert json.loads(viewer.recv(timeout=30))["message"] == "started"
        with shortage(service):
            answers = [post(client, number) for number in range(RECIPES)]
            assert {status for status, _ in answers} <= {202, 503}
            assert client.http.get("/healthz").status_code == 200
            opener.open()
            if shortage is no_further_process:
                assert json.loads(viewer.recv(timeout=30))["message"] == "let go: go"
    assert "let go: go" in [record["message"] for record in client.records(first)]
    assert client.status(first)["status"] == "succeeded"
    for number, (status, envelope) in enumerate(answers):
        again = post(client, number)
        assert again[0] == 202
        if status == 202:
            assert again[1]["data"]["task_id"] == envelope["data"]["task_id"]
        end = client.finish(again[1]["data"]["task_id"])
        assert (end["status"], end["exit_code"]) == ("failed" if number else "succeeded", number)
        printed = [record["message"] for record in client.history(end["task_id"]) if "kind" not in record]
        assert printed[:-1] == [f"line {line}" for line in range(1, 501)]
    assert sorted(witness.read_text().split()) == [str(number) for number in range(RECIPES)]
    if shortage is no_further_process:
        assert "Traceback" not in (service.folder / "serve.log").read_text()
