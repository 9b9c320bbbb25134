"""The disk of the service fails, or is full: a clear error, nothing half done, and all is settled when it is well again."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from installcast.tasks.processes import status_of
from tests.reliability.mounts import MountNamespace, make_image
from tests.service import Client, Service
from tests.tasks.recipes import Gate, write_gated, write_recipe
from tests.until import until

NewService = Callable[..., Service]

WRITES = "pwrite64"
SYNCS = "fdatasync"


def strace(folder: Path, call: str, number: int) -> list[str]:
    """Return what is put before a service so that its ``number``-th ``call`` on its database fails with EIO.

    ``-D``: the service is our child, not strace's, and hears our signals.
    """
    database = folder / "s0/data/installcast.db"
    return [
        *("strace", "-D", "-f", "-q", "--seccomp-bpf", "-o", str(folder / "strace"), "-e", f"trace={call}"),
        *("-e", f"inject={call}:error=EIO:when={number}", "-P", str(database), "-P", f"{database}-wal"),
    ]


def runs_of(witness: Path) -> list[str]:
    """Return the ids of the tasks whose script ran, once for each time."""
    return witness.read_text().split() if witness.exists() else []


@pytest.mark.parametrize(
    ("call", "number"),
    [
        *((WRITES, number) for number in (2, 14, 22)),
        *((SYNCS, number) for number in (1, 4, 6)),
        *(pytest.param(WRITES, number, marks=pytest.mark.soak) for number in range(1, 60)),
        *(pytest.param(SYNCS, number, marks=pytest.mark.soak) for number in range(1, 20)),
    ],
)
def test_one_write_or_sync_of_the_database_fails(
    new_service: NewService, tmp_path: Path, call: str, number: int
) -> None:
    """At the start it is refused with the reason; later a request is refused or carried out, once, and a task ends right."""
    witness = tmp_path / "witness"
    service = new_service(prefix=strace(tmp_path, call, number))
    write_recipe(service.recipes, "web", f'echo "$INSTALLCAST_TASK_ID" >>{witness}\necho hello\n')
    accepted: list[str] = []
    if starts(service):
        client = service.client()
        for _ in range(3):
            answer = client.http.post("/v1/soft/install", json={"key": "web"}).json()
            if answer["success"]:
                accepted.append(answer["data"]["task_id"])
                status = client.finish(accepted[-1])
                assert (status["status"], status["completed"]) == ("succeeded", True)
            else:
                assert (answer["code"], answer["error"]["type"]) == (503, "storage_failed"), answer
        assert service.stop() == 0
    assert "Traceback" not in (service.folder / "serve.log").read_text()
    service.prefix = ()
    service.start()
    client = service.client()
    listed = {task["task_id"]: task["status"] for task in client.data("GET", "/v1/soft/tasks")["tasks"]}
    assert runs_of(witness) == accepted
    assert {task_id: listed.pop(task_id) for task_id in accepted} == dict.fromkeys(accepted, "succeeded")
    assert not listed


def starts(service: Service) -> bool:
    """Start a service; return ``False`` where it says in a sentence that its database cannot be used."""
    try:
        service.start()
    except AssertionError:
        assert service.process is not None
        # Not 2, which says that the settings are wrong, and keeps systemd from trying again.
        assert service.process.wait(timeout=20) == 125
        last = (service.folder / "serve.log").read_text().splitlines()[-1]
        assert re.search(r"installcast\.db.*(I/O error|write-ahead log)", last), last
        return False
    return True


def on_a_small_disk(mounts: MountNamespace, new_service: NewService, **config: Any) -> tuple[Service, Client]:
    """Return a service whose data folder is a disk of 8 MiB, and a client."""
    service = new_service(prefix=mounts.prefix, **config)
    service.data_dir.mkdir()
    mounts.run("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", service.data_dir)
    write_gated(service.recipes, "web")
    write_recipe(service.recipes, "other", "echo hello\n")
    service.start()
    # Its socket is in there, too.
    words = ("token", "--sub", "alice", "--scope", "soft:install soft:read log:read")
    return service, Client(service, mounts.run(*service._argv(*words)).strip())


@pytest.mark.machine
def test_a_full_disk(new_service: NewService, gate: Callable[..., Gate], tmp_path: Path) -> None:
    """A request gets 507 and leaves nothing behind, a running task ends right, and with space again all is settled."""
    opener = gate()
    with MountNamespace() as mounts:
        service, client = on_a_small_disk(mounts, new_service)
        data_dir = mounts.outside(service.data_dir)
        running = client.install("web", gate=str(opener.path))
        with client.watch(running) as viewer:
            assert json.loads(viewer.recv())["message"] == "started"
            filler = data_dir / "filler"
            fill(filler)
            before = sorted(path.name for path in (data_dir / "tasks").iterdir())
            for _ in range(5):
                status, error = client.error("POST", "/v1/soft/install", json={"key": "other"})
                assert (status, error["type"]) == (507, "insufficient_storage")
            assert sorted(path.name for path in (data_dir / "tasks").iterdir()) == before
            assert client.http.get("/healthz").status_code == 200
            opener.open()
            read_until_exit(data_dir / "tasks" / running)
            filler.unlink()
            assert json.loads(list(viewer)[-1])["status"] == "succeeded"
        assert client.status(running)["status"] == "succeeded"
        assert client.finish(client.install("other"))["status"] == "succeeded"
        assert "Traceback" not in (service.folder / "serve.log").read_text()
        assert service.stop() == 0


@pytest.mark.machine
def test_a_start_on_a_full_disk(new_service: NewService, gate: Callable[..., Gate], tmp_path: Path) -> None:
    """Killed on a full disk, the service starts again: running installs are found, and end right; a queued one waits."""
    opener = gate()
    with MountNamespace() as mounts:
        runner = {"isolation": "session", "max_parallel": 1}
        service, client = on_a_small_disk(mounts, new_service, runner=runner)
        data_dir = mounts.outside(service.data_dir)
        running = client.install("web", gate=str(opener.path))
        waiting = client.install("other")
        with client.watch(running) as viewer:
            assert json.loads(viewer.recv())["message"] == "started"
        filler = data_dir / "filler"
        fill(filler)
        for _ in range(2):
            service.kill()
            service.start()
            assert client.status(running)["status"] == "running"
        opener.open()
        read_until_exit(data_dir / "tasks" / running)
        filler.unlink()
        for task_id in (running, waiting):
            assert client.finish(task_id)["status"] == "succeeded"
        assert service.stop() == 0


@pytest.mark.machine
def test_a_disk_that_goes_read_only(
    new_service: NewService, gate: Callable[..., Gate], tmp_path: Path
) -> None:
    """The kernel shuts it after an error: requests get 503, a start of the service works, and no end is made up. Mounted again,
    what ended meanwhile is `interrupted`, and what was shown before is there."""
    opener = gate()
    image = tmp_path / "image"
    make_image(image, "ext4", 64)
    with MountNamespace() as mounts:
        service = new_service(prefix=mounts.prefix, runner={"isolation": "session"})
        tasks = service.data_dir / "tasks"
        tasks.mkdir(parents=True)
        mounts.run("mount", "-o", "loop", image, tasks)
        mounts.run("sh", "-c", f"chmod 0700 {tasks}; rmdir {tasks}/lost+found")
        write_gated(service.recipes, "web")
        write_recipe(service.recipes, "other")
        service.start()
        client = service.client()
        running = client.install("web", gate=str(opener.path))
        with client.watch(running) as viewer:
            assert json.loads(viewer.recv())["message"] == "started"
        mounts.run("sync", "-f", tasks)
        runner = json.loads((mounts.outside(tasks) / running / "started").read_text())["pid"]
        mounts.run("mount", "-o", "remount,abort", tasks)
        for _ in range(2):
            status, error = client.error("POST", "/v1/soft/install", json={"key": "other"})
            assert (status, error["type"]) == (503, "storage_failed")
            assert client.status(running)["status"] == "running"
            service.kill()
            service.start()
        opener.open()
        until(lambda: status_of(runner) is None, "the end of the runner")
        assert client.status(running)["status"] == "running"
        assert service.stop() == 0
        mounts.run("umount", tasks)
        mounts.run("mount", "-o", "loop", image, tasks)
        service.start()
        assert client.finish(running)["status"] == "interrupted"
        assert client.history(running)[0]["message"] == "started"
        assert client.finish(client.install("other"))["status"] == "succeeded"
        assert service.stop() == 0  # before its mounts go
        assert "Traceback" not in (service.folder / "serve.log").read_text()


def fill(path: Path) -> None:
    """Take all the space that there is, to the last block."""
    with path.open("ab", buffering=0) as file:
        for size in (1_048_576, 4096, 1):
            with contextlib.suppress(OSError):
                while file.write(bytes(size)):
                    pass


def read_until_exit(folder: Path) -> None:
    """Return when the task in ``folder`` has an exit record."""
    until((folder / "exit.json").exists, "the exit record")
