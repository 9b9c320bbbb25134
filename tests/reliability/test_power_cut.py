"""Power cuts of a machine at every phase of its tasks: a file system that stops dead, and nothing that was running.

The data folder lies on a file system of its own, ext4 or xfs, which the shutdown ioctl cuts off from its disk without
flushing its log; every process of the machine, a pid namespace, is killed at once. What was in memory, the secrets too, is
gone. ``SOAK_CUTS`` (24) says how many cuts each file system gets, ``SOAK_SEED`` repeats the choices of an earlier run.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import random
import struct
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest

from installcast.record import FINAL_KEY
from installcast.runner.outcome import EXIT_FILE
from installcast.runner.probe import STARTED_FILE
from tests.service import Service

from .checks import Accepted, check_leftovers, check_secrets, read_journal, read_witness, settled
from .conftest import COMMAND
from .cycles import Keeper
from .kinds import BROKEN, DAEMON, FLOOD, QUICK, SECRET_PARAMETER, STEADY, VAULT, write_kinds
from .mounts import MountNamespace, make_image
from .panel import Panel
from .report import Report
from .viewers import Viewer, ViewerError

SOAK_CUTS = int(os.environ.get("SOAK_CUTS", "24"))

Phase = Literal[
    "accepted", "queued", "started", "printing", "draining", "exit.json", "final", "settled", "any time"
]
PHASES: tuple[Phase, ...] = (
    *("accepted", "queued", "started", "printing", "draining", "exit.json", "final", "settled", "any time"),
)

_KINDS = (STEADY, DAEMON, FLOOD, VAULT, BROKEN, QUICK)
_DISK_MEBIBYTES = 512
_LIMIT = 60.0
"""Seconds for a phase to be reached, and for all tasks to end after the next start."""

# linux/fs.h, xfs_fs.h, ext4.h: _IOR('X', 125, __u32); without a flush of the log.
_SHUTDOWN, _NO_LOG_FLUSH = 0x8004587D, 2


@pytest.mark.soak
@pytest.mark.timeout(120 + SOAK_CUTS * 120)
@pytest.mark.parametrize("file_system", ["ext4", "xfs"])
async def test_power_cuts(file_system: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was accepted is there after a cut, what has an end has its whole log, nothing is torn and nothing runs twice."""
    seed = int(os.environ.get("SOAK_SEED") or random.randrange(2**32))
    report = Report(f"power-cuts-{file_system}", seed)
    image = tmp_path / "disk"
    make_image(image, file_system, _DISK_MEBIBYTES)
    machine = Machine(image, Service(COMMAND, tmp_path, _SETTINGS), tmp_path / "witness", report)
    for cut in range(SOAK_CUTS):
        phase = PHASES[cut % len(PHASES)]
        async with machine.boot():
            await machine.see_to_the_end()
            await machine.work_until(phase)
            machine.cut()
        report.faults[f"cut: {phase}"] += 1
        report.write()
    async with machine.boot():
        await machine.see_to_the_end()
    await machine.close()
    report.write()
    with capsys.disabled():
        sys.stdout.write(f"\n{report}")
    assert not report.violations
    assert not _loops(image)


def _loops(image: Path) -> str:
    """Return the loop devices that still stand on ``image``."""
    command = ["losetup", "--associated", str(image)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


_SETTINGS = {"runner": {"max_parallel": 3, "kill_grace": 1, "isolation": "session"}}


class Machine:
    """Boots, works, and loses its power. Its disk is ``image``; the scripts' witness is kept elsewhere."""

    def __init__(self, image: Path, service: Service, witness: Path, report: Report) -> None:
        self._image = image
        self._service = service
        self._witness = witness
        self._report = report
        self._chance = random.Random(report.seed)
        self._space: MountNamespace
        self._panel: Panel | None = None
        self._keeper = Keeper(service)
        self._pending: list[tuple[Accepted, Viewer]] = []
        """Tasks that the power was cut under, and what a viewer had been shown of each."""
        service.data_dir.mkdir()
        write_kinds(service.recipes, witness, _KINDS)

    async def close(self) -> None:
        """Give the connections back."""
        assert self._panel is not None
        await self._panel.close()
        await self._keeper.close()

    @contextlib.asynccontextmanager
    async def boot(self) -> AsyncIterator[None]:
        """Mount the disk and start the service; at the end every process is killed, and the mounts are gone."""
        service = self._service
        with MountNamespace("--pid", "--fork", "--mount-proc") as self._space:
            for memory in ("/run", "/dev/shm"):
                self._space.run("mount", "-t", "tmpfs", "tmpfs", memory)
            self._space.run("mount", "-o", "loop", self._image, service.data_dir)
            service.prefix = self._space.prefix
            await self._keeper.start()
            if self._panel is None:
                data_dir = Path()  # another one at each boot
                self._panel = Panel(service, self._witness, self._report, self._chance, data_dir=data_dir)
            self._panel.data_dir = self._space.outside(service.data_dir)
            yield
        assert service.process is not None
        service.process.wait()
        async with asyncio.timeout(_LIMIT):
            # Whoever mounted it again before would get the same dead file system.
            while True:
                if not _loops(self._image):
                    break
                await asyncio.sleep(0.01)

    def cut(self) -> None:
        """Cut the disk off, as it is; what runs is killed when the machine's context ends, some milliseconds later."""
        folder = os.open(self._space.outside(self._service.data_dir), os.O_RDONLY)
        fcntl.ioctl(folder, _SHUTDOWN, struct.pack("I", _NO_LOG_FLUSH))
        os.close(folder)

    # --- before the cut ------------------------------------------------------------------------------------------

    async def work_until(self, phase: Phase) -> None:
        """Have everything installed, watched, and return when a task has come to ``phase``."""
        panel = self._panel
        assert panel is not None
        watching: list[asyncio.Task[None]] = []
        for kind in self._chance.sample(_KINDS, len(_KINDS)):
            task = await panel.install(kind)
            viewer = Viewer(self._service, panel.token, task.task_id, "v2")
            self._pending.append((task, viewer))
            watching.append(asyncio.create_task(viewer.watch()))
        async with asyncio.timeout(_LIMIT):
            reached = self._signs(phase)
            while True:
                if any(map(reached, self._pending)):
                    break
                await asyncio.sleep(0.001)
        for watch in watching:
            watch.cancel()
        await asyncio.gather(*watching, return_exceptions=True)

    def _signs(self, phase: Phase) -> Callable[[tuple[Accepted, Viewer]], bool]:
        """Return what tells that a task has come to a phase, for the first time since the boot."""
        if phase == "any time":
            until = time.monotonic() + self._chance.uniform(0.0, 3.0)
            return lambda _: time.monotonic() > until
        at_once = {"accepted", "queued"}

        def reached(pending: tuple[Accepted, Viewer]) -> bool:
            task, viewer = pending
            folder = self._folder(task)
            match phase:
                case "started":
                    return (folder / STARTED_FILE).exists()
                case "printing":
                    return 3 <= viewer.next_seq < task.count
                case "draining":
                    over = "install" in read_witness(self._witness, task.task_id).ended
                    return over and task.kind is DAEMON
                case "exit.json":
                    return (folder / EXIT_FILE).exists()
                case "final":
                    return FINAL_KEY in (folder / "journal.jsonl").read_bytes()[-4096:]
                case "settled":
                    return viewer.end is not None
            return phase in at_once

        return reached

    # --- after it ------------------------------------------------------------------------------------------------

    async def see_to_the_end(self) -> None:
        """Wait for all tasks that the power was cut under, and check them and what is left of them."""
        panel = self._panel
        assert panel is not None
        for task, before in self._pending:
            try:
                async with asyncio.timeout(_LIMIT):
                    await panel.see_to_its_end(task, ("plain", "v2"))
                    await self._check(task, before)
            except (ViewerError, TimeoutError) as error:
                panel.violation(f"after the cut: {error!r}", task)
        self._pending.clear()
        rows = await panel.tasks()
        data_dir, log = panel.data_dir, self._service.folder / "serve.log"
        secrets = next(self._space.outside(Path("/run/installcast")).iterdir(), Path("/nonexistent"))
        told = {task.parameters[SECRET_PARAMETER] for task in panel.accepted.values() if task.kind.secret}
        for found in (
            *await settled(lambda: check_leftovers(data_dir, secrets, rows), _LIMIT),
            *check_secrets([data_dir, log], told),
            *self._unknown({row["task_id"] for row in rows}),
        ):
            panel.violation(found)

    async def _check(self, task: Accepted, before: Viewer) -> None:
        panel = self._panel
        assert panel is not None
        status = await panel.status(task.task_id)
        # Only a task that knows no end may lack something.
        task.runner_killed = status["status"] == "interrupted"
        await panel.check(task)
        if before.end is None:
            return
        if before.end["status"] != status["status"]:
            panel.violation(f"it was told to have {before.end['status']}, and is {status['status']}", task)
        if bytes(before.collected) != read_journal(self._folder(task)).data:
            panel.violation("its log is not what it was when its end was told", task)

    def _unknown(self, rows: set[str]) -> Iterator[str]:
        assert self._panel is not None
        accepted = self._panel.accepted.keys()
        if lost := accepted - rows:
            yield f"accepted, and not known after a cut: {lost}"
        for path in self._witness.iterdir():
            if path.name not in rows:
                yield f"{path.name} has run and is not known after a cut"

    def _folder(self, task: Accepted) -> Path:
        return self._space.outside(self._service.data_dir) / "tasks" / task.task_id
