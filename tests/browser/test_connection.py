"""How `InstallLogViewer` keeps a log coming where a proxy, the network, the browser or the service gets in the way."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from playwright.sync_api import Page, expect

from installcast.api.tokens import Tokens
from installcast.settings import Settings
from tests.service import Client, Service

from .conftest import Visitor
from .middlebox import SOCKET, STREAM, Middlebox, middlebox
from .page import ENDED, RECORD_LINES, install

pytestmark = pytest.mark.browser

STATES = """() => {
  window.states = [];
  const original = window.InstallLogViewer.prototype.dispatchEvent;
  window.InstallLogViewer.prototype.dispatchEvent = function (event) {
    const { channel, connection } = event.detail;
    const state = channel ?? connection;
    if (event.type === "state" && window.states.at(-1) !== state) window.states.push(state);
    return original.call(this, event);
  };
}"""
"""Keeps what a viewer tells of its connection in `window.states`, without repetitions."""


class Watched:
    """A page that shows an install which prints a line each 10 ms until the gate opens."""

    def __init__(self, page: Page, gate: Path, task_id: str | None = None, options: str = "{}") -> None:
        """Without ``task_id`` it is started by the page. ``options`` of the viewer, as JavaScript."""
        self.page = page
        self.notice = page.locator(".icv-notice")
        self._gate = gate
        page.clock.install()
        page.evaluate(RECORD_LINES)
        page.evaluate(STATES)
        if task_id is not None:
            page.evaluate(f"(id) => void new InstallLogViewer(id, 'log-container', {options})", task_id)
        self.task_id = task_id or install(page)

    def over(self, channel: str) -> None:
        """Wait until lines come over ``channel``: `socket`, `events` or `history`."""
        self.page.wait_for_selector(f'.icv[data-channel="{channel}"]')
        self.more()

    def more(self) -> None:
        """Wait for further lines."""
        count = self.page.evaluate("window.seen.length")
        self.page.wait_for_function("(count) => window.seen.length > count", arg=count)

    def passes(self, seconds: int) -> None:
        """Turn the page's clock on."""
        self.page.clock.fast_forward(seconds * 1000)

    def wake(self) -> None:
        """Come back to the page."""
        self.page.evaluate("window.dispatchEvent(new Event('focus'))")

    def states(self) -> list[str]:
        """Return what the viewer told of its connection."""
        states: list[str] = self.page.evaluate("window.states")
        return states

    def end(self, client: Client) -> None:
        """Open the gate: the page then has each line of the log once, in order."""
        self._gate.touch()
        self.page.wait_for_selector(ENDED)
        expect(self.notice).to_be_hidden()
        expect(self.page.locator(".icv-badge")).to_have_text("Succeeded")
        history = client.history(self.task_id)
        assert self.page.evaluate("window.seen") == [[each["seq"], each["message"]] for each in history]
        self.page.close()


@pytest.fixture
def box(service: Service) -> Iterator[Middlebox]:
    """What stands before the service."""
    with middlebox(service.port) as box:
        yield box


@pytest.fixture
def watch(new_visitor: Callable[..., Visitor], gate: Path) -> Callable[..., Watched]:
    """Open a page on an install, at the address of a middlebox where one is given."""

    def open_page(service: Service, at: Middlebox | None = None, task_id: str | None = None) -> Watched:
        visitor = new_visitor()
        visitor.sign_in(service, "root").close()
        address = cast("Service", SimpleNamespace(url=at.url if at else service.url))
        return Watched(visitor.users_page(address, key="steady", gate=str(gate)), gate, task_id)

    return open_page


def test_a_proxy_that_eats_websockets_and_then_keeps_streams_back(
    box: Middlebox, service: Service, client: Client, watch: Callable[..., Watched]
) -> None:
    """Lines come as a stream of events, without a word; where that does not begin, by pages over HTTP, with one; and back up."""
    box.refuses = {SOCKET}
    watched = watch(service, box)
    watched.over("events")
    expect(watched.notice).to_be_hidden()
    box.refuses = set()
    watched.passes(8)
    watched.over("socket")
    assert watched.states() == ["idle", "connecting", "events", "socket"]

    box.refuses, box.holds = {SOCKET}, {STREAM}
    box.cut()
    expect(watched.notice).to_contain_text("Connection lost.")
    with watched.page.expect_request(re.compile("/v1/log/sse")):
        box.is_cut = False
        watched.passes(3)
    watched.passes(6)
    watched.over("history")
    expect(watched.notice).to_have_text(
        "Read over HTTP every few seconds: the network lets no live connection through."
    )
    box.refuses = set()
    watched.passes(8)
    watched.over("socket")
    expect(watched.notice).to_be_hidden()
    assert watched.states()[4:] == ["reconnecting", "history", "socket"]
    watched.end(client)


def test_a_network_that_is_gone_for_a_while(
    box: Middlebox, service: Service, client: Client, watch: Callable[..., Watched]
) -> None:
    """Cut, swallowed, or offline by the browser's own word: it is said, counted down, and goes on when the network is back."""
    watched = watch(service, box)
    watched.over("socket")

    box.cut()
    expect(watched.notice).to_contain_text("Connection lost.")
    for _ in range(5):
        watched.passes(2)
    expect(watched.notice).to_have_text(re.compile(r"^Connection lost\.Reconnecting in \d+ sTry now$"))
    announced = watched.page.locator(".icv > .icv-hidden[role=status]")
    expect(announced).to_have_text("Connection lost.")
    box.is_cut = False
    watched.page.get_by_role("button", name="Try now").click()
    watched.over("socket")
    expect(watched.notice).to_be_hidden()

    box.swallows = True
    watched.passes(30)
    watched.wake()
    watched.passes(6)
    expect(watched.notice).to_contain_text("Connection lost.")
    box.swallows = False
    watched.passes(30)
    watched.over("socket")

    watched.page.context.set_offline(True)
    expect(watched.notice).to_contain_text("No network.")
    watched.page.context.set_offline(False)
    watched.over("socket")
    watched.end(client)


def test_a_page_that_is_frozen(
    box: Middlebox, service: Service, client: Client, watch: Callable[..., Watched]
) -> None:
    """While the page sleeps its connection dies; awake, it has what came meanwhile, each line once."""
    watched = watch(service, box)
    watched.over("socket")
    devtools = watched.page.context.new_cdp_session(watched.page)
    devtools.send("Page.setWebLifecycleState", {"state": "frozen"})
    box.cut()
    seen = watched.page.evaluate("window.seen.length")
    with client.watch(watched.task_id, f"&since={seen}") as viewer:
        for _ in range(50):
            viewer.recv()
    assert watched.page.evaluate("window.seen.length") < seen + 50
    box.is_cut = False
    devtools.send("Page.setWebLifecycleState", {"state": "active"})
    watched.over("socket")
    watched.end(client)


def test_too_many_viewers(start_service: Callable[..., Service], watch: Callable[..., Watched]) -> None:
    """Who finds no place reads over HTTP, is told so, and gets a place when somebody leaves."""
    service = start_service(log={"max_clients_per_task": 1})
    other = watch(service)
    other.over("socket")
    watched = watch(service, task_id=other.task_id)
    watched.over("history")
    expect(watched.notice).to_contain_text("until a place is free: too many people are watching.")
    other.page.close()
    client = service.client("root", "admin")
    with client.http:
        while client.status(watched.task_id)["viewers"] > 0:
            watched.page.wait_for_timeout(50)
        watched.passes(20)
        watched.over("socket")
        expect(watched.notice).to_be_hidden()
        assert watched.states() == ["idle", "connecting", "history", "socket"]
        watched.end(client)


def test_who_signs_out_and_in_again(
    box: Middlebox, service: Service, client: Client, watch: Callable[..., Watched]
) -> None:
    """A page without a session says so and leads to the sign-in; after one in another tab it goes on by itself."""
    watched = watch(service, box)
    watched.over("socket")
    context = watched.page.context
    context.clear_cookies()
    box.cut()
    expect(watched.notice).to_contain_text("Connection lost.")
    box.is_cut = False
    watched.passes(30)
    expect(watched.notice).to_contain_text("Sign in to see this log.")
    expect(watched.page.get_by_role("link", name="Sign in")).to_be_visible()
    Visitor(context).sign_in(service, "root").close()
    watched.wake()
    watched.over("socket")
    watched.end(client)


def test_a_token_that_is_renewed(
    service: Service, client: Client, new_visitor: Callable[..., Visitor], gate: Path
) -> None:
    """A page that brings its own tokens goes on with the next one when the service ends what the last one opened."""
    page = new_visitor().users_page(service)
    tokens = Tokens(Settings(data_dir=service.data_dir))
    tokens.prepare()
    expires = int(time.time()) + 5
    first = tokens.issue("root", {"admin"}, 5)

    def get_token() -> str:
        return first if time.time() < expires else tokens.issue("root", {"admin"}, 3600)

    page.expose_function("getToken", get_token)
    watched = Watched(page, gate, client.install("steady", gate=str(gate)), "{getToken}")
    watched.over("socket")
    page.wait_for_function("window.states.length === 5")
    assert watched.states() == ["idle", "connecting", "socket", "connecting", "socket"]
    watched.end(client)
