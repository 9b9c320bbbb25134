"""getlog, as old pages know it."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from installcast.api.legacy import sunset_date
from installcast.errors import ConfigurationError

from ..stream.journals import final, message
from .watching import LogService

GETLOG = "/v1/soft/getlog"


async def getlog(service: LogService, fn: str, **options: Any) -> httpx.Response:
    return await service.http.get(GETLOG, params={"fn": fn, "name": "nginx"}, **options)


async def test_an_old_page_polls(tmp_path: Path) -> None:
    """The whole text each time, by log file name and by task id; completed in the end, whatever the outcome."""
    async with LogService(tmp_path / "data") as service:
        task = await service.add_task()
        empty = (await getlog(service, f"{task.task_id}.log")).json()
        assert empty["data"] == {"logs": {"content": "", "completed": False}}
        assert (empty["success"], empty["code"]) == (True, 0)
        task.write(
            'say "hi"\t尺\\', message("busy", kind="progress"), message("half ", continued=True), "whole"
        )
        await task.published()
        for name in (f"{task.task_id}.log", task.task_id):
            logs = (await getlog(service, name)).json()["data"]["logs"]
            assert logs == {"content": 'say "hi"\t尺\\\nhalf whole\n', "completed": False}
        task.write(final("failed"))
        await task.published()
        logs = (await getlog(service, task.task_id)).json()["data"]["logs"]
        assert logs["completed"] is True
        assert logs["content"].endswith("whole\nended: failed\n")


async def test_a_long_log(tmp_path: Path) -> None:
    """It is sent in blocks, and whole."""
    async with LogService(tmp_path / "data") as service:
        task = await service.add_task()
        task.write(*(f"line {number}" for number in range(20_000)))
        await task.published()
        content = (await getlog(service, task.task_id)).json()["data"]["logs"]["content"]
        assert content == "".join(f"line {number}\n" for number in range(20_000))


async def test_headers_of_a_route_that_will_go(tmp_path: Path) -> None:
    """Since when it is deprecated, when it may go, and what to use instead."""
    async with LogService(tmp_path / "data", legacy={"sunset": "2030-06-01"}) as service:
        task = await service.add_task()
        headers = (await getlog(service, task.task_id)).headers
        assert headers["deprecation"].startswith("@")
        assert headers["sunset"] == "Sat, 01 Jun 2030 00:00:00 GMT"
        link = headers["link"].partition(">")[0].removeprefix("<")
        successor = httpx.URL(f"{service.url}{GETLOG}").join(link)
        assert (await service.http.get(successor)).json()["data"]["task_id"] == task.task_id


@pytest.mark.parametrize(
    "fn",
    [
        *(
            "../../../etc/passwd",
            "/etc/passwd",
            "..%2f..%2fetc%2fpasswd",
            "a\0b",
            "journal.jsonl",
            "secret.key",
        ),
        *("nginx-1.0-1.log", ".log", ".", "nginx-1.0-0/../nginx-1.0-0", "x" * 5000),
    ],
)
async def test_names_that_are_no_tasks(tmp_path: Path, fn: str) -> None:
    """They are not found, whatever file there may be."""
    async with LogService(tmp_path / "data") as service:
        await service.add_task()
        answer = await getlog(service, fn)
        assert answer.status_code == 404
        assert answer.json()["error"]["type"] == "task_not_found"


async def test_refusals(tmp_path: Path) -> None:
    """No name, no token, no right, somebody else's task."""
    async with LogService(tmp_path / "data") as service:
        task = await service.add_task()
        missing = await service.http.get(GETLOG)
        assert (missing.status_code, missing.json()["error"]["field"]) == (400, "fn")
        assert (await getlog(service, task.task_id, headers={"Authorization": "Bearer x"})).status_code == 401
        reader = service.headers(scopes=("soft:read",))
        assert (await getlog(service, task.task_id, headers=reader)).status_code == 403
        assert (await getlog(service, task.task_id, headers=service.headers(sub="bob"))).status_code == 404


async def test_switched_off(tmp_path: Path) -> None:
    """`legacy.getlog_enabled: false` is 410, for a task that exists, too."""
    async with LogService(tmp_path / "data", legacy={"getlog_enabled": False}) as service:
        task = await service.add_task()
        answer = await getlog(service, task.task_id)
        assert (answer.status_code, answer.json()["error"]["type"]) == (410, "getlog_off")


@pytest.mark.parametrize(
    "value",
    ["2030-06-01", "2030-06-01T00:00:00Z", "2030-06-01T02:00:00+02:00", "Sat, 01 Jun 2030 00:00:00 GMT"],
)
def test_dates(value: str) -> None:
    """A date of either kind is understood."""
    assert sunset_date(value) == parsedate_to_datetime("Sat, 01 Jun 2030 00:00:00 GMT")


@pytest.mark.parametrize("value", ["", "soon", "2030-13-01"])
def test_no_dates(value: str) -> None:
    """Anything else names the setting."""
    with pytest.raises(ConfigurationError) as refused:
        sunset_date(value)
    assert refused.value.field == "legacy.sunset"


def test_without_a_date() -> None:
    """There is always a day on which it may go."""
    assert sunset_date(None).year >= 2027
