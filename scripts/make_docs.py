"""Make the pictures of the README: a real install of httpie, watched in a real browser, in both languages.

Run it with ``make docs``. The pictures go to ``docs/images/``.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

REPOSITORY = Path(__file__).resolve().parents[1]
IMAGES = REPOSITORY / "docs/images"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SIZE = {"width": 1100, "height": 760}
PHONE = {"width": 360, "height": 740}
LIMIT_MS = 120_000
"""A real install takes as long as the network lets it."""


class Demo:
    """A service of its own in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.command = [sys.executable, "-m", "installcast", "--data-dir", str(folder / "data")]
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        with (folder / "serve.log").open("wb") as log:
            # How this machine configures pip is nobody's business.
            environment = os.environ | {"INSTALLCAST_RUNNER__ENVIRONMENT": '{"PIP_CONFIG_FILE": "/dev/null"}'}
            self.process = subprocess.Popen(
                [*self.command, "serve", "--port", str(port)], stdout=log, stderr=log, env=environment
            )
        deadline = time.monotonic() + 30
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{port}/readyz").raise_for_status()
            except httpx.HTTPError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                break

    def run(self, *arguments: str) -> str:
        """Return what the command prints."""
        return subprocess.run(
            [*self.command, *arguments], check=True, capture_output=True, text=True
        ).stdout.strip()

    def sign_in(self, browser: Browser, *, locale: str, scheme: str, size: dict[str, int]) -> Page:
        """Return the console in a browser of its own."""
        context = browser.new_context(
            locale=locale,
            color_scheme=scheme,  # type: ignore[arg-type]
            viewport=size,  # type: ignore[arg-type]
            device_scale_factor=2,
        )
        context.set_default_timeout(LIMIT_MS)
        page = context.new_page()
        page.goto(json.loads(self.run("login-link", "--json"))["url"])
        return page


def take(demo: Demo, browser: Browser) -> None:
    """Take all pictures."""
    page = demo.sign_in(browser, locale="en", scheme="light", size=SIZE)
    root = page.url.split("?")[0].rstrip("/")
    page.goto(f"{root}/software")
    page.get_by_text("httpie", exact=False).first.wait_for()
    page.screenshot(path=IMAGES / "start.png")
    task_id = demo.run("install", "httpie", "--detach").split()[-1]
    address = f"{root}/tasks/{task_id}"
    page.goto(address)
    page.get_by_text("Installing collected packages").wait_for()
    page.screenshot(path=IMAGES / "live.png")
    demo.run("logs", task_id, "-f")
    page.get_by_text("HTTPie").first.wait_for()
    phone = demo.sign_in(browser, locale="zh-CN", scheme="dark", size=PHONE)
    phone.goto(address)
    phone.get_by_text("HTTPie").first.wait_for()
    phone.screenshot(path=IMAGES / "phone-zh-dark.png")


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
            take(demo, browser)
        finally:
            browser.close()
            demo.process.terminate()
            demo.process.wait()
    print(
        f"made {', '.join(sorted(path.name for path in IMAGES.glob('*.png')))} in {IMAGES.relative_to(REPOSITORY)}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
