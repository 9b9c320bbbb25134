"""What stands around the log: steps, results, what went wrong, and what can be done about it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.service import Service

from .conftest import Visitor
from .page import ENDED, install, rows, scroll_to, seen_rows

pytestmark = pytest.mark.browser


def test_steps_lead_to_their_lines(visitor: Visitor, service: Service, gate: Path) -> None:
    """Finished steps are closed, the running one is open; list and heads open them, and what was opened stays in its place."""
    visitor.sign_in(service)
    page = visitor.users_page(service, key="gated", gate=str(gate), before=400, after=300)
    install(page)
    steps = page.get_by_role("navigation", name="Steps")
    expect(steps.get_by_role("button", name="running First half")).to_have_attribute("aria-current", "step")
    expect(steps).to_contain_text("1 more to come")
    gate.touch()
    page.wait_for_selector(ENDED)
    expect(steps.get_by_role("button", name="done Second half")).to_be_visible()
    expect(steps).not_to_contain_text("more to come")
    scroll_to(page, 0)
    first = page.locator(".icv-window .icv-fold").first.get_by_role("button")
    expect(first).to_have_attribute("aria-expanded", "false")
    expect(first).to_contain_text("401 lines")
    assert "before 1" not in rows(page)
    first.click()
    expect(first).to_have_attribute("aria-expanded", "true")
    assert seen_rows(page)[:2] == ["before 1", "before 2"]
    steps.get_by_role("button", name="done Second half").click()
    expect(page.locator(".icv-log")).to_be_focused()
    assert "after 1" in seen_rows(page)
    scroll_to(page, 0.3)
    held = page.locator(".icv-sticky").get_by_role("button")
    expect(held).to_contain_text("First half")
    held.click()
    expect(held).to_be_hidden()
    assert "before 1" not in rows(page)


def test_a_secret_result_is_shown_once(visitor: Visitor, service: Service) -> None:
    """It stands in no record; who asks for it sees it, and the next page does not."""
    visitor.sign_in(service)
    page = visitor.users_page(service, key="chatter", version="2.0", pwd="correct-horse")
    install(page)
    page.wait_for_selector(ENDED)
    secret = page.locator(".icv-secret")
    expect(secret.locator("code")).to_have_text("••••••••")
    secret.get_by_role("button", name="Reveal").click()
    expect(secret.locator("code")).not_to_have_text("••••••••")
    shown = secret.locator("code").inner_text()
    assert len(shown) >= 6
    assert not any(shown in row for row in rows(page))
    page.evaluate("void new InstallLogViewer(taskId, 'log-container')")
    page.wait_for_selector(ENDED)
    secret.get_by_role("button", name="Reveal").click()
    expect(secret).to_have_text("already shown, or not yours to see")


def test_a_failure_says_what_to_do(visitor: Visitor, service: Service) -> None:
    """The card names the cause, the hint and the exit status, and leads to the line."""
    visitor.sign_in(service)
    page = visitor.users_page(service, key="failing", parameters={"how": "die"})
    install(page)
    card = page.locator(".icv-failure")
    expect(card).to_contain_text("NO_LICENCE")
    expect(card).to_contain_text("Put the licence file into /etc/failing and try again.")
    expect(card).to_contain_text("The changes were rolled back.")
    expect(page.locator(".icv-badge")).to_have_text("Failed")
    card.get_by_role("button", name="Show the line").click()
    expect(page.locator(".icv-marked")).to_have_count(1)
    assert page.get_by_role("progressbar").get_attribute("aria-valuenow") != "100"


def test_a_failed_task_is_started_again(visitor: Visitor, service: Service) -> None:
    """One press starts it anew; the new run takes the place, and the page is told its id."""
    visitor.sign_in(service)
    page = visitor.users_page(service, key="failing", parameters={"how": "exit"})
    task_id = install(page)
    page.wait_for_selector(ENDED)
    page.evaluate(
        """() => {
          const viewer = new InstallLogViewer(taskId, "log-container");
          viewer.on("retry", ({ taskId }) => { window.retried = taskId; });
        }"""
    )
    page.get_by_role("button", name="Try again").click()
    page.wait_for_function("window.retried")
    expect(page.locator(".icv")).to_have_attribute("aria-label", re.compile(page.evaluate("window.retried")))
    page.wait_for_selector(ENDED)
    assert page.evaluate("window.retried") != task_id
    expect(page.locator(".icv-badge")).to_have_text("Failed")
    assert page.locator(".icv").count() == 1


def test_problems_lead_to_their_lines(visitor: Visitor, service: Service) -> None:
    """Errors and warnings are counted and listed above the log; a failure's list is open, and each entry leads to its line."""
    visitor.sign_in(service)
    page = visitor.users_page(service, key="noisy")
    install(page)
    page.wait_for_selector(ENDED)
    problems = page.get_by_role("region", name="Errors and warnings")
    summary = problems.get_by_role("button").first
    expect(summary).to_have_attribute("aria-expanded", "true")
    expect(summary).to_contain_text("2 warnings")
    expect(page.locator(".icv-quote")).to_contain_text("openssl/ssl.h: No such file")
    problems.get_by_role("button", name="feature 41 is missing").click()
    expect(page.locator(".icv-marked .icv-text")).to_have_text("feature 41 is missing")
    assert "feature 41 is missing" in seen_rows(page)
    summary.click()
    expect(summary).to_have_attribute("aria-expanded", "false")


def test_a_diagnosis_for_whoever_is_asked(visitor: Visitor, service: Service) -> None:
    """One press copies cause, hint and the lines around, also where a page is given no clipboard, as over plain HTTP."""
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visitor.sign_in(service)
    page = visitor.users_page(service, key="noisy")
    install(page)
    page.wait_for_selector(ENDED)
    page.evaluate("void (navigator.clipboard.writeText = () => Promise.reject(new Error('not allowed')))")
    page.get_by_role("button", name="Copy diagnosis").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    text = page.evaluate("navigator.clipboard.readText()")
    assert text.startswith("noisy 1 Install\nFailed, exit status 2\nMISSING_DEPENDENCY\n")
    assert re.search(r"\n> +\d+  \d\d:\d\d:\d\d  app\.c:7:10: fatal error", text)
    assert "Installcast viewer " in text
