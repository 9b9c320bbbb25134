"""Start a runner so that it outlives this process, and know for sure whether it lives.

The runner forks into a session of its own; the process that we start ends as soon as its grandchild has taken the task,
and its status tells. As the child of a systemd service that would still be in the service's cgroup and die with it, so
where systemd runs a runner becomes a transient unit instead.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import logging
import os
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path
from typing import Literal, NamedTuple

from installcast.errors import ConfigurationError, MachineStoppingError, RunnerStartError, is_shortage
from installcast.runner.probe import STARTED_FILE, runner_argv
from installcast.tasks import units
from installcast.tasks.file_limit import with_file_limit
from installcast.tasks.processes import runner_lives

logger = logging.getLogger("installcast.tasks")

Isolation = Literal["systemd", "session"]

START_SECONDS = 60.0
"""A runner needs 0.1 s. On a machine that is so busy that it needs more than this, nobody knows what it does."""

_PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds after which systemd is asked again: while it reloads or executes itself anew (an upgrade of it does that) it hangs up
on whoever talks to it, and a stop of our own unit may have ended the one who asked."""

_SHORTAGE_PAUSE = 0.5
"""Seconds between two attempts to start a process without the means for it."""

_START_DESCRIPTORS = 10
"""How many have to be free for a start: asyncio takes five for a moment, uvloop eight."""


class _Attempt(NamedTuple):
    """What came of a start."""

    taken: bool
    reason: str = ""
    """Why not."""
    is_final: bool = False
    """The runner itself said so, or time is up: it would not be different in a moment."""


def isolation_of(setting: Literal["auto", "systemd", "session"]) -> Isolation:
    """Return how runners are started under ``runner.isolation``.

    ``auto`` is a unit wherever a restart of the service would end a mere session. A user's own systemd ends with the
    user's last login, so it is asked only by a service that is a unit of it. Raises :class:`ConfigurationError` when units
    are demanded and cannot be had.
    """
    if setting == "session":
        return "session"
    reason = units.obstacle()
    if setting == "systemd":
        if reason is not None:
            raise ConfigurationError(field="runner.isolation", reason=reason)
        return "systemd"
    wanted = os.geteuid() == 0 or units.is_unit_of_user()
    return "systemd" if wanted and reason is None else "session"


async def warn_of_unit() -> None:
    """Say so, where a stop of the unit that this process is in would end the sessions of its installs."""
    if unit := await units.unit_that_ends_sessions():
        logger.warning("A stop or restart of %s would end running installs: set KillMode=process in it", unit)


async def launch(
    folder: Path, isolation: Isolation, *, again: bool = False, file_limit: int | None = None
) -> None:
    """Start a runner for the task in ``folder``; return when it has taken the task.

    Calling it again for the same task is safe: a runner that finds it taken ends. ``again`` says that it may have been
    called before. ``file_limit`` is the soft limit on open files that the scripts get. Raises :class:`RunnerStartError`; then
    no runner has it, and none will; and :class:`MachineStoppingError`: none has it, and the next boot may try again. Where this
    process has no descriptors, memory or further processes left for a start, it waits until it has.
    """
    argv = with_file_limit(runner_argv(folder), file_limit)
    attempt = await (_in_unit(argv, folder, again) if isolation == "systemd" else _try(argv, folder))
    if not attempt.taken and forestall(folder):
        raise RunnerStartError(task_id=folder.name, reason=attempt.reason)


async def _in_unit(argv: list[str], folder: Path, again: bool) -> _Attempt:
    """Have systemd start it, which may have no ear for us at the first time."""
    legacy = False
    pauses = iter(_PAUSES)
    while True:
        try:
            units.clear_errors(folder)
        except OSError as error:
            return _Attempt(False, f"{folder}: {error.strerror}")
        attempt = await _try(units.run_as_unit(folder, argv, again=again, legacy=legacy), folder)
        if attempt.taken or attempt.is_final or _is_taken(folder):
            return attempt
        if await units.is_stopping():
            raise MachineStoppingError(task_id=folder.name)
        pause = next(pauses, None)
        if pause is None:
            return attempt
        logger.warning(
            "%s: systemd did not start its runner, and is asked again: %s", folder.name, attempt.reason
        )
        await asyncio.sleep(pause)
        legacy = legacy or units.is_too_new(attempt.reason)
        again = True


async def _try(argv: list[str], folder: Path) -> _Attempt:
    process: Process | None = None
    try:
        process = await _start(argv, folder.name)
        async with asyncio.timeout(START_SECONDS):
            _, stderr = await process.communicate()
    except TimeoutError:  # an OSError, too, to Python
        return _Attempt(False, f"not within {START_SECONDS:.0f} s", is_final=True)
    except OSError as error:
        return _Attempt(False, f"{argv[0]}: {error.strerror}", is_final=True)
    finally:
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    own_words = units.read_errors(folder)
    reason = _last_line(stderr, own_words) or f"status {process.returncode}"
    return _Attempt(process.returncode == 0, reason, is_final=bool(own_words))


def _is_taken(folder: Path) -> bool:
    return runner_lives(folder) or (folder / STARTED_FILE).exists()


async def _start(argv: list[str], task_id: str) -> Process:
    """Start a process; wait where there are no descriptors, no memory, no further processes for it. Raises ``OSError``."""
    told = False
    while True:
        try:
            _require_descriptors()
            return await asyncio.create_subprocess_exec(
                *argv, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE, cwd="/", env=units.environment()
            )
        except OSError as error:
            # The latter: the limit on a user's processes (RLIMIT_NPROC, or pids.max of a control group).
            if not is_shortage(error) and error.errno != errno.EAGAIN:
                raise
            if not told:
                logger.warning("%s waits for its start: %s", task_id, error.strerror)
                told = True
        await asyncio.sleep(_SHORTAGE_PAUSE)


def _require_descriptors() -> None:
    """Raise ``OSError`` where a start would run out of descriptors half-way: uvloop then leaves a process handle in pieces."""
    with contextlib.ExitStack() as stack:
        for _ in range(_START_DESCRIPTORS):
            stack.callback(os.close, os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))


def forestall(folder: Path) -> bool:
    """Make sure that no runner will take the task in ``folder``; return ``False`` when one has.

    It takes the task in the runner's stead: whoever makes ``started`` is the one.
    """
    if runner_lives(folder):
        return False
    try:
        descriptor = os.open(
            folder / STARTED_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600
        )
    except FileExistsError:
        return False
    except OSError:  # a full disk: no runner could make it, either
        return True
    # That it is there is what counts: on a full disk it stays empty.
    with contextlib.suppress(OSError), open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 - of a descriptor
        json.dump({"pid": 0, "start_time": 0, "boot_id": "", "started_at": ""}, file)
    return True


def _last_line(*texts: bytes) -> str:
    lines = b"\n".join(texts).decode(errors="replace").split("\n")
    return next((line.strip()[:500] for line in reversed(lines) if line.strip()), "")
