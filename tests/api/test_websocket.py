"""The log's WebSocket with real servers, real clients and journals that grow."""

from __future__ import annotations

import asyncio
import json
import random
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosedOK

from installcast.api import websocket_protocol
from installcast.stream.viewer import V1, V2

from ..stream.journals import final, message
from .watching import (
    DIRECT,
    LIMIT,
    LogService,
    RunningTask,
    close_code,
    drain,
    eventually,
    objects,
    reading_nothing,
)


@DIRECT
async def test_history_then_live(tmp_path: Path, direct: bool) -> None:
    """One frame a record: what was there, then what comes, then 1000; byte for byte as in the journal."""
    async with LogService(tmp_path / "data", direct=direct) as service:
        task = await service.add_task()
        task.write("one", "two", "尺")
        await task.published()
        async with service.watch(task.task_id) as viewer:
            first = [await viewer.recv() for _ in range(3)]
            for number in range(20):
                task.write(f"more {number}", "and more")
                await task.published()
            task.write(final())
            frames, code = await drain(viewer)
        assert [frame.encode() for frame in [*map(str, first), *frames]] == task.writer.lines
        assert code == 1000
        assert await service.records(task.task_id) == task.records


@DIRECT
async def test_v2(tmp_path: Path, direct: bool) -> None:
    """hello, status, lines, the unfinished line, end."""
    async with LogService(tmp_path / "data", direct=direct) as service:
        task = await service.add_task()
        task.write("0", "1", "2")
        await task.published()
        async with service.watch(f"{task.task_id}&since=1", protocols=(V2,)) as viewer:
            assert viewer.subprotocol == V2
            task.write_live(partial='"message":"hal","partial":true}', activity="make")
            frames: list[str] = []
            while not any('"partial":true' in frame for frame in frames):
                frames.append(str(await viewer.recv()))
            task.write("half", final())
            rest, code = await drain(viewer)
        sent = objects([*frames, *rest])
    assert code == 1000
    assert sent[0] == {"type": "hello", "task_id": task.task_id, "next_seq": 1, "status": "running"}
    assert sent[1]["type"] == "status"
    assert [each for each in sent if "seq" in each and "partial" not in each] == task.records[1:]
    assert {"seq": 3, "message": "hal", "partial": True} in sent
    assert sent[-2:] == [
        sent[1] | {"status": "succeeded", "completed": True, "activity": "", "last_seq": None},
        {"type": "end", "status": "succeeded", "last_seq": 4},
    ]


async def test_v2_frames_hold_many_lines(tmp_path: Path) -> None:
    """History comes in a few bounded frames."""
    async with LogService(tmp_path / "data") as service:
        task = await service.add_task()
        task.write(*(f"line {number}" for number in range(2000)), final())
        await task.published()
        async with service.watch(task.task_id, protocols=(V2,)) as viewer:
            frames, _ = await drain(viewer)
    records = [each for each in objects(frames) if "seq" in each]
    assert records == task.records
    assert len(frames) < 40
    assert max(map(len, frames)) <= 16_384


async def test_the_state_of_a_task_is_told(tmp_path: Path) -> None:
    """v2 viewers get a status when something changes that is not in the log."""
    async with LogService(tmp_path / "data") as service:
        task = await service.add_task()
        async with service.watch(task.task_id, protocols=(V2,)) as viewer:
            hello, status = objects([str(await viewer.recv()), str(await viewer.recv())])
            assert (hello["type"], status["activity"]) == ("hello", "")
            task.write_live(activity="apt-get update")
            async with asyncio.timeout(LIMIT):
                assert objects([str(await viewer.recv())])[0]["activity"] == "apt-get update"


async def test_since_and_tail(tmp_path: Path) -> None:
    """`since=N` begins at seq N, `tail=N` at the last N records; bad ones are 4400."""
    async with LogService(tmp_path / "data") as service:
        task = await service.add_task()
        task.write(*(f"line {number}" for number in range(1000)))
        await task.published()
        for bad in ("since=-1", "since=x", "tail=-1", "tail=", "since=1&tail=1", "since=1001"):
            assert await close_code(service, f"{task.task_id}&{bad}") == 4400
        async with service.watch(f"{task.task_id}&since=1000") as next_one:
            task.write(final())
            assert len((await drain(next_one))[0]) == 1
        whole = await service.records(task.task_id)
        assert await service.records(f"{task.task_id}&since=777") == whole[777:]
        assert await service.records(f"{task.task_id}&tail=3") == whole[-3:]
        assert await service.records(f"{task.task_id}&tail=100000") == whole
        assert await service.records(f"{task.task_id}&since=5000") == []


@DIRECT
async def test_resume_across_many_breaks(tmp_path: Path, direct: bool) -> None:
    """A client whose connection breaks again and again gets every record once, in order."""
    chance = random.Random(7)
    async with LogService(tmp_path / "data", direct=direct) as service:
        task = await service.add_task()

        async def run() -> None:
            for number in range(300):
                task.write(*(message(f"line {number}", step="x" * chance.randrange(500)) for _ in range(10)))
                await asyncio.sleep(0.001)
            task.write(final())

        async def one(protocols: tuple[str, ...]) -> tuple[list[int], int]:
            seen: list[int] = []
            breaks = 0
            while True:
                async with service.watch(f"{task.task_id}&since={len(seen)}", protocols=protocols) as viewer:
                    patience = chance.randrange(1, 200)
                    try:
                        while patience > 0:
                            frame = str(await viewer.recv())
                            sent = objects([frame]) if V2 in protocols else [json.loads(frame)]
                            seen += [each["seq"] for each in sent if "seq" in each]
                            patience -= len(sent)
                        breaks += 1
                        viewer.transport.abort()
                    except ConnectionClosedOK:
                        return seen, breaks

        async with asyncio.timeout(60):
            runner = asyncio.create_task(run())
            results = await asyncio.gather(*(one(protocols) for protocols in [(), (V1,), (V2,)] * 2))
            await runner
        for seen, breaks in results:
            assert seen == list(range(task.writer.next_seq))
            assert breaks > 5
        await eventually(lambda: not task.stream.clients)


async def test_fifty_viewers(tmp_path: Path) -> None:
    """Fifty viewers who come at different times all get the same."""
    async with LogService(tmp_path / "data", log={"max_clients_per_task": 50}) as service:
        task = await service.add_task()
        viewers = []
        for number in range(50):
            task.write(f"line {number}")
            viewers.append(asyncio.create_task(service.records(task.task_id)))
            await asyncio.sleep(0)
        await eventually(lambda: len(task.stream.clients) == 50)
        task.write(*(f"line {number}" for number in range(500)), final())
        for viewer in viewers:
            assert await viewer == task.records
        assert await close_code(service, task.task_id) == 1000


async def test_a_long_history(tmp_path: Path) -> None:
    """100,000 records reach a late viewer, in order, while others are served."""
    async with LogService(tmp_path / "data") as service:
        task = await service.add_task()
        for start in range(0, 100_000, 10_000):
            task.write(*(f"line {number}" for number in range(start, start + 10_000)))
        await task.published()
        async with service.watch(f"{task.task_id}&since=100000") as live:
            late = asyncio.create_task(service.records(task.task_id))
            task.write("new")
            async with asyncio.timeout(LIMIT):
                assert json.loads(await live.recv())["seq"] == 100_000
            task.write(final())
            assert [record["seq"] for record in await late] == list(range(100_002))


def connections(service: LogService) -> list[websocket_protocol.WebSocketProtocol]:
    return [
        each
        for each in service._server.server_state.connections
        if isinstance(each, websocket_protocol.WebSocketProtocol)
    ]


@pytest.mark.parametrize("protocol", ["", V2])
async def test_a_viewer_that_reads_nothing_costs_nothing(tmp_path: Path, protocol: str) -> None:
    """It holds one batch in memory, however much is written, while others are served; at the end it is cut."""
    async with LogService(tmp_path / "data") as service:
        task = await service.add_task()
        client = await reading_nothing(service, task.task_id, protocol)
        for start in range(0, 50_000, 1000):
            task.write(*(message(f"line {number}", step="x" * 200) for number in range(start, start + 1000)))
            await task.published()
            for connection in connections(service):
                assert connection.transport.get_write_buffer_size() < 400_000
        task.write(final())
        assert len(await service.records(task.task_id)) == 50_001
        assert len(connections(service)) == 1
        client.close()


async def test_silence_is_told_from_quiet(tmp_path: Path) -> None:
    """A client that answers pings may watch a silent install; one that gives no sign of life is closed with 4508."""
    async with LogService(tmp_path / "data", log={"websocket_timeout": 1}) as service:
        task = await service.add_task()
        async with service.watch(task.task_id) as alive:
            silent = await reading_nothing(service, task.task_id)
            await eventually(lambda: len(task.stream.clients) == 2)
            loop = asyncio.get_running_loop()
            async with asyncio.timeout(LIMIT):
                while len(task.stream.clients) == 2:
                    await alive.send("still here")
                    await asyncio.sleep(0.1)
                answer = b""
                while b"no sign of life" not in answer:
                    part = await loop.sock_recv(silent, 4096)
                    assert part
                    answer += part
            assert (4508).to_bytes(2) in answer
            task.write("one")
            assert json.loads(await alive.recv())["seq"] == 0
        silent.close()


async def test_silence_while_nothing_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that reads nothing does not even take its end; its connection is cut."""
    monkeypatch.setattr(websocket_protocol, "CLOSE_GRACE", 0.1)
    async with LogService(tmp_path / "data", log={"websocket_timeout": 1}) as service:
        task = await service.add_task()
        task.write(*(message("x" * 10_000) for _ in range(1000)))
        await task.published()
        client = await reading_nothing(service, task.task_id)
        await eventually(lambda: not connections(service))
        assert not task.stream.clients
        client.close()


async def test_pings_go_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pings come at their interval, and answers to them keep a silent viewer alive beyond the timeout."""
    monkeypatch.setattr(websocket_protocol, "PING_INTERVAL", 0.2)
    async with LogService(tmp_path / "data", log={"websocket_timeout": 1}) as service:
        task = await service.add_task()
        async with service.watch(task.task_id) as viewer:
            await asyncio.sleep(1.5)
            task.write(final())
            assert (await drain(viewer))[1] == 1000


@DIRECT
async def test_the_server_stops(tmp_path: Path, direct: bool) -> None:
    """All viewers get 1012, and the server does not wait for the one that reads nothing."""
    async with LogService(tmp_path / "data", direct=direct) as service:
        task = await service.add_task()
        viewers = [await service.watch(task.task_id, protocols=protocols) for protocols in ((), (V2,))]
        await asyncio.gather(service.stop(), *(expect_close(viewer, 1012) for viewer in viewers))


async def expect_close(viewer: Any, code: int) -> None:
    assert (await drain(viewer))[1] == code


async def test_a_server_that_stops_waits_for_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A viewer with a full pipe that reads nothing is cut."""
    monkeypatch.setattr(websocket_protocol, "CLOSE_GRACE", 0.1)
    async with LogService(tmp_path / "data") as service:
        task = await service.add_task()
        task.write(*(message("x" * 10_000) for _ in range(1000)))
        await task.published()
        client = await reading_nothing(service, task.task_id)
        async with asyncio.timeout(4):
            await service.stop()
        client.close()


@DIRECT
async def test_the_engine_stops(tmp_path: Path, direct: bool) -> None:
    """When a host leaves the engine under open connections, viewers are told to come back."""
    async with LogService(tmp_path / "data", direct=direct) as service:
        task = await service.add_task()
        async with service.watch(task.task_id) as viewer:
            task.write("one")
            await viewer.recv()
            await service.engine.logs.__aexit__(None, None, None)
            assert (await drain(viewer))[1] == 1012


async def test_what_a_client_may_send(tmp_path: Path) -> None:
    """A few small frames are signs of life; a flood is 4400, a huge message 1009."""
    async with LogService(tmp_path / "data") as service:
        task = await service.add_task()
        async with service.watch(task.task_id) as viewer:
            for _ in range(5):
                await viewer.send("hello")
                await viewer.send(b"\0")
            task.write("one")
            assert json.loads(await viewer.recv())["seq"] == 0
            for _ in range(40):
                await viewer.send("hello")
            assert (await drain(viewer))[1] == 4400
        async with service.watch(f"{task.task_id}&since=1") as viewer:
            await viewer.send("x" * 70_000)
            assert (await drain(viewer))[1] == 1009
        await eventually(lambda: not task.stream.clients)


async def test_a_client_that_vanishes(tmp_path: Path) -> None:
    """A connection that is cut, or closed by the client, leaves nothing behind."""
    async with LogService(tmp_path / "data") as service:
        task = await service.add_task()
        for protocols in ((), (V2,)):
            cut = await service.watch(task.task_id, protocols=protocols)
            closed = await service.watch(task.task_id, protocols=protocols)
            cut.transport.abort()
            await closed.close()
        await eventually(lambda: not task.stream.clients)
        task.write("one")
        await task.published()


async def test_no_compression(tmp_path: Path) -> None:
    """A client that offers compression gets none."""
    async with LogService(tmp_path / "data") as service:
        task = await service.add_task()
        async with service.watch(task.task_id, compression="deflate") as viewer:
            assert viewer.response is not None
            assert "Sec-WebSocket-Extensions" not in viewer.response.headers


async def test_a_failure_inside_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What nobody foresaw, such as a log that cannot be read, is 1011 for the client and a trace in the log."""
    async with LogService(tmp_path / "data") as service:
        task = await service.add_task()
        task.write("one")
        await task.published()
        task.folder.rename(task.folder.with_name("other"))
        task.folder.write_text("a file where the folder was")
        assert await close_code(service, task.task_id) == 1011
        assert "a viewer's session failed" in caplog.text


async def test_an_unfinished_log_of_an_ended_task(tmp_path: Path) -> None:
    """A task that ended without a final record ends its viewers all the same."""
    async with LogService(tmp_path / "data") as service:
        task: RunningTask = await service.add_task()
        task.write("one")
        await task.published()
        async with service.watch(task.task_id) as viewer:
            await viewer.recv()
            task.stream.seal()
            assert (await drain(viewer))[1] == 1000
