"""What an install would do: its checks, and its plan where it has one, run by a runner in a folder that is thrown away."""

from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path
from typing import Any

from installcast.errors import RunnerStartError, UnavailableError
from installcast.record import LogMessage, decode
from installcast.runner.environment import SEARCH_PATH
from installcast.runner.outcome import Outcome
from installcast.runner.probe import STARTED_FILE, runner_argv, send_cancel
from installcast.runner.spec import Secrets
from installcast.settings import Settings
from installcast.stream.journal_reader import JournalReader
from installcast.tasks.ending import outcome_of
from installcast.tasks.file_limit import with_file_limit
from installcast.tasks.folder import Order, journal_file, prepare
from installcast.tasks.processes import runner_lives
from installcast.tasks.secret_files import SecretFiles
from installcast.tasks.task_id import new_task_id
from installcast.tasks.timelines import Timelines

PARALLEL = 4
"""Plans at a time. Each is some processes, and somebody waits for it."""

MAX_MESSAGES = 1000
"""Lines of an answer; a plan that says more is no plan."""

_FOLDER = "plans"

_PACKAGE = re.compile(r"[+~-] \S+( \S.*)?")
"""A line of a plan script that names a change: ``+ nginx 1.22``, ``~ libc6 2.36 → 2.37``, ``- apache2 2.4``."""

_PACKAGES_RESULT = "packages"
"""The same again as a result, which holds no lines; for those who run the script by hand."""


class Planner:
    """Carries out plans in a folder of its own below the data folder."""

    def __init__(
        self,
        settings: Settings,
        secrets: SecretFiles,
        timelines: Timelines,
        *,
        file_limit: int | None = None,
    ) -> None:
        self._timelines = timelines
        self._settings = settings
        self._file_limit = file_limit
        self._secrets = secrets
        self._parent = settings.data_dir / _FOLDER
        self._slots = asyncio.Semaphore(PARALLEL)
        self._processes: set[Process] = set()
        self._closing = False

    async def clean(self) -> None:
        """Remove what a killed server left of its plans; one that still runs is told to end, and is removed next time."""
        await asyncio.to_thread(self._remove_left)

    def _remove_left(self) -> None:
        if self._parent.is_dir():
            for folder in self._parent.iterdir():
                if folder.is_symlink() or not folder.is_dir():
                    continue
                if runner_lives(folder):
                    # Nobody waits for its answer, and it might go on for hours.
                    with contextlib.suppress(OSError):
                        send_cancel(folder, "installcast")
                else:
                    shutil.rmtree(folder, ignore_errors=True)

    async def close(self) -> None:
        """End the plans that are under way."""
        self._closing = True
        for process in tuple(self._processes):
            _terminate(process)

    async def plan(self, order: Order, secrets: Secrets | None) -> dict[str, Any]:
        """Return what the scripts say to ``order``, and how long it is expected to take. See :meth:`Installer.plan`."""
        expected = await asyncio.to_thread(self._timelines.expected_seconds, order.recipe)
        seconds = expected.get(order.checked.version, {}).get(order.action)
        return await self._ask(order, secrets) | {"expected_seconds": seconds}

    async def _ask(self, order: Order, secrets: Secrets | None) -> dict[str, Any]:
        if not {"precheck", "plan"} & order.recipe.scripts.keys():
            return _answer(None, [])
        async with self._slots:
            name = new_task_id(order.recipe.key, order.checked.version)
            folder = self._parent / name
            self._parent.mkdir(mode=0o700, exist_ok=True)
            try:
                secrets_file = self._secrets.write(name, secrets) if secrets else None
                await asyncio.to_thread(
                    prepare, folder, order, self._settings, secrets_file=secrets_file, results_file=None
                )
                await self._run(folder)
                outcome = outcome_of(folder)
                if outcome is None or outcome.status == "interrupted":
                    raise UnavailableError(reason="the plan was interrupted")
                return _answer(outcome, _messages(folder))
            finally:
                self._secrets.discard_secrets(name)
                await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _run(self, folder: Path) -> None:
        if self._closing:
            raise UnavailableError(reason="stopping")
        process = await asyncio.create_subprocess_exec(
            *with_file_limit(runner_argv(folder, foreground=True), self._file_limit),
            stdin=DEVNULL,
            stdout=DEVNULL,
            stderr=PIPE,
            cwd="/",
            env={"PATH": SEARCH_PATH, "LANG": "C.UTF-8"},
            start_new_session=True,
        )
        self._processes.add(process)
        try:
            _, stderr = await process.communicate()
        finally:
            if process.returncode is None:
                # Whoever waited for the answer is gone. The runner ends its scripts before itself.
                _terminate(process)
                await process.wait()
            self._processes.discard(process)
        if not (folder / STARTED_FILE).exists():
            reason = stderr.decode(errors="replace").strip() or f"status {process.returncode}"
            raise RunnerStartError(task_id=folder.name, reason=reason)


def _terminate(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()


def _messages(folder: Path) -> list[LogMessage]:
    found = JournalReader(journal_file(folder)).read(0, MAX_MESSAGES, limit_bytes=4 * 1024 * 1024)
    messages = [decode(line) for line in found.lines()]
    return [message for message in messages if not message.final and message.kind is None]


def _answer(outcome: Outcome | None, messages: list[LogMessage]) -> dict[str, Any]:
    """``outcome`` is ``None`` where the recipe has nothing to say: then nothing speaks against it."""
    results = outcome.results if outcome else []
    plan = [message.message for message in messages if message.phase == "plan"]
    return {
        "ok": outcome is None or outcome.status == "succeeded",
        "exit_code": outcome.exit_code if outcome else None,
        "error": outcome.error if outcome else None,
        "messages": [message.to_dict() for message in messages],
        "packages": [line for line in plan if _PACKAGE.fullmatch(line)],
        "results": [result for result in results if result["name"] != _PACKAGES_RESULT],
    }
