"""Old logs go: the folder of a task that ended long ago is removed; what it was and how it ended stays known."""

from __future__ import annotations

import asyncio
import logging
import shutil
import time
from collections.abc import Callable

from installcast.errors import InsufficientStorageError
from installcast.record import timestamp
from installcast.stream.manager import InstallLogManager
from installcast.tasks.processes import runner_lives
from installcast.tasks.secret_files import SecretFiles
from installcast.tasks.store import Store
from installcast.tasks.supervisor import Supervisor

logger = logging.getLogger("installcast.tasks")

DAY = 86_400.0

IDEMPOTENCY_DAYS = 1
"""How long an ``Idempotency-Key`` is remembered: longer than anybody tries the same request again."""


class Retention:
    """Removes what is older than ``days``. ``clock`` gives Unix time."""

    def __init__(
        self,
        store: Store,
        supervisor: Supervisor,
        logs: InstallLogManager,
        secrets: SecretFiles,
        *,
        days: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._supervisor = supervisor
        self._logs = logs
        self._secrets = secrets
        self._days = days
        self._clock = clock

    async def run(self) -> None:
        """Look once a day, now for the first time. Never returns."""
        while True:
            try:
                await self.sweep()
            except (OSError, InsufficientStorageError):
                logger.exception("Old logs could not be removed")
            await asyncio.sleep(DAY)

    async def sweep(self) -> None:
        """Remove what is old now."""
        now = self._clock()
        await self._store.forget_idempotency(timestamp(now - IDEMPOTENCY_DAYS * DAY))
        for task_id in await self._store.with_old_logs(timestamp(now - self._days * DAY)):
            folder = self._supervisor.folder(task_id)
            if runner_lives(folder):
                continue
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
            self._logs.discard(task_id)
            self._secrets.discard_results(task_id)
            await self._store.log_removed(task_id)
            logger.info("%s: its log is older than %d days and was removed", task_id, self._days)
