"""What a person does with a page that shows an install, and what can be read of it."""

from __future__ import annotations

from playwright.sync_api import Page, expect

ENDED = '.icv[data-connection="ended"]'
"""The viewer has shown the last record."""

RECORD_LINES = """() => {
  window.seen = [];
  const original = window.InstallLogViewer.prototype.dispatchEvent;
  window.InstallLogViewer.prototype.dispatchEvent = function (event) {
    if (event.type === "record") window.seen.push([event.detail.seq, event.detail.message]);
    return original.call(this, event);
  };
}"""
"""Keeps what a viewer tells of the records that it shows, in `window.seen`."""


def install(page: Page) -> str:
    """Press the user's button; return the id of the task."""
    page.get_by_role("button", name="Install", exact=True).click()
    page.wait_for_function("window.taskId")
    task_id: str = page.evaluate("window.taskId")
    return task_id


def rows(page: Page) -> list[str]:
    """Return the text of the rows that are in the page."""
    return page.locator(".icv-text").all_inner_texts()


def seen_rows(page: Page) -> list[str]:
    """Return the text of the rows that a reader sees now."""
    texts: list[str] = page.evaluate(
        """() => {
          const box = document.querySelector(".icv-log").getBoundingClientRect();
          const seen = (row) => {
            const { top, bottom } = row.getBoundingClientRect();
            return bottom > box.top + 1 && top < box.bottom - 1;
          };
          const rows = [...document.querySelectorAll(".icv-window .icv-row:not(.icv-fold)")];
          return rows.filter(seen).map((row) => row.querySelector(".icv-text").textContent);
        }"""
    )
    return texts


def wait_for_lines(page: Page) -> None:
    """Wait until each row that is in the page shows its line."""
    expect(page.locator(".icv-hole")).to_have_count(0)


def scroll_to(page: Page, fraction: float) -> None:
    """Scroll the log, and wait until the lines are there."""
    page.evaluate(
        """(fraction) => new Promise((done) => {
          const log = document.querySelector(".icv-log");
          log.scrollTop = log.scrollHeight * fraction;
          requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)));
        })""",
        fraction,
    )
    wait_for_lines(page)
