"""History, status and download: slices of the journal, with the owner's check in front."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from installcast.api import log
from installcast.tasks.state import TaskStatus

from ..stream.journals import final, message
from .watching import LogService, RunningTask


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[LogService]:
    """A service without tasks."""
    async with LogService(tmp_path / "data") as service:
        yield service


@pytest.fixture
async def ended(service: LogService) -> RunningTask:
    """A task of 2000 lines that has succeeded."""
    task = await service.add_task()
    task.write(*(f'line {number} "尺"' for number in range(1999)), final())
    await task.published()
    return task


async def data_of(service: LogService, path: str, **query: Any) -> Any:
    answer = await service.http.get(path, params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    envelope = answer.json()
    assert (envelope["success"], envelope["code"]) == (True, 0)
    return envelope["data"]


async def error_of(service: LogService, path: str, **query: Any) -> tuple[int, str, str | None]:
    answer = await service.http.get(path, params=query)
    envelope = answer.json()
    assert (envelope["success"], envelope["code"], envelope["data"]) == (False, answer.status_code, None)
    return answer.status_code, envelope["error"]["type"], envelope["error"]["field"]


HISTORY = "/v1/log/history"


async def test_a_page(service: LogService, ended: RunningTask) -> None:
    """The very records, and where the next page begins."""
    page = await data_of(service, HISTORY, task_id=ended.task_id, offset=990, limit=20)
    assert page["messages"] == ended.records[990:1010]
    del page["messages"]
    assert page == {
        "task_id": ended.task_id,
        "offset": 990,
        "limit": 20,
        "next_offset": 1010,
        "total": 2000,
        "completed": True,
        "progress": page["progress"],
        "status": "succeeded",
    }


async def test_pages_join_to_the_log(service: LogService, ended: RunningTask) -> None:
    """Following `next_offset` gives every record once; it is null at the end."""
    records: list[dict[str, Any]] = []
    offset: int | None = 0
    while offset is not None:
        page = await data_of(service, HISTORY, task_id=ended.task_id, offset=offset, limit=777)
        records += page["messages"]
        offset = page["next_offset"]
    assert records == ended.records


async def test_beyond_the_end(service: LogService, ended: RunningTask) -> None:
    """There is nothing there, and that is no error."""
    for offset in (2000, 10**15):
        page = await data_of(service, HISTORY, task_id=ended.task_id, offset=offset)
        assert (page["messages"], page["next_offset"], page["total"]) == ([], None, 2000)


async def test_a_running_task(service: LogService) -> None:
    """Before the first record and in between, a page holds what there is by now."""
    task = await service.add_task()
    page = await data_of(service, HISTORY, task_id=task.task_id)
    assert (page["messages"], page["total"], page["completed"]) == ([], 0, False)
    task.write("one", message("two", progress=40))
    await task.published()
    page = await data_of(service, HISTORY, task_id=task.task_id)
    assert page["messages"] == task.records
    assert (page["next_offset"], page["completed"], page["status"]) == (None, False, "running")
    assert page["progress"] == 40


async def test_as_text(service: LogService) -> None:
    """Plain lines; what was never printed is left out, though it counts."""
    task = await service.add_task()
    task.write("one", message("busy", kind="progress"), 'a "quote" \\', final())
    await task.published()
    page = await data_of(service, HISTORY, task_id=task.task_id, format="text")
    assert "messages" not in page
    assert page["content"] == ["one", 'a "quote" \\', "ended: succeeded"]
    assert page["total"] == 4


async def test_a_page_of_long_records_ends_early(
    service: LogService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page is bounded in bytes, too; `next_offset` says where to go on."""
    monkeypatch.setattr(log, "MAX_PAGE_BYTES", 100_000)
    task = await service.add_task()
    task.write(*(message("x" * 30_000) for _ in range(10)))
    await task.published()
    page = await data_of(service, HISTORY, task_id=task.task_id)
    assert (len(page["messages"]), page["next_offset"]) == (3, 3)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"offset": -1}, "offset"),
        ({"offset": "x"}, "offset"),
        ({"limit": 0}, "limit"),
        ({"limit": 10_001}, "limit"),
        ({"limit": ""}, "limit"),
        ({"format": "xml"}, "format"),
    ],
)
async def test_bad_queries(service: LogService, query: dict[str, Any], field: str) -> None:
    """Each is a 400 that names the field."""
    task = await service.add_task()
    assert await error_of(service, HISTORY, task_id=task.task_id, **query) == (400, "invalid_input", field)


PATHS = pytest.mark.parametrize("path", [HISTORY, "/v1/log/status", "/v1/log/download"])


@PATHS
async def test_who_may_read(service: LogService, ended: RunningTask, path: str) -> None:
    """The owner and an administrator; for anybody else the task does not exist."""
    query = {"task_id": ended.task_id}

    async def status(**headers: Any) -> int:
        answer = await service.http.get(path, params=query, headers=service.headers(**headers))
        return answer.status_code

    assert await status() == 200
    assert await status(sub="root", scopes=("admin",)) == 200
    assert await status(scopes=("soft:read",)) == 403
    assert await status(sub="bob") == 404
    assert await error_of(service, path, task_id="nginx-1.0-1") == (404, "task_not_found", "task_id")
    assert await error_of(service, path) == (400, "invalid_input", "task_id")
    async with httpx.AsyncClient(base_url=service.url) as nobody:
        assert (await nobody.get(path, params=query)).status_code == 401


async def test_a_removed_log(service: LogService) -> None:
    """The log of a task that ended long ago may be gone; its status is not."""
    task = await service.add_task()
    task.write(final())
    await task.published()
    await service.http.get(HISTORY, params={"task_id": task.task_id})
    service.engine.logs.discard(task.task_id)
    assert await error_of(service, HISTORY, task_id=task.task_id) == (410, "log_removed", None)
    assert (await data_of(service, "/v1/log/status", task_id=task.task_id))["status"] == "succeeded"


async def test_a_log_that_is_removed_by_hand(service: LogService, ended: RunningTask) -> None:
    """A page of it is empty and the last one: nobody pages for ever."""
    ended.writer.path.unlink()
    page = await data_of(service, HISTORY, task_id=ended.task_id)
    assert (page["messages"], page["next_offset"]) == ([], None)
    answer = await service.http.get("/v1/log/download", params={"task_id": ended.task_id})
    assert (answer.status_code, answer.text) == (200, "")


async def test_status(service: LogService) -> None:
    """What the engine says about the task."""
    task = await service.add_task()
    task.write(message("one", progress=30))
    await task.published()
    status = await data_of(service, "/v1/log/status", task_id=task.task_id)
    assert status == await service.engine.status(task.task_id)
    assert (status["progress"], status["viewers"], status["last_seq"]) == (30, 0, 0)


async def test_an_end_is_waited_for(service: LogService) -> None:
    """Between the end in the database and the last record lies a moment; who asks then gets both."""
    task = await service.add_task()
    task.write("one")
    await task.published()
    await service.engine.store.change(task.task_id, TaskStatus.FAILED)
    asking = asyncio.create_task(data_of(service, HISTORY, task_id=task.task_id))
    await asyncio.sleep(0.05)
    assert not asking.done()
    task.stream.seal()
    page = await asking
    assert (page["completed"], page["status"]) == (True, "failed")


async def test_download_records(service: LogService, ended: RunningTask) -> None:
    """The journal itself, as an attachment."""
    query = {"task_id": ended.task_id, "format": "jsonl"}
    answer = await service.http.get("/v1/log/download", params=query)
    assert answer.content == ended.writer.path.read_bytes()
    assert answer.headers["content-disposition"] == f'attachment; filename="{ended.task_id}.jsonl"'
    assert answer.headers["content-type"] == "application/x-ndjson"


async def test_download_text(service: LogService) -> None:
    """Plain lines, long ones in one piece, what was never printed left out."""
    task = await service.add_task()
    task.write("尺", message("busy", kind="progress"), message("half ", continued=True), "whole", final())
    await task.published()
    answer = await service.http.get("/v1/log/download", params={"task_id": task.task_id})
    assert answer.text == "尺\nhalf whole\nended: succeeded\n"
    assert answer.headers["content-disposition"] == f'attachment; filename="{task.task_id}.log"'
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


async def test_download_of_a_running_task(service: LogService) -> None:
    """What there is by now, and then the end: it does not follow."""
    task = await service.add_task()
    answer = await service.http.get("/v1/log/download", params={"task_id": task.task_id})
    assert answer.text == ""
    task.write(*(message("x" * 5000) for _ in range(100)))
    await task.published()
    query = {"task_id": task.task_id, "format": "jsonl"}
    answer = await service.http.get("/v1/log/download", params=query)
    assert [json.loads(line) for line in answer.text.splitlines()] == task.records


@PATHS
async def test_a_damaged_log(service: LogService, path: str) -> None:
    """What is good is served."""
    task = await service.add_task()
    task.write("0", "1")
    task.writer.write_raw(b"\0\0\0\n")
    task.writer.next_seq = 3
    task.write("3", final())
    await task.published()
    answer = await service.http.get(path, params={"task_id": task.task_id, "format": "text"})
    assert answer.status_code == 200
    if path == "/v1/log/download":
        assert answer.text == "0\n1\n3\nended: succeeded\n"
    if path == HISTORY:
        assert answer.json()["data"]["next_offset"] == 2
        rest = await data_of(service, HISTORY, task_id=task.task_id, offset=2)
        assert [record["seq"] for record in rest["messages"]] == [3, 4]


@pytest.mark.parametrize("digits", [19, 30, 5000])
async def test_numbers_beyond_all_bounds(service: LogService, ended: RunningTask, digits: int) -> None:
    """A number that no record can have is a bad request, however long it is."""
    for name in ("offset", "limit"):
        query = {"task_id": ended.task_id, name: "9" * digits}
        assert (await error_of(service, HISTORY, **query))[::2] == (400, name)
    page = await data_of(service, HISTORY, task_id=ended.task_id, offset=10**17)
    assert (page["messages"], page["next_offset"]) == ([], None)
