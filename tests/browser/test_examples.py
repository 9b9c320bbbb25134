"""The pages of the example programs, as their users see them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from tests.service import Service
from tests.test_examples import EXAMPLES, environment, running

from .conftest import Visitor

pytestmark = pytest.mark.browser

__all__ = ["environment"]


def test_fastapi_host(new_visitor: Callable[..., Visitor], environment: dict[str, str]) -> None:
    """The host's own sign-in, remembered by the browser, is all that the button and the live log need."""
    argv = [sys.executable, "-m", "uvicorn", "fastapi_host:app", "--port", "0"]
    with running(argv, environment, r"running on (http://\S+)") as url:
        visitor = new_visitor(http_credentials={"username": "alice", "password": "wonderland", "origin": url})
        page = visitor.context.new_page()
        page.goto(f"{url}/?key=tiny")
        page.get_by_role("button", name="Install").click()
        expect(page.locator('.icv[data-connection="ended"]')).to_contain_text("two")
        visitor.context.close()


def test_flask_beside(new_visitor: Callable[..., Visitor], environment: dict[str, str]) -> None:
    """From Flask's origin the viewer reaches the service's port with the token that the page was given."""
    with running(
        [sys.executable, str(EXAMPLES / "flask_beside.py")], environment, r"open (http://\S+)"
    ) as url:
        visitor = new_visitor()
        page = visitor.context.new_page()
        page.goto(f"{url}/?key=tiny")
        expect(page.locator('.icv[data-connection="ended"]')).to_contain_text("two")
        assert [each for each in visitor.complaints if "favicon" not in each and "404" not in each] == []
        visitor.context.close()


def test_the_panel_without_python(
    new_visitor: Callable[..., Visitor], start_service: Callable[..., Service], tmp_path: Path
) -> None:
    """A Vue page behind another origin and a prefix watches live through Node: own tasks only, and no token in the page."""
    service = start_service()
    panel = Path(shutil.copytree(EXAMPLES / "node_panel", tmp_path / "panel"))
    (panel / "node_modules").symlink_to(EXAMPLES.parent / "web/node_modules")
    settings = {
        "INSTALLCAST_URL": service.url,
        "INSTALLCAST_SECRET_FILE": str(service.data_dir / "secret.key"),
    }
    service.token("alice")  # The first one makes the secret.
    # The one of this environment starts another program, which would outlive it.
    node = subprocess.check_output(
        [Path(sys.executable).with_name("node"), "-p", "process.execPath"], text=True
    )
    argv = [node.strip(), str(panel / "panel.mjs")]
    with running(argv, {**settings, "PORT": "0"}, r"open (http://\S+)") as url:
        visitor = new_visitor(http_credentials={"username": "alice", "password": "wonderland"})
        page = visitor.context.new_page()
        sockets: list[str] = []
        page.on("websocket", lambda socket: sockets.append(socket.url))
        page.goto(f"{url}?key=slow")
        page.get_by_role("button", name="Install").click()
        expect(page.locator('.icv[data-connection="live"] .icv-badge')).to_have_text("Running")
        expect(page.locator('.icv[data-connection="ended"]')).to_contain_text("alice")
        expect(page.locator("#app")).to_contain_text("succeeded")
        origin = url.removesuffix("/panel/")
        assert [socket.split("/v1/")[0] for socket in sockets] == [
            origin.replace("http", "ws") + "/panel/install"
        ]
        assert all(request.startswith(f"{url}") for request in visitor.requests)
        assert visitor.complaints == []
        visitor.context.close()

        task_id = sockets[0].split("task_id=")[1].split("&")[0]
        status = f"{url}install/v1/log/status?task_id={task_id}"
        alice, bob = ("alice", "wonderland"), ("bob", "builder-bob")
        assert httpx.get(status, auth=alice).json()["data"]["status"] == "succeeded"
        events = httpx.get(status.replace("status", "sse"), auth=alice).text
        assert "event: end" in events
        assert httpx.get(status, auth=bob).status_code == 404
        assert httpx.get(status).status_code == 401
        for foreign in ("https://evil.example", "null"):
            assert httpx.get(status, auth=alice, headers={"Origin": foreign}).status_code == 401
        service.kill()
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.get(status, auth=alice)
        assert httpx.get(url, auth=alice).status_code == 200
        service.start()


def test_the_panel_without_python_is_short() -> None:
    """Sign-in, page and proxy are at most 60 lines of code."""
    files = [path.read_text().splitlines() for path in (EXAMPLES / "node_panel").iterdir()]
    assert sum(1 for lines in files for line in lines if line.strip()) <= 60
