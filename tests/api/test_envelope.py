"""The one shape of answers, in an application that is not ours: a host's."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from typing import Any, Literal

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Query
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from installcast import errors
from installcast.api.envelope import MAX_BODY_BYTES, STATUSES, EnvelopeRoute, locale_of, ok, status_of

from .serving import serving


class Body(BaseModel):
    key: str
    parameters: dict[str, str] = {}


def host() -> FastAPI:
    routes = APIRouter(route_class=EnvelopeRoute, strict_content_type=False)

    @routes.post("/things")
    async def post(body: Body) -> Response:
        return ok({"key": body.key})

    @routes.get("/things")
    async def get(limit: int = Query(ge=1, le=10), format: Literal["json", "text"] = "json") -> Response:  # noqa: A002
        return ok({"limit": limit})

    @routes.get("/raise/{name}")
    async def fail(name: str) -> Response:
        raise ERRORS[name]

    app = FastAPI()
    app.include_router(routes, prefix="/prefix")

    @app.exception_handler(Exception)
    @app.exception_handler(HTTPException)
    async def handle(request: Request, error: Exception) -> Response:
        return PlainTextResponse("the host's own words", 418)

    return app


ERRORS: dict[str, Exception] = {
    "active": errors.TaskActiveError(key="nginx", task_id="nginx-1-x"),
    "foreign": errors.TaskActiveError(key="nginx", task_id=None),
    "auth": errors.NotAuthenticatedError(reason="no token"),
    "busy": errors.UnavailableError(reason="starting"),
    "bug": ZeroDivisionError("secret details"),
    "corrupt": errors.JournalCorruptError(path="/var/lib/secret", offset=1),
    "host": HTTPException(403, "the host said no"),
}


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with serving(host()) as url, httpx.Client(base_url=f"{url}/prefix", timeout=30) as client:
        yield client


def refused(answer: httpx.Response, status: int) -> dict[str, Any]:
    envelope = answer.json()
    assert answer.status_code == status, answer.text
    assert set(envelope) == {"success", "code", "message", "data", "error"}
    assert (envelope["success"], envelope["code"], envelope["data"]) == (False, status, None)
    error: dict[str, Any] = envelope["error"]
    assert envelope["message"] == error["detail"]
    return error


def test_success(client: httpx.Client) -> None:
    """A success has code 0 and its data, and no cache keeps it."""
    answer = client.post("/things", json={"key": "nginx"})
    assert answer.json() == {"success": True, "code": 0, "message": "ok", "data": {"key": "nginx"}}
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "key"),
        ({"key": 7}, "key"),
        ({"key": "x", "parameters": {"a": 1}}, "parameters.a"),
        ([], "body"),
        (7, "body"),
    ],
)
def test_a_bad_body_names_its_field(client: httpx.Client, body: Any, field: str) -> None:
    """A body that does not fit is a 400 with the field at fault."""
    error = refused(client.post("/things", json=body), 400)
    assert (error["type"], error["field"]) == ("invalid_input", field)


def test_what_was_sent_is_not_repeated(client: httpx.Client) -> None:
    """An error never shows the value: it may be a secret."""
    answer = client.post("/things", json={"key": ["hunter2-hunter2"]})
    assert "hunter2" not in answer.text


@pytest.mark.parametrize(
    "content", [b"", b"{", b"nonsense", b"\xff\xfe", b"[" * 100_000, b"9" * 6000, b'{"key": "\\ud800"}']
)
def test_not_json(client: httpx.Client, content: bytes) -> None:
    """Whatever is no JSON is a 400, however it breaks a parser."""
    answer = client.post("/things", content=content, headers={"Content-Type": "application/json"})
    assert refused(answer, 400)["field"] == "body"


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_another_content_type(client: httpx.Client, kind: str) -> None:
    """JSON that says to be something else is a 415: a foreign page's form could send it."""
    refused(client.post("/things", content=b'{"key": "x"}', headers={"Content-Type": kind}), 415)


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.x+json", None]
)
def test_content_types_of_json(client: httpx.Client, kind: str | None) -> None:
    """JSON is taken under all its names, and without one."""
    headers = {"Content-Type": kind} if kind else {}
    assert client.post("/things", content=b'{"key": "x"}', headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("query", "field"),
    [("limit=0", "limit"), ("limit=x", "limit"), ("", "limit"), ("limit=1&format=xml", "format")],
)
def test_a_bad_query_names_its_field(client: httpx.Client, query: str, field: str) -> None:
    """A number out of range, a word that is no number, a missing one: 400."""
    assert refused(client.get(f"/things?{query}"), 400)["field"] == field


def test_a_huge_body_is_refused_unread(client: httpx.Client) -> None:
    """10 MB with their length told: 413, and the client gets to see it."""
    answer = client.post("/things", content=b'{"key": "' + b"x" * 10_000_000 + b'"}')
    assert refused(answer, 413)["type"] == "too_large"
    assert answer.headers["connection"] == "close"


def test_a_huge_stream_is_cut(client: httpx.Client) -> None:
    """A body without a length is counted as it comes."""

    def chunks() -> Iterator[bytes]:
        yield b'{"key": "'
        for _ in range(10):
            yield b"x" * (MAX_BODY_BYTES // 8)
        yield b'"}'

    refused(client.post("/things", content=chunks()), 413)


def test_the_largest_body(client: httpx.Client) -> None:
    """A body of exactly the limit is taken."""
    content = b'{"key": "' + b"x" * (MAX_BODY_BYTES - 11) + b'"}'
    assert len(content) == MAX_BODY_BYTES
    assert client.post("/things", content=content).status_code == 200


def test_refused_before_it_is_sent(client: httpx.Client) -> None:
    """A client that asks first (`Expect: 100-continue`) is told 413 and not to go on."""
    with socket.create_connection((client.base_url.host, client.base_url.port or 0), timeout=10) as raw:
        raw.sendall(
            b"POST /prefix/things HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 9999999\r\nExpect: 100-continue\r\n\r\n"
        )
        answer = b""
        while chunk := raw.recv(65536):
            answer += chunk
    assert answer.startswith(b"HTTP/1.1 413")


def test_a_conflict_names_the_active_task(client: httpx.Client) -> None:
    """409 tells the active task to those who may know it."""
    assert refused(client.get("/raise/active"), 409)["task_id"] == "nginx-1-x"
    assert "task_id" not in refused(client.get("/raise/foreign"), 409)


def test_headers_that_belong_to_a_status(client: httpx.Client) -> None:
    """401 says how to sign in, 503 when to come back."""
    assert client.get("/raise/auth").headers["www-authenticate"].startswith("Bearer")
    assert client.get("/raise/busy").headers["retry-after"] == "5"


@pytest.mark.parametrize("name", ["bug", "corrupt"])
def test_the_unforeseen_tells_nothing(
    client: httpx.Client, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """500 in the envelope, without the details, which the log has."""
    with caplog.at_level(logging.ERROR, "installcast.api"):
        answer = client.get(f"/raise/{name}")
    assert refused(answer, 500)["type"] == "internal_error"
    assert "secret" not in answer.text
    assert "secret" in caplog.text


def test_the_hosts_errors_stay_the_hosts(client: httpx.Client) -> None:
    """An HTTPException, as a host's own dependency raises it, is answered by the host."""
    answer = client.get("/raise/host")
    assert (answer.status_code, answer.text) == (418, "the host's own words")


@pytest.mark.parametrize(
    ("accepted", "locale"),
    [
        ("", "en"),
        ("zh", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB, zh;q=0.9", "en"),
        ("fr, zh-TW;q=0.5", "zh"),
        ("zh;q=0.1, en;q=0.9", "en"),
        ("zh;q=0", "en"),
        ("zh;q=nonsense", "en"),
        (";;;,,=", "en"),
        ("de", "en"),
    ],
)
def test_language(accepted: str, locale: str) -> None:
    """The better liked of English and Chinese; English when neither is named."""
    scope = {"type": "http", "headers": [(b"accept-language", accepted.encode())]}
    assert locale_of(HTTPConnection(scope)) == locale


def test_messages_in_chinese(client: httpx.Client) -> None:
    """Errors of ours and of a check of the body are both told in Chinese."""
    headers = {"Accept-Language": "zh-CN"}
    assert "缺少" in client.post("/things", json={}, headers=headers).json()["message"]
    assert "请先登录" in client.get("/raise/auth", headers=headers).json()["message"]


def test_every_kind_of_error_has_its_status() -> None:
    """The table has an entry for each kind; the first that fits is the most exact."""
    assert status_of(errors.InsufficientStorageError(path="/")) == 507
    assert status_of(errors.RecipeBrokenError(key="x", reason="y")) == 409
    assert [status for _, status in STATUSES] == sorted(
        {status for _, status in STATUSES}, key=lambda s: (s == 503, s)
    )
