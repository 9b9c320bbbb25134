"""Sign-in and the reference page, in a real browser with the service's own strict policy."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.service import Service

from .conftest import Visitor

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def dora(service: Service) -> str:
    """A local user."""
    service.run("user", "add", "dora", "--password-stdin", input=f"{PASSWORD}\n", check=True)
    return "dora"


def fill(page: Page, user: str, password: str) -> None:
    page.get_by_label("User").fill(user)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_a_person_signs_in_and_out(visitor: Visitor, service: Service, dora: str) -> None:
    """The page asked for comes after the sign-in; a wrong password is said; signing out ends it."""
    page = visitor.context.new_page()
    page.goto(f"{service.url}/tasks/nothing-1-x?since=1")
    expect(page).to_have_url(re.compile(r"/login\?next="))
    fill(page, dora, PASSWORD)
    expect(page).to_have_url(f"{service.url}/tasks/nothing-1-x?since=1")
    page.goto(f"{service.url}/login")
    expect(page.get_by_text("You are signed in as dora.")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{service.url}/login")
    page.goto(service.url)
    expect(page).to_have_url(re.compile("/login"))
    # The page of a task that is not there says so in the console, too.
    visitor.complaints = [each for each in visitor.complaints if "404" not in each]


def test_a_wrong_password_is_said(new_visitor: Callable[..., Visitor], service: Service, dora: str) -> None:
    """The form comes back with the reason, in the reader's language."""
    for locale, words in (("en-US", "User or password is wrong."), ("zh-CN", "用户名或密码错误。")):
        page = new_visitor(locale=locale).context.new_page()
        page.goto(f"{service.url}/login")
        page.locator("input[name=user]").fill(dora)
        page.locator("input[name=password]").fill("wrong")
        page.locator("button").click()
        expect(page.get_by_role("alert")).to_have_text(words)


def test_the_reference_page(visitor: Visitor, service: Service) -> None:
    """It is readable, loads nothing from elsewhere, and breaks no policy, in light and dark."""
    page = visitor.context.new_page()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.goto(f"{service.url}/docs")
        expect(page.get_by_role("heading", name="/v1/soft/install")).to_be_visible()
        colour, ground = page.evaluate(
            "() => { const style = getComputedStyle(document.body); return [style.color, style.backgroundColor] }"
        )
        assert colour != ground
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert all(url.startswith((service.url, "data:")) for url in visitor.requests)
