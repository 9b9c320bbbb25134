"""The viewer for those who do not see it, see it otherwise, or want it still: checked by axe and by what browsers compute."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.service import Client, Service

from .conftest import Visitor
from .page import ENDED

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js"

FINDINGS = """async () => {
  const { violations } = await axe.run(".icv", { resultTypes: ["violations"] });
  return violations.flatMap(({ id, impact, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${impact} ${id} ${target}: ${failureSummary}`));
}"""


def findings(page: Page) -> list[str]:
    """Return what axe finds wrong in the viewer, in both themes."""
    found: list[str] = []
    for theme in ("light", "dark"):
        page.evaluate("(theme) => viewer.setTheme(theme)", theme)
        found += [f"{theme}: {finding}" for finding in page.evaluate(FINDINGS)]
    return found


def show(page: Page, task_id: str) -> None:
    page.evaluate("(id) => { window.viewer = new InstallLogViewer(id, 'log-container'); }", task_id)


def test_axe_finds_nothing(visitor: Visitor, service: Service, client: Client, gate: Path) -> None:
    """Live, failed and finished, in both themes: no violation of any weight."""
    live = client.install("gated", gate=str(gate))
    failed, finished = client.install("noisy"), client.install("chatter", pwd="correct-horse")
    client.finish(failed)
    client.finish(finished)
    visitor.sign_in(service)
    page = visitor.users_page(service)
    page.evaluate(AXE.read_text())
    show(page, live)
    expect(page.locator(".icv-partial")).to_contain_text("waiting")
    assert findings(page) == []
    for task_id in (failed, finished):
        show(page, task_id)
        page.wait_for_selector(ENDED)
        assert findings(page) == []
    gate.touch()
    client.finish(live)


def test_what_a_screen_reader_is_told(visitor: Visitor, service: Service, client: Client, gate: Path) -> None:
    """The log is a region that stays silent; the bar has its values; steps, errors and the end are said, not each line."""
    task_id = client.install("gated", gate=str(gate), parameters={"before": 500, "after": 500})
    visitor.sign_in(service)
    page = visitor.users_page(service)
    page.evaluate(
        """() => {
          window.said = [];
          const place = document.getElementById("log-container");
          new MutationObserver(() => {
            for (const region of place.querySelectorAll("[aria-live]:not([aria-live=off])")) {
              if (region.textContent && region.textContent !== said.at(-1)) said.push(region.textContent);
            }
          }).observe(place, { childList: true, subtree: true, characterData: true });
        }"""
    )
    show(page, task_id)
    log, bar = page.get_by_role("log"), page.get_by_role("progressbar", name="Progress")
    expect(log).to_have_attribute("aria-live", "off")
    expect(page.locator(".icv-partial")).to_contain_text("waiting")
    expect(bar).to_have_attribute("aria-valuemin", "0")
    expect(bar).to_have_attribute("aria-valuemax", "100")
    gate.touch()
    page.wait_for_selector(ENDED)
    expect(bar).to_have_attribute("aria-valuenow", "100")
    page.wait_for_function("said.at(-1)?.includes('gated')")
    assert len(page.evaluate("said")) <= 5


def test_without_motion_and_in_the_colours_of_the_system(
    visitor: Visitor, service: Service, client: Client, gate: Path
) -> None:
    """Nothing moves for those who asked for that; the bar can be told from its ground where the system sets all colours."""
    task_id = client.install("gated", gate=str(gate))
    visitor.sign_in(service)
    page = visitor.users_page(service)
    page.emulate_media(reduced_motion="reduce", forced_colors="active")
    show(page, task_id)
    expect(page.locator(".icv-partial")).to_contain_text("waiting")
    page.wait_for_function("document.getAnimations().every(({ playState }) => playState === 'finished')")
    colour = "(part) => getComputedStyle(document.querySelector(part)).backgroundColor"
    assert page.evaluate(colour, ".icv-fill") != page.evaluate(colour, ".icv-bar")
    edge = "getComputedStyle(document.querySelector('.icv-number')).borderInlineStartColor"
    assert page.evaluate(edge) == page.evaluate(colour, ".icv-number")
    gate.touch()
    client.finish(task_id)
