"""A page of history from anywhere in a journal of a million records.

Beside it what a server without an index does: read the file up to there, line by line.
"""

from __future__ import annotations

import asyncio
import random
import time
from pathlib import Path

import httpx

from benchmarks.report import Row, at_most, percentile
from installcast import Installcast, Settings
from installcast.api.server import Running, serve
from installcast.api.tokens import Tokens
from installcast.record import LogMessage, body, number, timestamp
from installcast.settings import ServerSettings
from installcast.tasks.access import LOG_READ
from installcast.tasks.folder import journal_file
from installcast.tasks.state import TaskStatus
from installcast.tasks.store import Task

RECORDS = 1_000_000
PAGE = 1000
PAGES = 200
TASK_ID = "bench-1-0"


def write_journal(path: Path) -> None:
    """Write a million records as a runner does, of lines that differ in length."""
    line = "Unpacking libexample-data (2.41.3-1) over (2.41.2-4) of the archive ... "
    bodies = [
        body(LogMessage(0, timestamp(size), "INFO", line + "x" * size, 40, "Install packages", 2, 5))
        for size in range(100)
    ]
    with path.open("w", encoding="utf-8") as journal:
        for seq in range(RECORDS):
            journal.write(number(seq, bodies[seq * 7 % 100]) + "\n")


def read_line_by_line(path: Path, offset: int) -> list[bytes]:
    """Return a page the plain way."""
    page = []
    with path.open("rb") as journal:
        for index, line in enumerate(journal):
            if index >= offset + PAGE:
                break
            if index >= offset:
                page.append(line)
    return page


async def ask(url: str, token: str, offsets: list[int]) -> list[float]:
    """Return the milliseconds of each request, until the last byte has come."""
    times = []
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=url, headers=headers) as client:
        for offset in offsets:
            began = time.perf_counter()
            query = {"task_id": TASK_ID, "offset": str(offset), "limit": str(PAGE)}
            answer = await client.get("/v1/log/history", params=query)
            times.append((time.perf_counter() - began) * 1000)
            page = answer.json()["data"]
            assert [record["seq"] for record in page["messages"]] == list(range(offset, offset + PAGE))
    return times


async def measure(base: Path) -> list[Row]:
    """Serve the journal of a task and ask for pages."""
    settings = Settings(data_dir=base / "data", server=ServerSettings(port=0))
    chance = random.Random(1)
    offsets = [chance.randrange(RECORDS - PAGE) for _ in range(PAGES)]
    async with Installcast(settings) as engine:
        folder = settings.tasks_dir / TASK_ID
        folder.mkdir()
        journal = journal_file(folder)
        write_journal(journal)
        now = timestamp(time.time())
        await engine.store.add(Task(TASK_ID, "bench", "1", "install", "bench", now, TaskStatus.RUNNING))
        engine.logs.create_log_stream(TASK_ID, journal, "bench")
        stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
        serving = asyncio.create_task(serve(engine, ready=ready.set_result, stop=stop))
        running: Running = await ready
        token = Tokens(settings).issue("bench", [LOG_READ], 600)
        times = await ask(running.url, token, offsets)
        stop.set()
        await serving
        plain = []
        for offset in offsets[:10]:
            began = time.perf_counter()
            assert len(read_line_by_line(journal, offset)) == PAGE
            plain.append((time.perf_counter() - began) * 1000)
    return [
        at_most(
            "history: page of 1000 anywhere in 1,000,000 records, median", percentile(times, 0.5), "ms", 10
        ),
        Row("  p99", f"{percentile(times, 0.99):.4g} ms"),
        Row("  the file read line by line up to there, median", f"{percentile(plain, 0.5):.4g} ms"),
    ]


def pages(base: Path) -> list[Row]:
    """Measure in ``base``, an empty folder."""
    return asyncio.run(measure(base))
