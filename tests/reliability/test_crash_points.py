"""A crash of the server at every step: of a task's start and finish, of a cancel, and of the restart after a crash.

The fast run takes a number of steps, spread evenly; the long one (``make soak``) takes them all.
"""

from __future__ import annotations

import asyncio
import random
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from installcast.tasks.secret_files import SecretFiles
from tests.service import Service

from .checks import Accepted, check_leftovers, check_log, check_secrets, settled
from .crash_points import CrashPoints
from .cycles import Keeper
from .kinds import SECRET_PARAMETER, Kind, write_kinds
from .panel import Panel
from .report import Report

LIMIT = 60.0
"""Seconds for whatever follows one crash; it takes one or two."""

_SHORT = Kind(
    "short",
    'echo "the password is $DB_PASSWORD"\nlines 1 "$COUNT"',
    counts=(3, 9),
    codes=(0, 5),
    secret=True,
    rollback=True,
    extra=("the password is ***", "undone"),
)
_LONG = Kind("long", "steadily", counts=(10, 10), locks="shared")
_HELD = Kind("held", "steadily", counts=(400, 400), locks="shared")
_BEHIND = Kind(
    "behind",
    'echo "the password is $DB_PASSWORD"\nlines 1 "$COUNT"',
    counts=(3, 9),
    locks="shared",
    secret=True,
    extra=("the password is ***",),
)
_KINDS = (_SHORT, _LONG, _HELD, _BEHIND)


class Crashing:
    """A service that is killed at a step, started again, and looked at; a panel that uses it all the while."""

    def __init__(self, keeper: Keeper, panel: Panel, points: CrashPoints, report: Report) -> None:
        self.panel = panel
        self.points = points
        self.report = report
        self._keeper = keeper
        self._death: asyncio.Future[int]

    async def start(self) -> None:
        """Start the service, unharmed."""
        self.points.disarm()
        self._spawn()
        await self._keeper.ready()

    async def kill(self) -> None:
        """Kill the service at no particular step."""
        await self._keeper.kill()

    async def strike(
        self, work: Coroutine[Any, Any, None], kill_at: int | None, *, starting: bool = False
    ) -> bool:
        """Let ``work`` be done, which takes no notice of a crash; there is one at the call ``kill_at``, then a start.

        ``starting``: the service is started first, and its calls count from there. Returns whether it came to the crash.
        """
        self.points.arm(kill_at)
        if starting:
            self._spawn()
        async with asyncio.timeout(LIMIT):
            done = asyncio.create_task(work)
            death: asyncio.Future[Any] = self._death
            await asyncio.wait([done, death], return_when=asyncio.FIRST_COMPLETED)
            self.points.disarm()
            crashed = self.points.killed_at is not None
            if crashed:
                assert await death == -signal.SIGKILL
                await self.start()
                self.report.faults["SIGKILL at a step"] += 1
            await done
        return crashed

    async def check_what_is_left(self) -> None:
        """Check that nothing is left over, now that all tasks have ended."""
        service, accepted = self._keeper.service, self.panel.accepted
        secrets = SecretFiles(service.data_dir).folder
        told = {task.parameters[SECRET_PARAMETER] for task in accepted.values() if task.kind.secret}
        rows = await self.panel.tasks()
        found = [
            *await settled(lambda: check_leftovers(service.data_dir, secrets, rows), LIMIT),
            *check_secrets([service.data_dir, service.folder / "serve.log", secrets], told),
            *check_log(service.folder / "serve.log"),
        ]
        if unknown := {row["task_id"] for row in rows} ^ accepted.keys():
            found.append(f"the service and its client do not know the same tasks: {unknown}")
        for what in found:
            self.panel.violation(f"after a crash before {self.points.killed_at}: {what}")

    def _spawn(self) -> None:
        self._keeper.spawn()
        process = self._keeper.service.process
        assert process is not None
        self._death = asyncio.ensure_future(asyncio.to_thread(process.wait))


async def _see_to(panel: Panel, *tasks: Accepted) -> None:
    for task in tasks:
        await panel.see_to_its_end(task, ("plain", "v2"))
        await panel.check(task)


async def _install(crashing: Crashing, kill_at: int | None) -> bool:
    """From the request to the end that viewers are told."""

    async def work() -> None:
        await _see_to(crashing.panel, await crashing.panel.install(_SHORT))

    return await crashing.strike(work(), kill_at)


async def _cancel(crashing: Crashing, kill_at: int | None) -> bool:
    """From the cancel of a task that waits to the end that viewers are told."""
    panel = crashing.panel
    held, behind = await panel.install(_HELD), await panel.install(_BEHIND)

    async def work() -> None:
        await panel.cancel(behind)
        await _see_to(panel, behind)

    crashed = await crashing.strike(work(), kill_at)
    await panel.cancel(held)
    await _see_to(panel, held)
    return crashed


async def _restart(crashing: Crashing, kill_at: int | None) -> bool:
    """A start that finds a task that runs, one that waits with a secret, one that ended, and half a request."""
    panel = crashing.panel
    tasks = [await panel.install(kind) for kind in (_SHORT, _LONG, _BEHIND)]
    await crashing.kill()
    half = panel.service.data_dir / f"tasks/half-1.0-{'0' * 26}"
    half.mkdir(mode=0o700)
    (half / "task.json").write_text("{}")
    return await crashing.strike(_see_to(panel, *tasks), kill_at, starting=True)


Scenario = Callable[[Crashing, int | None], Coroutine[Any, Any, bool]]

_SCENARIOS: tuple[tuple[Scenario, int], ...] = ((_install, 24), (_cancel, 8), (_restart, 12))
"""What crashes, and how many steps of it the fast run takes."""


@pytest.mark.parametrize(
    ("scenario", "steps"),
    [
        *(pytest.param(scenario, steps, id=scenario.__name__[1:]) for scenario, steps in _SCENARIOS),
        *(
            pytest.param(
                scenario,
                None,
                id=f"every-step-{scenario.__name__[1:]}",
                marks=[pytest.mark.soak, pytest.mark.timeout(3600)],
            )
            for scenario, _ in _SCENARIOS
        ),
    ],
)
async def test_a_crash_at_any_step_changes_nothing(
    scenario: Scenario,
    steps: int | None,
    new_service: Callable[..., Service],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Wherever the server dies, each task runs once, to its real end, and after the next start nothing is left over."""
    report = Report(f"crash-points-{scenario.__name__[1:]}-{steps or 'all'}", seed=0)
    service = new_service(runner={"max_parallel": 4, "kill_grace": 2, "isolation": "session"})
    write_kinds(service.recipes, tmp_path / "witness", _KINDS)
    service.start()
    panel = Panel(service, tmp_path / "witness", report, random.Random(0))
    service.stop()
    keeper = Keeper(service)
    with CrashPoints([service.data_dir, SecretFiles(service.data_dir).folder]) as points:
        service.prefix = points.prefix
        crashing = Crashing(keeper, panel, points, report)
        await crashing.start()
        await scenario(crashing, None)
        total = len(points.points)
        report.figures["steps"] = [str(point) for point in points.points]
        # Beyond the last one, too: how many there are differs a little from run to run.
        for step in range(1, 2 * total) if steps is None else _spread(total, steps):
            crashed = await scenario(crashing, step)
            await crashing.check_what_is_left()
            if not crashed and step > total:
                break
        await panel.close()
        await keeper.close()
        service.stop()
    report.write()
    with capsys.disabled():
        del report.figures["steps"]
        sys.stdout.write(f"\n{report}")
    assert not report.violations
    assert sum(report.faults.values()) >= (steps or total) * 0.8


def _spread(total: int, steps: int) -> list[int]:
    """Return ``steps`` numbers from 1 to ``total``, evenly spread."""
    return sorted({1 + (total - 1) * number // (steps - 1) for number in range(steps)})
