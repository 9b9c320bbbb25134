"""The steps of a task over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from installcast.api import steps

from ..stream.journals import final, message
from .watching import LogService

STEPS = "/v1/log/steps"


async def data_of(service: LogService, task_id: str) -> Any:
    answer = await service.http.get(STEPS, params={"task_id": task_id})
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()["data"]


def step(number: int, **fields: Any) -> Any:
    return message("x", step=f"S{number}", current_step=number, total_steps=2, phase="install", **fields)


async def test_steps_of_a_task_as_it_goes_on(tmp_path: Path) -> None:
    """None, one that runs, several that are done."""
    async with LogService(tmp_path / "data") as service:
        task = await service.add_task()
        empty = {
            "task_id": task.task_id,
            "steps": [],
            "truncated": False,
            "completed": False,
            "lines": 0,
            "next_seq": 0,
            "final_seq": None,
        }
        assert await data_of(service, task.task_id) == empty
        task.write(step(1), step(1))
        await task.published()
        (running,) = (await data_of(service, task.task_id))["steps"]
        assert (running["step"], running["status"], running["last_seq"], running["seconds"]) == (
            "S1",
            "running",
            1,
            None,
        )
        task.write(step(2), final("failed", phase="install"))
        await task.published()
        data = await data_of(service, task.task_id)
        assert data["completed"] is True
        assert [each["status"] for each in data["steps"]] == ["done", "failed"]
        assert [each["first_seq"] for each in data["steps"]] == [0, 2]
        assert await data_of(service, task.task_id) == data
        assert task.stream.readers == 0


async def test_where_lines_stand(tmp_path: Path) -> None:
    """Which records printed nothing is told on request, so that a page knows which record a line is."""
    async with LogService(tmp_path / "data") as service:
        task = await service.add_task()
        task.write(step(1), step(1, kind="progress"), step(1, kind="progress"), step(2), final())
        await task.published()
        data = await data_of(service, task.task_id)
        assert (data["lines"], data["next_seq"], data["final_seq"]) == (3, 5, 4)
        assert "unprinted" not in data
        answer = await service.http.get(STEPS, params={"task_id": task.task_id, "numbering": "true"})
        assert answer.json()["data"]["unprinted"] == [[1, 2]]


async def test_few_are_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is asked for; what was forgotten is read again."""
    monkeypatch.setattr(steps, "KEPT", 2)
    async with LogService(tmp_path / "data") as service:
        tasks = [await service.add_task(f"nginx-1.0-{number}") for number in range(4)]
        for task in tasks:
            task.write(step(1), final())
            await task.published()
        for task in [*tasks, *tasks]:
            assert len((await data_of(service, task.task_id))["steps"]) == 1


async def test_whose_log_it_is(tmp_path: Path) -> None:
    """The owner's check and the scope, as for history."""
    async with LogService(tmp_path / "data") as service:
        task = await service.add_task()
        for headers, status in (
            (service.headers(sub="bob"), 404),
            (service.headers(scopes=("soft:read",)), 403),
            ({"Authorization": "Bearer x"}, 401),
        ):
            answer = await service.http.get(STEPS, params={"task_id": task.task_id}, headers=headers)
            assert answer.status_code == status
        assert (await service.http.get(STEPS)).json()["error"]["field"] == "task_id"
