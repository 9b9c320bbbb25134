"""The end of a task, told to everybody: ``exit.json`` first, then the last record, the database, the viewers.

In this order, so that a crash at any point can be made good, and nobody is shown an end that could still become another one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from weakref import WeakValueDictionary

from installcast.errors import StorageFailedError, is_shortage
from installcast.record import timestamp
from installcast.stream.log_stream import READ_AGAIN_SECONDS
from installcast.stream.manager import InstallLogManager
from installcast.tasks import ending
from installcast.tasks.ending import End
from installcast.tasks.orphan_output import Lost
from installcast.tasks.secret_files import SecretFiles
from installcast.tasks.state import TaskStatus
from installcast.tasks.store import Store, Task
from installcast.tasks.timelines import Timelines

logger = logging.getLogger("installcast.tasks")

STORAGE_RETRY_SECONDS = 10.0
"""Between two attempts to store something on a disk that is full."""


class Settlement:
    """Settles the tasks in ``tasks_dir``. ``leave`` is called when one counts as ended, ``on_end`` told of each end, once.

    ``clock`` gives Unix time.
    """

    def __init__(
        self,
        tasks_dir: Path,
        store: Store,
        logs: InstallLogManager,
        secrets: SecretFiles,
        timelines: Timelines,
        *,
        leave: Callable[[str], None],
        on_end: Callable[[Task], None],
        clock: Callable[[], float],
    ) -> None:
        self._tasks_dir = tasks_dir
        self._store = store
        self._logs = logs
        self._secrets = secrets
        self._timelines = timelines
        self._leave = leave
        self._on_end = on_end
        self._clock = clock
        self._settling: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        """One for each task, for as long as it is being settled: no slow journal holds up the ends of others."""

    async def write(self, task_id: str, end: End, lost: Lost | None) -> None:
        """Tell what of the output is ``lost``, then how a task ends that no runner ends. Returns when the disk has taken it."""
        folder = self._tasks_dir / task_id
        failing = False
        while True:
            try:
                if lost is not None:
                    await asyncio.to_thread(ending.tell_lost, folder, lost, self._clock())
                    lost = None
                if ending.outcome_of(folder) is None:
                    await asyncio.to_thread(ending.write_end, folder, end, self._clock())
                break
            except OSError as error:
                failing = self._tell_failure(task_id, error, failing)
                await asyncio.sleep(STORAGE_RETRY_SECONDS)

    async def finish(self, task_id: str) -> None:
        """Make good what is missing of a task whose ``exit.json`` is there: its last record, its state in the database."""
        folder = self._tasks_dir / task_id
        failing = False
        while True:
            try:
                outcome = ending.outcome_of(folder)
                if outcome is not None:
                    # The stream settles the task when it sees this record, before it shows it.
                    await asyncio.to_thread(ending.complete_journal, folder, outcome)
                await self.settle(task_id)
                break
            except (OSError, StorageFailedError) as error:
                failing = self._tell_failure(task_id, error, failing)
                await asyncio.sleep(STORAGE_RETRY_SECONDS)
        await self._seal(task_id)

    @staticmethod
    def _tell_failure(task_id: str, error: Exception, told: bool) -> bool:
        if not told:
            logger.error(
                "The end of %s cannot be stored, which is tried every %d s: %s",
                task_id,
                STORAGE_RETRY_SECONDS,
                error,
            )
        return True

    async def settle(self, task_id: str) -> None:
        """Bring the database up to date with the end of a task. A second call does nothing."""
        async with self._settling.setdefault(task_id, asyncio.Lock()):
            task = await self._store.get(task_id)
            if task is not None and not task.status.is_final:
                await self._settle(task)
        self._leave(task_id)

    async def _settle(self, task: Task) -> None:
        outcome = ending.outcome_of(self._tasks_dir / task.task_id)
        if outcome is not None:
            status, columns = TaskStatus(outcome.status), ending.columns_of(outcome)
        else:
            # A last record, but nothing that vouches for it.
            error = ending.OUTCOME_DAMAGED.error
            status = TaskStatus.INTERRUPTED
            columns = {"finished_at": timestamp(self._clock()), "error": error and error.to_dict()}
        # Clocks are set back: no task ends before it began.
        columns["finished_at"] = max(columns["finished_at"], task.started_at or task.created_at)
        # Nobody makes a log complete that the database calls ended: after a power cut, too, all of it has to be there.
        try:
            await asyncio.to_thread(ending.sync_journal, self._tasks_dir / task.task_id)
        except OSError as error:
            logger.warning("The end of the log of %s may not outlive a power cut: %s", task.task_id, error)
        if status is TaskStatus.SUCCEEDED:
            # Before the end is known: a run that is asked for then finds it.
            folder = self._tasks_dir / task.task_id
            await asyncio.to_thread(self._timelines.take, folder, task.key, task.version, task.action)
        if task.status is TaskStatus.QUEUED and status is TaskStatus.SUCCEEDED:
            await self._store.change(task.task_id, TaskStatus.RUNNING)
        await self._store.change(task.task_id, status, **columns)
        self._secrets.discard_secrets(task.task_id)
        self._on_end(task)

    async def give_up(self, task_id: str) -> None:
        """End a task in the database alone."""
        await self._store.change(
            task_id,
            TaskStatus.INTERRUPTED,
            finished_at=timestamp(self._clock()),
            error=ending.GIVEN_UP.to_dict(),
        )
        self._leave(task_id)
        await self._seal(task_id)

    async def _seal(self, task_id: str) -> None:
        """End the stream of a task that is settled, whatever kept it from seeing a last record: viewers would wait for ever."""
        stream = self._logs.get(task_id) if task_id in self._logs else None
        while stream is not None and not stream.is_completed and not stream.is_closed:
            try:
                stream.seal()
                return
            except OSError as error:
                if not is_shortage(error):
                    logger.error("The log of %s cannot be read to its end: %s", task_id, error)
                    stream.give_up()
                    return
            await asyncio.sleep(READ_AGAIN_SECONDS)
