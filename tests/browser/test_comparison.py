"""A failure beside the run that succeeded."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.service import Client, Service

from .conftest import Visitor
from .page import ENDED, install

pytestmark = pytest.mark.browser


def test_where_a_failure_went_another_way(
    visitor: Visitor, service: Service, client: Client, tmp_path: Path
) -> None:
    """The card shows both runs side by side, from the first place that differs; numbers lead to the lines of either."""
    left = tmp_path / "parting.conf"
    page = visitor.sign_in(service)
    page.evaluate(
        "(left) => fetch('/v1/soft/install', {method: 'POST', headers: {'Content-Type': 'application/json'},"
        " body: JSON.stringify({key: 'parting', left})})",
        str(left),
    )
    (earlier,) = client.data("GET", "/v1/soft/tasks", params={"key": "parting"})["tasks"]
    assert client.finish(earlier["task_id"])["status"] == "succeeded"
    left.touch()
    page = visitor.users_page(service, key="parting", left=str(left))
    task_id = install(page)
    page.wait_for_selector(ENDED)
    compared = page.locator(".icv-compared")
    expect(compared.get_by_role("list", name="This run")).to_be_hidden()
    compared.get_by_text("Compare with the run that succeeded on").click()
    expect(compared.get_by_role("list", name="The same in both")).to_contain_text(
        "Downloading parting-2.1.tar.gz"
    )
    here, there = (compared.get_by_role("list", name=name) for name in ("This run", "The run that succeeded"))
    expect(here.get_by_role("listitem")).to_have_text(
        ["3Keeping the configuration parting.conf of an earlier install"]
    )
    expect(there.get_by_role("listitem")).to_have_text(
        ["3Writing a new configuration parting.conf", "4Restricting it to its owner"]
    )
    here.get_by_role("button", name="3").click()
    expect(page.locator(".icv-marked .icv-text")).to_have_text(re.compile("^Keeping the configuration"))
    # A page that does not name the task in its address has none for another task.
    expect(there.get_by_role("link")).to_have_count(0)
    page.goto(f"{service.url}/tasks/{task_id}")
    compared.get_by_text("Compare with").click()
    link = there.get_by_role("link", name="4")
    expect(link).to_have_attribute("href", f"{service.url}/tasks/{earlier['task_id']}#L4")
