"""What a start of the server finds: tasks that ran on without it, ended, died, or still wait.

Asked in an order in which nothing can slip through: who holds the lock, runs; an exit record tells the end; who was started
and has neither, died; all others were never started, and are. Unknown is never success, and nothing runs twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import stat
from collections.abc import Collection
from functools import partial
from pathlib import Path

from installcast.runner.spec import TASK_FILE
from installcast.tasks import ending
from installcast.tasks.adoption import adopt, leaves_traces, was_run
from installcast.tasks.folder import journal_file, reopen
from installcast.tasks.secret_files import SecretFiles
from installcast.tasks.state import TaskStatus
from installcast.tasks.store import Store, Task
from installcast.tasks.supervisor import Supervisor

logger = logging.getLogger("installcast.tasks")


async def recover(store: Store, supervisor: Supervisor, secrets: SecretFiles) -> None:
    """Take up the active tasks of ``store`` again, in the order in which they were asked for."""
    await asyncio.to_thread(_reopen_all, supervisor.tasks_dir)
    await adopt(store, supervisor.tasks_dir)
    active = await store.active()
    secrets.clean(keep={task.task_id for task in active})
    if store.is_whole:
        known = await store.task_ids()
        await asyncio.to_thread(_remove_strays, supervisor.tasks_dir, known=known)
    # Those that run first: they count against the limit, whoever asked earlier.
    for task in sorted(active, key=lambda task: task.status is not TaskStatus.RUNNING):
        try:
            _take_up(task, supervisor, secrets)
        except OSError as error:
            # The others are not to suffer for it.
            logger.error("%s cannot be looked at, which is tried again: %s", task.task_id, error)
            supervisor.postpone(task, partial(_take_up, task, supervisor, secrets))


def _reopen_all(tasks_dir: Path) -> None:
    for folder in tasks_dir.iterdir():
        reopen(folder)


def _take_up(task: Task, supervisor: Supervisor, secrets: SecretFiles) -> None:
    folder = supervisor.folder(task.task_id)
    lost = not (folder / TASK_FILE).exists()
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    _mend_journal(journal_file(folder))
    # A script may have removed what says so.
    taken = was_run(folder) or leaves_traces(folder)
    supervisor.follow(task)
    if taken:
        logger.info("%s: found again", task.task_id)
        supervisor.resume(task, launched=True)
    elif lost:
        supervisor.abandon(task, ending.FOLDER_LOST)
    elif task.canceled_by is not None:
        supervisor.abandon(task, ending.canceled(task.canceled_by))
    elif task.secret_names and not secrets.has_secrets(task.task_id):
        supervisor.abandon(task, ending.SECRET_LOST)
    elif task.status is TaskStatus.RUNNING:
        supervisor.resume(task, launched=False)
    else:
        supervisor.submit(task)


def _mend_journal(path: Path) -> None:
    """Put aside what stands in the place of a journal and is no file: the end of the task has to be written there."""
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISREG(path.lstat().st_mode):
            aside = path.with_name(f"{path.name}.damaged")
            path.rename(aside)
            logger.error("%s is no file, and was put aside as %s", path, aside.name)


def _remove_strays(tasks_dir: Path, known: Collection[str]) -> None:
    """Remove the folders of requests that a killed server was about to accept: no runner ever saw them."""
    for folder in tasks_dir.iterdir():
        if folder.name in known:
            continue
        try:
            is_ours = not folder.is_symlink() and folder.is_dir()
            if is_ours and not was_run(folder):
                shutil.rmtree(folder, ignore_errors=True)
        except OSError as error:
            logger.error("%s cannot be looked at: %s", folder, error)
