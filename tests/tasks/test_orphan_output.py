"""The output of a script whose runner is gone: read and counted, and never without a reader."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from installcast.runner.inputs import OUTPUT_FIFO
from installcast.tasks.orphan_output import Lost, Output


async def test_it_is_counted_once(tmp_path: Path) -> None:
    """What was told is not told again; a line without an end counts as one."""
    os.mkfifo(tmp_path / OUTPUT_FIFO)
    output = Output(tmp_path)
    script = os.open(tmp_path / OUTPUT_FIFO, os.O_RDWR)
    assert output.lost() is None
    os.write(script, b"one\ntwo\nthr")
    os.close(script)
    await output.drain()
    lost = output.lost()
    assert lost == Lost(3, 11)
    output.told(lost)
    assert output.lost() is None
    output.close()


async def test_the_reader_that_stays_behind_leaves_no_dead_process(tmp_path: Path) -> None:
    """A daemon goes on printing, and finds a reader; when it ends, so does that, and is taken leave of."""
    os.mkfifo(tmp_path / OUTPUT_FIFO)
    output = Output(tmp_path)
    daemon = os.open(tmp_path / OUTPUT_FIFO, os.O_RDWR)
    before = children()
    await output.drain()
    output.close()
    (reader,) = children() - before
    await asyncio.to_thread(os.write, daemon, bytes(1_000_000))
    os.close(daemon)
    async with asyncio.timeout(20):
        while reader in children():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)


def children() -> set[int]:
    """Return the children of this process, dead ones among them."""
    listed = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text()
    return {int(pid) for pid in listed.split()}
