"""A log of a million lines in the viewer: opened at a line, scrolled, searched, filtered, copied; and the memory it takes."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from tests.service import Service

from .conftest import Visitor, end, new_service
from .long_log import ERROR_LINE, STEPS, UNPRINTED_EACH, WARN_EACH, LongLog, with_long_log
from .page import ENDED, scroll_to, seen_rows, wait_for_lines

pytestmark = pytest.mark.browser

LINES = 1_000_000
HEAP_LIMIT = 20_000_000
"""Bytes of a page that has shown a million lines here and there; one that kept them would need five times as much."""

OPENED_LIMIT = 10.0
"""Seconds on a busy machine; `python -m benchmarks viewer` tells how long it takes on an idle one."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service of its own, which is started anew when the log is written."""
    service = new_service(tmp_path_factory.mktemp("s"), {})
    service.start()
    yield service
    end(service)


@pytest.fixture(scope="module")
def visitor(browser: Browser, service: Service) -> Iterator[Visitor]:
    """One signed-in browser for all of these tests, whose console stays clean."""
    context = browser.new_context(
        locale="en-US",
        viewport={"width": 1400, "height": 900},
        permissions=["clipboard-read", "clipboard-write"],
    )
    visitor = Visitor(context)
    yield visitor
    context.close()
    assert visitor.complaints == []


@pytest.fixture(scope="module")
def long_log(visitor: Visitor, service: Service) -> LongLog:
    """One task for all of these tests."""
    log = with_long_log(service, LINES)
    visitor.sign_in(service)
    return log


def opened(visitor: Visitor, service: Service, log: LongLog, address: str = "") -> Page:
    """Return the page of the task."""
    for page in visitor.context.pages[1:]:
        page.close()
    page = visitor.context.new_page()
    page.goto(f"{service.url}/tasks/{log.task_id}{address}")
    return page


def heap(page: Page) -> int:
    """Return the bytes that the page's objects take."""
    session: CDPSession = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used: int = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return used


def numbers(page: Page) -> list[int]:
    """Return the numbers of the lines that are seen, which each line's text has to confirm."""
    rows: list[list[str]] = page.evaluate(
        """() => {
          const box = document.querySelector(".icv-log").getBoundingClientRect();
          const rows = [...document.querySelectorAll(".icv-window .icv-row:not(.icv-fold)")].filter((row) => {
            const { top, bottom } = row.getBoundingClientRect();
            return bottom > box.top + 1 && top < box.bottom - 1;
          });
          return rows.map((row) => [".icv-number", ".icv-text"].map((part) => row.querySelector(part).textContent));
        }"""
    )
    assert all(text == f"line {number}" for number, text in rows if int(number) <= LINES), rows
    return [int(number) for number, _ in rows]


def test_opened_at_a_line(visitor: Visitor, service: Service, long_log: LongLog) -> None:
    """The line is there at once, and no more of the log than what is seen; its ends and all between can be reached."""
    page = opened(visitor, service, long_log, "#L654321")
    expect(page.locator(".icv-marked .icv-text")).to_have_text("line 654321")
    assert 654_321 in numbers(page)
    before = len(visitor.requests)
    began = time.monotonic()
    page.reload()
    expect(page.locator(".icv-marked .icv-text")).to_have_text("line 654321")
    assert time.monotonic() - began < OPENED_LIMIT
    pages = [url for url in visitor.requests[before:] if "/v1/log/history" in url]
    assert len(pages) <= 6
    page.wait_for_selector(ENDED)
    expect(page.locator(".icv-to-end")).to_have_text("To the end")
    page.locator(".icv-log").focus()
    page.keyboard.press("o")
    for key, line in (("Home", 1), ("End", LINES)):
        page.keyboard.press(key)
        wait_for_lines(page)
        assert line in numbers(page)
    for fraction in (0.5, 0.05, 0.9):
        scroll_to(page, fraction)
        found = numbers(page)
        assert found == list(range(found[0], found[0] + len(found)))
        assert abs(found[0] - fraction * LINES) < LINES / 100
    assert page.locator(".icv-row").count() < 150
    assert heap(page) < HEAP_LIMIT


def test_scrolled_through(visitor: Visitor, service: Service, long_log: LongLog) -> None:
    """By the wheel and by keys, line after line: each is where its number says; memory stays as it is."""
    page = opened(visitor, service, long_log, "#L500000")
    expect(page.locator(".icv-marked .icv-text")).to_have_text("line 500000")
    page.locator(".icv-log").hover()
    first = numbers(page)[0]
    for _ in range(60):
        page.mouse.wheel(0, 400)
        page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        wait_for_lines(page)
        found = numbers(page)
        assert found == list(range(found[0], found[0] + len(found)))
    assert found[0] > first
    for _ in range(5):
        page.keyboard.press("j")
    expect(page.locator(".icv-marked .icv-text")).to_have_text("line 500005")
    assert 500_005 in numbers(page)
    assert heap(page) < HEAP_LIMIT


def test_steps_levels_and_problems(visitor: Visitor, service: Service, long_log: LongLog) -> None:
    """Of a log that is not read, the steps, the errors and warnings, and their lines are known all the same."""
    page = opened(visitor, service, long_log)
    page.wait_for_selector(ENDED)
    expect(page.locator(".icv-steps-list li")).to_have_count(STEPS)
    page.locator(".icv-steps-list button").nth(2).click()
    wait_for_lines(page)
    assert min(numbers(page)) in range(2 * LINES // STEPS + 1, 2 * LINES // STEPS + 4)
    warnings = LINES // WARN_EACH
    filters = page.get_by_role("group", name="Lines that are shown")
    filters.get_by_role("button", name=f"{warnings} warnings").click()
    page.locator(".icv-log").focus()
    expect(page.locator(".icv-window .icv-text")).not_to_have_count(0)
    expect(page.locator(".icv-cut")).to_be_empty()
    page.keyboard.press("Home")
    assert numbers(page)[:3] == [WARN_EACH, 2 * WARN_EACH, 3 * WARN_EACH]
    page.keyboard.press("End")
    assert numbers(page)[-1] == warnings * WARN_EACH
    filters.get_by_role("button", name=re.compile(r"All \d+")).click()
    page.keyboard.press("Home")
    page.keyboard.press("e")
    expect(page.locator(".icv-marked .icv-text")).to_have_text(f"line {ERROR_LINE}")
    page.keyboard.press("e")
    expect(page.locator(".icv-marked .icv-text")).to_have_text(f"line {WARN_EACH}")


def test_search_and_copy(visitor: Visitor, service: Service, long_log: LongLog) -> None:
    """What is found is shown wherever it stands; lines that are not here are copied, too, and the whole log is downloaded."""
    page = opened(visitor, service, long_log)
    page.wait_for_selector(ENDED)
    box = page.get_by_role("searchbox", name="Search the log")
    box.fill("line 77777")
    expect(page.get_by_role("search").get_by_role("status")).to_have_text("1 / 11")
    expect(page.locator(".icv-current mark")).to_have_text("line 77777")
    box.press("Enter")
    expect(page.locator(".icv-current .icv-text")).to_have_text("line 777770")
    last = UNPRINTED_EACH * 21
    page.evaluate(f"location.hash = '#L{last - 1}-L{last + 1_200}'")
    expect(page.locator(".icv-marked").first).to_be_attached()
    page.locator(".icv-log").focus()
    page.keyboard.press("c")
    expect(page.locator(".icv > [role=status]").last).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "".join(f"line {line}\n" for line in range(last - 1, last + 1_201))
    with page.expect_download() as download:
        page.keyboard.press("d")
    assert download.value.suggested_filename == f"{long_log.task_id}.log"
    download.value.cancel()


def test_wrapped(visitor: Visitor, service: Service, long_log: LongLog) -> None:
    """Rows of any height: ends and middle are reached, and what is read stays where it is when lines are fetched."""
    page = opened(visitor, service, long_log, "#L654321")
    expect(page.locator(".icv-marked .icv-text")).to_have_text("line 654321")
    page.locator(".icv-log").focus()
    page.keyboard.press("o")
    page.keyboard.press("w")
    wait_for_lines(page)
    assert 654_321 in numbers(page)
    for key, line in (("Home", 1), ("End", LINES)):
        page.keyboard.press(key)
        wait_for_lines(page)
        assert line in numbers(page)
    assert "line 1000000" in seen_rows(page)


def test_lines_that_cannot_be_had(visitor: Visitor, service: Service, long_log: LongLog) -> None:
    """The place of a line says so, quietly, and the line comes as soon as it can be had."""
    page = opened(visitor, service, long_log, "#L654321")
    expect(page.locator(".icv-marked .icv-text")).to_have_text("line 654321")
    page.wait_for_selector(ENDED)
    visitor.expect_complaint("Failed to load resource")
    page.route(re.compile("/v1/log/history"), lambda route: route.abort())
    page.evaluate("location.hash = '#L300000'")
    expect(page.locator(".icv-hole .icv-text").first).to_have_text(re.compile("trying again"))
    page.unroute(re.compile("/v1/log/history"))
    expect(page.locator(".icv-marked .icv-text")).to_have_text("line 300000")
    wait_for_lines(page)
    assert 300_000 in numbers(page)


def test_lines_that_come_for_hours(visitor: Visitor, service: Service, long_log: LongLog) -> None:
    """300,000 further lines are shown as they come, and the page takes no more memory for them."""
    page = visitor.users_page(service)
    page.evaluate(f"window.viewer = new InstallLogViewer('{long_log.task_id}', 'log-container')")
    page.wait_for_selector(ENDED)
    page.evaluate(
        """async () => {
          for (let fed = 0; fed < 300_000; fed += 1_000) {
            let frame = "";
            for (let line = fed; line < fed + 1_000; line++) {
              frame += `{"timestamp":"2026-01-02T03:04:05.000006Z","level":"INFO","message":"late ${line}"}\\n`;
            }
            viewer.handleLogMessage(frame);
            await new Promise((done) => setTimeout(done));
          }
        }"""
    )
    expect(page.get_by_role("button", name="All 1,300,001")).to_be_visible()
    expect(page.locator(".icv-window .icv-text").last).to_have_text("late 299999")
    assert page.locator(".icv-row").count() < 150
    assert heap(page) < HEAP_LIMIT
