"""The pages of the example programs, as their users see them."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

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
