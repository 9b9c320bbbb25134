"""Every accepted task, seen to its end: start it when its turn comes, watch its runner, have its end settled.

That happens when the last record of its journal comes by, before anybody sees that record; and, should the runner
die, when its lock is free.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import chain, repeat
from pathlib import Path

from installcast.errors import MachineStoppingError, NoRoomError, RunnerStartError, StorageFailedError
from installcast.record import LogMessage, timestamp
from installcast.runner.probe import send_cancel, this_boot
from installcast.runner.spec import TASK_FILE
from installcast.stream.log_stream import LogStream
from installcast.stream.manager import InstallLogManager
from installcast.tasks import ending
from installcast.tasks.ending import End
from installcast.tasks.folder import journal_file, live_file, reopen
from installcast.tasks.launcher import Isolation, forestall, launch
from installcast.tasks.orphan import Fate, accompany, orphan_of
from installcast.tasks.orphan_output import Lost, Output
from installcast.tasks.processes import runner_end, runner_lives, started_of
from installcast.tasks.queue import Queue
from installcast.tasks.room import require_room
from installcast.tasks.secret_files import SecretFiles
from installcast.tasks.settlement import STORAGE_RETRY_SECONDS, Settlement
from installcast.tasks.state import TaskStatus
from installcast.tasks.store import Store, Task
from installcast.tasks.timelines import Timelines

logger = logging.getLogger("installcast.tasks")

_CANCEL_SECONDS = 5.0
"""How long a cancel waits: for the end of a waiting task to be stored, which takes some milliseconds, or for a start under
way, which takes 0.1 s. Whatever it waited for goes on, and the wish is kept."""

_LAUNCH_SECONDS = 2.0
"""How long the end of the service waits for runners that are being started, which takes 0.1 s each."""

_TELL_AGAIN_SECONDS = 1.0
"""Before a runner that has not heard of a cancel is told again."""

_STOPPING_RETRY_SECONDS = 30.0
"""Before a start is tried again that a shutdown was in the way of: nobody is there any more by then, or it was called off."""

_RETRY_SECONDS = (1.0, 5.0, 15.0, 60.0)
"""Between two attempts after a fault that nobody foresaw; the last one again and again."""

_ATTEMPTS = 8
"""Before a task is given up of which nothing runs: after some five minutes."""


class Supervisor:
    """Owns what runs. ``tasks_dir`` holds one folder a task; ``on_end`` is told of each end; ``clock`` gives Unix time.

    ``file_limit`` is the soft limit on open files that scripts get; ``None``: the one of this process.
    """

    def __init__(
        self,
        *,
        tasks_dir: Path,
        store: Store,
        logs: InstallLogManager,
        queue: Queue,
        secrets: SecretFiles,
        timelines: Timelines,
        isolation: Isolation,
        kill_grace: float,
        file_limit: int | None = None,
        on_end: Callable[[Task], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.tasks_dir = tasks_dir
        self.queue = queue
        self._store = store
        self._logs = logs
        self._isolation = isolation
        self._kill_grace = kill_grace
        self._file_limit = file_limit
        self._clock = clock
        self._settlement = Settlement(
            tasks_dir, store, logs, secrets, timelines, leave=self._leave, on_end=on_end, clock=clock
        )
        self._lives: set[asyncio.Task[None]] = set()
        """What goes on: one for each task that runs, from the decision to start it."""
        self._launched: dict[str, asyncio.Future[None]] = {}
        """Done when the runner of a task is there, or will not come."""
        self._canceled: dict[str, asyncio.Future[str]] = {}
        """Running tasks → who wants them to end, once somebody does."""
        self._told_again: dict[str, asyncio.TimerHandle] = {}
        """When the runner of a task that did not hear of it will be told again."""
        self._closing = False

    async def close(self) -> None:
        """Start nothing more and watch nothing more; what runs goes on."""
        self._closing = True
        # Half-way through a start nobody can say whether there is a runner; the next start of the service makes it good.
        if self._launched:
            await asyncio.wait(self._launched.values(), timeout=_LAUNCH_SECONDS)
        for life in self._lives:
            life.cancel()
        if self._lives:
            await asyncio.wait(self._lives)

    # --- what comes in ------------------------------------------------------------------------------------------

    def folder(self, task_id: str) -> Path:
        """Return the folder of a task."""
        return self.tasks_dir / task_id

    def follow(self, task: Task) -> LogStream:
        """Open the log of an active task, whose folder has to exist."""

        async def settle(_: LogMessage) -> None:
            await self._settlement.settle(task.task_id)

        folder = self.folder(task.task_id)
        return self._logs.create_log_stream(
            task.task_id, journal_file(folder), task.key, live_file=live_file(folder), on_final=settle
        )

    def submit(self, task: Task) -> None:
        """Let a task run when its turn comes."""
        self.queue.add(task.task_id, task.key, task.locks)
        self.dispatch()

    def resume(self, task: Task, *, launched: bool) -> None:
        """Count a task as running that was when the server stopped; ``launched``: its runner was there by then."""
        self.queue.adopt(task.task_id, task.key, task.locks)
        if task.canceled_by is not None:
            self._wish_end(task.task_id, task.canceled_by)
        if launched:
            self._own(task.task_id, partial(self._watch, task.task_id))
        else:
            self._begin(task.task_id)

    def postpone(self, task: Task, take_up: Callable[[], None]) -> None:
        """Try again to ``take_up`` a task that cannot be looked at now (``OSError``). One that may run counts as running."""
        if task.status is TaskStatus.RUNNING:
            self.queue.adopt(task.task_id, task.key, task.locks)

        async def try_again() -> None:
            while True:
                await asyncio.sleep(STORAGE_RETRY_SECONDS)
                reopen(self.folder(task.task_id))
                with contextlib.suppress(OSError):
                    take_up()
                    return

        self._own(task.task_id, try_again)

    def abandon(self, task: Task, end: End) -> None:
        """End a task in the background that no runner can be had for."""
        self._own(task.task_id, partial(self.conclude, task.task_id, end))

    def dispatch(self) -> None:
        """Start what may run now."""
        if self._closing:
            return
        for task_id in self.queue.take():
            self._begin(task_id)
        for task_id in self.queue.waiting:
            self._touch(task_id)

    async def cancel(self, task: Task, by: str) -> bool:
        """End an active task, at once if it waits. Returns ``False`` when its rollback is under way, which goes on."""
        task_id = task.task_id
        try:
            await self._store.note_cancel(task_id, by)
        except StorageFailedError as error:
            logger.error("%s is canceled, which cannot be stored: %s", task_id, error)
        if self.queue.withdraw(task_id):
            self.dispatch()
            end = self._own(task_id, partial(self.conclude, task_id, ending.canceled(by)))
            await asyncio.wait([end], timeout=_CANCEL_SECONDS)
            return True
        if launched := self._launched.get(task_id):
            await asyncio.wait([launched], timeout=_CANCEL_SECONDS)
        rolls_back = self._phase(task_id) == "rollback"
        self._wish_end(task_id, by)
        return not rolls_back

    def _wish_end(self, task_id: str, by: str) -> None:
        # Should the runner die before it has heard of it, whoever finds its script will know.
        wish = self._cancel_of(task_id)
        if not wish.done():
            wish.set_result(by)
        self._tell_wish(task_id, by)

    def _tell_wish(self, task_id: str, by: str) -> None:
        """Tell the runner, again and again where it has no ear: a script may have removed it, which the runner mends."""
        earlier = self._told_again.pop(task_id, None)
        if earlier is not None:
            earlier.cancel()  # one at a time, however often it is asked for
        if self._closing or not self.queue.runs(task_id):
            return
        heard = False
        try:
            heard = send_cancel(self.folder(task_id), by)
        except OSError as error:
            if earlier is None:
                logger.error("The runner of %s cannot be told to end, and is told again: %s", task_id, error)
        if not heard:
            loop = asyncio.get_running_loop()
            self._told_again[task_id] = loop.call_later(_TELL_AGAIN_SECONDS, self._tell_wish, task_id, by)

    # --- the life of a task -------------------------------------------------------------------------------------

    def _begin(self, task_id: str) -> None:
        if self._closing:
            return
        self._launched[task_id] = asyncio.get_running_loop().create_future()
        self._own(task_id, partial(self._live, task_id))

    def _own(self, task_id: str, work: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        life = asyncio.get_running_loop().create_task(self._guard(task_id, work), name=f"task {task_id}")
        self._lives.add(life)
        life.add_done_callback(self._lives.discard)
        return life

    async def _guard(self, task_id: str, work: Callable[[], Awaitable[None]]) -> None:
        """Do ``work``, which can be done again at any point, until it is done: a task that nobody watches never ends.

        It keeps its place in the queue, since its script may run. Where it does not, the task is given up after a while.
        """
        for attempt, pause in enumerate(chain(_RETRY_SECONDS, repeat(_RETRY_SECONDS[-1]))):
            try:
                if attempt >= _ATTEMPTS and await self._give_up(task_id):
                    return
                await work()
                return
            except PermissionError as error:
                logger.error("%s cannot be looked after, next try in %d s: %s", task_id, pause, error)
                reopen(self.folder(task_id))
            except Exception:
                logger.exception("%s met a fault of the service; next try in %d s", task_id, pause)
            await asyncio.sleep(pause)

    async def _give_up(self, task_id: str) -> bool:
        """End a task in the database alone, if nothing of it runs: all else has failed again and again."""
        folder = self.folder(task_id)
        if (
            await asyncio.to_thread(runner_lives, folder)
            or await asyncio.to_thread(orphan_of, folder) is not None
        ):
            return False
        logger.error("%s is given up", task_id)
        await self._settlement.give_up(task_id)
        return True

    async def _live(self, task_id: str) -> None:
        self._launched.setdefault(task_id, asyncio.get_running_loop().create_future())
        failure: End | None = None
        try:
            if (by := self._wish(task_id)) is not None and forestall(self.folder(task_id)):
                failure = ending.canceled(by)  # after a first attempt that could not start it
            elif not await self._start(task_id):
                return
        except MachineStoppingError as error:
            # Should it come to nothing after all, the task has not long to wait.
            logger.warning("%s", error)
            asyncio.get_running_loop().call_later(_STOPPING_RETRY_SECONDS, self._begin, task_id)
            return
        except RunnerStartError as error:
            logger.error("%s", error)
            failure = ending.not_started(error.values["reason"])
        finally:
            self._launched.pop(task_id).set_result(None)
        await (self.conclude(task_id, failure) if failure else self._watch(task_id))

    def _wish(self, task_id: str) -> str | None:
        """Return who wants a task to end, ``None`` if nobody does."""
        wish = self._canceled.get(task_id)
        return wish.result() if wish is not None and wish.done() else None

    async def _start(self, task_id: str) -> bool:
        """Start the runner of a task; return ``False`` when that is not to be. Raises :class:`RunnerStartError`."""
        task = await self._store.get(task_id)
        if task is None or task.status.is_final:
            self._leave(task_id)
            return False
        if task.status is TaskStatus.QUEUED:
            try:
                # A runner without room for the end of its task refuses, and that would be the end of it.
                await asyncio.to_thread(require_room, (self.tasks_dir,))
                now = max(timestamp(self._clock()), task.created_at)
                await self._store.change(task_id, TaskStatus.RUNNING, started_at=now)
            except (NoRoomError, StorageFailedError) as error:
                if self.queue.put_back(task_id, str(error)):
                    logger.error("%s waits: %s", task_id, error)
                    self._touch(task_id)
                asyncio.get_running_loop().call_later(STORAGE_RETRY_SECONDS, self.dispatch)
                return False
        self._touch(task_id)
        again = task.status is TaskStatus.RUNNING
        await launch(self.folder(task_id), self._isolation, again=again, file_limit=self._file_limit)
        return True

    async def _watch(self, task_id: str) -> None:
        folder = self.folder(task_id)
        with contextlib.closing(Output(folder)) as output:
            await runner_end(folder)
            if ending.outcome_of(folder) is None:
                await self._bury(task_id, output)
                return
        await self._settlement.finish(task_id)

    async def _bury(self, task_id: str, output: Output) -> None:
        """See a task to its end whose runner died: what it has left behind comes first."""
        folder = self.folder(task_id)
        started = started_of(folder)
        if ending.was_damaged(folder):
            end = ending.OUTCOME_DAMAGED
        elif not (folder / TASK_FILE).exists() and await asyncio.to_thread(orphan_of, folder) is None:
            end = ending.FOLDER_LOST
        elif started is not None and not started.pid:
            task = await self._store.get(task_id)
            by = task.canceled_by if task else None
            end = ending.NEVER_RUN if by is None else ending.canceled(by)
        else:
            logger.warning("The runner of %s died; %s may say why", task_id, folder / "runner.log")
            rebooted = started is not None and started.boot_id != this_boot()
            fate = None if rebooted else await self._accompany(folder, output)
            end = ending.runner_lost(rebooted=rebooted, fate=fate)
        await output.drain()
        await self.conclude(task_id, end, lost=output.lost())

    async def _accompany(self, folder: Path, output: Output) -> Fate | None:
        """Return what became of the script that a dead runner has left behind, ``None`` when there is none."""
        orphan = await asyncio.to_thread(orphan_of, folder)
        if orphan is None:
            return None
        logger.warning("%s runs on without its runner (pid %d)", folder.name, orphan.script.pid)
        self._disown(folder.name)
        try:
            await asyncio.to_thread(ending.tell_orphaned, folder, self._clock())
        except OSError as error:
            logger.error("%s: its log cannot be written: %s", folder.name, error)
        return await accompany(
            orphan,
            output,
            kill_grace=self._kill_grace,
            canceled=self._cancel_of(folder.name),
            tell=lambda lost: ending.tell_lost(folder, lost, self._clock()),
        )

    # --- the end ------------------------------------------------------------------------------------------------

    async def conclude(self, task_id: str, end: End, *, lost: Lost | None = None) -> None:
        """End a task that has no runner, and will have none; first tell what of its output is ``lost``."""
        folder = self.folder(task_id)
        if not forestall(folder) and runner_lives(folder):
            # One that was on its way when the former service died: what it does is what happens.
            await self._watch(task_id)
            return
        await self._settlement.write(task_id, end, lost)
        await self._settlement.finish(task_id)

    def _leave(self, task_id: str) -> None:
        self._canceled.pop(task_id, None)
        self.queue.ended(task_id)
        self.dispatch()

    def _cancel_of(self, task_id: str) -> asyncio.Future[str]:
        return self._canceled.setdefault(task_id, asyncio.get_running_loop().create_future())

    def _phase(self, task_id: str) -> str | None:
        """Return the phase that a running task is in, as far as its log knows."""
        stream = self._logs.get(task_id) if task_id in self._logs else None
        if stream is None:
            return None
        last = stream.last_message
        return stream.state.get("phase") or (last.phase if last else None)

    def _disown(self, task_id: str) -> None:
        if task_id in self._logs and (stream := self._logs.get(task_id)):
            stream.forget_live()

    def _touch(self, task_id: str) -> None:
        if task_id in self._logs and (stream := self._logs.get(task_id)):
            stream.touch()
