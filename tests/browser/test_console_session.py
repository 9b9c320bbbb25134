"""The console when the service restarts, the session ends, and where a host has put it."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import jwt
import pytest
from playwright.sync_api import expect

from tests.service import Service
from tests.test_examples import running

from .conftest import RECIPES, Visitor

pytestmark = pytest.mark.browser

SECRET = "a secret of the tests, longer than 32 bytes"
HOST = """
import sys
from pathlib import Path
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from installcast import Installcast
from installcast.settings import Settings

folder, recipes = Path(sys.argv[1]), Path(sys.argv[2])
auth = {"secret_file": folder / "secret"}
engine = Installcast(Settings(data_dir=folder / "data", recipes=(recipes,), auth=auth))
app = Starlette(routes=[Mount("/tools/install", engine.asgi_app())], lifespan=engine.lifespan)
uvicorn.run(app, port=0, access_log=False)
"""


def test_a_restart_and_the_end_of_a_session(
    new_visitor: Callable[..., Visitor], start_service: Callable[..., Service]
) -> None:
    """While the service is away the page says so and keeps what was typed; afterwards it goes on by itself. When the session
    has ended, the one way to sign in leads back to where one was."""
    service = start_service()
    visitor = new_visitor()
    page = visitor.sign_in(service)
    page.goto(f"{service.url}/software/chatter")
    page.get_by_label("mode").fill("kept")
    service.kill()
    notice = page.locator(".connection")
    page.evaluate("dispatchEvent(new Event('online'))")  # when a page looks at once
    expect(notice).to_contain_text("The service does not answer.")
    service.start()
    expect(notice).to_contain_text("Connected again.")
    expect(page.get_by_label("mode")).to_have_value("kept")

    visitor.context.clear_cookies()
    page.evaluate("dispatchEvent(new Event('online'))")
    sign_in = notice.get_by_role("link", name="Sign in")
    expect(sign_in).to_be_visible()
    sign_in.click()
    expect(page).to_have_url(re.compile(r"/login\?next=%2Fsoftware%2Fchatter$"))
    service.run("user", "add", "dora", "--password-stdin", input="correct horse battery\n", check=True)
    page.get_by_label("User").fill("dora")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{service.url}/software/chatter")
    expect(page.get_by_label("mode")).to_have_value("kept")
    expect(page.locator(".who")).to_contain_text("dora")
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile(r"/login$"))


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[str]:
    """The service inside somebody's application, below a path; returns its address."""
    script = tmp_path / "host.py"
    script.write_text(HOST)
    secret = tmp_path / "secret"
    secret.touch(mode=0o600)
    secret.write_text(SECRET)
    argv = [sys.executable, str(script), str(tmp_path), str(RECIPES)]
    with running(argv, dict(os.environ), r"running on (http://\S+)") as url:
        yield f"{url}/tools/install"


def test_below_a_path(visitor: Visitor, mounted: str) -> None:
    """The pages find their files, the API and each other wherever the service is mounted."""
    token = jwt.encode({"sub": "alice", "scope": "admin", "exp": time.time() + 60}, SECRET, "HS256")
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx.post(f"{mounted}/v1/auth/login-link", headers=headers, json={})
    page = visitor.context.new_page()
    page.goto(answer.json()["data"]["url"])
    expect(page).to_have_url(f"{mounted}/")
    page.get_by_role("link", name="Choose software").click()
    page.get_by_role("link", name="Install Colours").click()
    page.get_by_role("button", name="Install", exact=True).click()
    page.wait_for_selector('.icv[data-connection="ended"]')
    expect(page).to_have_url(re.compile(f"^{re.escape(mounted)}/tasks/colours-"))
    page.reload()
    page.wait_for_selector('.icv[data-connection="ended"]')
    page.get_by_role("link", name="colours", exact=True).click()
    expect(page).to_have_url(f"{mounted}/software/colours")
    page.reload()
    expect(page.get_by_role("heading", name="Colours")).to_be_visible()
