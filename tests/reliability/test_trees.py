"""Trees of processes: nothing is left of what was stopped, and what was meant to live on does."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.runner.conftest import is_alive, wait_until
from tests.runner.test_tree import ESCAPES
from tests.service import Client, Service
from tests.tasks.recipes import GATE_PARAMETER, Gate, write_recipe

NewService = Callable[..., Service]
NewGate = Callable[[str], Gate]

HOPPER = "import os\nwhile True:\n    if os.fork(): os._exit(0)\n    os.setsid()\n    open('hops', 'a').write('.')\n"

FOREST = "\n".join(
    [
        "mkdir pids",
        *ESCAPES.values(),
        f"cat > hop.py <<'END'\n{HOPPER}END",
        f"{sys.executable} -I -S hop.py &",
        'trap "" TERM INT HUP',
        "echo $$ > pids/script",
        f"until [ -e hops ] && [ $(cat pids/* | wc -l) -gt {len(ESCAPES)} ]; do read -r -t 0.02 x <> <(:); done",
        "echo ready",
        "while :; do sleep 1; done\n",
    ]
)
"""All ways to escape at once, by a script that is deaf to SIGTERM itself."""

LEAVES_DAEMON = """
setsid bash -c 'echo $$ > daemon; read -r go < "$GATE"; seq 200000; echo $? > printed; read -r end < "$GATE"' &
until [ -s daemon ]; do read -r -t 0.02 x <> <(:); done
echo installed
"""


@pytest.fixture
def left_behind() -> Iterator[list[int]]:
    """Processes that a test lets live on: they are ended after it."""
    pids: list[int] = []
    yield pids
    for pid in pids:
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


def wait_for_message(client: Client, task_id: str, text: str) -> None:
    with client.watch(task_id) as viewer:
        while f'"message":"{text}"' not in str(viewer.recv(timeout=60)):
            pass


def living(folder: Path) -> list[str]:
    """Return what is left of the forest: by the pids that it has left, and by the command line of the hopper."""
    pids = {path.name: path.read_text().strip() for path in (folder / "work/pids").iterdir()}
    found = [name for name, pid in pids.items() if pid and is_alive(int(pid))]
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if b"hop.py" in (entry / "cmdline").read_bytes() and (entry / "cwd").resolve() == folder / "work":
                found.append(f"hopper {entry.name}")
    return found


def test_cancel_leaves_nothing(new_service: NewService) -> None:
    """Whatever a script started to get away is gone when a canceled task has ended, and its rollback has run."""
    service = new_service(runner={"kill_grace": 1})
    write_recipe(service.recipes, "forest", FOREST, rollback="touch undone\necho undone\n")
    service.start()
    client = service.client()
    task_id = client.install("forest")
    folder = service.data_dir / "tasks" / task_id
    wait_for_message(client, task_id, "ready")
    assert len(living(folder)) > len(ESCAPES)
    client.data("POST", f"/v1/soft/tasks/{task_id}/cancel")
    status = client.finish(task_id)
    assert living(folder) == []
    assert (status["status"], status["rollback"]) == ("canceled", "succeeded")
    assert (folder / "work/undone").exists()
    assert client.history(task_id)[-1]["level"] == "WARN"


def test_a_time_limit_leaves_nothing(new_service: NewService) -> None:
    """The same at the time limit: the task failed, with 124 and `TIMEOUT`."""
    service = new_service(runner={"kill_grace": 1})
    write_recipe(
        service.recipes, "forest", FOREST, declared="timeout: 5\n", rollback="touch undone\necho undone\n"
    )
    service.start()
    client = service.client()
    task_id = client.install("forest")
    folder = service.data_dir / "tasks" / task_id
    status = client.finish(task_id)
    assert living(folder) == []
    assert (status["status"], status["exit_code"], status["error"]["code"]) == ("failed", 124, "TIMEOUT")
    assert (status["rollback"], (folder / "work/undone").exists()) == ("succeeded", True)


def test_a_daemon_keeps_the_output(new_service: NewService, gate: NewGate, left_behind: list[int]) -> None:
    """A task ends two seconds after its script although a daemon holds its output, and the daemon may go on printing."""
    service = new_service()
    go = gate("go")
    write_recipe(service.recipes, "daemon", LEAVES_DAEMON, declared=f"parameters:\n{GATE_PARAMETER}")
    service.start()
    client = service.client()
    task_id = client.install("daemon", gate=str(go.path))
    status = client.finish(task_id)
    work = service.data_dir / "tasks" / task_id / "work"
    daemon = int((work / "daemon").read_text())
    left_behind.append(daemon)
    assert status["status"] == "succeeded"
    records = client.history(task_id)
    assert [record["message"] for record in records[:-1]] == ["installed"]
    assert is_alive(daemon)
    go.open()  # it prints 1.3 MB into the pipe that nobody keeps
    wait_until(lambda: (work / "printed").exists() and (work / "printed").read_text(), [work], 60)
    assert (work / "printed").read_text() == "0\n"
    assert is_alive(daemon)
