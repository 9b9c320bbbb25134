"""A log as Server-Sent Events: read over a real socket, as a browser reads it."""

from __future__ import annotations

import asyncio
import json
import select
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from installcast.api.sse import refusal_of
from installcast.errors import GoneError

from ..stream.journals import final, message
from .watching import DIRECT, LIMIT, LogService, eventually

SSE = "/v1/log/sse"


class Event(NamedTuple):
    """As a browser's ``EventSource`` would fire it."""

    kind: str
    data: dict[str, Any]
    last_event_id: str


class Source:
    """Parses an open answer by the rules of WHATWG HTML, "Interpreting an event stream"."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self.last_event_id = ""
        self.retries: list[int] = []
        self._lines = answer.aiter_lines()

    async def next(self) -> Event | None:
        """Return the next event, ``None`` when the service has ended the answer."""
        kind, data, number = "message", "", ""
        async with asyncio.timeout(LIMIT):
            async for line in self._lines:
                if not line:
                    if data:
                        self.last_event_id = number or self.last_event_id
                        return Event(kind, json.loads(data), number)
                    continue
                name, _, value = line.partition(": ")
                if name == "event":
                    kind = value
                elif name == "data":
                    data += value
                elif name == "id":
                    number = value
                elif name == "retry":
                    self.retries.append(int(value))
                else:
                    raise AssertionError(line)
        return None

    async def rest(self) -> list[Event]:
        """Return all events up to the end of the answer."""
        events = []
        while (event := await self.next()) is not None:
            events.append(event)
        return events


@asynccontextmanager
async def source(service: LogService, query: str, **headers: str) -> AsyncIterator[Source]:
    """Open the log: ``task_id`` and what follows it in the query."""
    async with service.http.stream("GET", f"{SSE}?task_id={query}", headers=headers) as answer:
        assert answer.status_code == 200, await answer.aread()
        yield Source(answer)


async def events_of(service: LogService, query: str, **headers: str) -> list[Event]:
    async with source(service, query, **headers) as opened:
        return await opened.rest()


def records(events: list[Event]) -> list[dict[str, Any]]:
    """Return the finished records among ``events``, each with its seq as its id."""
    found = [event for event in events if event.kind == "message" and "partial" not in event.data]
    assert [event.last_event_id for event in found] == [str(event.data["seq"]) for event in found]
    return [event.data for event in found]


async def refusal(service: LogService, query: str, **headers: str) -> tuple[int, str, str | None]:
    answer = await service.http.get(f"{SSE}?task_id={query}", headers=headers)
    error = answer.json()["error"]
    return answer.status_code, error["type"], error["field"]


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[LogService]:
    """A service without tasks."""
    async with LogService(tmp_path / "data") as service:
        yield service


@DIRECT
async def test_history_then_live_to_the_end(tmp_path: Path, direct: bool) -> None:
    """The very records of the journal, states and the unfinished line between them; `end` is the last event."""
    async with LogService(tmp_path / "data", direct=direct) as service:
        task = await service.add_task()
        task.write("one", message("two", progress=10))
        async with source(service, task.task_id) as opened:
            first = [await opened.next() for _ in range(4)]
            task.write_live(partial='"message":"hal","partial":true}')
            while (event := await opened.next()) is not None and "partial" not in event.data:
                pass
            assert event == Event("message", {"seq": 2, "message": "hal", "partial": True}, "")
            task.write("half", final())
            rest = await opened.rest()
            assert opened.retries
            assert 1000 <= opened.retries[0] <= 2000
    assert first[0] == Event(
        "hello", {"type": "hello", "task_id": task.task_id, "next_seq": 0, "status": "running"}, ""
    )
    assert first[1] is not None
    assert (first[1].kind, first[1].data["status"], first[1].last_event_id) == ("status", "running", "")
    assert records([event for event in first if event] + rest) == task.records
    assert [event.kind for event in rest[-2:]] == ["status", "end"]
    assert rest[-2].data["status"] == "succeeded"
    assert rest[-1] == Event("end", {"type": "end", "status": "succeeded", "last_seq": 3}, "3")


async def test_what_proxies_are_told(service: LogService) -> None:
    """Not to buffer, not to store, not to compress."""
    task = await service.add_task()
    task.write(final())
    async with source(service, task.task_id) as opened:
        headers = opened.answer.headers
    assert headers["content-type"] == "text/event-stream; charset=utf-8"
    assert headers["x-accel-buffering"] == "no"
    assert headers["cache-control"] == "no-store, no-transform"
    assert "content-length" not in headers


async def test_where_it_begins(service: LogService) -> None:
    """`since` and `tail` as over a WebSocket; `Last-Event-ID` outranks both, since a browser repeats its first query."""
    task = await service.add_task()
    task.write(*(f"line {number}" for number in range(1999)), final())
    await task.published()
    everything = task.records
    assert records(await events_of(service, task.task_id)) == everything
    assert records(await events_of(service, f"{task.task_id}&since=777")) == everything[777:]
    assert records(await events_of(service, f"{task.task_id}&tail=3")) == everything[-3:]
    resumed = await events_of(service, f"{task.task_id}&since=5", **{"Last-Event-ID": "1000"})
    assert records(resumed) == everything[1001:]
    assert resumed[0].data["next_seq"] == 1001


async def test_coming_back_after_the_end(service: LogService) -> None:
    """204, which makes a browser stay away, and only to who has seen the end; also of a log without a record."""
    task = await service.add_task()
    task.write("one", final())
    events = await events_of(service, task.task_id)
    for seen in (events[-1].last_event_id, "1", "5"):
        answer = await service.http.get(f"{SSE}?task_id={task.task_id}", headers={"Last-Event-ID": seen})
        assert (answer.status_code, answer.content) == (204, b"")
    assert (await service.http.get(f"{SSE}?task_id={task.task_id}&since=2")).status_code == 204
    assert len(records(await events_of(service, task.task_id, **{"Last-Event-ID": "0"}))) == 1

    empty = await service.add_task("empty-1.0-0")
    empty.stream.seal()
    events = await events_of(service, empty.task_id)
    assert (events[-1].kind, events[-1].last_event_id) == ("end", "-1")
    answer = await service.http.get(f"{SSE}?task_id={empty.task_id}", headers={"Last-Event-ID": "-1"})
    assert answer.status_code == 204


async def test_resume_while_it_runs(service: LogService) -> None:
    """Who has seen everything so far waits for the next record and gets no other."""
    task = await service.add_task()
    task.write("one", "two")
    await task.published()
    async with source(service, task.task_id, **{"Last-Event-ID": "1"}) as opened:
        assert (await opened.next()) is not None
        task.write("three", final())
        assert records(await opened.rest()) == task.records[2:]


async def test_bad_beginnings(service: LogService) -> None:
    """400, which names the parameter or the header."""
    task = await service.add_task()
    task.write("one")
    await task.published()
    for query, field in (
        ("since=-1", "since"),
        ("since=x", "since"),
        ("since=2", "since"),
        ("tail=", "tail"),
    ):
        assert await refusal(service, f"{task.task_id}&{query}") == (400, "invalid_input", field)
    assert (await refusal(service, f"{task.task_id}&since=1&tail=1"))[:2] == (400, "invalid_input")
    for number in ("x", "-2", "1.5", "9" * 19, "9" * 18, "1"):
        refused = await refusal(service, task.task_id, **{"Last-Event-ID": number})
        assert refused == (400, "invalid_input", "Last-Event-ID")
    assert (await refusal(service, ""))[0] == 400
    assert (await service.http.get(SSE)).json()["error"]["field"] == "task_id"


async def test_refusals(service: LogService) -> None:
    """As those of history: who is nobody, who may not read logs, whose task it is not, what is no task."""
    task = await service.add_task()
    assert (await refusal(service, task.task_id, Authorization="Bearer x"))[0] == 401
    late = service.headers(lifetime=-1)
    assert (await refusal(service, task.task_id, **late))[0] == 401
    blind = service.headers(scopes=("soft:read",))
    assert (await refusal(service, task.task_id, **blind))[0] == 403
    bob = service.headers(sub="bob")
    assert await refusal(service, task.task_id, **bob) == (404, "task_not_found", "task_id")
    assert (await refusal(service, "nginx-1.0-1"))[0] == 404
    assert not task.stream.clients


async def test_realtime_switched_off(tmp_path: Path) -> None:
    """503, which says what to use instead."""
    async with LogService(tmp_path / "data", log={"realtime_enabled": False}) as service:
        task = await service.add_task()
        answer = await service.http.get(f"{SSE}?task_id={task.task_id}")
    assert (answer.status_code, answer.json()["error"]["type"]) == (503, "realtime_off")
    assert "/v1/log/history" in answer.json()["message"]


async def test_foreign_pages(tmp_path: Path) -> None:
    """A page that is not listed gets 403 for what its visitor's cookie would open; a token of its own speaks for itself."""
    panel = "https://panel.example"
    async with LogService(tmp_path / "data", server={"allowed_origins": (panel,)}) as service:
        task = await service.add_task()
        task.write(final())
        await task.published()
        cookie = {"Cookie": f"installcast_session={service.token()}"}
        async with httpx.AsyncClient(base_url=service.url) as browser:

            async def status(**headers: str) -> httpx.Response:
                return await browser.get(f"{SSE}?task_id={task.task_id}", headers=headers)

            refused = await status(**cookie, Origin="https://evil.example")
            assert (refused.status_code, refused.json()["error"]["type"]) == (403, "foreign_origin")
            embedded = await status(**cookie, **{"Sec-Fetch-Site": "cross-site"})
            assert embedded.status_code == 403
            assert (await status(**cookie, **{"Sec-Fetch-Site": "same-origin"})).status_code == 200
            assert (await status(**cookie, Origin=service.url)).status_code == 200
            listed = await status(**cookie, Origin=panel)
            assert listed.status_code == 200
            assert listed.headers["access-control-allow-origin"] == panel
            assert (await status(**service.headers(), Origin="https://other.example")).status_code == 200


@DIRECT
async def test_a_token_that_ends(tmp_path: Path, direct: bool) -> None:
    """The stream ends with the token, and says with which code a WebSocket would."""
    async with LogService(tmp_path / "data", direct=direct) as service:
        task = await service.add_task()
        task.write("one")
        events = await events_of(service, task.task_id, **service.headers(lifetime=2))
    assert len(records(events)) == 1
    assert (events[-1].kind, events[-1].data["code"]) == ("close", 4509)


@DIRECT
async def test_a_service_that_stops(tmp_path: Path, direct: bool) -> None:
    """Viewers are sent away with the time to come back after, each another one, and hold nothing up."""
    async with LogService(tmp_path / "data", direct=direct) as service:
        task = await service.add_task()
        task.write("one")
        async with source(service, task.task_id) as opened:
            assert await opened.next() is not None
            await service.engine.quiesce()
            events = await opened.rest()
        assert (events[-1].kind, events[-1].data["code"]) == ("close", 1012)
        assert 2000 <= opened.retries[-1] <= 7000


async def test_places_are_shared_with_websockets(tmp_path: Path) -> None:
    """The one over the limit gets 429 here and 4529 there; who leaves makes room."""
    async with LogService(tmp_path / "data", log={"max_clients_per_task": 2}) as service:
        task = await service.add_task()
        async with source(service, task.task_id) as opened, service.watch(task.task_id):
            assert await opened.next() is not None
            await eventually(lambda: len(task.stream.clients) == 2)
            assert (await refusal(service, task.task_id))[:2] == (429, "too_many_viewers")
        await eventually(lambda: not task.stream.clients)
        task.write(final())
        assert len(records(await events_of(service, task.task_id))) == 1


async def reading_nothing(service: LogService, query: str, lifetime: float = 60) -> socket.socket:
    """Open the log by hand and read no more than the beginning of the answer."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(client, ("127.0.0.1", service.port))
    lines = [f"GET {SSE}?task_id={query} HTTP/1.1", "Host: 127.0.0.1"]
    lines.append(f"Authorization: Bearer {service.token(lifetime=lifetime)}")
    await loop.sock_sendall(client, "\r\n".join([*lines, "", ""]).encode())
    assert (await loop.sock_recv(client, 20)).startswith(b"HTTP/1.1 200")
    return client


def is_reset(client: socket.socket) -> bool:
    """Whether the connection was cut, although much is still unread."""
    poll = select.poll()
    poll.register(client, 0)
    return bool(poll.poll(0))


async def test_one_that_reads_nothing_is_cut_when_its_time_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It gets a reset when its token ends, behind all that it has not read, and the service's log makes no fault of it."""
    monkeypatch.setattr("installcast.api.sse.CLOSE_GRACE", 0.2)
    async with LogService(tmp_path / "data") as service:
        task = await service.add_task()
        task.write(*("x" * 10_000 for _ in range(1000)))
        await task.published()
        with await reading_nothing(service, task.task_id, lifetime=1) as client:
            await eventually(lambda: len(task.stream.clients) == 1)
            await eventually(lambda: is_reset(client))
            assert not task.stream.clients
    assert not [record for record in caplog.records if record.name.startswith("uvicorn")]


async def test_a_dead_one_makes_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the limit, one to whom a send has not got through for long loses its place."""
    monkeypatch.setattr("installcast.api.sse.PING_INTERVAL", 0.2)
    monkeypatch.setattr("installcast.api.sse.CLOSE_GRACE", 0.2)
    async with LogService(tmp_path / "data", log={"max_clients_per_task": 1}) as service:
        task = await service.add_task()
        task.write(*("x" * 10_000 for _ in range(1000)), final())
        await task.published()
        query = f"{task.task_id}&tail=1"
        with await reading_nothing(service, task.task_id):
            await eventually(lambda: len(task.stream.clients) == 1)
            async with asyncio.timeout(LIMIT):
                while (await service.http.get(f"{SSE}?task_id={query}")).status_code == 429:
                    assert task.stream.clients
            assert len(records(await events_of(service, query))) == 1


async def test_one_who_leaves(service: LogService) -> None:
    """It is forgotten at once, whatever the log does."""
    task = await service.add_task()
    async with source(service, task.task_id) as opened:
        assert await opened.next() is not None
        assert len(task.stream.clients) == 1
    await eventually(lambda: not task.stream.clients)


def test_what_is_told_once_the_answer_has_begun(caplog: pytest.LogCaptureFixture) -> None:
    """A code as over a WebSocket; a fault of the service is kept for its log."""
    assert refusal_of(GoneError(what="It"), "en") == (4404, "It is no longer available.")
    assert refusal_of(MemoryError(), "zh")[0] == 1013
    assert not caplog.records
    assert refusal_of(ValueError("a secret"), "en") == (1011, "internal error")
    assert "a viewer's session failed" in caplog.text
