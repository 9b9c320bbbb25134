"""Faults that can strike a running service, each given back before its method returns."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import resource
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from installcast.runner.outcome import EXIT_FILE
from installcast.runner.probe import is_running, read_started

from .checks import Accepted
from .cycles import Keeper
from .mounts import MountNamespace, fill
from .panel import Panel
from .report import Report
from .viewers import reset_midway

SLOWEST_STOP = 10.0
"""Seconds that SIGTERM may take, with viewers."""

_MAKE_OLD = """
import json, sqlite3, sys
database = sqlite3.connect(sys.argv[1] + "/installcast.db")
old = "2020-01-01T00:00:00.000000Z"
ended = database.execute(
    "UPDATE tasks SET started_at = ?, finished_at = ? WHERE finished_at IS NOT NULL"
    " AND task_id NOT IN (SELECT value FROM json_each(?)) RETURNING task_id",
    (old, old, sys.argv[2]),
).fetchall()
database.commit()
database.close()
print(json.dumps([task_id for (task_id,) in ended]))
"""
"""A program that makes all ended tasks look years old, but for some."""


class Faults:
    """Strikes the service of ``keeper``, which ``panel`` keeps busy, in the namespace ``machine``."""

    def __init__(
        self, keeper: Keeper, panel: Panel, machine: MountNamespace, report: Report, chance: random.Random
    ) -> None:
        self.removed: set[str] = set()
        """Tasks whose logs were old and are gone."""
        self.at_work = False
        self.last_strike = time.monotonic()
        self._keeper = keeper
        self._panel = panel
        self._machine = machine
        self._data_dir = machine.outside(keeper.service.data_dir)
        self._report = report
        self._chance = chance
        self._weights: dict[Callable[[], Awaitable[str | None]], int] = {
            self.kill_server: 3,
            self.restart_server: 2,
            self.kill_runner: 4,
            self.kill_both: 2,
            self.pause_server: 2,
            self.pause_runner: 3,
            self.fill_disk: 2,
            self.take_descriptors: 2,
            self.reset_clients: 4,
            self.cancel_all: 2,
            self.let_logs_grow_old: 1,
        }

    async def strike(self) -> None:
        """Let one fault strike, drawn by weight."""
        fault = self._chance.choices(list(self._weights), list(self._weights.values()))[0]
        self.at_work = True
        try:
            what = await fault()
        finally:
            self.at_work = False
            self.last_strike = time.monotonic()
        if what is not None:
            self._report.faults[what] += 1

    # --- the server ----------------------------------------------------------------------------------------------

    async def kill_server(self) -> str:
        """SIGKILL, and a start."""
        await self._keeper.kill()
        await self._start()
        return "SIGKILL of the server"

    async def restart_server(self) -> str:
        """SIGTERM, and a start."""
        await self._stop()
        await self._start()
        return "SIGTERM of the server"

    async def pause_server(self) -> str:
        """SIGSTOP for some seconds."""
        await self._pause(self._pid)
        return "SIGSTOP of the server"

    async def take_descriptors(self) -> str:
        """Leave the server two descriptors more than it has, for some seconds."""
        pid = self._pid
        limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        used = len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208 - names are all that is wanted
        for task in self._panel.active.values():
            task.starved = True
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (used + 2, limits[1]))
        try:
            await asyncio.sleep(self._chance.uniform(1.0, 4.0))
        finally:
            resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
            for task in self._panel.active.values():
                task.starved = True
        return "no descriptors left"

    # --- the runners ---------------------------------------------------------------------------------------------

    async def kill_runner(self) -> str | None:
        """SIGKILL of a runner that has not told the end of its task yet."""
        return "SIGKILL of a runner" if self._kill_a_runner() else None

    async def kill_both(self) -> str | None:
        """SIGKILL of a runner and of the server, in either order."""
        if self._chance.random() < 0.5:
            await self._keeper.kill()
            struck = self._kill_a_runner()
        else:
            struck = self._kill_a_runner()
            await self._keeper.kill()
        await self._start()
        return "SIGKILL of server and runner" if struck else "SIGKILL of the server"

    async def pause_runner(self) -> str | None:
        """SIGSTOP of a runner for some seconds."""
        found = self._running()
        if not found:
            return None
        with contextlib.suppress(ProcessLookupError):
            await self._pause(self._chance.choice(found)[1])
        return "SIGSTOP of a runner"

    # --- the machine ---------------------------------------------------------------------------------------------

    async def fill_disk(self) -> str:
        """No space left in the data folder, for some seconds."""
        self._note_full_disk()
        ballast = fill(self._data_dir)
        try:
            until = time.monotonic() + self._chance.uniform(1.0, 6.0)
            while time.monotonic() < until:
                await asyncio.sleep(0.2)
                fill(self._data_dir)  # what somebody else has given back meanwhile
                self._note_full_disk()
        finally:
            ballast.unlink()
        await asyncio.sleep(0.5)
        self._note_full_disk()
        return "disk full"

    async def let_logs_grow_old(self) -> str | None:
        """Stop, make the logs of ended tasks years old, and start: they are removed."""
        await self._stop()
        # Where the data folder is mounted: SQLite would follow /proc/<pid>/root to our own side of it.
        told = self._machine.run(
            sys.executable,
            "-c",
            _MAKE_OLD,
            self._keeper.service.data_dir,
            json.dumps(list(self._panel.active)),
        )
        ended = set(json.loads(told))
        self.removed |= ended
        await self._start()
        return "logs grown old"

    # --- the clients ---------------------------------------------------------------------------------------------

    async def reset_clients(self) -> str:
        """Requests whose connection is reset before the answer."""
        paths = ["/v1/soft/tasks?limit=1000", "/v1/soft/list"]
        paths += [f"/v1/log/download?task_id={task_id}" for task_id in self._panel.active]
        await asyncio.gather(
            *(
                reset_midway(self._keeper.service, self._panel.token, self._chance.choice(paths))
                for _ in range(20)
            )
        )
        return "20 clients that reset"

    async def cancel_all(self) -> str:
        """Cancel everything that is active, each task from three places at once."""
        active = list(self._panel.active.values())
        await asyncio.gather(*(self._panel.cancel(task) for task in active * 3))
        return "cancel of everything"

    # --- how -----------------------------------------------------------------------------------------------------

    @property
    def _pid(self) -> int:
        process = self._keeper.service.process
        assert process is not None
        return process.pid

    async def _start(self) -> None:
        seconds = round(await self._keeper.start(), 2)
        figures = self._report.figures
        figures["slowest start, s"] = max(seconds, figures.get("slowest start, s", 0.0))

    async def _stop(self) -> None:
        seconds = round(await self._keeper.stop(), 2)
        figures = self._report.figures
        figures["slowest stop, s"] = max(seconds, figures.get("slowest stop, s", 0.0))
        if seconds > SLOWEST_STOP:
            self._panel.violation(f"the service took {seconds} s to stop")

    async def _pause(self, pid: int) -> None:
        os.kill(pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(self._chance.uniform(0.5, 4.0))
        finally:
            os.kill(pid, signal.SIGCONT)

    def _running(self) -> list[tuple[Accepted, int]]:
        """Return the tasks whose runner lives, with its pid."""
        found = []
        for task in self._panel.active.values():
            folder = self._folder(task)
            if is_running(folder) and (started := read_started(folder)):
                found.append((task, started.pid))
        return found

    def _kill_a_runner(self) -> bool:
        found = self._running()
        if not found:
            return False
        task, pid = self._chance.choice(found)
        try:
            # Stopped first, so that it cannot come to its end between the look and the kill.
            _freeze(pid)
        except (ProcessLookupError, FileNotFoundError):
            return False
        if not is_running(self._folder(task)) or (self._folder(task) / EXIT_FILE).exists():
            os.kill(pid, signal.SIGCONT)
            return False
        task.runner_killed = True
        os.kill(pid, signal.SIGKILL)
        return True

    def _folder(self, task: Accepted) -> Path:
        return self._data_dir / "tasks" / task.task_id

    def _note_full_disk(self) -> None:
        for task in self._panel.active.values():
            task.disk_was_full = task.starved = True


def _freeze(pid: int) -> None:
    """Stop a process; return when it does nothing more. Raises ``ProcessLookupError`` and ``FileNotFoundError``."""
    os.kill(pid, signal.SIGSTOP)
    # Its state, as in /proc/<pid>/stat: stopped, or gone.
    while Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] not in "TZX":
        time.sleep(0.001)
