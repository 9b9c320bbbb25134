"""The one door through which something is installed, upgraded, removed, canceled or tried again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from installcast.tasks.access import Caller


class Installer:
    """Takes requests. ``params`` is what ``POST /v1/soft/install`` takes as its body."""

    async def install(
        self, params: Mapping[str, Any], *, user: Caller = None, idempotency_key: str | None = None
    ) -> str:
        """Accept an install and return its task id; it runs in the background, at once or when its turn comes."""
        raise NotImplementedError

    async def install_with_realtime_log(
        self, params: Mapping[str, Any], *, user: Caller = None, idempotency_key: str | None = None
    ) -> str:
        """The same as :meth:`install`."""
        return await self.install(params, user=user, idempotency_key=idempotency_key)

    async def upgrade(
        self, params: Mapping[str, Any], *, user: Caller = None, idempotency_key: str | None = None
    ) -> str:
        """Accept an upgrade and return its task id."""
        raise NotImplementedError

    async def uninstall(
        self, params: Mapping[str, Any], *, user: Caller = None, idempotency_key: str | None = None
    ) -> str:
        """Accept a removal and return its task id."""
        raise NotImplementedError

    async def plan(
        self, params: Mapping[str, Any], *, action: str = "install", user: Caller = None
    ) -> dict[str, Any]:
        """Return what the prechecks say: ``ok``, ``exit_code``, ``error``, ``messages`` (records), ``packages``."""
        raise NotImplementedError

    async def cancel(self, task_id: str, *, user: Caller = None) -> None:
        """Cancel a queued or running task. Raises ``TaskNotActiveError`` when it has ended."""
        raise NotImplementedError

    async def retry(
        self, task_id: str, params: Mapping[str, Any] | None = None, *, user: Caller = None
    ) -> str:
        """Run an ended task again, as a new one, and return that one's id. Secrets have to be given again in ``params``."""
        raise NotImplementedError


EnhancedInstaller = Installer
"""Its name in programs that were written for the first design of this system."""
