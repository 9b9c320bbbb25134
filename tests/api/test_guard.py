"""What stands in front of every route: hosts, origins, proxies, headers, the line in the log."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from installcast.api.auth import BEHIND_PROXY
from installcast.api.guard import ForeignHostError, Guard, Hosts
from installcast.errors import InvalidInputError
from installcast.settings import ServerSettings, Settings

from .serving import serving


async def who(request: Request) -> Response:
    return JSONResponse(
        [request.client.host if request.client else None, request.url.scheme, request.scope[BEHIND_PROXY]]
    )


async def watch(viewer: WebSocket) -> None:
    await viewer.accept()
    await viewer.send_text("hello")
    await viewer.close()


@contextmanager
def guarded(**server: Any) -> Iterator[str]:
    settings = Settings(data_dir=Path("/nowhere"), server=ServerSettings(**server))
    app = Starlette(routes=[Route("/who", who), WebSocketRoute("/ws", watch)])
    with serving(Guard(app, settings)) as url:
        yield url


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:8089",
        "panel.localhost",
        "127.0.0.1",
        "127.0.0.1:80",
        "10.0.0.5:8089",
        "[::1]:8089",
        "[::1]",
        "localhost.",
    ],
)
def test_names_that_count_by_default(host: str) -> None:
    """Loopback names and IP literals, with and without a port: nobody can rebind those."""
    Hosts((), "127.0.0.1").check(host)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8089",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "xlocalhost",
        "127.1",
    ],
)
def test_names_that_do_not(host: str) -> None:
    """Any other name is refused, and the message says which setting allows it."""
    with pytest.raises(ForeignHostError, match=r"server\.allowed_hosts"):
        Hosts((), "127.0.0.1").check(host)


@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        ":80",
        "a b",
        "evil.example/",
        "[::1",
        "[::1]x",
        "[nonsense]:1",
        "localhost:x",
        "a@localhost",
        "<x>",
    ],
)
def test_malformed_hosts(host: str | None) -> None:
    """No host, or something that is none, is a bad request."""
    with pytest.raises(InvalidInputError):
        Hosts((), "127.0.0.1").check(host)


def test_listed_hosts() -> None:
    """A list replaces the default, patterns take in the names below; by default the name that is listened on counts, too."""
    hosts = Hosts(("Panel.example", "*.lan"), "127.0.0.1")
    for host in ("panel.example:443", "a.lan", "b.a.lan"):
        hosts.check(host)
    for host in ("localhost", "127.0.0.1", "lan", "xpanel.example", "evil-lan"):
        with pytest.raises(ForeignHostError):
            hosts.check(host)
    Hosts(("*",), "127.0.0.1").check("anything.example")
    Hosts((), "panel.lan").check("panel.lan:8089")


def test_a_foreign_host_over_the_wire() -> None:
    """403 in the envelope for a page, and no upgrade for a WebSocket."""
    with guarded() as url:
        answer = httpx.get(f"{url}/who", headers={"Host": "evil.example", "Accept-Language": "zh"})
        assert (answer.status_code, answer.json()["error"]["type"]) == (403, "foreign_host")
        assert "server.allowed_hosts" in answer.json()["message"]
        raw = socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])))
        with pytest.raises(InvalidStatus) as refused, connect("ws://evil.example/ws", sock=raw, proxy=None):
            pass
        assert refused.value.response.status_code == 403


def test_a_foreign_origin_gets_no_socket() -> None:
    """A page of another origin gets 403 before the upgrade, the own one and a listed one get in, and so does a program."""
    with guarded(allowed_origins=["https://panel.example"]) as url:
        address = url.replace("http", "ws") + "/ws"
        for origin in (Origin(url), Origin("https://panel.example"), None):
            with connect(address, origin=origin, proxy=None) as viewer:
                assert viewer.recv() == "hello"
        evil = [
            "https://evil.example",
            "null",
            url.replace("http", "https"),
            "https://panel.example.evil",
            f"{url}.evil",
        ]
        for foreign in map(Origin, evil):
            with pytest.raises(InvalidStatus) as refused, connect(address, origin=foreign, proxy=None):
                pass
            assert refused.value.response.status_code == 403
            assert b"server.allowed_origins" in (refused.value.response.body or b"")


def test_headers_on_every_answer() -> None:
    """Pages cannot be framed, run foreign scripts, or be taken for another type; refusals have the headers, too."""
    with guarded() as url:
        for headers in ({}, {"Host": "evil.example"}):
            answer = httpx.get(f"{url}/who", headers=headers)
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            assert "unsafe" not in answer.headers["content-security-policy"]
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["x-frame-options"] == "DENY"
            assert answer.headers["referrer-policy"] == "same-origin"


FORWARDED = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}


def test_a_proxy_that_is_trusted() -> None:
    """What a listed proxy says about the client counts, and the connection is known to come through it."""
    with guarded(trusted_proxies=["127.0.0.1"]) as url:
        assert httpx.get(f"{url}/who", headers=FORWARDED).json() == ["203.0.113.9", "https", True]


@pytest.mark.parametrize("proxies", [[], ["10.0.0.1"]])
def test_a_proxy_that_is_not(proxies: list[str]) -> None:
    """Nobody else can say who he is, not even from this machine."""
    with guarded(trusted_proxies=proxies) as url:
        assert httpx.get(f"{url}/who", headers=FORWARDED).json() == ["127.0.0.1", "http", False]


def test_one_line_a_request(caplog: pytest.LogCaptureFixture) -> None:
    """The log has method, path and status, never the query, and nobody can forge a second line."""
    with caplog.at_level(logging.INFO, "installcast.access"), guarded() as url:
        httpx.get(f"{url}/who?code=secret-code")
        httpx.get(f"{url}/a%0aforged%20line")
        with connect(url.replace("http", "ws") + "/ws?ticket=secret-code", proxy=None) as viewer:
            viewer.recv()
    lines = [record.getMessage() for record in caplog.records if record.name == "installcast.access"]
    assert [line.split(" ms=")[0] for line in lines] == [
        "method=GET path=/who status=200",
        "method=GET path=/a%0Aforged%20line status=404",
        "method=WS path=/ws status=1000",
    ]
    assert "secret-code" not in caplog.text


async def test_a_request_that_the_end_cuts_off_is_told_so() -> None:
    """What uvicorn cancels at the end of the service is answered 503, and is no fault of the application."""
    begun = asyncio.Event()
    sent: list[Message] = []

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        begun.set()
        await asyncio.Event().wait()

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/v1/soft/list",
        "headers": [(b"host", b"127.0.0.1")],
        "query_string": b"",
    }
    guard = Guard(slow, Settings(data_dir=Path("/nowhere")))
    request = asyncio.create_task(guard(scope, receive, send))
    await begun.wait()
    request.cancel()
    await request
    assert sent[0]["status"] == 503
    assert b"ending" in sent[1]["body"]
