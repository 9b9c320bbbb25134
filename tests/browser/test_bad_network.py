"""`InstallLogViewer` over a network that cuts, stalls and splits."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from playwright.sync_api import expect

from tests.reliability.tcp_proxy import BadNetwork
from tests.service import Service

from .conftest import Visitor
from .page import ENDED, RECORD_LINES, install

pytestmark = pytest.mark.browser

BREAKS = 4


@contextmanager
def bad_network(port: int) -> Iterator[BadNetwork]:
    """A network in a thread of its own, fair until told otherwise."""
    network = BadNetwork(port, random.Random(11), least=2000, most=8000)
    network.most_broken = 0
    ready, stop = threading.Event(), threading.Event()

    async def serve() -> None:
        async with network:
            ready.set()
            await asyncio.to_thread(stop.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(10)
    try:
        yield network
    finally:
        stop.set()
        thread.join()


def test_every_record_comes_once(
    new_visitor: Callable[..., Visitor], start_service: Callable[..., Service], gate: Path
) -> None:
    """The page loses its connection again and again while lines come, and has each of them once, in order."""
    service = start_service()
    visitor = new_visitor()
    visitor.sign_in(service)
    with bad_network(service.port) as network:
        behind = cast("Service", SimpleNamespace(url=f"http://127.0.0.1:{network.port}"))
        page = visitor.users_page(behind, key="steady", gate=str(gate))
        page.evaluate(RECORD_LINES)
        network.most_broken = BREAKS
        task_id = install(page)
        page.wait_for_function("window.seen.length > 30", timeout=60_000)
        while network.broken < BREAKS:
            page.wait_for_timeout(100)
        gate.touch()
        page.wait_for_selector(ENDED, timeout=60_000)
        expect(page.locator(".icv-badge")).to_have_text("Succeeded")
        seen = page.evaluate("window.seen")
        page.close()
    client = service.client("root", "admin")
    with client.http:
        history = client.history(task_id)
    assert seen == [[record["seq"], record["message"]] for record in history]
