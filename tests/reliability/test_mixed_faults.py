"""All sorts of faults at once, for as long as it takes, while all sorts of tasks run and all sorts of viewers watch.

``SOAK_MINUTES`` (60) says how long, ``SOAK_SEED`` repeats the choices of an earlier run. The report is written to
``.build/reports/mixed-faults/``, with what is needed to look into a violation beside it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import httpx
import pytest

from installcast.tasks.secret_files import SecretFiles
from tests.service import Service

from .checks import check_leftovers, check_log, check_secrets, read_witness, settled
from .conftest import COMMAND
from .cycles import Keeper, resident_bytes
from .faults import Faults
from .kinds import MIXED_KINDS, SECRET_PARAMETER, write_kinds
from .mounts import MountNamespace, make_image
from .panel import Panel
from .report import Report

SOAK_MINUTES = float(os.environ.get("SOAK_MINUTES", "60"))

_DISK_MEBIBYTES = 2048
_QUIET_SECONDS = 2.0
"""After a fault, before the time that an answer takes counts."""

_SETTLE_SECONDS = 60.0
"""For daemons that recipes have left behind, and their readers, to end."""

_SETTINGS = {
    "runner": {"max_parallel": 5, "kill_grace": 1, "isolation": "session"},
    "log": {"max_bytes_per_task": 8 * 1024 * 1024},
}


@pytest.mark.soak
@pytest.mark.timeout(SOAK_MINUTES * 60 + 900)
async def test_mixed_faults(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever strikes, every accepted task runs once to an end that is true, its journal whole or its gaps told."""
    seed = int(os.environ.get("SOAK_SEED") or random.randrange(2**32))
    report = Report("mixed-faults", seed)
    report.figures["minutes asked for"] = SOAK_MINUTES
    make_image(tmp_path / "disk", "ext4", _DISK_MEBIBYTES)
    with MountNamespace() as machine:
        service = Service(COMMAND, tmp_path, _SETTINGS, prefix=machine.prefix)
        service.data_dir.mkdir()
        machine.run("mount", "-o", "loop", tmp_path / "disk", service.data_dir)
        await _run(service, machine, tmp_path / "witness", report)
    report.write()
    with capsys.disabled():
        sys.stdout.write(f"\n{report}")
    assert not report.violations
    assert report.tasks > 0


async def _run(service: Service, machine: MountNamespace, witness: Path, report: Report) -> None:
    data_dir = machine.outside(service.data_dir)
    chance = random.Random(report.seed)
    write_kinds(service.recipes, witness, MIXED_KINDS)
    keeper = Keeper(service)
    await keeper.start()
    panel = Panel(service, witness, report, chance, data_dir=data_dir)
    faults = Faults(keeper, panel, machine, report, chance)
    try:
        async with asyncio.TaskGroup() as group:
            gauges = [
                group.create_task(_probe(panel, faults, report)),
                group.create_task(_weigh(keeper, report)),
            ]
            for kind in MIXED_KINDS:
                group.create_task(panel.keep_going(kind, mixed=True))
            until = time.monotonic() + SOAK_MINUTES * 60
            while time.monotonic() < until:
                await asyncio.sleep(chance.uniform(0.5, 5.0))
                await faults.strike()
                report.write()
            panel.stopping = True
            for gauge in gauges:
                gauge.cancel()
        # A start removes what a request has left that failed for want of descriptors.
        await faults.restart_server()
        await _check_what_is_left(service, data_dir, panel, faults, witness)
    finally:
        await panel.close()
        await keeper.close()
        assert service.process is not None
        service.stop()


async def _check_what_is_left(
    service: Service, data_dir: Path, panel: Panel, faults: Faults, witness: Path
) -> None:
    rows = await panel.tasks()
    secrets = SecretFiles(service.data_dir).folder
    found = await settled(lambda: check_leftovers(data_dir, secrets, rows, faults.removed), _SETTLE_SECONDS)
    told = {task.parameters[SECRET_PARAMETER] for task in panel.accepted.values() if task.kind.secret}
    log = service.folder / "serve.log"
    found += check_secrets([data_dir, log, secrets], told)
    found += check_log(log, _EXPECTED_FAULTS)
    if unknown := {row["task_id"] for row in rows} ^ panel.accepted.keys():
        found.append(f"the service and its client do not know the same tasks: {unknown}")
    found += _ran_unasked(witness, panel)
    for what in found:
        panel.violation(what)


_EXPECTED_FAULTS = ("No space left on device", "Too many open files", "database or disk is full")
"""What the service may log a traceback for: faults that were injected."""


def _ran_unasked(witness: Path, panel: Panel) -> Iterable[str]:
    for path in witness.iterdir():
        if path.name not in panel.accepted:
            yield f"{path.name} ran and was never accepted: {read_witness(witness, path.name)}"


# --- figures -------------------------------------------------------------------------------------------------------------


async def _probe(panel: Panel, faults: Faults, report: Report) -> None:
    """Ask for a task's status four times a second, and note how long the answer takes when no fault is at work."""
    seconds: list[float] = []
    async with httpx.AsyncClient(
        base_url=panel.service.url, headers={"Authorization": f"Bearer {panel.token}"}, timeout=15
    ) as client:
        while True:
            await asyncio.sleep(0.25)
            strike, began = faults.last_strike, time.monotonic()
            task_id = next(iter(panel.active), None)
            if task_id is None or began - strike < _QUIET_SECONDS or faults.at_work:
                continue
            with contextlib.suppress(httpx.TransportError):
                answer = await client.get("/v1/log/status", params={"task_id": task_id})
                if answer.status_code == 200 and not faults.at_work:
                    seconds.append(time.monotonic() - began)
            if seconds:
                ordered = sorted(seconds)
                report.figures["/v1/log/status, ms"] = {
                    "answers": len(ordered),
                    "p50": round(ordered[len(ordered) // 2] * 1000, 1),
                    "p99": round(ordered[len(ordered) * 99 // 100] * 1000, 1),
                }


async def _weigh(keeper: Keeper, report: Report) -> None:
    """Note the memory and the descriptors of the server every few seconds, and how much they were at most."""
    memory: list[float] = []
    descriptors: list[int] = []
    while True:
        await asyncio.sleep(5.0)
        process = keeper.service.process
        if process is None or process.poll() is not None:
            continue
        with contextlib.suppress(OSError, ValueError):
            memory.append(resident_bytes(process.pid) / 2**20)
            descriptors.append(len(os.listdir(f"/proc/{process.pid}/fd")))  # noqa: PTH208
        if memory and descriptors:
            tenths = [memory[len(memory) * n // 10] for n in range(10)]
            report.figures["memory of the server, MiB, at each tenth"] = [round(size) for size in tenths]
            report.figures["memory of the server, MiB, at most"] = round(max(memory))
            report.figures["descriptors of the server, at most"] = max(descriptors)
