"""Somebody who looks at every page in every state, and what may befall the network and the session meanwhile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, Route

from tests.service import Service

from .album import DESK, Album, Language, Reads
from .conftest import Visitor

DATA = re.compile(r"/v1/(soft|log)/")
"""Requests of the pages for what they show."""

PANEL = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>Panel</title><link rel="icon" href="data:,"></head><body><main>
<h1>Panel</h1><div id="log-container"></div></main><script src="/frontend_realtime_log.js"></script></body></html>
"""


class Reader:
    """Somebody's browser with one page, and a second tab in which languages are chosen."""

    def __init__(self, browser: Browser, service: Service, album: Album, link: str) -> None:
        self.visitor = Visitor(browser.new_context(locale="en-US", viewport=DESK, reduced_motion="reduce"))
        self.page = self.visitor.context.new_page()
        self._url = service.url
        self._album = album
        self.page.goto(link)
        self._panel = f"{service.url}/panel.html"
        self.visitor.context.route(
            self._panel, lambda route: route.fulfill(body=PANEL, content_type="text/html")
        )
        self._other_tab = self.visitor.context.new_page()
        self._other_tab.goto(self._panel)
        # Chromium paints a tab behind another one once a second.
        self.page.bring_to_front()

    def go(self, path: str) -> Page:
        """Open a page of the console."""
        self.page.goto(f"{self._url}/{path}")
        return self.page

    def show(self, task_id: str) -> Page:
        """Open a page of somebody's own, with nothing but a viewer in it."""
        self.page.goto(self._panel)
        self.page.evaluate("(id) => { window.viewer = new InstallLogViewer(id, 'log-container'); }", task_id)
        return self.page

    @contextmanager
    def tab_without_sockets(self) -> Iterator[None]:
        """Work in another tab for a while, whose sockets open and stay silent."""
        page, self.page = self.page, self.visitor.context.new_page()
        self.page.route_web_socket(DATA, lambda _: None)
        yield
        self.page.close()
        self.page = page
        page.bring_to_front()

    def look(self, name: str, *reads: Reads, whole: bool = False) -> None:
        """Check a state of the console."""
        self._album.look(self.page, name, reads, self._speak, whole=whole)
        self._expect_silence()

    def look_at_viewer(self, name: str, *reads: Reads) -> None:
        """Check a state of the viewer."""
        self._album.look(self.page, name, reads, _speak_to_viewer)
        self._expect_silence()

    def _expect_silence(self) -> None:
        complaints = self.visitor.complaints.copy()
        self.visitor.complaints.clear()  # each is the fault of one state
        assert complaints == []

    def _speak(self, _: Page, language: Language) -> None:
        self._other_tab.evaluate(
            "(language) => localStorage.setItem('installcast.locale', language)", language
        )


def _speak_to_viewer(page: Page, language: Language) -> None:
    page.evaluate(
        "(language) => { document.documentElement.lang = language; viewer.setLocale(language); }", language
    )


class Holding:
    """A network that keeps the answers of the service back."""

    def __init__(self, reader: Reader, pattern: re.Pattern[str] = DATA) -> None:
        self._context = reader.visitor.context
        self._pattern = pattern
        self._held: list[Route] = []

    def __enter__(self) -> None:
        self._context.route(self._pattern, lambda route: self._held.append(route))

    def __exit__(self, *_: object) -> None:
        self._context.unroute(self._pattern)
        for route in self._held:
            route.continue_()


class Offline:
    """A computer that has lost its network, and knows it."""

    def __init__(self, reader: Reader) -> None:
        self._visitor = reader.visitor

    def __enter__(self) -> None:
        self._visitor.expect_complaint("net::ERR_")
        self._visitor.context.set_offline(True)

    def __exit__(self, *_: object) -> None:
        self._visitor.context.set_offline(False)


class Cut:
    """A network that is gone."""

    def __init__(self, reader: Reader) -> None:
        self._visitor = reader.visitor

    def __enter__(self) -> None:
        self._visitor.expect_complaint("net::ERR_")
        self._visitor.context.route(DATA, lambda route: route.abort("internetdisconnected"))

    def __exit__(self, *_: object) -> None:
        self._visitor.context.unroute(DATA)


class SignedOut:
    """A session that has ended, and is there again."""

    def __init__(self, reader: Reader) -> None:
        self._visitor = reader.visitor
        self._cookies: Any = ()

    def __enter__(self) -> None:
        self._visitor.expect_complaint("401 (Unauthorized)")
        self._cookies = self._visitor.context.cookies()
        self._visitor.context.clear_cookies()

    def __exit__(self, *_: object) -> None:
        self._visitor.context.add_cookies(self._cookies)
