"""A server to be killed: an engine in a process of its own that takes requests and never ends.

``python -m tests.tasks.server SETTINGS REQUEST…``, all JSON. It prints the id of each task that it has taken.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from installcast import Installcast, Settings

REPOSITORY = Path(__file__).parents[2]


async def _serve(settings: Settings, requests: list[dict[str, Any]]) -> None:
    async with Installcast(settings) as engine:
        for request in requests:
            print(await engine.installer.install(request), flush=True)  # noqa: T201 - for whoever started us
        await asyncio.Event().wait()


class Server:
    """A running server, and the ids of the tasks that it took."""

    def __init__(self, settings: Settings, *requests: dict[str, Any]) -> None:
        arguments = [settings.model_dump_json(), *map(json.dumps, requests)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.tasks.server", *arguments],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.task_ids = [self._process.stdout.readline().strip() for _ in requests]

    def kill(self) -> None:
        """End it as a crash would: nothing of it runs to its end."""
        self._process.kill()
        self._process.communicate()


if __name__ == "__main__":
    asyncio.run(
        _serve(Settings.model_validate_json(sys.argv[1]), [json.loads(text) for text in sys.argv[2:]])
    )
