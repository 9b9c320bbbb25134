"""`<install-log>`: the viewer as an element, and what a page can change while it is shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.service import Client, Service

from .conftest import Visitor
from .page import ENDED, seen_rows

pytestmark = pytest.mark.browser

LISTEN = """() => {
  window.told = [];
  for (const type of ["record", "progress", "state", "retry", "end"]) {
    document.addEventListener(type, ({ target, detail }) => {
      if (target instanceof HTMLElement && target.localName === "install-log") told.push([type, target.taskId, detail]);
    });
  }
}"""
"""Keeps what elements tell the page in `window.told`."""


def panel(visitor: Visitor, service: Service) -> Page:
    """Open a page of a signed-in person that has the script and listens to all elements."""
    visitor.sign_in(service)
    page = visitor.users_page(service)
    page.evaluate(LISTEN)
    return page


def told(page: Page, kind: str, task_id: str) -> list[Any]:
    """Return what elements told of a task."""
    return [detail for type_, of, detail in page.evaluate("told") if (type_, of) == (kind, task_id)]


def put(page: Page, html: str) -> None:
    page.evaluate("(html) => document.getElementById('log-container').innerHTML = html", html)


def test_the_element_follows_its_attributes(visitor: Visitor, service: Service, client: Client) -> None:
    """Another task, language, theme or height shows at once, in the same place; events reach the page as DOM events."""
    first, second = client.install("bare"), client.install("failing")
    client.finish(first)
    client.finish(second)
    page = panel(visitor, service)
    put(page, f'<install-log task-id="{first}" theme="dark" locale="zh-CN" height="160"></install-log>')
    page.wait_for_selector(ENDED)
    badge = page.locator(".icv-badge")
    expect(badge).to_have_text("成功")
    assert page.evaluate("document.querySelector('.icv-log').clientHeight") == 160
    background = "getComputedStyle(document.querySelector('.icv')).backgroundColor"
    assert page.evaluate(background) == "rgb(21, 26, 33)"
    records = told(page, "record", first)
    assert [record["seq"] for record in records] == [record["seq"] for record in client.history(first)]
    assert [end["status"] for end in told(page, "end", first)] == ["succeeded"]

    page.evaluate(
        """() => {
          window.log = document.querySelector("install-log");
          window.viewer = log.viewer;
          log.setAttribute("theme", "light");
          log.locale = "en";
          log.height = "120px";
        }"""
    )
    expect(badge).to_have_text("Succeeded")
    assert page.evaluate("document.querySelector('.icv').lang") == "en"
    assert page.evaluate(background) == "rgb(255, 255, 255)"
    assert page.evaluate("document.querySelector('.icv-log').clientHeight") == 120
    assert page.evaluate("log.viewer === viewer")
    assert page.evaluate("document.querySelector('.icv').dataset.connection") == "ended"

    page.evaluate("(taskId) => log.setAttribute('task-id', taskId)", second)
    expect(badge).to_have_text("Failed")
    assert page.locator(".icv").count() == 1
    expect(page.locator(ENDED)).to_have_count(1)
    assert [end["status"] for end in told(page, "end", second)] == ["failed"]
    assert len(told(page, "end", first)) == 1
    page.evaluate("log.removeAttribute('task-id')")
    expect(page.locator(".icv")).to_have_count(0)


def test_the_element_moves_and_goes(visitor: Visitor, service: Service, gate: Path) -> None:
    """Moved within the page it goes on where it is, in its new styles; taken out it lets go of everything."""
    page = panel(visitor, service)
    sockets: list[Any] = []
    page.on("websocket", lambda socket: sockets.append(socket))
    page.evaluate(
        """(gate) => {
          const log = document.createElement("install-log");
          log.id = "log-container";
          document.getElementById("log-container").replaceWith(log);
          return new InstallManager().startInstall({ key: "gated", parameters: { gate, before: 300 } });
        }""",
        str(gate),
    )
    expect(page.locator(".icv-partial")).to_contain_text("waiting at the gate")
    page.evaluate(
        """() => {
          window.log = document.querySelector("install-log");
          window.viewer = log.viewer;
          document.body.append(document.createElement("main"));
          document.querySelector("main").append(log);
        }"""
    )
    assert "before 300" in seen_rows(page)
    page.evaluate("document.querySelector('.icv-log').scrollTop = 2000")
    expect(page.locator(".icv-to-end")).to_be_visible()
    held = seen_rows(page)
    background = "getComputedStyle(log.querySelector('.icv')).backgroundColor"
    page.evaluate(
        """() => {
          const host = document.body.appendChild(document.createElement("div"));
          host.style.setProperty("--installcast-background", "rgb(1, 2, 3)");
          host.attachShadow({ mode: "open" }).append(log);
        }"""
    )
    assert page.evaluate(background) == "rgb(1, 2, 3)"
    page.evaluate("document.querySelector('main').append(log)")
    assert seen_rows(page) == held
    gate.touch()
    page.wait_for_selector(ENDED)
    assert page.evaluate("log.viewer === viewer")
    assert len(sockets) == 1
    task_id = page.evaluate("log.taskId")
    assert len(told(page, "end", task_id)) == 1
    page.evaluate("log.remove()")
    page.wait_for_function("log.childElementCount === 0")
    assert page.evaluate("log.viewer") is None


def test_properties_set_before_the_element_is_known(
    visitor: Visitor, service: Service, client: Client
) -> None:
    """What was set on it as an unknown element counts, and a token that replaces a refused one is used at once."""
    task_id = client.install("bare")
    client.finish(task_id)
    page = visitor.users_page(service)
    visitor.expect_complaint("401")
    page.evaluate(
        """(taskId) => {
          window.log = document.implementation.createHTMLDocument().createElement("install-log");
          Object.assign(log, { taskId, token: "no.such.token", options: { retry: false } });
          document.getElementById("log-container").append(log);
        }""",
        task_id,
    )
    expect(page.locator(".icv-notice")).to_be_visible()
    assert (
        page.evaluate("log instanceof customElements.get('install-log') && log.getAttribute('task-id')")
        == task_id
    )
    page.evaluate("(token) => { log.getToken = async () => token; }", client.token)
    expect(page.locator(ENDED)).to_contain_text("Succeeded")


def test_retry_in_the_element(visitor: Visitor, service: Service, client: Client) -> None:
    """“Try again” leads to the new task, which becomes the element's own."""
    task_id = client.install("failing")
    client.finish(task_id)
    page = panel(visitor, service)
    put(page, f'<install-log task-id="{task_id}" base-url="{service.url}"></install-log>')
    page.wait_for_selector(ENDED)
    page.get_by_role("button", name="Try again").click()
    page.wait_for_function("(taskId) => document.querySelector('install-log').taskId !== taskId", arg=task_id)
    expect(page.locator(ENDED)).to_have_count(1)
    assert page.locator(".icv").count() == 1
    assert len(told(page, "retry", task_id)) == 1


def test_destroy_leaves_nothing_behind(
    new_visitor: Callable[..., Visitor], service: Service, client: Client
) -> None:
    """After twenty viewers and elements there is no listener, timer, socket, node or style sheet more than before."""
    task_id = client.install("noisy")
    client.finish(task_id)
    visitor = new_visitor()
    visitor.sign_in(service)
    page = visitor.users_page(service)
    page.evaluate(COUNT)
    protocol = visitor.context.new_cdp_session(page)

    def counts() -> dict[str, Any]:
        listeners = 0
        for name in ("window", "document", "document.body", "document.getElementById('log-container')"):
            target = protocol.send("Runtime.evaluate", {"expression": name})["result"]["objectId"]
            listeners += len(
                protocol.send("DOMDebugger.getEventListeners", {"objectId": target})["listeners"]
            )
        for _ in range(3):
            protocol.send("HeapProfiler.collectGarbage")
        memory = protocol.send("Memory.getDOMCounters")
        heap = protocol.send("Runtime.getHeapUsage")["usedSize"]
        return {**page.evaluate("counted()"), "listeners": listeners, "memory": memory, "heap": heap}

    page.evaluate("(taskId) => cycles(taskId, 20)", task_id)
    before = counts()
    page.evaluate("(taskId) => cycles(taskId, 20)", task_id)
    after = counts()
    for what in ("sheets", "elements", "timers", "sockets", "listeners"):
        assert after[what] == before[what], what
    # The last viewer may not be collected yet; twenty would be 7,000 nodes, 900 listeners and some megabytes.
    assert after["memory"]["nodes"] < before["memory"]["nodes"] + 1_000
    assert after["memory"]["jsEventListeners"] < before["memory"]["jsEventListeners"] + 100
    assert after["heap"] < before["heap"] + 300_000


COUNT = """() => {
  const timers = new Set();
  const sockets = [];
  const { setInterval, clearInterval, WebSocket } = window;
  window.setInterval = (...all) => {
    const timer = setInterval(...all);
    timers.add(timer);
    return timer;
  };
  window.clearInterval = (timer) => {
    timers.delete(timer);
    clearInterval(timer);
  };
  window.WebSocket = class extends WebSocket {
    constructor(...all) {
      super(...all);
      sockets.push(new WeakRef(this));
    }
  };
  window.counted = () => ({
    sheets: document.adoptedStyleSheets.length + document.styleSheets.length,
    elements: document.querySelectorAll("*").length,
    timers: timers.size,
    sockets: sockets.filter((socket) => (socket.deref()?.readyState ?? 3) < 2).length,
  });
  const place = document.getElementById("log-container");
  window.cycles = async (taskId, count) => {
    for (let cycle = 0; cycle < count; cycle++) {
      const log = document.createElement("install-log");
      const byHand = cycle % 2 === 0 && new InstallLogViewer(taskId, place);
      if (!byHand) {
        log.taskId = taskId;
        place.append(log);
      }
      // Some are taken away while they connect, some when they have shown everything.
      if (cycle % 4 < 2) await new Promise((done) => (byHand || log).addEventListener("end", done));
      if (byHand) byHand.destroy();
      else log.remove();
    }
    await new Promise((done) => requestAnimationFrame(() => requestIdleCallback(done)));
  };
}"""
