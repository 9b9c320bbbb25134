"""A runner as a transient unit of systemd: whether one can be had, how it is asked for, and whether systemd is about to stop.

Root asks the machine's systemd, everybody else their own (``systemd --user``), where that runs.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from installcast.runner.environment import SEARCH_PATH
from installcast.runner.probe import PID_FILE
from installcast.runner.spec import TaskSpec, read_spec

ERRORS_FILE = "runner.err"
"""What a runner that is a unit printed before it had ``runner.log``."""

_MARK = Path("/run/systemd/system")
"""Exists where systemd is the init system: sd_booted(3)."""

_USER_MANAGER = ("XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS")
_USER_SOCKET = "systemd/private"
"""Of a user's systemd, below ``$XDG_RUNTIME_DIR``."""

_PROPERTIES = (
    "Type=forking",
    # What an install has started lives on when its runner ends.
    "KillMode=process",
    # The runner keeps its scripts in a cgroup below its own.
    "Delegate=yes",
    "TimeoutStartSec=60",
    "StandardInput=null",
    "StandardOutput=null",
)
_SINCE_243 = "OOMPolicy=continue"
"""An out-of-memory kill of one step is the runner's to tell. Before systemd 243 it always was, and there was no such word."""

_AFTER_GRACE_SECONDS = 60.0
"""How much longer than ``kill_grace`` a runner may take that is told to end: to hunt down what is left, and to store the end."""

_ANSWER_SECONDS = 5.0


def obstacle() -> str | None:
    """Return why no unit can be started, or ``None`` when one can."""
    if shutil.which("systemd-run", path=SEARCH_PATH) is None:
        return "there is no systemd-run here"
    if os.geteuid() == 0:
        return None if _MARK.is_dir() else "systemd does not run here"
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime is None:
        return "without root it takes a systemd of one's own, and XDG_RUNTIME_DIR, where that is found, is not set"
    if not Path(runtime, _USER_SOCKET).exists():
        return f"no systemd of this user runs: there is no {runtime}/{_USER_SOCKET} (loginctl enable-linger starts one for good)"
    return None


def is_unit_of_user() -> bool:
    """Return whether this process is a unit of its user's systemd, which would end it, session and all, by a restart."""
    # As cgroup v1 and v2 have it: …/user.slice/user-1000.slice/user@1000.service/app.slice/installcast.service
    manager = f"/user@{os.geteuid()}.service/"
    with suppress(OSError):
        return any(manager in line for line in Path("/proc/self/cgroup").read_text().splitlines())
    return False


def run_as_unit(folder: Path, argv: Sequence[str], *, again: bool, legacy: bool) -> list[str]:
    """Return the command that runs ``argv`` as the transient unit of the task in ``folder``.

    It ends when the unit has started, or could not. ``again``: it has been tried before; ``legacy``: say nothing that
    only a systemd of this decade understands.
    """
    # The unit of a first attempt may still wait for its turn, and keeps its name.
    suffix = f"-again-{secrets.token_hex(3)}" if again else ""
    properties = [
        *_PROPERTIES,
        *(() if legacy else (_SINCE_243,)),
        f"StandardError=file:{folder / ERRORS_FILE}",
        f"PIDFile={folder / PID_FILE}",
        f"TimeoutStopSec={_kill_grace(folder) + _AFTER_GRACE_SECONDS:.0f}",
    ]
    return [
        "systemd-run",
        *_scope(),
        *("--quiet", "--collect", "--no-ask-password"),
        f"--unit=installcast-{folder.name}{suffix}",
        f"--description=Installcast task {folder.name}",
        *(f"--property={value}" for value in properties),
        *("--", *argv),
    ]


def is_too_new(refusal: str) -> bool:
    """Return whether systemd refused a unit since it does not know all of its properties."""
    return _SINCE_243.partition("=")[0] in refusal


def read_errors(folder: Path) -> bytes:
    """Return what a runner that is a unit said before it took its task: its standard error is not ours."""
    with suppress(FileNotFoundError):
        return (folder / ERRORS_FILE).read_bytes()
    return b""


def clear_errors(folder: Path) -> None:
    """Make the file for it: made by systemd it would be everybody's to read. Raises ``OSError``."""
    descriptor = os.open(
        folder / ERRORS_FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600
    )
    os.close(descriptor)


async def is_stopping() -> bool:
    """Return whether systemd is shutting down: it starts no unit any more. ``False`` where it does not answer."""
    return await _ask(*_scope(), "is-system-running") == "stopping"


async def unit_that_ends_sessions() -> str | None:
    """Return the unit that this process is in, where its stop ends whatever it has started, in sessions of their own, too."""
    with suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            unit = line.rpartition("/")[2]
            if unit.endswith(".service"):
                scope = ("--user",) if is_unit_of_user() else ()
                mode = await _ask(*scope, "show", "--value", "--property=KillMode", unit)
                return unit if mode in ("control-group", "mixed") else None
    return None


async def _ask(*words: str) -> str:
    """Return what ``systemctl`` answers, ``""`` where it does not."""
    try:
        process = await asyncio.create_subprocess_exec(
            "systemctl", *words, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL, env=environment()
        )
    except OSError:
        return ""
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            answer, _ = await process.communicate()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        return ""
    return answer.decode(errors="replace").strip()


def environment() -> dict[str, str]:
    """Return what a runner is started with. It needs nothing; ``systemd-run --user`` has to find its manager."""
    found = {name: os.environ[name] for name in _USER_MANAGER if name in os.environ}
    return {"PATH": SEARCH_PATH, "LANG": "C.UTF-8", **found}


def _scope() -> tuple[str, ...]:
    return () if os.geteuid() == 0 else ("--user",)


def _kill_grace(folder: Path) -> float:
    try:
        return read_spec(folder).kill_grace
    except (OSError, ValueError):  # its runner will say so
        return float(TaskSpec._field_defaults["kill_grace"])
