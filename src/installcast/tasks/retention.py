"""Old logs go: the folder of a task that ended long ago is removed; what it was and how it ended stays known."""

from __future__ import annotations

import asyncio
import logging
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from installcast.errors import InstallcastError
from installcast.record import timestamp
from installcast.runner.clock import since_boot
from installcast.stream.manager import InstallLogManager
from installcast.tasks.clock_trust import DAY, ClockTrust
from installcast.tasks.processes import runner_lives
from installcast.tasks.secret_files import SecretFiles
from installcast.tasks.store import Store
from installcast.tasks.supervisor import Supervisor
from installcast.tasks.timelines import UNUSED_DAYS, Timelines

logger = logging.getLogger("installcast.tasks")

LOOK_SECONDS = 3600.0

_CLOCK_FACT = "clock"
"""The last look at the clock, as :class:`ClockTrust` has it."""

IDEMPOTENCY_DAYS = 1
"""How long an ``Idempotency-Key`` is remembered: longer than anybody tries the same request again."""


class Retention:
    """Removes what is older than ``days``. ``clock`` gives Unix time, ``uptime`` seconds that nobody can set."""

    def __init__(
        self,
        store: Store,
        supervisor: Supervisor,
        logs: InstallLogManager,
        secrets: SecretFiles,
        timelines: Timelines,
        *,
        days: int,
        clock: Callable[[], float] = time.time,
        uptime: Callable[[], float] = since_boot,
    ) -> None:
        self._store = store
        self._supervisor = supervisor
        self._logs = logs
        self._secrets = secrets
        self._timelines = timelines
        self._days = days
        self._clock = clock
        self._uptime = uptime
        self._looked_at: float | None = None
        self._trash = supervisor.tasks_dir.with_name("removed")
        self._told: set[Path] = set()

    async def run(self) -> None:
        """Look once an hour, now for the first time. Never returns."""
        while True:
            try:
                await self.sweep()
            except InstallcastError as error:
                logger.error("Old logs could not be removed: %s", error)
            except Exception:
                logger.exception("Old logs could not be removed")
            await asyncio.sleep(LOOK_SECONDS)

    async def sweep(self) -> None:
        """Remove what is old now, unless the clock is not to be believed."""
        now = self._clock()
        if await self._is_believed(now):
            await self._store.forget_idempotency(timestamp(now - IDEMPOTENCY_DAYS * DAY))
            for task_id in await self._store.with_old_logs(timestamp(now - self._days * DAY)):
                await self._remove(task_id)
            await asyncio.to_thread(self._timelines.prune, now - UNUSED_DAYS * DAY)
        await asyncio.to_thread(self._empty)

    async def _is_believed(self, now: float) -> bool:
        uptime = self._uptime()
        elapsed, self._looked_at = uptime - self._looked_at if self._looked_at else None, uptime
        fact = await self._store.fact(_CLOCK_FACT)
        trust = ClockTrust(*fact) if fact else ClockTrust(await self._store.newest() or now)
        seen = trust.look(now, elapsed)
        if trust.is_believed and not seen.is_believed:
            logger.warning(
                "The clock leapt from %s to %s: no log is removed before it has said so for a day",
                *(timestamp(trust.wall), timestamp(now)),
            )
        await self._store.remember(_CLOCK_FACT, list(seen))
        return seen.is_believed

    async def _remove(self, task_id: str) -> None:
        """Remove the folder of a task, unless something in it lives or is being read: then the next look has another try."""
        folder = self._supervisor.folder(task_id)
        if runner_lives(folder) or self._is_read(task_id):
            return
        try:
            # Renamed, so that for whoever comes now it is gone as a whole; no reader can begin in between.
            self._trash.mkdir(mode=0o700, exist_ok=True)
            folder.rename(self._trash / task_id)
        except FileNotFoundError:
            logger.info("%s: its folder is gone already", task_id)
        except OSError as error:
            self._tell(folder, error.strerror)
            return
        self._logs.discard(task_id)
        self._secrets.discard_results(task_id)
        await self._store.log_removed(task_id)
        logger.info("%s: its log is older than %d days and was removed", task_id, self._days)

    def _is_read(self, task_id: str) -> bool:
        stream = self._logs.get(task_id) if task_id in self._logs else None
        return stream is not None and bool(stream.clients or stream.readers)

    def _empty(self) -> None:
        """Remove what was renamed, also before a crash. No link is followed, and one that cannot be removed stops no other."""
        if not self._trash.is_dir():
            return
        for folder in self._trash.iterdir():
            try:
                if folder.is_symlink() or not folder.is_dir():
                    folder.unlink()
                else:
                    shutil.rmtree(folder)
            except OSError as error:
                self._tell(folder, error.strerror)

    def _tell(self, folder: Path, reason: str | None) -> None:
        if folder not in self._told:
            self._told.add(folder)
            logger.error("%s cannot be removed, which is tried again each hour: %s", folder, reason)
