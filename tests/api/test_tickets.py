"""One-time tickets, and the three routes that take them."""

from __future__ import annotations

import time
from pathlib import Path

import httpx
import pytest

from installcast.api.tickets import LIFETIME, MAX_PER_USER, BadTicketError, Tickets
from installcast.tasks.access import ADMIN, LOG_READ, SOFT_INSTALL, Principal

from ..stream.journals import final
from .watching import LogService, RunningTask, close_code, drain

ALICE = Principal("alice", frozenset({LOG_READ, SOFT_INSTALL, ADMIN}), 12345.0)
BOB = Principal("bob", frozenset({LOG_READ}))


class Clock:
    """Time that passes when it is told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_good_once_for_one_log() -> None:
    """It is its user's, with what reading needs and no more, and as long as the token lasts."""
    tickets = Tickets(Clock())
    code = tickets.issue("a-1", ALICE)
    assert tickets.redeem(code, "a-1") == Principal("alice", frozenset({LOG_READ, ADMIN}), 12345.0)
    with pytest.raises(BadTicketError):
        tickets.redeem(code, "a-1")


def test_of_another_log() -> None:
    """It is spent all the same: nobody may try it on log after log."""
    tickets = Tickets(Clock())
    code = tickets.issue("a-1", BOB)
    for task_id in ("b-1", "a-1"):
        with pytest.raises(BadTicketError):
            tickets.redeem(code, task_id)


def test_too_old() -> None:
    """Its time is over to the second."""
    clock = Clock()
    tickets = Tickets(clock)
    first, second = tickets.issue("a-1", BOB), tickets.issue("a-1", BOB)
    clock.now = LIFETIME - 0.001
    assert tickets.redeem(first, "a-1").sub == "bob"
    clock.now = LIFETIME
    with pytest.raises(BadTicketError):
        tickets.redeem(second, "a-1")


def test_one_user_cannot_push_out_the_tickets_of_another() -> None:
    """Of too many, the user's own oldest gives way."""
    tickets = Tickets(Clock())
    bobs = tickets.issue("a-1", BOB)
    codes = [tickets.issue("a-1", ALICE) for _ in range(MAX_PER_USER + 1)]
    with pytest.raises(BadTicketError):
        tickets.redeem(codes[0], "a-1")
    for code in codes[1:]:
        assert tickets.redeem(code, "a-1").sub == "alice"
    assert tickets.redeem(bobs, "a-1").sub == "bob"


async def ticket(service: LogService, task: RunningTask, **options: float) -> str:
    answer = await service.http.post(
        "/v1/log/ticket", json={"task_id": task.task_id}, headers=service.headers(**options)
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    data = answer.json()["data"]
    assert (data["task_id"], data["expires_in"]) == (task.task_id, 30)
    return str(data["ticket"])


async def test_events_and_download(tmp_path: Path) -> None:
    """Without any header, once; a used one is refused, also beside a good token."""
    async with LogService(tmp_path / "data") as service, httpx.AsyncClient(base_url=service.url) as page:
        task = await service.add_task()
        task.write("one", final())
        await task.published()
        for path in ("/v1/log/sse", "/v1/log/download"):
            query = {"task_id": task.task_id, "ticket": await ticket(service, task)}
            answer = await page.get(path, params=query, headers={"Origin": "https://panel.example"})
            assert answer.status_code == 200, answer.text
            assert "one" in answer.text
            used = await page.get(path, params=query, headers=service.headers())
            assert (used.status_code, used.json()["error"]["type"]) == (401, "bad_ticket")


async def test_websocket(tmp_path: Path) -> None:
    """Once; a used one is 4401; the connection ends with the token that the ticket was got with."""
    async with LogService(tmp_path / "data") as service:
        task = await service.add_task()
        task.write("one")
        expires = time.time() + 2
        code = await ticket(service, task, lifetime=2)
        query = f"{task.task_id}&ticket={code}"
        async with service.watch(query, additional_headers={}) as viewer:
            assert (await drain(viewer))[1] == 4509
        assert time.time() >= expires - 1
        assert await close_code(service, query, additional_headers={}) == 4401


async def test_who_gets_one(tmp_path: Path) -> None:
    """Nobody for somebody else's task, nor without the scope, nor for a foreign page by its visitor's cookie."""
    async with LogService(tmp_path / "data") as service:
        task = await service.add_task()
        body = {"task_id": task.task_id}
        for headers, status in (
            (service.headers(sub="bob"), 404),
            (service.headers(scopes=("soft:read",)), 403),
            ({"Authorization": "Bearer x"}, 401),
        ):
            answer = await service.http.post("/v1/log/ticket", json=body, headers=headers)
            assert answer.status_code == status
        assert (await service.http.post("/v1/log/ticket", json={})).json()["error"]["field"] == "task_id"
        async with httpx.AsyncClient(base_url=service.url) as page:
            cookie = {
                "Cookie": f"installcast_session={service.token()}",
                "Origin": "https://evil.example",
            }
            answer = await page.post("/v1/log/ticket", json=body, headers=cookie)
            assert answer.status_code == 403
