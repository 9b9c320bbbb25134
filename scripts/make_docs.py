"""Make the pictures of the docs: real installs, real failures and real checks, in a real browser.

Run it with ``make docs``. The pictures go to ``docs/images/``.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Literal

import httpx
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from small_png import shrink

REPOSITORY = Path(__file__).resolve().parents[1]
IMAGES = REPOSITORY / "docs/images"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
DESK = ViewportSize(width=1280, height=800)
TALL = ViewportSize(width=1280, height=1060)
PHONE = ViewportSize(width=360, height=740)
SHARPNESS = 1.75
"""Pixels of a picture for each of a page."""
LIMIT_MS = 120_000
"""A real install takes as long as the network lets it."""

NO_SUCH_VERSION = "3.2.40"
"""Of httpie: an install of it fails."""

NOBODY = "http://127.0.0.1:9"
"""A proxy that is not there."""


class Demo:
    """A service of its own in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.command = [sys.executable, "-m", "installcast", "--data-dir", str(folder / "data")]
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self.start()

    def start(self, **environment: str) -> None:
        """Start the service; its scripts see ``environment``."""
        # How this machine configures pip is nobody's business.
        scripts = json.dumps({"PIP_CONFIG_FILE": "/dev/null", **environment})
        with (self._folder / "serve.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self.command, "serve", "--port", str(self._port)],
                stdout=log,
                stderr=log,
                env=os.environ | {"INSTALLCAST_RUNNER__ENVIRONMENT": scripts},
            )
        deadline = time.monotonic() + 30
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{self._port}/readyz").raise_for_status()
            except httpx.HTTPError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                break

    def stop(self) -> None:
        """End the service."""
        self._process.terminate()
        self._process.wait()

    def run(self, *arguments: str, locale: str = "C.UTF-8") -> str:
        """Return what the command prints."""
        return subprocess.run(
            [*self.command, *arguments],
            check=True,
            capture_output=True,
            text=True,
            env=os.environ | {"LC_ALL": locale},
        ).stdout.strip()

    def install(self, *arguments: str, locale: str = "C.UTF-8") -> str:
        """Start an install of httpie, with steps in the language of ``locale``; return its task id."""
        return self.run("install", "httpie", "--detach", *arguments, locale=locale).split()[-1]

    def end(self, task_id: str) -> None:
        """Wait for the end of a task, however it ends."""
        subprocess.run([*self.command, "logs", task_id, "-f"], check=False, capture_output=True)

    def sign_in(
        self, browser: Browser, *, locale: str, scheme: Literal["light", "dark"], size: ViewportSize
    ) -> Page:
        """Return the console in a browser of its own."""
        context = browser.new_context(
            locale=locale,
            color_scheme=scheme,
            viewport=size,
            device_scale_factor=SHARPNESS,
            reduced_motion="reduce",
        )
        context.set_default_timeout(LIMIT_MS)
        page = context.new_page()
        page.goto(json.loads(self.run("login-link", "--json"))["url"])
        return page


class Camera:
    """Keeps what pages show in ``docs/images/``."""

    def __init__(self, browser: Browser) -> None:
        self._blank = browser.new_page()
        self.taken: list[str] = []

    def take(self, page: Page, name: str) -> None:
        """Take a picture of what is in sight."""
        page.mouse.move(0, 0)
        png = page.screenshot(animations="disabled")
        (IMAGES / f"{name}.png").write_bytes(shrink(png, self._blank))
        self.taken.append(name)


def take_all(demo: Demo, browser: Browser) -> list[str]:
    """Take all pictures; return their names."""
    expect.set_options(timeout=LIMIT_MS)
    camera = Camera(browser)
    demo.end(demo.install("--version", NO_SUCH_VERSION))
    demo.end(demo.install())
    demo.run("uninstall", "httpie")
    demo.stop()
    demo.start(PIP_PROXY=NOBODY, PIP_RETRIES="1")
    failed = demo.install()
    demo.end(failed)
    demo.stop()
    demo.start()
    page = demo.sign_in(browser, locale="en", scheme="light", size=DESK)
    home = page.url.split("?")[0].rstrip("/")

    page.goto(f"{home}/tasks/{failed}")
    page.set_viewport_size(TALL)
    page.get_by_text("Compare with the run that succeeded").click()
    page.locator(".icv-outcome").evaluate("(card) => card.scrollTo(0, 0)")
    camera.take(page, "failed")
    page.set_viewport_size(DESK)
    page.goto(f"{home}/software/redis?action=install")
    page.get_by_role("button", name="Generate").click()
    page.get_by_role("button", name="Hide").click()
    expect(page.get_by_role("region", name="Checks").get_by_role("status")).not_to_have_text("Checking…")
    camera.take(page, "form")

    running = demo.install()
    page.goto(f"{home}/tasks/{running}")
    page.locator(".icv-log").get_by_text(
        re.compile("^(Collecting requests|Installing collected)")
    ).first.wait_for()
    camera.take(page, "live")
    page.goto(home)
    page.get_by_label("Period").select_option("7")
    page.get_by_role("progressbar").wait_for()
    camera.take(page, "overview")
    page.goto(f"{home}/software")
    page.get_by_role("article").first.wait_for()
    expect(page.get_by_text("Asking the system…")).to_have_count(0)
    camera.take(page, "software")
    demo.end(running)

    phone = demo.sign_in(browser, locale="zh-CN", scheme="dark", size=PHONE)
    phone.goto(f"{home}/tasks/{demo.install(locale='zh_CN.UTF-8')}")
    phone.locator('.icv[data-connection="ended"]').wait_for()
    camera.take(phone, "phone-zh-dark")
    return camera.taken


def main() -> int:
    """Return the exit status."""
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        print("No Chromium here: apt-get install chromium", file=sys.stderr)
        return 1
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="installcast-docs-") as folder, sync_playwright() as playwright:
        demo = Demo(Path(folder))
        browser = playwright.chromium.launch(
            executable_path=executable, args=["--no-sandbox", "--disable-gpu"]
        )
        try:
            taken = take_all(demo, browser)
        finally:
            browser.close()
            demo.stop()
    for left in set(IMAGES.glob("*.png")) - {IMAGES / f"{name}.png" for name in taken}:
        left.unlink()  # of a picture that is no longer taken
    print(f"made {', '.join(taken)} in {IMAGES.relative_to(REPOSITORY)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
