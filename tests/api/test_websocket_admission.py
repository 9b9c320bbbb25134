"""Who may watch a log over its WebSocket, how many, and what the others are told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from installcast.stream.viewer import V1, V2

from ..stream.journals import final
from .watching import (
    DIRECT,
    LogService,
    close_code,
    drain,
    eventually,
    reading_nothing,
)


async def test_refusals(tmp_path: Path) -> None:
    """Each after the upgrade, with its code and a reason."""
    async with LogService(tmp_path / "data") as service:
        task = await service.add_task()
        task_id = task.task_id
        assert await close_code(service, task_id, additional_headers={}) == 4401
        assert await close_code(service, task_id, additional_headers={"Authorization": "Bearer x"}) == 4401
        assert await close_code(service, task_id, additional_headers=service.headers(lifetime=-1)) == 4401
        assert (
            await close_code(service, task_id, additional_headers=service.headers(scopes=("soft:read",)))
            == 4403
        )
        assert await close_code(service, task_id, additional_headers=service.headers(sub="bob")) == 4404
        assert await close_code(service, "nginx-1.0-1") == 4404
        assert await close_code(service, "") == 4400
        bob = service.headers(sub="bob", scopes=("admin",))
        async with service.watch(task_id, additional_headers=bob) as administrator:
            task.write(final())
            assert (await drain(administrator))[1] == 1000
        async with service.watch("nginx-1.0-1") as viewer:
            with pytest.raises(ConnectionClosed) as closed:
                await viewer.recv()
        assert closed.value.rcvd is not None
        assert "nginx-1.0-1" in closed.value.rcvd.reason


async def test_reasons_follow_the_language(tmp_path: Path) -> None:
    """A reason is for people: it is Chinese for those who ask for it."""
    async with LogService(tmp_path / "data") as service:
        headers = {**service.headers(), "Accept-Language": "zh-CN"}
        async with service.watch("none", additional_headers=headers) as viewer:
            with pytest.raises(ConnectionClosed) as closed:
                await viewer.recv()
        assert closed.value.rcvd is not None
        assert "不存在" in closed.value.rcvd.reason


async def test_realtime_switched_off(tmp_path: Path) -> None:
    """`log.realtime_enabled: false` is 4503."""
    async with LogService(tmp_path / "data", log={"realtime_enabled": False}) as service:
        task = await service.add_task()
        assert await close_code(service, task.task_id) == 4503


@DIRECT
async def test_a_token_that_ends(tmp_path: Path, direct: bool) -> None:
    """The connection ends with the token."""
    async with LogService(tmp_path / "data", direct=direct) as service:
        task = await service.add_task()
        headers = service.headers(lifetime=2)
        async with service.watch(task.task_id, additional_headers=headers) as viewer:
            task.write("one")
            frames, code = await drain(viewer)
        assert (len(frames), code) == (1, 4509)


@pytest.mark.parametrize("digits", [19, 30, 5000])
async def test_numbers_beyond_all_bounds(tmp_path: Path, digits: int) -> None:
    """A number that no record can have is a bad request, however long it is."""
    async with LogService(tmp_path / "data") as service:
        task = await service.add_task()
        for name in ("since", "tail"):
            assert await close_code(service, f"{task.task_id}&{name}={'9' * digits}") == 4400


async def test_foreign_pages_get_no_upgrade(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A foreign Origin is 403, a listed one and the own one are let in; the log makes no fault of it."""
    async with LogService(
        tmp_path / "data", server={"allowed_origins": ("https://panel.example",)}
    ) as service:
        task = await service.add_task()
        task.write(final())
        await task.published()
        for origin in ("https://evil.example", "null", f"https://127.0.0.1:{service.port}"):
            with pytest.raises(InvalidStatus) as refused:
                await service.watch(task.task_id, origin=origin)
            assert refused.value.response.status_code == 403
            assert json.loads(refused.value.response.body)["error"]["type"] == "foreign_origin"
        for origin in ("https://panel.example", service.url):
            assert len(await service.records(task.task_id, origin=origin)) == 1
    assert not [record for record in caplog.records if record.name.startswith("uvicorn")]


async def test_a_token_among_the_subprotocols(tmp_path: Path) -> None:
    """A browser sends `bearer.<jwt>` beside the protocol; the service answers with the other one."""
    async with LogService(tmp_path / "data") as service:
        task = await service.add_task()
        for protocol in (V1, V2):
            offered = (f"bearer.{service.token()}", protocol)
            async with service.watch(task.task_id, protocols=offered, additional_headers={}) as viewer:
                assert viewer.subprotocol == protocol


async def test_too_many_viewers(tmp_path: Path) -> None:
    """The one over the limit is closed with 4529; one who leaves makes room."""
    async with LogService(tmp_path / "data", log={"max_clients_per_task": 2}) as service:
        task = await service.add_task()
        first, second = await service.watch(task.task_id), await service.watch(task.task_id)
        await eventually(lambda: len(task.stream.clients) == 2)
        assert await close_code(service, task.task_id) == 4529
        await first.close()
        await eventually(lambda: len(task.stream.clients) == 1)
        task.write("one", final())
        assert len(await service.records(task.task_id)) == 2
        assert (await drain(second))[1] == 1000


async def test_a_dead_viewer_makes_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the limit, viewers are asked for a sign of life; one that gives none loses its place."""
    monkeypatch.setattr("installcast.api.channel.PROBE_SECONDS", 0.3)
    async with LogService(tmp_path / "data", log={"max_clients_per_task": 2}) as service:
        task = await service.add_task()
        alive = await service.watch(task.task_id)
        dead = await reading_nothing(service, task.task_id)
        await eventually(lambda: len(task.stream.clients) == 2)
        task.write(final())
        assert len(await service.records(task.task_id)) == 1
        assert (await drain(alive))[1] == 1000
        dead.close()
