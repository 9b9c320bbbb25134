"""The viewer in a page of another origin: with a token, where `allowed_origins` lets it in."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.service import Service

from .conftest import USERS_HTML, Visitor

pytestmark = pytest.mark.browser


class Panel(http.server.ThreadingHTTPServer):
    """Somebody's own panel, on a port of its own: it serves one page."""

    html = ""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _PanelPage)
        self.url = f"http://127.0.0.1:{self.server_port}"


class _PanelPage(http.server.BaseHTTPRequestHandler):
    server: Panel

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(self.server.html.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        pass


@pytest.fixture
def panel() -> Iterator[Panel]:
    """A panel that is running."""
    with Panel() as panel:
        thread = threading.Thread(target=panel.serve_forever)
        thread.start()
        yield panel
        panel.shutdown()
        thread.join()


def page_of(service: Service, token: str) -> str:
    """Return the user's page with the script of `service` and a token."""
    html = USERS_HTML.format(
        lang="en",
        script=f"{service.url}/frontend_realtime_log.js",
        parameters=json.dumps({"key": "chatter", "pwd": "correct-horse"}),
    )
    return html.replace("new InstallManager()", f"new InstallManager({{ getToken: async () => {token!r} }})")


def test_a_listed_origin_gets_in_with_a_token(
    visitor: Visitor, start_service: Callable[..., Service], panel: Panel
) -> None:
    """The script's address says where the service is; the token travels in a header and a subprotocol, in no address."""
    service = start_service(server={"allowed_origins": [panel.url]})
    token = service.token("alice")
    panel.html = page_of(service, token)
    page = visitor.context.new_page()
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    page.goto(panel.url)
    page.get_by_role("button", name="Install").click()
    page.wait_for_selector('.icv[data-connection="ended"]')
    expect(page.locator(".icv-badge")).to_have_text("Succeeded")
    assert len(sockets) == 1
    assert sockets[0].startswith(f"ws://127.0.0.1:{service.port}/v1/log/ws?")
    assert not any(token in url for url in [*visitor.requests, *sockets])


def test_a_strange_origin_is_told_which_setting_would_let_it_in(
    new_visitor: Callable[..., Visitor], start_service: Callable[..., Service], panel: Panel
) -> None:
    """The browser hides the reason; the viewer finds it out."""
    service = start_service()
    panel.html = page_of(service, service.token("alice"))
    page = new_visitor().context.new_page()
    page.goto(panel.url)
    page.evaluate("void new InstallLogViewer('chatter-2.0-0', 'log-container', { token: 'x' })")
    notice = page.locator(".icv-notice")
    expect(notice).to_contain_text("server.allowed_origins")
    expect(notice).to_contain_text(panel.url)
