"""How a log is read in the viewer: lines selected and copied, addresses, levels, times, wrapped lines, keys."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.service import Service

from .conftest import Visitor
from .page import ENDED, install, rows, scroll_to, seen_rows, wait_for_lines

pytestmark = pytest.mark.browser

LONG_LINE = "word " * 80


def finished(visitor: Visitor, service: Service, key: str) -> Page:
    """Return a user's page in which `key` was installed."""
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visitor.sign_in(service)
    page = visitor.users_page(service, key=key)
    install(page)
    page.wait_for_selector(ENDED)
    return page


def fed(visitor: Visitor, service: Service, *messages: str, language: str = "en") -> Page:
    """Return a page whose viewer was given `messages`."""
    visitor.sign_in(service)
    page = visitor.users_page(service, lang=language)
    page.evaluate(
        """(messages) => {
          const viewer = new InstallLogViewer("t", "log-container", { autoConnect: false });
          messages.forEach((message, index) => {
            const timestamp = new Date(Date.UTC(2026, 0, 2, 3, 4, 0, index * 500)).toISOString();
            viewer.handleLogMessage({ timestamp, level: "INFO", message });
          });
        }""",
        list(messages),
    )
    expect(page.locator(".icv-row").first).to_be_attached()
    return page


def number(page: Page, line: int) -> str:
    """Return the selector of the number of `line`."""
    return f'.icv-row[data-line="{line - 1}"] .icv-number'


def marked(page: Page) -> list[str]:
    """Return the texts of the selected rows."""
    return page.locator(".icv-marked .icv-text").all_inner_texts()


def test_lines_have_addresses(visitor: Visitor, service: Service) -> None:
    """A press on a number puts the line into the page's address, one with Shift a range; the address leads back to them."""
    page = fed(visitor, service, *(f"line {line}" for line in range(1, 301)))
    scroll_to(page, 0)
    page.click(number(page, 2))
    assert page.evaluate("location.hash") == "#L2"
    page.click(number(page, 5), modifiers=["Shift"])
    assert page.evaluate("location.hash") == "#L2-L5"
    assert marked(page) == ["line 2", "line 3", "line 4", "line 5"]
    page.evaluate("location.hash = '#L200'")
    expect(page.locator(".icv-marked")).to_have_count(1)
    assert marked(page) == ["line 200"]
    assert "line 200" in seen_rows(page)
    page.keyboard.press("Escape")
    assert page.evaluate("location.hash") == ""
    assert marked(page) == []


def test_an_address_waits_for_its_line(visitor: Visitor, service: Service) -> None:
    """A page opened at a line shows it when it has come, although others follow."""
    visitor.sign_in(service)
    page = visitor.users_page(service, key="flood")
    page.evaluate("location.hash = '#L50000'")
    install(page)
    page.wait_for_selector(ENDED, timeout=60_000)
    expect(page.locator(".icv-marked .icv-number")).to_have_text("50000")
    assert marked(page)[0] in seen_rows(page)


def test_a_viewer_that_is_made_before_it_is_in_the_page(visitor: Visitor, service: Service) -> None:
    """The address counts, and numbers are links, once it is there."""
    visitor.sign_in(service)
    page = visitor.users_page(service)
    page.evaluate(
        """() => {
          location.hash = "#L2";
          const place = document.createElement("div");
          const viewer = new InstallLogViewer("t", place, { autoConnect: false });
          for (const message of ["one", "two"]) viewer.handleLogMessage({ level: "INFO", message });
          document.body.append(place);
          viewer.handleLogMessage({ level: "INFO", message: "three" });
        }"""
    )
    expect(page.locator(".icv-marked .icv-text")).to_have_text("two")
    expect(page.locator("a.icv-number")).to_have_text(["1", "2", "3"])


def test_rules_of_the_page_stay_out(visitor: Visitor, service: Service) -> None:
    """What a page says of all buttons, links, inputs and lists changes no size in the viewer; its variables do."""
    page = finished(visitor, service, "noisy")
    sizes = """[...document.querySelectorAll('.icv :is(button, input, a, li, p, code):not([hidden])')].map((node) => {
      const { width, height } = node.getBoundingClientRect();
      return [node.className, Math.round(width), Math.round(height)];
    })"""
    before = page.evaluate(sizes)
    page.evaluate(
        """() => {
          const sheet = document.head.appendChild(document.createElement("style")).sheet;
          const all = "button, input, a, li, p, code";
          sheet.insertRule(`${all} { min-height: 60px; padding: 20px; text-transform: uppercase; letter-spacing: 3px }`);
          sheet.insertRule("ol, li, dl { margin: 30px; list-style: square }");
        }"""
    )
    assert page.evaluate(sizes) == before


def test_the_pages_own_fragment_stays(visitor: Visitor, service: Service) -> None:
    """Where a page routes by fragments, pressing a number selects, and the address is left alone."""
    visitor.sign_in(service)
    page = visitor.users_page(service)
    page.evaluate("location.hash = '#/tasks/1'")
    page.evaluate(
        """() => {
          const viewer = new InstallLogViewer("t", "log-container", { autoConnect: false });
          viewer.handleLogMessage({ level: "INFO", message: "one" });
        }"""
    )
    page.click(number(page, 1))
    assert marked(page) == ["one"]
    assert page.evaluate("location.hash") == "#/tasks/1"
    assert page.locator("a.icv-number").count() == 0


def test_lines_are_copied_without_their_numbers(visitor: Visitor, service: Service) -> None:
    """Selected by number or with the mouse: the clipboard gets the text of the lines, and nothing else."""
    page = finished(visitor, service, "colours")
    page.keyboard.press("t")
    page.click(number(page, 1))
    page.click(number(page, 2), modifiers=["Shift"])
    page.keyboard.press("c")
    copied = "navigator.clipboard.readText()"
    assert page.evaluate(copied) == "red plain bold\ncube direct inverse\n"
    page.keyboard.press("Escape")
    page.evaluate(
        """() => {
          const texts = document.querySelectorAll(".icv-text");
          getSelection().setBaseAndExtent(texts[0].firstChild.firstChild, 1, texts[1].lastChild.firstChild, 3);
        }"""
    )
    page.keyboard.press("Control+c")
    assert page.evaluate(copied) == "ed plain bold\ncube direct inv"
    page.keyboard.press("Control+a")
    page.evaluate("getSelection().removeAllRanges()")
    page.keyboard.press("Control+c")
    assert page.evaluate(copied).startswith("red plain bold\ncube direct inverse\n<img src=x")


def test_levels_are_filtered(visitor: Visitor, service: Service) -> None:
    """Errors and warnings of all steps are shown alone, with their steps; the count of all lines brings the rest back."""
    page = finished(visitor, service, "noisy")
    filters = page.get_by_role("group", name="Lines that are shown")
    warnings = filters.get_by_role("button", name="2 warnings")
    warnings.click()
    expect(warnings).to_have_attribute("aria-pressed", "true")
    assert [text for text in rows(page) if "part" in text or "feature" in text] == [
        "feature 41 is missing",
        "part 40 is large",
    ]
    heads = page.locator(".icv-window .icv-fold-title")
    expect(heads).to_have_text(["Configure", "Compile"])
    filters.get_by_role("button", name="error").click()
    assert any("fatal error" in text for text in rows(page))
    everything = filters.get_by_role("button", name=re.compile(r"All \d+"))
    everything.click()
    expect(everything).to_have_attribute("aria-pressed", "true")
    assert "compilation terminated." in rows(page)


def test_times_and_wrapped_lines(visitor: Visitor, service: Service) -> None:
    """Times of day or since the start; long lines broken; both are remembered, and what is read stays in its place."""
    messages = [f"{line} {LONG_LINE}" if line % 3 == 0 else f"line {line}" for line in range(1, 401)]
    page = fed(visitor, service, *messages)
    page.get_by_role("button", name="Show timestamps").click()
    expect(page.locator(".icv-time").first).to_have_text(re.compile(r"^\d\d:\d\d:\d\d$"))
    page.get_by_role("button", name="Show time since the start").click()
    page.evaluate("location.hash = '#L200'")
    expect(page.locator(".icv-marked .icv-time")).to_have_text("+1:39.5")
    place = "document.querySelector('.icv-marked').getBoundingClientRect().top"
    before = page.evaluate(place)
    page.get_by_role("button", name="Wrap long lines").click()
    heights = "[...document.querySelectorAll('.icv-window .icv-row')].map((row) => row.getBoundingClientRect().height)"
    assert max(page.evaluate(heights)) > 3 * min(page.evaluate(heights))
    assert abs(page.evaluate(place) - before) < 160
    assert "line 200" in seen_rows(page)
    assert (
        page.evaluate(
            "(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.querySelector('.icv-log'))"
        )
        == 0
    )
    page.locator(".icv-log").focus()
    page.keyboard.press("End")
    assert seen_rows(page)[-1] == "line 400"
    again = fed(visitor, service, LONG_LINE)
    expect(again.locator(".icv-time")).to_have_text("+0:00.0")
    expect(again.get_by_role("button", name="Wrap long lines")).to_have_attribute("aria-pressed", "true")


def test_wrapped_lines_of_a_long_log(visitor: Visitor, service: Service) -> None:
    """100,000 lines, of which any may be wrapped: top, middle and end are reached, row after row."""
    page = finished(visitor, service, "flood")
    page.locator(".icv-log").focus()
    page.keyboard.press("w")
    for key, line in (("Home", 1), ("End", 100_000)):
        page.keyboard.press(key)
        wait_for_lines(page)
        assert f"line {line} of 100000" in seen_rows(page)
    scroll_to(page, 0.5)
    found = [int(text.split()[1]) for text in seen_rows(page)]
    assert found == list(range(found[0], found[0] + len(found)))
    assert abs(found[0] - 50_000) < 100


def test_the_whole_log_is_searched(visitor: Visitor, service: Service) -> None:
    """The service searches all lines: matches are counted and marked; one goes from one to the next, into closed steps, too."""
    page = finished(visitor, service, "noisy")
    page.locator(".icv-log").focus()
    page.keyboard.press("Home")
    page.keyboard.press("/")
    box = page.get_by_role("searchbox", name="Search the log")
    expect(box).to_be_focused()
    box.fill("PART4")
    count = page.get_by_role("search").get_by_role("status")
    expect(count).to_have_text("1 / 2")
    current = page.locator(".icv-current")
    expect(current.locator("mark")).to_have_text(["part4", "part4"])
    box.press("Enter")
    expect(count).to_have_text("2 / 2")
    expect(current.locator(".icv-text")).to_have_text("cc -O2 -c part40.c -o part40.o")
    expect(box).to_be_focused()
    page.get_by_role("button", name="Regular expression").click()
    box.fill(r"feature \d$|^feature 4.")
    expect(count).to_have_text("1 / 1")
    expect(current.locator("mark")).to_have_text("feature 41")
    visitor.expect_complaint("400 (Bad Request)")
    box.fill("(")
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(page.locator("mark")).to_have_count(0)
    box.fill("nowhere")
    expect(count).to_have_text("Nothing found")
    box.press("Escape")
    expect(page.locator(".icv-log")).to_be_focused()
    expect(count).to_have_text("")


def test_lines_that_come_are_searched_too(visitor: Visitor, service: Service, gate: Path) -> None:
    """While a script runs, its new lines join what was found."""
    visitor.sign_in(service)
    page = visitor.users_page(service, key="gated", gate=str(gate))
    install(page)
    expect(page.locator(".icv-partial")).to_be_visible()
    page.get_by_role("searchbox", name="Search the log").fill(" 2")
    count = page.get_by_role("search").get_by_role("status")
    expect(count).to_have_text("1 / 1")
    gate.touch()
    expect(count).to_have_text("1 / 2")


def test_keys(visitor: Visitor, service: Service) -> None:
    """All of it works by keys, which count in the viewer alone; the question mark lists them."""
    page = finished(visitor, service, "noisy")
    page.evaluate("document.body.prepend(Object.assign(document.createElement('input'), { id: 'own' }))")
    page.fill("#own", "")
    page.locator("#own").press_sequentially("?fwt")
    assert page.locator("dialog[open]").count() == 0
    page.locator(".icv-log").focus()
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keyboard")
    expect(keys).to_contain_text("Next error or warning")
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    page.keyboard.press("Home")
    for text in ("feature 41 is missing", "part 40 is large"):
        page.keyboard.press("e")
        assert marked(page) == [text]
    page.keyboard.press("j")
    assert "fatal error" in marked(page)[0]
    page.keyboard.press("Shift+K")
    assert len(marked(page)) == 2
    page.keyboard.press("Shift+O")
    expect(page.locator(".icv-window .icv-text")).to_have_count(0)
    page.keyboard.press("o")
    page.keyboard.press("]")
    expect(page.locator(".icv-log")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("f")
    expect(page.locator(".icv-full")).to_be_visible()
    page.keyboard.press("f")
    expect(page.locator(".icv-full")).to_have_count(0)


def test_a_phone_reads(new_visitor: Callable[..., Visitor], service: Service) -> None:
    """On 320 px, in Chinese, with times and wrapped lines, nothing is cut off sideways; steps open above the log."""
    visitor = new_visitor(viewport={"width": 320, "height": 640}, locale="zh-CN")
    visitor.sign_in(service)
    page = visitor.users_page(service, lang="zh-CN", key="noisy")
    install(page)
    page.wait_for_selector(ENDED)
    page.get_by_role("button", name="长行换行").click()
    page.get_by_role("button", name="显示时间").click()
    page.get_by_role("button", name="2 个步骤").click()
    expect(
        page.get_by_role("navigation", name="步骤").get_by_role("button", name="Configure")
    ).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.evaluate("document.querySelector('.icv').scrollWidth") <= 320
    assert visitor.complaints == []
