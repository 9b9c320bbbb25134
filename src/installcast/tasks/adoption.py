"""Tasks that have a folder and no row: the database was lost, or the end of it, and is made again from the folders."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import NamedTuple

from installcast.record import timestamp
from installcast.runner.outcome import EXIT_FILE
from installcast.runner.probe import STARTED_FILE
from installcast.runner.spec import read_spec
from installcast.tasks import acceptance, ending
from installcast.tasks.access import local_owner
from installcast.tasks.folder import journal_file
from installcast.tasks.processes import runner_lives, runner_runs, started_of
from installcast.tasks.state import TaskStatus
from installcast.tasks.store import Idempotency, Store, Task
from installcast.tasks.task_id import is_task_id

logger = logging.getLogger("installcast.tasks")


class _Found(NamedTuple):
    task: Task
    idempotency: Idempotency | None


def was_run(folder: Path) -> bool:
    """Return whether a runner has, or had, the task in ``folder``: then it was accepted, whatever the database knows."""
    return any((folder / name).exists() for name in (STARTED_FILE, EXIT_FILE)) or runner_lives(folder)


def leaves_traces(folder: Path) -> bool:
    """Return whether a task was run although a script has removed what says so: its log tells, or its runner is there."""
    journal = journal_file(folder)
    if journal.exists():
        return journal.stat().st_size > 0
    return runner_runs(folder)


async def adopt(store: Store, tasks_dir: Path) -> None:
    """Store the tasks in ``tasks_dir`` that ``store`` does not know.

    One that was run was accepted. One that was not is taken only where the database has lost something: else it is a
    request that a killed server had not accepted yet. A folder that cannot be looked at now is left to the next start.
    """
    known = await store.task_ids()
    found, all_seen = await asyncio.to_thread(_look, tasks_dir, known, only_run=store.is_whole)
    # Those that run first: of two tasks of a recipe that both want to be active, only one was accepted.
    taken = 0
    for task, idempotency in sorted(
        found, key=lambda one: (one.task.status is TaskStatus.QUEUED, one.task.created_at)
    ):
        if await store.adopt(task, idempotency):
            taken += 1
        else:
            logger.error("%s cannot be taken up: another task of %s is active", task.task_id, task.key)
    if all_seen:
        await store.made_whole()
    if taken:
        logger.warning("%d tasks that the database did not know were read from their folders", taken)


def _look(tasks_dir: Path, known: set[str], *, only_run: bool) -> tuple[list[_Found], bool]:
    """Return the tasks that are not ``known``, and whether all that there are could be looked at."""
    found, all_seen = [], True
    for folder in tasks_dir.iterdir():
        if folder.name in known or not is_task_id(folder.name):
            continue
        try:
            is_ours = not folder.is_symlink() and folder.is_dir()
            one = _read(folder) if is_ours and (was_run(folder) or not only_run) else None
        except OSError as error:
            logger.error("%s cannot be looked at, which the next start tries again: %s", folder, error)
            all_seen = False
            continue
        if one is not None:
            found.append(one)
    return found, all_seen


def _read(folder: Path) -> _Found | None:
    """Return the task in ``folder``, as far as its files tell; ``None`` where they do not."""
    task: Task | None
    try:
        task, idempotency = acceptance.read(folder)
    except FileNotFoundError:
        if not was_run(folder):
            return None  # a request that was not complete
        task, idempotency = _by_description(folder), None
    except ValueError as error:
        logger.error("%s: %s", folder, error)
        task, idempotency = _by_description(folder), None
    if task is None:
        logger.error("%s: nothing tells what task this is; it is left as it is", folder)
        return None
    return _Found(_with_end(task, folder), idempotency)


def _by_description(folder: Path) -> Task | None:
    """Return the task by what its runner was told. That does not tell whose it is: so it is ours."""
    try:
        spec = read_spec(folder)
    except (OSError, ValueError):
        return None
    created_at = timestamp(folder.stat().st_mtime)
    return Task(folder.name, spec.key, spec.software_version, spec.action, local_owner().sub, created_at)


def _with_end(task: Task, folder: Path) -> Task:
    outcome = ending.outcome_of(folder)
    if outcome is not None:
        columns = ending.columns_of(outcome)
        return task._replace(status=TaskStatus(outcome.status), started_at=outcome.started_at, **columns)
    if not was_run(folder):
        return task
    started = started_of(folder)
    began = started.started_at if started and started.started_at else task.created_at
    return task._replace(status=TaskStatus.RUNNING, started_at=began)
