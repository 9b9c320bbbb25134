"""SIGKILL of the server at random moments, again and again, while tasks of all sorts are under way and watched.

``SOAK_CYCLES`` (500) says how many cycles the long run has, ``SOAK_SEED`` repeats the choices of an earlier run.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from installcast.tasks.secret_files import SecretFiles
from tests.service import Service

from .checks import check_leftovers, check_log, check_secrets, read_witness, settled
from .cycles import Keeper
from .kinds import KILL_CYCLE_KINDS, SECRET_PARAMETER, write_kinds
from .panel import Panel
from .report import Report

FAST_CYCLES = 100
SOAK_CYCLES = int(os.environ.get("SOAK_CYCLES", "500"))

_EARLY = 0.3
"""Share of the kills that come while the service is still starting."""

_LONGEST_LIFE = 0.7
"""Seconds from readiness to the kill, at most."""


@pytest.mark.parametrize(
    "cycles",
    [
        pytest.param(FAST_CYCLES, marks=pytest.mark.timeout(400)),
        pytest.param(SOAK_CYCLES, marks=[pytest.mark.soak, pytest.mark.timeout(60 + SOAK_CYCLES * 6)]),
    ],
    ids=["fast", "soak"],
)
async def test_every_task_runs_once_however_often_the_server_is_killed(
    cycles: int,
    new_service: Callable[..., Service],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Every accepted task runs once to its real end, its journal whole, and viewers lose and repeat nothing."""
    seed = int(os.environ.get("SOAK_SEED") or random.randrange(2**32))
    chance = random.Random(seed)
    report = Report(f"kill-cycles-{cycles}", seed)
    service = new_service(runner={"max_parallel": 4, "kill_grace": 2, "isolation": "session"})
    witness = tmp_path / "witness"
    write_kinds(service.recipes, witness, KILL_CYCLE_KINDS)
    keeper = Keeper(service)
    report.figures["slowest start, s"] = round(await keeper.start(), 2)
    panel = Panel(service, witness, report, chance)
    async with asyncio.TaskGroup() as group:
        for kind in KILL_CYCLE_KINDS:
            group.create_task(panel.keep_going(kind))
        await _kill_again_and_again(keeper, cycles, chance, report)
        panel.stopping = True
    rows = await panel.tasks()
    secrets = SecretFiles(service.data_dir).folder
    await panel.close()
    await keeper.close()

    for found in (
        *await settled(lambda: check_leftovers(service.data_dir, secrets, rows), 30.0),
        *check_secrets(
            [service.data_dir, service.folder / "serve.log", secrets],
            {task.parameters[SECRET_PARAMETER] for task in panel.accepted.values() if task.kind.secret},
        ),
        *check_log(service.folder / "serve.log"),
    ):
        panel.violation(found)
    if unknown := {row["task_id"] for row in rows} ^ panel.accepted.keys():
        panel.violation(f"the service and its client do not know the same tasks: {unknown}")
    for path in witness.iterdir():
        if path.name not in panel.accepted:
            panel.violation(f"{path.name} ran and was never accepted: {read_witness(witness, path.name)}")
    report.write()
    with capsys.disabled():
        sys.stdout.write(f"\n{report}")
    assert not report.violations
    assert report.faults["SIGKILL of the server"] == cycles
    assert set(report.outcomes) == {"succeeded", "failed", "canceled"}


async def _kill_again_and_again(keeper: Keeper, cycles: int, chance: random.Random, report: Report) -> None:
    slowest = report.figures["slowest start, s"]
    for cycle in range(cycles):
        # Those that come while it still starts hit the recovery, the others the life after it.
        early = cycle > 0 and chance.random() < _EARLY
        if early:
            await asyncio.sleep(chance.uniform(0.0, slowest))
        else:
            slowest = max(slowest, await keeper.ready())
            await asyncio.sleep(chance.uniform(0.0, _LONGEST_LIFE))
        await keeper.kill()
        report.faults["SIGKILL of the server"] += 1
        report.faults["of them before it was ready"] += early
        keeper.spawn()
    report.figures["slowest start, s"] = round(max(slowest, await keeper.ready()), 2)
