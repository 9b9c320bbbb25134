"""The script of a runner that was killed: found again, counted, and ended with all that it has started.

It holds its output open itself, so it goes on. The secrets died with its runner, so nothing that it prints may be
recorded; it is read, so that the script need not wait for a reader, and counted, so that every gap is told.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from installcast.runner.child import leave_reader
from installcast.runner.clock import since_boot
from installcast.runner.inputs import OUTPUT_FIFO
from installcast.runner.probe import this_boot
from installcast.runner.spec import TaskSpec, read_spec
from installcast.runner.task import ROLLBACK_SECONDS
from installcast.stream.live import read_live
from installcast.tasks.folder import live_file
from installcast.tasks.processes import (
    Process,
    Status,
    all_ended,
    living,
    started_of,
    words_of,
)

logger = logging.getLogger("installcast.tasks")

GAP_SECONDS = 2.0
"""Between two records of what was lost: so much of the count is lost, at most, when the server is killed, too."""

_DRAIN_SECONDS = 2.0
"""For what is left in the pipe when the script has ended. Somebody whom it left behind may go on printing."""

_LOOK_SECONDS = 0.5
"""Between two looks for processes that came while others were ending."""

_PATIENCE_SECONDS = 10.0
"""After SIGKILL, before the log says that something does not die: the kernel holds it."""

_SLICE_SECONDS = 60.0
_READ_BYTES = 65_536
_CGROUP_ROOTS = (Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/unified"))
_TASK_ID_VARIABLE = b"INSTALLCAST_TASK_ID="


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


class Lost(NamedTuple):
    """So much was printed and is recorded nowhere."""

    lines: int
    size: int


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
) -> Fate:
    """Return when ``orphan`` has ended: by itself, by its time limit, or since ``canceled`` says who wants it to.

    ``tell`` records what is lost, in a thread; it may raise ``OSError``, and is called again later. When this is cancelled
    the orphan goes on, and waits for its next reader where it prints more than a pipe holds.
    """
    output.listen()
    done = asyncio.Event()
    teller = asyncio.get_running_loop().create_task(_tell_gaps(output, tell, done))
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
            # In slices: the clock of the event loop stands still while the machine sleeps.
            done, _ = await asyncio.wait(
                awaited, timeout=min(left, _SLICE_SECONDS), return_when=asyncio.FIRST_COMPLETED
            )
            if canceled in done:
                await end_family(orphan, kill_grace)
                return Fate(canceled_by=canceled.result())
            if done:
                return Fate()
        await end_family(orphan, kill_grace)
        return Fate(timed_out=True)
    finally:
        end.cancel()
        await asyncio.wait([end])


async def _tell_gaps(output: Output, tell: Callable[[Lost], None], done: asyncio.Event) -> None:
    failing = False
    while not done.is_set():
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GAP_SECONDS):
                await done.wait()
                return
        if lost := output.lost():
            try:
                await asyncio.to_thread(tell, lost)
                output.told(lost)
                failing = False
            except OSError as error:
                if not failing:
                    logger.error("What an orphan prints cannot be told yet: %s", error)
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
        if status.session == pid and scripts & set(words_of(pid, "cmdline")) and _carries(pid, folder.name):
            return Process(pid, status.began)
    return None


def _spec(folder: Path) -> TaskSpec | None:
    try:
        return read_spec(folder)
    except (OSError, ValueError):
        return None


# --- whose a process is ------------------------------------------------------------------------------------------


def _belongs(pid: int, folder: Path) -> bool:
    return (
        _carries(pid, folder.name)
        or _holds(pid, folder / OUTPUT_FIFO)
        or unit_of(pid, folder.name) is not None
    )


def _carries(pid: int, task_id: str) -> bool:
    """Return whether a process was started with the task's id in its environment."""
    return _TASK_ID_VARIABLE + task_id.encode() in words_of(pid, "environ")


def _holds(pid: int, path: Path) -> bool:
    """Return whether a process has the file at ``path`` as its standard output or error."""
    for descriptor in ("1", "2"):
        with contextlib.suppress(OSError):
            if os.path.samefile(f"/proc/{pid}/fd/{descriptor}", path):  # noqa: PTH121 - it follows, and raises OSError
                return True
    return False


def unit_of(pid: int, task_id: str) -> str | None:
    """Return the cgroup of the task's transient unit, if ``pid`` is in it: ``/system.slice/installcast-….service``."""
    try:
        lines = Path(f"/proc/{pid}/cgroup").read_text(errors="replace").splitlines()
    except OSError:
        return None
    own = next((line[3:] for line in lines if line.startswith("0::")), "")
    parts = own.split("/")
    for place, part in enumerate(parts):
        if part.startswith(f"installcast-{task_id}") and part.endswith(".service"):
            return "/".join(parts[: place + 1])
    return None


# --- how it ends -------------------------------------------------------------------------------------------------


class _Family:
    """The processes of a task: who carries its id, is in its unit, in the session of its script, or descends from these."""

    def __init__(self, orphan: Orphan) -> None:
        self._task_id = orphan.task_id
        self._script = orphan.script
        self._unit = unit_of(orphan.script.pid, orphan.task_id)
        self._known: set[Process] = set()
        self._beyond_reach: set[Process] = set()

    def members(self) -> set[Process]:
        """Return those that are alive and can be signalled."""
        table = living()
        never = {os.getpid(), 1}
        found = {pid for pid, status in table.items() if self._is_member(pid, status, table)} - never
        while children := {pid for pid, status in table.items() if status.parent in found} - found - never:
            found |= children
        # A process number is not given away while a session bears it, but its leader may be gone and somebody else's
        # session have it by then. So whoever was seen in it is remembered.
        self._known = {Process(pid, table[pid].began) for pid in found}
        return self._known - self._beyond_reach

    def signal(self, members: Iterable[Process], *numbers: signal.Signals) -> None:
        """Send signals to ``members``."""
        for member in members:
            if not member.signal(*numbers):
                self._beyond_reach.add(member)
                logger.error("%s: process %d is not ours to end", self._task_id, member.pid)

    def kill_unit(self) -> None:
        """Send SIGKILL to all that is in the task's unit, in one go, where there is one and the kernel can (Linux 5.14)."""
        for folder in self._unit_folders():
            with contextlib.suppress(OSError):
                (folder / "cgroup.kill").write_text("1")

    def _is_member(self, pid: int, status: Status, table: dict[int, Status]) -> bool:
        if Process(pid, status.began) in self._known or _carries(pid, self._task_id):
            return True
        leader = table.get(self._script.pid)
        if status.session == self._script.pid and leader and leader.began == self._script.began:
            return True
        return self._unit is not None and unit_of(pid, self._task_id) == self._unit

    def _unit_folders(self) -> list[Path]:
        if self._unit is None:
            return []
        return [folder for root in _CGROUP_ROOTS if (folder := root / self._unit.lstrip("/")).is_dir()]


async def end_family(orphan: Orphan, grace: float) -> None:
    """Send SIGTERM to all processes of the task, and SIGKILL to what is left after ``grace`` seconds, until nothing is."""
    loop = asyncio.get_running_loop()
    family = _Family(orphan)
    told: set[Process] = set()
    deadline = loop.time() + grace
    while members := await asyncio.to_thread(family.members):
        left = deadline - loop.time()
        if left > 0:
            # SIGCONT: a stopped one would not notice.
            family.signal(members - told, signal.SIGTERM, signal.SIGCONT)
            told |= members
            await all_ended(members, min(left, _LOOK_SECONDS))
            continue
        family.kill_unit()
        family.signal(members, signal.SIGKILL)
        await all_ended(members, _LOOK_SECONDS)
        if left < -_PATIENCE_SECONDS:
            deadline = loop.time()
            logger.error(
                "%s: %s do not end", orphan.task_id, ", ".join(str(member.pid) for member in members)
            )


# --- what it prints ----------------------------------------------------------------------------------------------


class Output:
    """The output of the task in ``folder``, held for the case that its runner dies: then it is read to nowhere, and counted.

    Held from the beginning, since a pipe forgets what it holds when nobody has it open any more.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / OUTPUT_FIFO
        self._lines = self._size = 0
        self._unfinished = False
        self._descriptor: int | None = None
        self._open()

    def listen(self) -> None:
        """Begin to read."""
        if self._descriptor is None:
            self._open()
        if self._descriptor is not None:
            asyncio.get_running_loop().add_reader(self._descriptor, self._readable)

    def lost(self) -> Lost | None:
        """Return what was lost since the last :meth:`told`, ``None`` when nothing was."""
        return Lost(self._lines + self._unfinished, self._size) if self._size else None

    def told(self, lost: Lost) -> None:
        """Note that ``lost`` is on record."""
        # An unfinished line was counted with this part, whatever comes of it.
        self._lines -= lost.lines
        self._size -= lost.size

    async def drain(self) -> None:
        """The script has ended: read what is left. Whoever still holds the output finds a reader after this, too."""
        if self._descriptor is None:
            return
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._descriptor)
        until = loop.time() + _DRAIN_SECONDS
        try:
            while loop.time() < until:
                if not self._read(self._descriptor):
                    return
                await asyncio.sleep(0)
        except BlockingIOError:
            pass
        with contextlib.suppress(OSError):
            leave_reader(self._descriptor)

    def close(self) -> None:
        """Give the descriptor back."""
        if self._descriptor is not None:
            asyncio.get_running_loop().remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = None

    def _open(self) -> None:
        # Not there when the folder is not: then there is nothing to count.
        with contextlib.suppress(OSError):
            self._descriptor = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)

    def _readable(self) -> None:
        if self._descriptor is None:
            return
        with contextlib.suppress(BlockingIOError):
            if not self._read(self._descriptor):
                asyncio.get_running_loop().remove_reader(self._descriptor)

    def _read(self, descriptor: int) -> bool:
        """Read a bounded part; return ``False`` at the end of file. Raises ``BlockingIOError`` when there is nothing now."""
        data = os.read(descriptor, _READ_BYTES)
        self._size += len(data)
        self._lines += data.count(b"\n")
        if data:
            self._unfinished = not data.endswith(b"\n")
        return bool(data)
