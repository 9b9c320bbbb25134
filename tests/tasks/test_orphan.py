"""A script without a runner: what it prints is told as missing, and does not fill its log."""

from __future__ import annotations

import asyncio
import os
import time
from itertools import pairwise
from pathlib import Path

from installcast.runner.clock import since_boot
from installcast.runner.inputs import OUTPUT_FIFO
from installcast.tasks.orphan import Orphan, accompany
from installcast.tasks.orphan_output import Lost, Output
from installcast.tasks.processes import Process, status_of

FIRST_GAP = 0.02
CHATTER = "i=0; while :; do i=$((i + 1)); echo $i; sleep 0.002; done"


async def test_gaps_of_one_that_goes_on_and_on_grow_rare(tmp_path: Path) -> None:
    """It prints without end; each record of what is missing comes after twice the time of the one before it."""
    os.mkfifo(tmp_path / OUTPUT_FIFO)
    writer = os.open(tmp_path / OUTPUT_FIFO, os.O_RDWR)
    output = Output(tmp_path)
    script = await asyncio.create_subprocess_exec("bash", "-c", CHATTER, stdout=writer)
    os.close(writer)
    status = status_of(script.pid)
    assert status is not None
    told: list[tuple[float, Lost]] = []
    enough = asyncio.Event()
    loop = asyncio.get_running_loop()

    def tell(lost: Lost) -> None:
        told.append((time.monotonic(), lost))
        if len(told) == 5:
            loop.call_soon_threadsafe(enough.set)

    orphan = Orphan(tmp_path, Process(script.pid, status.began), "install", since_boot() + 60)
    company = asyncio.create_task(
        accompany(orphan, output, kill_grace=1, canceled=loop.create_future(), tell=tell, first_gap=FIRST_GAP)
    )
    await asyncio.wait_for(enough.wait(), 20)
    script.kill()
    await script.wait()
    await company
    output.close()
    distances = [later - earlier for (earlier, _), (later, _) in pairwise(told[:4])]
    assert all(distance >= FIRST_GAP * 2 ** (number + 1) for number, distance in enumerate(distances))
    assert all(lost.lines for _, lost in told)
