"""The console: overview, catalog, forms, tasks, in the service's own strict security policy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.service import Client, Service

from .conftest import Visitor

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def person(browser: Browser, service: Service) -> Iterator[Visitor]:
    """Somebody who has signed in, once for all tests here."""
    visitor = Visitor(browser.new_context(locale="en-US", reduced_motion="reduce"))
    visitor.sign_in(service).close()
    yield visitor
    visitor.context.close()


@pytest.fixture
def page(person: Visitor, service: Service) -> Iterator[Page]:
    """The console, which has to complain about nothing."""
    page = person.context.new_page()
    page.goto(service.url)
    yield page
    for each in person.context.pages:
        each.close()
    assert person.complaints == []


@pytest.fixture(scope="module")
def done(client: Client) -> dict[str, str]:
    """Recipe → id of a task that has ended: what the lists and figures are about."""
    tasks = {key: client.install(key) for key in ("colours", "failing", "chatter")}
    for task_id in tasks.values():
        client.finish(task_id)
    return tasks


def card(page: Page, key: str) -> Locator:
    """Return the card of a recipe."""
    return page.locator(f'.card[data-key="{key}"]')


def row(page: Page, task_id: str) -> Locator:
    """Return the row of a task in a list."""
    return page.locator(f'[data-task="{task_id}"]').first


def go(page: Page, section: str) -> None:
    """Follow a link of the header."""
    page.get_by_role("navigation", name="Sections").get_by_role("link", name=section).click()


def form(page: Page, title: str) -> Locator:
    return page.get_by_role("form", name=title)


def test_the_catalog_is_searched(page: Page, service: Service) -> None:
    """Names and summaries; a broken recipe with its reason and no button; the filter stays in the address; `/` is the search."""
    go(page, "Software")
    expect(card(page, "chatter")).to_contain_text("Says all that a script may say.")
    expect(card(page, "chatter").get_by_role("link", name="Install Chatter")).to_be_visible()
    expect(card(page, "broken")).to_contain_text("recipe.yaml")
    assert card(page, "broken").get_by_role("link").count() == 0
    page.keyboard.press("/")
    page.keyboard.type("chat say")
    expect(page.locator(".card")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"/software\?q=chat(\+|%20)say$"))
    page.get_by_label("State").select_option("Broken")
    expect(page.get_by_text("Nothing fits this search.")).to_be_visible()
    page.get_by_role("button", name="Show all").click()
    page.get_by_role("combobox", name="Tags").select_option("demonstration")
    expect(page.locator(".card")).to_have_count(1)
    page.get_by_role("combobox", name="Tags").select_option("")
    expect(card(page, "bare")).to_be_visible()


def test_an_install_from_the_card_to_its_end(page: Page) -> None:
    """The form has what the recipe declares; what is wrong stands beside its field before anything is sent; then the log
    shows, and the runs so far."""
    go(page, "Software")
    card(page, "chatter").get_by_role("link", name="Install Chatter").click()
    fields = form(page, "Install Chatter")
    port, mode, password = (fields.get_by_label(name, exact=True) for name in ("port", "mode", "pwd"))
    expect(port).to_have_value("80")
    expect(password).to_have_attribute("type", "password")
    port.fill("70000")
    mode.fill("NOT LOWER")
    button = fields.get_by_role("button", name="Install", exact=True)
    button.click()
    expect(fields.locator("[data-field=port] .problem")).to_have_text("May be at most 65535.")
    expect(fields.locator("[data-field=mode] .problem")).to_contain_text("[a-z]+")
    expect(port).to_be_focused()
    port.fill("80")
    mode.fill("fast")
    fields.get_by_role("button", name="Generate: pwd").click()
    expect(password).to_have_attribute("type", "text")
    assert len(password.input_value()) >= 12
    fields.get_by_label("Version").fill("1.7")
    expect(page.get_by_text("This recipe checks nothing beforehand")).to_be_visible()
    button.click()
    page.wait_for_selector('.icv[data-connection="ended"]')
    expect(page).to_have_url(re.compile(r"/tasks/chatter-1\.7-[0-9a-z]+$"))
    expect(page.locator(".icv-badge")).to_have_text("Succeeded")
    runs = page.get_by_role("complementary", name="Runs so far")
    expect(runs.get_by_role("link", name=re.compile("Succeeded.*1.7"))).to_have_attribute(
        "aria-current", "page"
    )
    runs.get_by_text("Figures as a table").click()
    expect(runs.get_by_role("row", name=re.compile("^Download"))).to_be_visible()


def test_checks_come_first(page: Page, person: Visitor, service: Service) -> None:
    """What the prechecks say decides whether the button counts; packages that would change are listed; what only the service
    can tell of a field stands beside it; what was typed outlives a reload."""
    page.goto(f"{service.url}/software/planned")
    fields = form(page, "Install Planned")
    button = fields.get_by_role("button", name="Install", exact=True)
    checks = page.get_by_role("region", name="Checks")
    expect(checks).to_contain_text("Port 8080 is free.")
    expect(checks).to_contain_text("libplanned")
    expect(button).to_be_enabled()
    port = fields.get_by_label("port")
    port.fill("81")
    expect(checks).to_contain_text("Choose another port than 81.")
    expect(button).to_be_disabled()
    port.fill("82")
    expect(checks.locator("[data-kind=warning]")).to_contain_text("Port 82 is odd.")
    expect(button).to_be_enabled()
    person.expect_complaint("the server responded with a status of 400")
    fields.get_by_label("word").fill("9")  # its pattern means nothing to a browser
    expect(fields.locator("[data-field=word] .problem")).to_contain_text("(?P<word>[a-z]*)")
    expect(button).to_be_disabled()
    page.reload()
    expect(port).to_have_value("82")


def test_an_uninstall_names_what_it_deletes(page: Page, service: Service, client: Client) -> None:
    """It is asked once more, and the question names the data that goes, too; afterwards the card offers an install."""
    client.finish(client.install("planned"))
    page.goto(f"{service.url}/software")
    expect(card(page, "planned")).to_contain_text("Installed 2.0")
    card(page, "planned").get_by_role("link", name="Uninstall Planned").click()
    fields = form(page, "Uninstall Planned")
    expect(fields.locator(".keeps")).to_have_text(re.compile("Its data.*Its log"))
    page.locator(".field-switch label").click()
    expect(fields.locator(".keeps")).not_to_contain_text("Its data")
    fields.get_by_role("button", name="Uninstall").click()
    question = page.get_by_role("dialog", name="Uninstall Planned")
    expect(question).to_contain_text("Will be deleted, too: Delete its data")
    question.get_by_role("button", name="Uninstall Planned").click()
    expect(page.locator(".icv-badge")).to_have_text("Succeeded")
    expect(page.locator(".icv-log")).to_contain_text("purge: true")
    go(page, "Software")
    expect(card(page, "planned").get_by_role("link", name="Install Planned", exact=True)).to_be_visible()


def test_a_running_install_is_seen_by_all(page: Page, service: Service, client: Client, gate: Path) -> None:
    """Two tabs show it: the card with its bar, the form as a conflict, the list live; a cancel in one is seen in the other."""
    task_id = client.install("gated", gate=str(gate))
    other = page.context.new_page()
    other.goto(f"{service.url}/software/gated")
    expect(other.get_by_text("Gated is being worked on.")).to_be_visible()
    expect(form(other, "Install Gated").get_by_role("button", name="Install", exact=True)).to_be_disabled()
    go(page, "Software")
    expect(card(page, "gated").get_by_role("progressbar")).to_be_visible()
    card(page, "gated").get_by_role("link", name="Watch").click()
    expect(page.locator(".icv-partial")).to_be_visible()
    page.reload()
    expect(page.locator(".icv-partial")).to_be_visible()
    other.get_by_role("navigation", name="Sections").get_by_role("link", name="Tasks").click()
    expect(row(other, task_id)).to_contain_text("First half")
    row(other, task_id).get_by_role("button", name="Cancel: gated 1").click()
    other.get_by_role("dialog").get_by_role("button", name="Cancel the task").click()
    expect(row(other, task_id).locator(".badge")).to_have_text("Canceled")
    expect(page.locator(".icv-badge")).to_have_text("Canceled")
    page.go_back()
    expect(card(page, "gated").get_by_role("link", name="Install Gated")).to_be_visible()


def test_tasks_are_filtered_and_tried_again(page: Page, service: Service, done: dict[str, str]) -> None:
    """By state and by text; a failed one shows its cause, and runs again after a question."""
    go(page, "Tasks")
    page.get_by_label("State").select_option("Failed")
    expect(row(page, done["failing"])).to_contain_text("Cause unknown")
    expect(row(page, done["colours"])).to_have_count(0)
    page.get_by_label("State").select_option("")
    page.get_by_label("Search tasks").fill(done["colours"][-12:])
    expect(page.locator("[data-task]")).to_have_count(1)
    page.get_by_label("Search tasks").fill("")
    row(page, done["failing"]).get_by_role("button", name="Try again: failing 1").click()
    page.get_by_role("dialog").get_by_role("button", name="Try again").click()
    expect(page).to_have_url(re.compile("/tasks/failing-1-"))
    expect(page).not_to_have_url(re.compile(done["failing"]))
    expect(page.locator(".icv-failure")).to_be_visible()


def test_secrets_have_to_be_given_again(page: Page, service: Service, client: Client) -> None:
    """A retry asks for the secrets, which nobody has kept, and checks them first."""
    page.goto(f"{service.url}/tasks/{client.install('vault', pwd='correct-horse')}")
    page.get_by_role("button", name="Try again").click()
    question = page.get_by_role("dialog")
    expect(question).to_contain_text("Secrets are not kept: give them again.")
    question.get_by_role("button", name="Try again").click()
    expect(question.locator(".problem").first).to_have_text("This has to be filled in.")
    question.get_by_label("pwd", exact=True).fill("battery-staple")
    question.get_by_role("button", name="Try again").click()
    expect(page).to_have_url(re.compile("/tasks/vault-1-"))
    expect(question).to_be_hidden()


def test_why_it_does_not_go_on_and_what_a_cancel_leaves(page: Page, service: Service, client: Client) -> None:
    """A question that nobody can answer is shown above the log, with its time, and told to screen readers once; after the
    cancel stand what is left and what can be done about it."""
    page.goto(f"{service.url}/tasks/{client.install('asking')}")
    stalled = page.locator(".icv-stalled")
    expect(stalled).to_contain_text("an answer that nobody can give: Remove it? [y/N]", timeout=15_000)
    expect(stalled.locator(".icv-stalled-for")).to_have_text(re.compile(r"^for \d+ s$"))
    expect(page.locator(".icv [aria-live=polite]")).to_contain_text("Remove it? [y/N]")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Really cancel?").click()
    expect(page.locator(".icv-failure")).to_have_text(
        "It is only partly installed: try again, or uninstall it."
    )
    expect(stalled).to_be_hidden()
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    page.get_by_role("link", name="Uninstall").click()
    form(page, "Uninstall Asking").get_by_role("button", name="Uninstall").click()
    page.get_by_role("dialog").get_by_role("button", name="Uninstall Asking").click()
    expect(page.locator(".icv-badge")).to_have_text("Succeeded")


def test_language_and_theme_are_kept(page: Page) -> None:
    """The switches turn the page and the service's own texts, and stay."""
    page.get_by_role("button", name="中文").click()
    page.get_by_role("button", name="主题：跟随系统").click()
    page.get_by_role("button", name="主题：浅色").click()
    page.get_by_role("link", name="软件", exact=True).click()
    expect(card(page, "chatter")).to_contain_text("演示脚本能输出的各种内容。")
    page.reload()
    assert page.evaluate("[document.documentElement.lang, document.documentElement.className]") == [
        "zh-CN",
        "dark",
    ]
    page.get_by_role("button", name="English").click()
    page.get_by_role("button", name="Theme: dark").click()
    expect(card(page, "chatter")).to_contain_text("Says all that a script may say.")
