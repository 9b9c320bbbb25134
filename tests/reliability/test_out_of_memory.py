"""The kernel kills a step of an install for want of memory, and the script does not notice."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from installcast.runner.cgroup import path_of_this_process
from tests.reliability.ends import wait_for_runner
from tests.reliability.mounts import MountNamespace
from tests.service import Service
from tests.tasks.recipes import write_recipe

NewService = Callable[..., Service]

pytestmark = pytest.mark.machine

LIMIT = 300 * 1024 * 1024
"""Of the service and all its tasks; the service takes a third of it."""

ALLOCATE = f"""
allocate() {{ {sys.executable} -I -S -c "x = b'x' * ($1 << 20); print('allocated')"; }}
"""


@pytest.fixture
def limited() -> Iterator[Path]:
    """A memory cgroup of version 1 with a limit."""
    parent = path_of_this_process("memory")
    if parent is None:
        pytest.skip("this machine has no memory hierarchy of version 1")
    group = parent / f"limited-{os.getpid()}"
    group.mkdir()
    (group / "memory.limit_in_bytes").write_text(str(LIMIT))
    yield group
    group.rmdir()


def enter(group: Path) -> list[str]:
    """Return what is put before a command so that it runs in ``group``."""
    return ["sh", "-c", f'echo $$ > "{group}/cgroup.procs"; exec "$@"', "sh"]


def test_a_step_is_killed_and_the_script_ends_well(limited: Path, new_service: NewService) -> None:
    """The task failed with `OOM_KILLED`, whatever the script's own status; what stays within the limit succeeds."""
    service = new_service(prefix=enter(limited), runner={"isolation": "session"})
    write_recipe(service.recipes, "greedy", f"{ALLOCATE}( allocate 1000 )\necho went on\nexit 0\n")
    write_recipe(service.recipes, "modest", f"{ALLOCATE}( allocate 50 )\nexit 0\n")
    service.start()
    client = service.client()
    greedy = client.install("greedy")
    status = client.finish(greedy)
    assert (status["status"], status["exit_code"], status["error"]["code"]) == ("failed", 137, "OOM_KILLED")
    assert "went on" in [record["message"] for record in client.history(greedy)]
    modest = client.install("modest")
    status = client.finish(modest)
    assert (status["status"], status["exit_code"], status["error"]) == ("succeeded", 0, None)
    for task_id in (greedy, modest):
        wait_for_runner(service.data_dir / "tasks" / task_id)
    assert list(limited.glob("installcast-*")) == []


@pytest.mark.parametrize(
    ("script", "expected"),
    [("( allocate 1000 ); exit 0", ("succeeded", 0, None)), ("allocate 1000", ("failed", 137, "OOM_KILLED"))],
    ids=["the script ends well", "the script ends with it"],
)
def test_where_the_count_is_shared(
    limited: Path, new_service: NewService, script: str, expected: tuple[str, int, str | None]
) -> None:
    """Without a cgroup of its own a task is not failed by a kill that may be another's: it explains one, or is a warning."""
    with MountNamespace() as namespace:
        root = Path("/sys/fs/cgroup/memory")
        namespace.run("mount", "--bind", root, root)
        namespace.run("mount", "-o", "remount,bind,ro", root)
        service = new_service(prefix=[*enter(limited), *namespace.prefix], runner={"isolation": "session"})
        write_recipe(service.recipes, "greedy", f"{ALLOCATE}{script}\n")
        service.start()
        client = service.client()
        task_id = client.install("greedy")
        status = client.finish(task_id)
        found = (status["status"], status["exit_code"], (status["error"] or {}).get("code"))
        assert found == expected
        warned = [r for r in client.history(task_id) if "for want of memory" in r["message"]]
        assert len(warned) == (expected[0] == "succeeded")
        wait_for_runner(service.data_dir / "tasks" / task_id)
        service.stop()
