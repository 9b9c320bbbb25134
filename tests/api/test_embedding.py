"""A host's own sign-in in front of our routes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, WebSocket
from fastapi.security import HTTPBasic, HTTPBasicCredentials, HTTPBearer
from starlette.requests import HTTPConnection
from starlette.responses import Response
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from installcast.api.auth import Authenticate
from installcast.api.embedding import by_host
from installcast.api.envelope import EnvelopeRoute, ok
from installcast.errors import InstallcastError
from installcast.settings import AuthSettings, ServerSettings, Settings
from installcast.tasks.access import USER_SCOPES, Principal

from .serving import serving

SETTINGS = Settings(
    data_dir=Path("/nowhere"), server=ServerSettings(allowed_origins=("https://panel.example",))
)


def host(dependency: Callable[..., Any], settings: Settings = SETTINGS) -> AbstractContextManager[str]:
    """A host with two routes that say who asks, over HTTP and over a WebSocket."""
    authenticate: Authenticate = by_host(dependency, settings)
    routes = APIRouter(route_class=EnvelopeRoute)

    @routes.get("/who")
    @routes.post("/who")
    async def who(principal: Principal = Depends(authenticate)) -> Response:
        return ok([principal.sub, sorted(principal.scopes)])

    @routes.websocket("/ws")
    async def watch(socket: WebSocket) -> None:
        await socket.accept("v1" if "v1" in socket.scope["subprotocols"] else None)
        try:
            principal = await authenticate(socket)
        except InstallcastError as error:
            await socket.close(4401 if error.type == "not_authenticated" else 4403, error.message())
            return
        await socket.send_json([principal.sub, sorted(principal.scopes)])
        await socket.close()

    app = FastAPI()
    app.state.users = {"alice": "wonderland"}
    app.include_router(routes, prefix="/tools")
    return serving(app)


basic = HTTPBasic()
bearer = HTTPBearer()


def by_password(request: Request, credentials: Annotated[HTTPBasicCredentials, Depends(basic)]) -> str:
    """What a host's routes use: it asks for the request, has a sub-dependency, and knows the host's state."""
    if request.app.state.users.get(credentials.username) != credentials.password:
        raise HTTPException(401, "who are you?", {"WWW-Authenticate": "Basic"})
    return credentials.username


async def by_token(credentials: Any = Depends(bearer)) -> dict[str, Any]:
    if credentials.credentials != "good":
        raise HTTPException(403, "not you")
    return {"uid": 7, "roles": ["admin"], "exp": 4e9}


def test_a_dependency_with_dependencies() -> None:
    """A host's dependency works unchanged; a name gets every scope but admin."""
    with host(by_password) as url:
        answer = httpx.get(f"{url}/tools/who", auth=("alice", "wonderland"))
        assert answer.json()["data"] == ["alice", sorted(USER_SCOPES)]


def test_the_hosts_refusal_is_the_hosts() -> None:
    """What the dependency raises is answered by the host, in its own shape."""
    with host(by_password) as url:
        answer = httpx.get(f"{url}/tools/who", auth=("alice", "wrong"))
        assert (answer.status_code, answer.json()) == (401, {"detail": "who are you?"})
        assert answer.headers["www-authenticate"] == "Basic"


def test_the_same_dependency_on_a_websocket() -> None:
    """FastAPI cannot give a Request to a WebSocket's dependency; here it sees the handshake."""
    address = "/tools/ws"
    with host(by_password) as url:
        socket_url = url.replace("http", "ws") + address
        header = httpx.BasicAuth("alice", "wonderland")._auth_header
        with connect(socket_url, additional_headers={"Authorization": header}, proxy=None) as viewer:
            assert "alice" in str(viewer.recv())
        with connect(socket_url, proxy=None) as viewer, pytest.raises(ConnectionClosed) as closed:
            viewer.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4401


def test_a_token_in_the_subprotocol() -> None:
    """A browser's WebSocket cannot have headers: its `bearer.` subprotocol is the header that the host's dependency reads."""
    auth = AuthSettings(claims={"sub": "uid", "scope": "roles"})
    with host(by_token, Settings(data_dir=Path("/nowhere"), auth=auth)) as url:
        socket_url = url.replace("http", "ws") + "/tools/ws"
        with connect(socket_url, subprotocols=["v1", "bearer.good"], proxy=None) as viewer:  # type: ignore[list-item]
            assert viewer.subprotocol == "v1"
            assert viewer.recv() == '["7",["admin"]]'
        with connect(socket_url, subprotocols=["v1", "bearer.bad"], proxy=None) as viewer:  # type: ignore[list-item]
            with pytest.raises(ConnectionClosed) as closed:
                viewer.recv()
            assert closed.value.rcvd is not None
            assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4403, "not you")


@pytest.mark.parametrize(
    ("identity", "expected"),
    [
        ("bob", ["bob", sorted(USER_SCOPES)]),
        ({"sub": "bob"}, ["bob", sorted(USER_SCOPES)]),
        ({"sub": "bob", "scope": "log:read nonsense"}, ["bob", ["log:read"]]),
        ({"sub": "bob", "scope": ""}, ["bob", []]),
        (Principal("bob", frozenset({"admin"})), ["bob", ["admin"]]),
    ],
)
def test_what_may_be_returned(identity: Any, expected: list[Any]) -> None:
    """A name, claims, or a Principal; synchronous or not, with a connection or with nothing."""

    async def dependency(connection: HTTPConnection) -> Any:
        return identity

    for each in (dependency, lambda: identity):
        with host(each) as url:
            assert httpx.get(f"{url}/tools/who").json()["data"] == expected


@pytest.mark.parametrize(
    ("identity", "status"), [(None, 401), ("", 401), ({"name": "bob"}, 401), ({"sub": None}, 401), (7, 500)]
)
def test_nobody_is_nobody(identity: Any, status: int) -> None:
    """A dependency that returns nobody lets nobody in; one that returns nonsense is a mistake, told in the log."""
    with host(lambda: identity) as url:
        assert httpx.get(f"{url}/tools/who").status_code == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "https://panel.example"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
    ],
)
def test_foreign_pages_change_nothing(headers: dict[str, str], status: int) -> None:
    """A request that a foreign page made a browser send is refused; a program's, and the own page's, are not."""
    with host(lambda: "alice") as url:
        assert httpx.post(f"{url}/tools/who", headers=headers).status_code == status
        assert httpx.post(f"{url}/tools/who", headers={"Origin": url}).status_code == 200
        assert httpx.get(f"{url}/tools/who", headers=headers).status_code == 200
