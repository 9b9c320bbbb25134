"""A real service, a real Chromium, and pages as users write them."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.conftest import BROWSERS
from tests.service import ACTIVE, Client, Service

RECIPES = Path(__file__).parent / "recipes"
SHARED_RECIPES = Path(__file__).parents[1] / "blackbox" / "recipes"
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A page that a test hands over has no address, and Chromium keeps such a page from loopback.
    "--disable-features=LocalNetworkAccessChecks",
]
TIMEOUT_MS = 20_000
"""How long a page may take to show what it should; usually a fraction of a second."""

USERS_HTML = """<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><link rel="icon" href="data:,"></head><body>
<button onclick="installSoftware()">Install</button>
<div id="log-container"></div>
<script src="{script}"></script>
<script>
async function installSoftware() {{
  const installManager = new InstallManager();
  window.taskId = await installManager.startInstall({parameters});
}}
</script>
</body></html>
"""
"""What the page of somebody who uses Installcast looks like: a button, a place, the script."""

expect.set_options(timeout=TIMEOUT_MS)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    executable = next(filter(None, map(shutil.which, BROWSERS)))
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_ARGUMENTS)
        yield chromium
        chromium.close()


class Visitor:
    """A browser of one person: its pages complain about nothing, unless a test says what they may complain about."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.complaints: list[str] = []
        self._expected: list[str] = []
        self.requests: list[str] = []
        context.set_default_timeout(TIMEOUT_MS)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("request", lambda request: self.requests.append(request.url))

    def sign_in(self, service: Service, sub: str = "alice") -> Page:
        """Sign in as a person does, with a link from the command line; return the start page."""
        page = self.context.new_page()
        answer = service.run("login-link", "--json", check=True)
        page.goto(json.loads(answer.stdout)["url"])
        return page

    def users_page(self, service: Service, lang: str = "en", **parameters: Any) -> Page:
        """Open a user's own page, served from the origin of the service, where `parameters` are installed."""
        page = self.context.new_page()
        url = f"{service.url}/panel.html"
        html = USERS_HTML.format(
            lang=lang, script="/frontend_realtime_log.js", parameters=json.dumps(parameters)
        )
        page.route(url, lambda route: route.fulfill(body=html, content_type="text/html"))
        page.goto(url)
        return page

    def expect_complaint(self, part: str) -> None:
        """Let the console say this, from now on."""
        self._expected.append(part)

    def _console(self, message: ConsoleMessage) -> None:
        if any(part in message.text for part in self._expected):
            return
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.type}: {message.text}")


@pytest.fixture
def new_visitor(browser: Browser) -> Iterator[Callable[..., Visitor]]:
    """Open a browser of its own, with the options of Playwright's `new_context`."""
    visitors: list[Visitor] = []

    def open_visitor(**options: Any) -> Visitor:
        context = (
            browser.new_context(locale="en-US", **options)
            if "locale" not in options
            else browser.new_context(**options)
        )
        visitors.append(Visitor(context))
        return visitors[-1]

    yield open_visitor
    for visitor in visitors:
        visitor.context.close()


@pytest.fixture
def visitor(new_visitor: Callable[..., Visitor]) -> Iterator[Visitor]:
    """A browser whose console has to stay clean."""
    visitor = new_visitor(viewport={"width": 1000, "height": 800})
    yield visitor
    assert visitor.complaints == []


@pytest.fixture
def start_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Service]]:
    """Start a service of this checkout with the given settings and the recipes of these tests."""
    services: list[Service] = []

    def start(**config: Any) -> Service:
        service = new_service(tmp_path_factory.mktemp("s"), config)
        services.append(service)
        service.start()
        return service

    yield start
    for service in services:
        end(service)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service for the tests that leave it as they found it."""
    service = new_service(tmp_path_factory.mktemp("s"), {"runner": {"max_parallel": 8}})
    service.start()
    yield service
    end(service)


@pytest.fixture(scope="module")
def client(service: Service) -> Iterator[Client]:
    """A program that may do everything, to look behind the pages."""
    client = service.client("root", "admin")
    with client.http:
        yield client


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """The file that the recipes `gated` and `steady` wait for."""
    return tmp_path / "gate"


def new_service(folder: Path, config: dict[str, Any]) -> Service:
    """Return a service that is not started yet."""
    command = Path(sys.executable).with_name("installcast")
    recipes = [str(RECIPES), str(folder / "recipes")]
    return Service(command, folder, {"recipes": recipes, **config}, recipes=SHARED_RECIPES)


def end(service: Service) -> None:
    """Cancel what still runs, then stop: nothing of a test outlives it."""
    assert service.process is not None
    if service.process.poll() is not None:
        service.start()
    admin = service.client("root", "admin")
    with admin.http:
        for task in admin.data("GET", "/v1/soft/tasks", params={"limit": 100})["tasks"]:
            if task["status"] in ACTIVE:
                admin.http.post(f"/v1/soft/tasks/{task['task_id']}/cancel")
                admin.finish(task["task_id"])
    service.stop()
