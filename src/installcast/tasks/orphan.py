"""The script of a runner that was killed: found again, accompanied to its end, and ended with all that it has started.

It holds its output open itself, so it goes on. The secrets died with its runner, so nothing that it prints may be
recorded; it is read, so that the script need not wait for a reader, and counted, so that every gap is told.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from installcast.runner.clock import since_boot
from installcast.runner.inputs import OUTPUT_FIFO
from installcast.runner.probe import this_boot
from installcast.runner.spec import TaskSpec, read_spec
from installcast.runner.task import ROLLBACK_SECONDS
from installcast.stream.live import read_live
from installcast.tasks.family import carries_id, end_family, unit_of
from installcast.tasks.folder import live_file
from installcast.tasks.orphan_output import Lost, Output
from installcast.tasks.processes import Process, living, started_of, words_of

logger = logging.getLogger("installcast.tasks")

_FIRST_GAP_SECONDS = 2.0
_GAP_SECONDS = 60.0
"""Between two records of what was lost, the time doubles from the first to the second, so that a script that prints for hours
does not fill its log with them. So much of the count is lost, at most, when the server is killed, too."""

_SLICE_SECONDS = 60.0
"""Of one wait for an end: the clock of the event loop stands still while the machine sleeps, that of the time limit does not."""


class Orphan(NamedTuple):
    """A script that runs although its runner is gone."""

    folder: Path
    script: Process
    phase: str | None
    """Of the task, as the runner last told it."""
    deadline: float
    """When it has used up the task's time limit, in seconds since boot (``CLOCK_BOOTTIME``)."""

    @property
    def task_id(self) -> str:
        """The task."""
        return self.folder.name

    @property
    def heeds_cancel(self) -> bool:
        """Whether it may be canceled; a rollback goes on to its end, as under a runner."""
        return self.phase != "rollback"


class Fate(NamedTuple):
    """How an orphan came to its end."""

    canceled_by: str | None = None
    timed_out: bool = False


def orphan_of(folder: Path) -> Orphan | None:
    """Return the script that still runs although its runner is gone, or ``None``.

    A process is believed to be it only when it carries this task's id, holds its output or is in its unit: numbers come
    back, files may be damaged, and nobody else's process is touched.
    """
    started = started_of(folder)
    if started is not None and started.boot_id != this_boot():
        return None
    live = read_live(live_file(folder))
    state = live.state if live else {}
    script = _named(state.get("script"))
    if script is None or not script.is_alive() or not _belongs(script.pid, folder):
        script = _search(folder)
    if script is None:
        return None
    phase = state.get("phase")
    began = Process(started.pid, started.start_time) if started else script
    spec = _spec(folder)
    limit = float(spec.timeout if spec else TaskSpec._field_defaults["timeout"])
    if phase == "rollback":
        began, limit = script, min(ROLLBACK_SECONDS, limit)
    return Orphan(folder, script, phase if isinstance(phase, str) else None, began.since_boot() + limit)


async def accompany(
    orphan: Orphan,
    output: Output,
    *,
    kill_grace: float,
    canceled: asyncio.Future[str],
    tell: Callable[[Lost], None],
    first_gap: float = _FIRST_GAP_SECONDS,
) -> Fate:
    """Return when ``orphan`` has ended: by itself, by its time limit, or since ``canceled`` says who wants it to.

    ``tell`` records what is lost, in a thread, after ``first_gap`` seconds for the first time and then ever more seldom; it may
    raise ``OSError``, and is called again later. When this is cancelled,
    it is called for the last time; the orphan goes on, and waits for its next reader where it prints more than a pipe holds.
    """
    output.listen()
    done = asyncio.Event()
    teller = asyncio.get_running_loop().create_task(_tell_gaps(orphan.task_id, output, tell, done, first_gap))
    try:
        return await _outlive(orphan, kill_grace, canceled)
    except asyncio.CancelledError:
        output.close()
        done.set()
        await asyncio.wait([teller])
        if lost := output.lost():
            with contextlib.suppress(OSError):
                tell(lost)
        raise
    finally:
        done.set()
        await asyncio.wait([teller])


async def _outlive(orphan: Orphan, kill_grace: float, canceled: asyncio.Future[str]) -> Fate:
    end = asyncio.get_running_loop().create_task(orphan.script.wait())
    awaited: set[asyncio.Future[Any]] = {end, canceled} if orphan.heeds_cancel else {end}
    try:
        while (left := orphan.deadline - since_boot()) > 0:
            done, _ = await asyncio.wait(
                awaited, timeout=min(left, _SLICE_SECONDS), return_when=asyncio.FIRST_COMPLETED
            )
            if canceled in done:
                await end_family(orphan.task_id, orphan.script, kill_grace)
                return Fate(canceled_by=canceled.result())
            if done:
                return Fate()
        await end_family(orphan.task_id, orphan.script, kill_grace)
        return Fate(timed_out=True)
    finally:
        end.cancel()
        await asyncio.wait([end])


async def _tell_gaps(
    task_id: str, output: Output, tell: Callable[[Lost], None], done: asyncio.Event, pause: float
) -> None:
    failing = False
    while not done.is_set():
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await done.wait()
                return
        if lost := output.lost():
            try:
                await asyncio.to_thread(tell, lost)
                output.told(lost)
                failing, pause = False, min(2 * pause, _GAP_SECONDS)
            except OSError as error:
                if not failing:
                    logger.error(
                        "%s: what its script printed without a runner cannot be told yet: %s", task_id, error
                    )
                failing = True


def _named(script: object) -> Process | None:
    """Return the process that ``live.json`` names."""
    try:
        return Process(int(script["pid"]), int(script["start_time"]))  # type: ignore[index]
    except (KeyError, TypeError, ValueError):
        return None


def _search(folder: Path) -> Process | None:
    """Return the session leader that runs one of the task's scripts: its runner died before it could name it."""
    spec = _spec(folder)
    if spec is None:
        return None
    phases = [*spec.phases, *([spec.rollback] if spec.rollback else [])]
    scripts = {os.fsencode(phase.argv[-1]) for phase in phases}
    for pid, status in living().items():
        if status.session == pid and scripts & set(words_of(pid, "cmdline")) and carries_id(pid, folder.name):
            return Process(pid, status.began)
    return None


def _spec(folder: Path) -> TaskSpec | None:
    try:
        return read_spec(folder)
    except (OSError, ValueError):
        return None


def _belongs(pid: int, folder: Path) -> bool:
    return (
        carries_id(pid, folder.name)
        or _holds(pid, folder / OUTPUT_FIFO)
        or unit_of(pid, folder.name) is not None
    )


def _holds(pid: int, path: Path) -> bool:
    """Return whether a process has the file at ``path`` as its standard output or error."""
    for descriptor in ("1", "2"):
        with contextlib.suppress(OSError):
            if os.path.samefile(f"/proc/{pid}/fd/{descriptor}", path):  # noqa: PTH121 - it follows, and raises OSError
                return True
    return False
