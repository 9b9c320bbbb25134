"""Searching a log over HTTP: what is found, what is refused, and that nobody else waits for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from installcast.api import search
from installcast.record import timestamp

from ..stream.journals import final, message
from .watching import LogService, RunningTask, eventually

SEARCH = "/v1/log/search"


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[LogService]:
    """A service without tasks."""
    async with LogService(tmp_path / "data") as service:
        yield service


@pytest.fixture
async def ended(service: LogService) -> RunningTask:
    """A task of 1000 lines, some of them louder than others, that has succeeded."""
    task = await service.add_task()
    task.write(
        *(
            message(f"line {number} Error {number % 100}", level="ERROR" if number % 100 == 7 else "INFO")
            for number in range(998)
        ),
        message("slow disk", level="WARN"),
        final(),
    )
    await task.published()
    return task


async def data_of(service: LogService, **query: Any) -> Any:
    answer = await service.http.get(SEARCH, params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()["data"]


async def error_of(service: LogService, **query: Any) -> dict[str, Any]:
    answer = await service.http.get(SEARCH, params=query)
    assert answer.status_code == 400, answer.text
    error: dict[str, Any] = answer.json()["error"]
    return error


async def test_a_page_of_matches(service: LogService, ended: RunningTask) -> None:
    """Each with its places; the first page says how many there are, and where the next one begins."""
    page = await data_of(service, task_id=ended.task_id, q="error 99", limit=3)
    assert page == {
        "task_id": ended.task_id,
        "from": 0,
        "limit": 3,
        "matches": [
            {
                "seq": seq,
                "timestamp": timestamp(0),
                "level": "INFO",
                "message": f"line {seq} Error 99",
                "spans": [[start, start + 8]],
            }
            for seq, start in ((99, 8), (199, 9), (299, 9))
        ],
        "next_from": 300,
        "total": 9,
        "completed": True,
    }
    rest = await data_of(service, task_id=ended.task_id, q="error 99", **{"from": 300})
    assert [match["seq"] for match in rest["matches"]] == [399, 499, 599, 699, 799, 899]
    assert (rest["next_from"], rest["total"]) == (None, None)


async def test_expressions_and_case(service: LogService, ended: RunningTask) -> None:
    """As asked for."""
    page = await data_of(service, task_id=ended.task_id, q=r"^line 1\d error", regex=True)
    assert page["total"] == 10
    for options in ({"regex": True}, {"regex": False}):
        page = await data_of(service, task_id=ended.task_id, q="error", case_sensitive=True, **options)
        assert (page["total"], page["matches"], page["next_from"]) == (0, [], None)


async def test_the_list_of_errors_and_warnings(service: LogService, ended: RunningTask) -> None:
    """Levels without a text; with one, both hold."""
    page = await data_of(service, task_id=ended.task_id, level="WARN,error")
    assert [match["seq"] for match in page["matches"]] == [*range(7, 998, 100), 998]
    assert {match["level"] for match in page["matches"]} == {"ERROR", "WARN"}
    assert page["matches"][0]["spans"] == []
    page = await data_of(service, task_id=ended.task_id, level="WARN,ERROR", q="disk")
    assert page["total"] == 1


async def test_a_running_task(service: LogService) -> None:
    """What there is by now; a later search goes on behind it."""
    task = await service.add_task()
    assert (await data_of(service, task_id=task.task_id, q="x"))["total"] == 0
    task.write("x", message("x", kind="progress"), "x")
    await task.published()
    page = await data_of(service, task_id=task.task_id, q="X")
    assert (page["total"], page["next_from"], page["completed"]) == (2, None, False)
    task.write("xx")
    await task.published()
    page = await data_of(service, task_id=task.task_id, q="X", **{"from": 3})
    assert page["matches"][0]["spans"] == [[0, 1], [1, 2]]


async def test_refusals(service: LogService, ended: RunningTask) -> None:
    """Each names its field; a bad expression also the place."""
    task_id = ended.task_id
    for query, field in (
        ({"q": ""}, "q"),
        ({}, "q"),
        ({"q": "x" * 1001}, "q"),
        ({"q": "x", "level": "LOUD"}, "level"),
        ({"q": "x", "level": "WARN,"}, "level"),
        ({"q": "x", "limit": 0}, "limit"),
        ({"q": "x", "limit": 1001}, "limit"),
        ({"q": "x", "from": -1}, "from"),
        ({"q": "x", "from": "x"}, "from"),
        ({"q": "x", "regex": "maybe"}, "regex"),
    ):
        error = await error_of(service, task_id=task_id, **query)
        assert (error["type"], error["field"]) == ("invalid_input", field), query
    error = await error_of(service, task_id=task_id, q="a(b", regex=True)
    assert (error["type"], error["field"], error["position"]) == ("bad_expression", "q", 1)
    assert "at character 2" in error["detail"]
    assert (await error_of(service, q="x"))["field"] == "task_id"


async def test_whose_log_it_is(service: LogService, ended: RunningTask) -> None:
    """The owner's check and the scope, as for history."""
    for headers, status in (
        (service.headers(sub="bob"), 404),
        (service.headers(scopes=("soft:read",)), 403),
        ({"Authorization": "Bearer x"}, 401),
    ):
        answer = await service.http.get(SEARCH, params={"task_id": ended.task_id, "q": "x"}, headers=headers)
        assert answer.status_code == status


async def big_task(service: LogService) -> RunningTask:
    """A task of 300,000 lines, 50 MB."""
    task = await service.add_task()
    state = ',"progress":0,"step":"","current_step":0,"total_steps":0}\n'
    for block in range(30):
        task.writer.write_raw(
            b"".join(
                b'{"seq":%d,"timestamp":"2026-01-01T00:00:00.000000Z","level":"INFO","message":"%s %d"%s'
                % (seq, b"make[2]: Entering directory " * 2, seq, state.encode())
                for seq in range(block * 10_000, (block + 1) * 10_000)
            )
        )
    await eventually(lambda: task.stream.next_seq == 300_000)
    return task


async def test_nobody_waits_for_a_search(service: LogService, monkeypatch: pytest.MonkeyPatch) -> None:
    """While several searches of the slowest kind go on, other routes answer within half a second; each search ends in time."""
    task = await big_task(service)
    slow = {"task_id": task.task_id, "q": r"(?:(?:e|n)*?.{1,100}){1,9}Z", "regex": True}
    ordinary = {"task_id": task.task_id, "q": "directory", "limit": 1000}
    answers: list[float] = []
    async with httpx.AsyncClient(base_url=service.url, headers=service.headers(), timeout=60) as other:
        searches = [
            asyncio.create_task(data_of(service, **query)) for query in (slow, ordinary, slow, ordinary)
        ]
        while not all(each.done() for each in searches):
            began = time.monotonic()
            answer = await other.get("/v1/log/status", params={"task_id": task.task_id})
            answers.append(time.monotonic() - began)
            assert answer.status_code == 200
        pages = [each.result() for each in searches]
    assert max(answers) < 0.5, sorted(answers)[-5:]
    for page in pages[0::2]:
        assert page["matches"] == []
        assert page["next_from"] > 0
    for page in pages[1::2]:
        assert len(page["matches"]) == 1000
        assert page["next_from"] == 1000


async def test_a_piece_of_work_is_bounded(service: LogService, monkeypatch: pytest.MonkeyPatch) -> None:
    """In bytes, too; what is left is found by the requests that follow."""
    monkeypatch.setattr(search, "MAX_BYTES", 10_000_000)
    monkeypatch.setattr(search, "SLICE_SECONDS", 0.001)
    task = await big_task(service)
    start: int | None = 0
    found: list[int] = []
    requests = 0
    while start is not None:
        page = await data_of(service, task_id=task.task_id, q=" 123456", **{"from": start})
        found += [match["seq"] for match in page["matches"]]
        assert page["total"] is None
        start = page["next_from"]
        requests += 1
    assert found == [123456]
    assert requests >= 4


async def test_who_does_not_wait_any_more(service: LogService) -> None:
    """A search whose client has gone ends soon, and lets go of the log."""
    task = await big_task(service)
    query: dict[str, Any] = {"task_id": task.task_id, "q": r"(?:(?:e|n)*?.{1,100}){1,9}Z", "regex": True}
    with pytest.raises(httpx.ReadTimeout):
        await service.http.get(SEARCH, params=query, timeout=0.1)
    await eventually(lambda: task.stream.readers == 0)
