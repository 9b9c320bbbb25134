"""The start page: catalog, form, tasks, in the service's own strict security policy."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import jwt
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.service import Client, Service, free_port

from .conftest import RECIPES, Visitor

pytestmark = pytest.mark.browser

REFUSED = "the server responded with a status of 400"
"""Chromium writes to the console what the page handles."""


@pytest.fixture
def home(visitor: Visitor, service: Service) -> Page:
    """The start page of somebody who has signed in."""
    return visitor.sign_in(service)


def card(page: Page, key: str) -> Locator:
    """Return the card of a recipe."""
    return page.locator(f'.card[data-key="{key}"]')


def test_the_catalog_shows_every_recipe(home: Page) -> None:
    """Names and summaries, and a broken recipe with its reason and no button."""
    expect(card(home, "chatter")).to_contain_text("Says all that a script may say.")
    expect(card(home, "chatter").get_by_role("button", name="Install")).to_be_enabled()
    expect(card(home, "broken")).to_contain_text("recipe.yaml")
    assert card(home, "broken").get_by_role("button").count() == 0


def test_an_install_from_form_to_end(home: Page, visitor: Visitor) -> None:
    """The form has what the recipe declares; what the service refuses stands beside its field; then the log shows."""
    card(home, "chatter").get_by_role("button", name="Install").click()
    form = home.get_by_role("dialog")
    port, mode, password = (form.get_by_label(name) for name in ("port", "mode", "pwd"))
    expect(port).to_have_value("80")
    expect(port).to_have_attribute("max", "65535")
    expect(password).to_have_attribute("type", "password")
    visitor.expect_complaint(REFUSED)
    mode.fill("NOT LOWER")
    form.get_by_role("button", name="Install").click()
    expect(form.locator(".field", has=home.get_by_label("mode")).locator(".problem")).to_contain_text("mode")
    expect(mode).to_be_focused()
    mode.fill("fast")
    form.get_by_role("button", name="Generate").click()
    expect(password).to_have_attribute("type", "text")
    assert len(password.input_value()) >= 12
    form.get_by_label("Version").fill("1.7")
    form.get_by_role("button", name="Install").click()
    home.wait_for_selector('.icv[data-connection="ended"]')
    expect(home).to_have_url(re.compile(r"/tasks/chatter-1\.7-[0-9a-z]+$"))
    expect(home.locator(".icv-badge")).to_have_text("Succeeded")
    expect(home.locator(".icv-version")).to_have_text("1.7")


def test_a_running_install_is_found_again(home: Page, service: Service, gate: Path) -> None:
    """The card shows it while it runs, its address opens it, the list of tasks names it, and back is back."""
    card(home, "gated").get_by_role("button", name="Install").click()
    home.get_by_role("dialog").get_by_label("gate").fill(str(gate))
    home.get_by_role("dialog").get_by_role("button", name="Install").click()
    expect(home.locator(".icv-partial")).to_be_visible()
    task_id = home.url.rpartition("/")[2]
    home.reload()
    expect(home.locator(".icv-partial")).to_be_visible()
    home.get_by_role("link", name="All software").click()
    card(home, "gated").get_by_role("link", name="Watch").click()
    expect(home.locator(".icv-partial")).to_be_visible()
    home.go_back()
    expect(home.locator(f'[data-task="{task_id}"] .badge')).to_have_text("Running")
    gate.touch()
    expect(home.locator(f'[data-task="{task_id}"] .badge')).to_have_text("Succeeded")
    expect(card(home, "gated").get_by_role("button", name="Install")).to_be_visible()
    home.locator(f'[data-task="{task_id}"] a').click()
    expect(home.locator(".icv-badge")).to_have_text("Succeeded")


def test_a_failed_task_can_be_tried_again(home: Page, service: Service, client: Client) -> None:
    """The button starts a new task with the same parameters."""
    task_id = client.install("failing")
    home.goto(f"{service.url}/tasks/{task_id}")
    expect(home.locator(".icv-failure")).to_be_visible()
    home.get_by_role("button", name="Try again").click()
    expect(home).not_to_have_url(re.compile(task_id))
    expect(home.locator(".icv-failure")).to_be_visible()


def test_secrets_have_to_be_given_again(
    home: Page, visitor: Visitor, service: Service, client: Client
) -> None:
    """A retry that lacks a secret opens the form and says why."""
    visitor.expect_complaint(REFUSED)
    task_id = client.install("vault", pwd="correct-horse")
    home.goto(f"{service.url}/tasks/{task_id}")
    home.get_by_role("button", name="Try again").click()
    expect(home.get_by_role("dialog")).to_contain_text("Secrets are not kept: give them again.")


def test_why_it_does_not_go_on_and_what_a_cancel_leaves(home: Page, service: Service, client: Client) -> None:
    """A question that nobody can answer is shown above the log, with its time, and told to screen readers once; after the
    cancel stand what is left and what can be done about it."""
    task_id = client.install("asking")
    home.goto(f"{service.url}/tasks/{task_id}")
    stalled = home.locator(".icv-stalled")
    expect(stalled).to_contain_text("an answer that nobody can give: Remove it? [y/N]", timeout=15_000)
    expect(stalled.locator(".icv-stalled-for")).to_have_text(re.compile(r"^for \d+ s$"))
    expect(home.locator(".icv [aria-live=polite]")).to_contain_text("Remove it? [y/N]")
    home.get_by_role("button", name="Cancel").click()
    home.get_by_role("button", name="Really cancel?").click()
    expect(home.locator(".icv-failure")).to_have_text(
        "It is only partly installed: try again, or uninstall it."
    )
    expect(stalled).to_be_hidden()
    expect(home.get_by_role("button", name="Try again")).to_be_visible()
    home.get_by_role("button", name="Uninstall").click()
    form = home.get_by_role("dialog")
    form.get_by_role("button", name="Uninstall").click()
    expect(home.locator(".icv-badge")).to_have_text("Succeeded")


def test_both_languages(home: Page) -> None:
    """The switch turns the page and the service's own texts into Chinese, and stays."""
    home.get_by_role("button", name="中文").click()
    expect(home.get_by_role("heading", name="软件")).to_be_visible()
    expect(card(home, "chatter")).to_contain_text("演示脚本能输出的各种内容。")
    assert home.evaluate("document.documentElement.lang") == "zh"
    home.reload()
    home.get_by_role("button", name="English").click()
    expect(home.get_by_role("heading", name="Software")).to_be_visible()


def test_signing_out(visitor: Visitor, service: Service) -> None:
    """Afterwards the start page leads to the sign-in page."""
    page = visitor.sign_in(service)
    expect(card(page, "bare")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile(r"/login$"))
    page.goto(f"{service.url}/")
    expect(page).to_have_url(re.compile(r"/login\?next="))


def test_a_phone(new_visitor: Callable[..., Visitor], service: Service) -> None:
    """On 320 px nothing sticks out, neither page nor form."""
    visitor = new_visitor(viewport={"width": 320, "height": 640})
    page = visitor.sign_in(service)
    card(page, "secretive").get_by_role("button", name="Install").click()
    form = page.get_by_role("dialog")
    expect(form.get_by_role("button", name="Generate")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert form.evaluate("(dialog) => dialog.scrollWidth <= dialog.clientWidth")


SECRET = "a secret of the tests, longer than 32 bytes"
HOST = """
import sys
from pathlib import Path
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from installcast import Installcast
from installcast.settings import Settings

port, folder, recipes = int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
auth = {"secret_file": folder / "secret"}
engine = Installcast(Settings(data_dir=folder / "data", recipes=(recipes,), auth=auth))
app = Starlette(routes=[Mount("/tools/install", engine.asgi_app())], lifespan=engine.lifespan)
uvicorn.run(app, port=port, log_level="warning")
"""


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[str]:
    """The service inside somebody's application, below a path; returns its address."""
    port = free_port()
    script = tmp_path / "host.py"
    script.write_text(HOST)
    secret = tmp_path / "secret"
    secret.touch(mode=0o600)
    secret.write_text(SECRET)
    arguments = [sys.executable, str(script), str(port), str(tmp_path), str(RECIPES)]
    process = subprocess.Popen(arguments)
    url = f"http://127.0.0.1:{port}/tools/install"
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{url}/readyz").status_code == 200:
                break
        except httpx.TransportError:
            time.sleep(0.05)
    yield url
    process.terminate()
    process.wait(timeout=20)


def test_below_a_path(visitor: Visitor, mounted: str) -> None:
    """The pages find their files, the API and each other wherever the service is mounted."""
    token = jwt.encode({"sub": "alice", "scope": "admin", "exp": time.time() + 60}, SECRET, "HS256")
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx.post(f"{mounted}/v1/auth/login-link", headers=headers, json={})
    page = visitor.context.new_page()
    page.goto(answer.json()["data"]["url"])
    expect(page).to_have_url(f"{mounted}/")
    card(page, "colours").get_by_role("button", name="Install").click()
    page.get_by_role("dialog").get_by_role("button", name="Install").click()
    page.wait_for_selector('.icv[data-connection="ended"]')
    expect(page).to_have_url(re.compile(f"^{re.escape(mounted)}/tasks/colours-"))
    page.reload()
    page.wait_for_selector('.icv[data-connection="ended"]')
    page.get_by_role("link", name="All software").click()
    expect(page).to_have_url(f"{mounted}/")
