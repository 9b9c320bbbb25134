"""Rows made again from folders; what a lost or damaged database costs is in test_database.py and tests/reliability."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from installcast.tasks import adoption
from installcast.tasks.acceptance import encode
from installcast.tasks.adoption import adopt
from installcast.tasks.folder import REQUEST_FILE
from installcast.tasks.state import TaskStatus
from installcast.tasks.store import Store, Task

TASK_ID = "web-1.0-01hzzzzzzzzzzzzzzzzzzzzzzz"


async def look(path: Path, tasks_dir: Path) -> tuple[bool, Task | None]:
    """Return whether the database at ``path`` was whole before its rows were made, and the task after that."""
    store = await Store(path).open()
    try:
        await adopt(store, tasks_dir)
        tasks = await store.active()
        return store.is_whole, tasks[0] if tasks else None
    finally:
        await store.close()


async def test_what_cannot_be_looked_at_is_still_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that fails for a moment costs no accepted task: the next start looks again, and only then all is there."""
    path, tasks_dir = tmp_path / "installcast.db", tmp_path / "tasks"
    (tasks_dir / TASK_ID).mkdir(parents=True)
    task = Task(TASK_ID, "web", "1.0", "install", "root", "2026-01-01T00:00:00.000000Z")
    (tasks_dir / TASK_ID / REQUEST_FILE).write_bytes(encode(task, None))

    def fail(folder: Path) -> bool:
        raise OSError(errno.EIO, "Input/output error", str(folder))

    with monkeypatch.context() as patch:
        patch.setattr(adoption, "was_run", fail)
        assert await look(path, tasks_dir) == (False, None)
    is_whole, found = await look(path, tasks_dir)
    assert not is_whole
    assert found is not None
    assert (found.task_id, found.status) == (TASK_ID, TaskStatus.QUEUED)
    assert (await look(path, tasks_dir))[0]
