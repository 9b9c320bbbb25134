"""The viewer in Chromium: a log of a million lines opened at a link and scrolled, 100,000 lines that come in 5 s, an hour of log.

Real pages, over HTTP and WebSocket. A page measures itself: when the line is there, how far apart its frames are, how long
its one thread was kept from answering; Chromium tells what its objects take after a collection of garbage.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.history import NEEDLE_SEQ, RECORDS, TASK_ID, write_journal
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

FLOOD_ID = "flood-1-0"
FLOOD_LINES = 100_000
FLOOD_SECONDS = 5
FLOOD_WRITES = 100
HOUR_LINES = 3_600_000
OPENINGS = 5
LIMIT_MS = 120_000

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><link rel="icon" href="data:,"></head><body>
<div id="log-container"></div><script src="/frontend_realtime_log.js"></script>
<script>
const [task, token] = new URLSearchParams(location.search).values();
const viewer = new InstallLogViewer(task, "log-container", { token, height: 640 });
const look = () => {
  if (document.querySelector(".icv-marked .icv-text")) window.shownAt = performance.now();
  else requestAnimationFrame(look);
};
look();
</script></body></html>"""

SCROLL = """async () => {
  const log = document.querySelector(".icv-log");
  const frames = [];
  let last = await new Promise(requestAnimationFrame);
  for (let frame = 0; frame < 300; frame++) {
    log.scrollTop += 70;
    const now = await new Promise(requestAnimationFrame);
    frames.push(now - last);
    last = now;
  }
  return frames;
}"""

WANDER = """async () => {
  const log = document.querySelector(".icv-log");
  for (let place = 0; place < 100; place++) {
    log.scrollTop = ((place * 37) % 100) / 100 * log.scrollHeight;
    await new Promise((done) => setTimeout(done, 100));
  }
}"""

PROBE = """() => {
  window.longest = 0;
  const { port1, port2 } = new MessageChannel();
  let last = performance.now();
  port1.onmessage = () => {
    const now = performance.now();
    window.longest = Math.max(window.longest, now - last);
    last = now;
    port2.postMessage(null);
  };
  port2.postMessage(null);
}"""
"""How long a message waits that comes again and again: what a key or a press would have waited."""

FEED = """async (count) => {
  for (let fed = 0; fed < count; fed += 1000) {
    let frame = "";
    for (let line = 0; line < 1000; line++) {
      frame += `{"timestamp":"2026-01-02T03:04:05.000006Z","level":"INFO","message":"Unpacking libexample ${fed + line}"}\\n`;
    }
    viewer.handleLogMessage(frame);
    await new Promise((done) => setTimeout(done));
  }
}"""


def heap(page: Page) -> float:
    """Return the megabytes that the page's objects take."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used: float = session.send("Runtime.getHeapUsage")["usedSize"]
    return used / 1e6


def open_page(browser: Browser, url: str, token: str, task_id: str, address: str = "") -> Page:
    """Return a page with a viewer of the task."""
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.route("**/bench.html?*", lambda route: route.fulfill(body=PAGE, content_type="text/html"))
    page.goto(f"{url}/bench.html?task={task_id}&token={token}{address}")
    return page


def read_a_million(browser: Browser, url: str, token: str) -> list[Row]:
    """Open at a line, again and again, then scroll."""
    opened = []
    for _ in range(OPENINGS + 1):
        page = open_page(browser, url, token, TASK_ID, f"#L{NEEDLE_SEQ + 1}")
        page.wait_for_function("window.shownAt", timeout=LIMIT_MS)
        opened.append(page.evaluate("window.shownAt") / 1000)
        if len(opened) <= OPENINGS:
            page.close()
    page.wait_for_selector('.icv[data-connection="live"]')
    frames = page.evaluate(SCROLL)
    page.evaluate(WANDER)
    rows = [
        at_most(f"a log of {RECORDS:,} lines, opened at a link: line seen", opened[0], "s", 1.0),
        at_most("  once more, median", percentile(opened[1:], 0.5), "s", 1.0),
        at_most("  frames while it is scrolled, median", percentile(frames, 0.5), "ms", 17),
        at_most("  99th percentile", percentile(frames, 0.99), "ms", 34),
        at_most("  memory of the page after 100 leaps through it", heap(page), "MB", 40),
    ]
    page.close()
    return rows


def take_a_flood(page: Page) -> Row:
    """Return for how long the page did not answer, at worst, while lines come that are being written."""
    page.wait_for_function(f"viewer.container.textContent.includes('All {FLOOD_LINES:,}')", timeout=LIMIT_MS)
    return at_most("100,000 lines in 5 s: longest time without an answer", page.evaluate("longest"), "ms", 50)


def take_an_hour(page: Page) -> Row:
    """Return what the page's objects take after an hour of log, a thousand lines a second."""
    page.evaluate(FEED, HOUR_LINES)
    return at_most(f"memory of the page after {HOUR_LINES:,} lines", heap(page), "MB", 40)


async def write_flood(journal: Path) -> None:
    """Append lines as a runner in a hurry does."""
    line = body(
        LogMessage(
            0, timestamp(time.time()), "INFO", "cc -O2 -c part.c -o part.o " + "x" * 40, 40, "Build", 1, 1
        )
    )
    each = FLOOD_LINES // FLOOD_WRITES
    began = time.monotonic()
    with journal.open("a", encoding="utf-8") as file:
        for write in range(FLOOD_WRITES):
            await asyncio.sleep(max(0.0, began + write * FLOOD_SECONDS / FLOOD_WRITES - time.monotonic()))
            file.write("".join(number(write * each + seq, line) + "\n" for seq in range(each)))
            file.flush()


async def measure(base: Path) -> list[Row]:
    """Serve the journals of two tasks, and look at them with one Chromium."""
    settings = Settings(data_dir=base / "data", server=ServerSettings(port=0))
    async with Installcast(settings) as engine:
        journals = {}
        for task_id in (TASK_ID, FLOOD_ID):
            folder = settings.tasks_dir / task_id
            folder.mkdir()
            journals[task_id] = journal_file(folder)
            now = timestamp(time.time())
            key = task_id.partition("-")[0]
            await engine.store.add(Task(task_id, key, "1", "install", "bench", now, TaskStatus.RUNNING))
        write_journal(journals[TASK_ID])
        journals[FLOOD_ID].touch()
        for task_id, journal in journals.items():
            engine.logs.create_log_stream(task_id, journal, "bench")
        stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
        serving = asyncio.create_task(serve(engine, ready=ready.set_result, stop=stop))
        running: Running = await ready
        token = Tokens(settings).issue("bench", [LOG_READ], 3600)
        loop = asyncio.get_running_loop()

        def look() -> list[Row]:
            with sync_playwright() as playwright:
                executable = shutil.which("chromium") or shutil.which("google-chrome")
                browser = playwright.chromium.launch(
                    executable_path=executable, args=["--no-sandbox", "--disable-gpu"]
                )
                rows = read_a_million(browser, running.url, token)
                page = open_page(browser, running.url, token, FLOOD_ID)
                page.wait_for_selector('.icv[data-connection="live"]')
                page.evaluate(PROBE)
                writing = asyncio.run_coroutine_threadsafe(write_flood(journals[FLOOD_ID]), loop)
                rows.append(take_a_flood(page))
                writing.result()
                rows.append(take_an_hour(page))
                browser.close()
                return rows

        rows = await asyncio.to_thread(look)
        stop.set()
        await serving
    return rows


def pages(base: Path) -> list[Row]:
    """Measure in ``base``, an empty folder."""
    return asyncio.run(measure(base))
