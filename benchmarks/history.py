"""A page of history from anywhere in a journal of a million records, a search through all of it, and its steps.

Beside it what a server without an index does: read the file line by line, and decode each record to look at it.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
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
NEEDLE = "No space left"
NEEDLE_SEQ = 654_321
SEARCHES = {
    "search: a text that stands once in 1,000,000 records": {"q": NEEDLE.upper()},
    "  a text that does not": {"q": "no such words"},
    "  an expression": {"q": "^E: .*space left$", "regex": "true"},
    "  errors and warnings": {"level": "WARN,ERROR"},
}


def write_journal(path: Path) -> None:
    """Write a million records as a runner does, of lines that differ in length."""
    line = "Unpacking libexample-data (2.41.3-1) over (2.41.2-4) of the archive ... "
    bodies = [
        body(LogMessage(0, timestamp(size), "INFO", line + "x" * size, 40, "Install packages", 2, 5))
        for size in range(100)
    ]
    found = body(LogMessage(0, timestamp(0), "ERROR", f"E: {NEEDLE}", 40, "Install packages", 2, 5))
    with path.open("w", encoding="utf-8") as journal:
        for seq in range(RECORDS):
            journal.write(number(seq, bodies[seq * 7 % 100] if seq != NEEDLE_SEQ else found) + "\n")


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


def look_at_each(path: Path) -> list[int]:
    """Search the plain way."""
    wanted = re.compile(NEEDLE, re.IGNORECASE)
    with path.open("rb") as journal:
        return [record["seq"] for record in map(json.loads, journal) if wanted.search(record["message"])]


async def search(url: str, token: str) -> list[Row]:
    """Return how long each search takes, and a look at the steps, until the answer has come."""
    rows = []
    async with httpx.AsyncClient(
        base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60
    ) as client:
        for what, query in SEARCHES.items():
            began = time.perf_counter()
            seqs: list[int] = []
            start: int | None = 0
            while start is not None:
                answer = await client.get(
                    "/v1/log/search", params={"task_id": TASK_ID, "from": str(start), **query}
                )
                data = answer.json()["data"]
                seqs += [match["seq"] for match in data["matches"]]
                start = data["next_from"]
            seconds = time.perf_counter() - began
            assert seqs == ([] if "no such" in query.get("q", "") else [NEEDLE_SEQ])
            rows.append(at_most(what, seconds, "s", 1.0))
        began = time.perf_counter()
        answer = await client.get("/v1/log/steps", params={"task_id": TASK_ID})
        rows.append(at_most("steps of the same log", time.perf_counter() - began, "s", 2.0))
        assert len(answer.json()["data"]["steps"]) == 1
    return rows


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
        searches = await search(running.url, token)
        stop.set()
        await serving
        plain = []
        for offset in offsets[:10]:
            began = time.perf_counter()
            assert len(read_line_by_line(journal, offset)) == PAGE
            plain.append((time.perf_counter() - began) * 1000)
        began = time.perf_counter()
        assert look_at_each(journal) == [NEEDLE_SEQ]
        decoded = time.perf_counter() - began
    return [
        at_most(
            "history: page of 1000 anywhere in 1,000,000 records, median", percentile(times, 0.5), "ms", 10
        ),
        Row("  p99", f"{percentile(times, 0.99):.4g} ms"),
        Row("  the file read line by line up to there, median", f"{percentile(plain, 0.5):.4g} ms"),
        *searches,
        Row("  the text, with every record decoded", f"{decoded:.4g} s"),
    ]


def pages(base: Path) -> list[Row]:
    """Measure in ``base``, an empty folder."""
    return asyncio.run(measure(base))
