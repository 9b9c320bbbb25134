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
import secrets
import shutil
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path
from typing import Literal

from installcast.errors import RunnerStartError
from installcast.runner.environment import SEARCH_PATH
from installcast.runner.probe import PID_FILE, STARTED_FILE, is_running, runner_argv
from installcast.tasks.file_limit import with_file_limit

logger = logging.getLogger("installcast.tasks")

Isolation = Literal["systemd", "session"]

START_SECONDS = 60.0
"""A runner needs 0.1 s. On a machine that is so busy that it needs more than this, nobody knows what it does."""

_SHORTAGE_PAUSE = 0.5
"""Seconds between two attempts to start a process without the descriptors for it."""

_SYSTEMD_MARK = Path("/run/systemd/system")
"""Exists where systemd is the init system: sd_booted(3)."""

_UNIT_ERRORS = "runner.err"

_USER_MANAGER = ("XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS")

_UNIT_PROPERTIES = (
    "Type=forking",
    # What an install has started lives on when its runner ends; an out-of-memory kill of one step is the runner's to tell.
    "KillMode=process",
    "OOMPolicy=continue",
    # The runner keeps its scripts in a cgroup below its own.
    "Delegate=yes",
    "TimeoutStartSec=60",
    "StandardInput=null",
    "StandardOutput=null",
)


def isolation_of(setting: Literal["auto", "systemd", "session"]) -> Isolation:
    """Return how runners are started under ``runner.isolation``."""
    if setting != "auto":
        return setting
    possible = _SYSTEMD_MARK.is_dir() and os.geteuid() == 0 and shutil.which("systemd-run") is not None
    return "systemd" if possible else "session"


async def launch(
    folder: Path, isolation: Isolation, *, again: bool = False, file_limit: int | None = None
) -> None:
    """Start a runner for the task in ``folder``; return when it has taken the task.

    Calling it again for the same task is safe: a runner that finds it taken ends. ``again`` says that it may have been
    called before. ``file_limit`` is the soft limit on open files that the scripts get. Raises :class:`RunnerStartError`; then
    no runner has it, and none will. Where this process has no descriptors left for a start, it waits until it has.
    """
    argv = with_file_limit(runner_argv(folder), file_limit)
    if isolation == "systemd":
        argv = [*_systemd_run(folder, again=again), *argv]
    try:
        if isolation == "systemd":
            # Made by systemd it would be everybody's to read.
            (folder / _UNIT_ERRORS).touch(mode=0o600)
        process = await _start(argv, folder.name)
        async with asyncio.timeout(START_SECONDS):
            _, stderr = await process.communicate()
        reason = _last_line(stderr, _unit_errors(folder)) or f"status {process.returncode}"
        started = process.returncode == 0
    except OSError as error:
        started, reason = False, f"{argv[0]}: {error.strerror}"
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        started, reason = False, f"not within {START_SECONDS:.0f} s"
    if not started and forestall(folder):
        raise RunnerStartError(task_id=folder.name, reason=reason)


async def _start(argv: list[str], task_id: str) -> Process:
    """Start a process; wait for descriptors where there are none. Raises ``OSError``."""
    told = False
    while True:
        try:
            return await asyncio.create_subprocess_exec(
                *argv, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE, cwd="/", env=_environment()
            )
        except OSError as error:
            if error.errno not in {errno.EMFILE, errno.ENFILE}:
                raise
            if not told:
                logger.warning("%s waits for its start: %s", task_id, error.strerror)
                told = True
        await asyncio.sleep(_SHORTAGE_PAUSE)


def forestall(folder: Path) -> bool:
    """Make sure that no runner will take the task in ``folder``; return ``False`` when one has.

    It takes the task in the runner's stead: whoever makes ``started`` is the one.
    """
    if is_running(folder):
        return False
    try:
        descriptor = os.open(
            folder / STARTED_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600
        )
    except FileExistsError:
        return False
    except OSError:  # a full disk: no runner could make it, either
        return True
    with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 - of a descriptor
        json.dump({"pid": 0, "start_time": 0, "boot_id": "", "started_at": ""}, file)
    return True


def _systemd_run(folder: Path, *, again: bool) -> list[str]:
    """Return the command that runs another one as the transient unit of the task in ``folder``."""
    # The unit of a first attempt, whose server was killed, may still wait for its turn, and keeps its name.
    suffix = f"-again-{secrets.token_hex(3)}" if again else ""
    properties = [word for name in _UNIT_PROPERTIES for word in ("--property", name)]
    return [
        "systemd-run",
        *(() if os.geteuid() == 0 else ("--user",)),
        *("--quiet", "--collect", "--no-ask-password"),
        f"--unit=installcast-{folder.name}{suffix}",
        f"--description=Installcast task {folder.name}",
        *properties,
        *("--property", f"StandardError=file:{folder / _UNIT_ERRORS}"),
        *("--property", f"PIDFile={folder / PID_FILE}"),
        "--",
    ]


def _environment() -> dict[str, str]:
    """Return what a runner is started with. It needs nothing; ``systemd-run --user`` has to find its manager."""
    found = {name: os.environ[name] for name in _USER_MANAGER if name in os.environ}
    return {"PATH": SEARCH_PATH, "LANG": "C.UTF-8", **found}


def _unit_errors(folder: Path) -> bytes:
    """Return what a runner said that was started as a unit: its standard error is not ours."""
    try:
        return (folder / _UNIT_ERRORS).read_bytes()
    except FileNotFoundError:
        return b""


def _last_line(*texts: bytes) -> str:
    lines = b"\n".join(texts).decode(errors="replace").split("\n")
    return next((line.strip()[:500] for line in reversed(lines) if line.strip()), "")
