"""One tail for any number of followers: history, then live, each record once, the final one last."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path
from typing import Any

import pytest

from installcast.record import LogMessage
from installcast.stream import log_stream
from installcast.stream.batch import Batch
from installcast.stream.journal_reader import BLOCK_BYTES, Position
from installcast.stream.log_stream import SHARED_BATCHES, LogStream
from installcast.stream.manager import InstallLogManager
from tests.descriptors import no_descriptors

from .journals import JournalWriter, final, message


class Watching:
    """A client that is there, or not."""

    def __init__(self, *, alive: bool = True) -> None:
        self.alive = alive
        self.dropped = False

    async def is_alive(self) -> bool:
        return self.alive

    def behind(self) -> int:
        return 0

    def drop(self) -> None:
        self.dropped = True


def stream_of(logs: InstallLogManager, path: Path) -> LogStream:
    return logs.create_log_stream("task", path, "nginx")


async def collect(stream: LogStream, since: int = 0) -> list[LogMessage]:
    async with asyncio.timeout(20):
        return [record async for record in stream.follow(since)]


async def reached(stream: LogStream, next_seq: int) -> None:
    """Wait until the stream has published that far."""
    async with asyncio.timeout(20):
        while stream.next_seq < next_seq:
            await stream.wait(stream.version)


async def test_history_then_live(logs: InstallLogManager, writer: JournalWriter) -> None:
    """A follower gets what is there, then what comes, and ends with the final record."""
    writer.write("one", "two")
    stream = stream_of(logs, writer.path)
    follower = asyncio.create_task(collect(stream))
    for number in range(20):
        writer.write(f"more {number}")
        await reached(stream, writer.next_seq)
    assert not stream.is_completed
    writer.write(final())
    records = await follower
    assert [record.seq for record in records] == list(range(23))
    assert records[-1].status == "succeeded"
    assert (stream.is_completed, stream.progress) == (True, 100)
    assert stream.last_offset == writer.path.stat().st_size


async def test_the_journal_may_come_later(logs: InstallLogManager, tmp_path: Path) -> None:
    """A queued task has no journal yet; its stream waits for it."""
    path = tmp_path / "journal.jsonl"
    stream = stream_of(logs, path)
    follower = asyncio.create_task(collect(stream))
    assert (stream.next_seq, stream.progress, stream.last_message) == (0, 0, None)
    writer = JournalWriter(path)
    writer.write("one", final())
    assert [record.message for record in await follower] == ["one", "ended: succeeded"]
    writer.close()


async def test_since(logs: InstallLogManager, writer: JournalWriter) -> None:
    """Following begins at any record, also at one that does not exist yet."""
    writer.write(*(f"line {number}" for number in range(50)))
    stream = stream_of(logs, writer.path)
    followers = [asyncio.create_task(collect(stream, since)) for since in (0, 17, 50, 52)]
    writer.write("50", "51", "52", final())
    assert [(await follower)[0].seq for follower in followers] == [0, 17, 50, 52]


async def test_lines_in_pieces(logs: InstallLogManager, writer: JournalWriter) -> None:
    """A record is published when its newline is written, not before, and never in part."""
    stream = stream_of(logs, writer.path)
    follower = asyncio.create_task(collect(stream))
    line = b'{"seq":0,"timestamp":"t","level":"INFO","message":"' + b"x" * 200_000 + b'"}\n'
    for start in range(0, len(line), 60_000):
        assert stream.next_seq == 0
        writer.write_raw(line[start : start + 60_000])
    await reached(stream, 1)
    writer.next_seq = 1
    writer.write(final())
    assert len(await follower) == 2


@pytest.mark.parametrize(
    "text", [',"final":true,', '{"seq":9,', '"final":true', "\\", '","final":true,"x":"']
)
async def test_no_text_ends_a_task(logs: InstallLogManager, writer: JournalWriter, text: str) -> None:
    """Whatever a script prints, the stream goes on."""
    stream = stream_of(logs, writer.path)
    writer.write(message(text, step=text))
    await reached(stream, 1)
    assert not stream.is_completed
    writer.write(final())
    assert [record.message for record in await collect(stream)] == [text, "ended: succeeded"]


async def test_the_end_is_stored_before_it_is_shown(logs: InstallLogManager, writer: JournalWriter) -> None:
    """The hook gets the final record first; until it returns nobody sees the end, and everything before it is there."""
    stored, told = asyncio.Event(), asyncio.Event()
    seen: list[LogMessage] = []

    async def store(record: LogMessage) -> None:
        seen.append(record)
        told.set()
        await stored.wait()

    stream = logs.create_log_stream("task", writer.path, "nginx", on_final=store)
    writer.write("one", "two", final("failed", exit_code=3, progress=40))
    async with asyncio.timeout(10):
        await told.wait()
    writer.write_raw(b"\n")
    assert (stream.next_seq, stream.is_completed) == (2, False)
    assert not stream.read(2)
    assert (seen[0].status, seen[0].exit_code) == ("failed", 3)
    stored.set()
    assert [record.seq for record in await collect(stream)] == [0, 1, 2]
    assert stream.progress == 40


async def test_an_end_that_was_written_before(logs: InstallLogManager, writer: JournalWriter) -> None:
    """A task that ended while no server was there is stored, then shown."""
    writer.write("one", final())
    told: list[LogMessage] = []

    async def store(record: LogMessage) -> None:
        told.append(record)

    stream = logs.create_log_stream("task", writer.path, "nginx", on_final=store)
    assert stream.next_seq == 1
    assert len(await collect(stream)) == 2
    assert [record.seq for record in told] == [1]


async def test_a_long_log_whose_end_was_written_before(
    logs: InstallLogManager, writer: JournalWriter
) -> None:
    """While the end of a long log is being stored, all records before it can be read."""
    stored = asyncio.Event()

    async def store(record: LogMessage) -> None:
        await stored.wait()

    writer.write(*(f"line {number}" for number in range(20_000)), final())
    assert writer.path.stat().st_size > SHARED_BATCHES * BLOCK_BYTES
    stream = logs.create_log_stream("task", writer.path, "nginx", on_final=store)
    assert (stream.next_seq, stream.is_completed) == (20_000, False)
    stored.set()
    assert [record.seq for record in await collect(stream, since=19_999)] == [19_999, 20_000]


async def test_an_end_that_cannot_be_stored(
    logs: InstallLogManager,
    writer: JournalWriter,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is tried until it is stored, and the log says why; only then viewers get the end."""
    monkeypatch.setattr(log_stream, "SETTLE_PAUSES", (0.001, 0.001))
    attempts: list[int] = []

    async def fail(record: LogMessage) -> None:
        attempts.append(stream.next_seq)
        if len(attempts) < 5:
            raise OSError("disk full")

    stream = logs.create_log_stream("task", writer.path, "nginx", on_final=fail)
    writer.write(final())
    assert len(await collect(stream)) == 1
    assert attempts == [0, 0, 0, 0, 0]
    assert "disk full" in caplog.text


async def test_a_journal_that_is_removed(logs: InstallLogManager, writer: JournalWriter) -> None:
    """Who is behind when the log goes away ends at the head; nobody spins."""
    writer.write(*(f"line {number}" for number in range(1000)), final())
    stream = stream_of(logs, writer.path)
    follower = stream.follow()
    assert (await anext(follower)).seq == 0
    writer.path.unlink()
    async with asyncio.timeout(10):
        rest = [record.seq async for record in follower]
    assert rest == list(range(1, len(rest) + 1))
    assert stream.batch(Position(0, 0)).end == (1001, stream.last_offset)


async def test_a_sealed_stream_ends_without_a_final_record(
    logs: InstallLogManager, writer: JournalWriter
) -> None:
    """Where no final record could be written, the end of the journal is the end."""
    writer.write("one")
    stream = stream_of(logs, writer.path)
    follower = asyncio.create_task(collect(stream))
    await reached(stream, 1)
    stream.seal()
    assert len(await follower) == 1
    assert stream.is_completed


async def test_a_journal_that_cannot_be_read_is_not_at_its_end(
    logs: InstallLogManager, writer: JournalWriter
) -> None:
    """Without descriptors nobody knows what the journal holds: its viewers wait until somebody does."""
    writer.write("one")
    stream = stream_of(logs, writer.path)
    with no_descriptors(), pytest.raises(OSError, match="Too many open files"):
        stream.seal()
    assert not stream.is_completed
    writer.write("two")
    stream.seal()
    assert [record.message for record in await collect(stream)] == ["one", "two"]


async def test_a_long_backlog_is_not_read_twice(logs: InstallLogManager, writer: JournalWriter) -> None:
    """A journal that has grown a lot is taken over at its end, and followers still get every record."""
    writer.write(*(f"line {number}" for number in range(20_000)))
    assert writer.path.stat().st_size > SHARED_BATCHES * BLOCK_BYTES
    stream = stream_of(logs, writer.path)
    assert stream.next_seq == 20_000
    writer.write(*(f"line {number}" for number in range(20_000)))
    await reached(stream, 40_000)
    writer.write(final())
    assert [record.seq for record in await collect(stream)] == list(range(40_001))


async def test_viewers_at_one_place_share_bytes(logs: InstallLogManager, writer: JournalWriter) -> None:
    """What one viewer has read is there for the next one, and is given back when nobody looks."""
    writer.write(*(f"line {number}" for number in range(1000)))
    stream = stream_of(logs, writer.path)
    client = Watching()
    assert await stream.admit(client, 10)
    first = stream.batch(Position(0, 0))
    assert stream.batch(Position(0, 0)) is first
    head = stream.locate(stream.next_seq)
    writer.write("new")
    await reached(stream, 1001)
    assert stream.batch(head) is stream.batch(head)
    assert stream.batch(head).texts == [writer.lines[-1].decode()]
    stream.leave(client)
    assert stream.batch(Position(0, 0)) is not first


async def test_dead_clients_make_room(logs: InstallLogManager, writer: JournalWriter) -> None:
    """At the limit the dead are looked for, and only they go."""
    stream = stream_of(logs, writer.path)
    alive, dead, late, too_late = Watching(), Watching(alive=False), Watching(), Watching()
    assert await stream.admit(alive, 2)
    assert await stream.admit(dead, 2)
    assert await stream.admit(late, 2)
    assert not await stream.admit(too_late, 2)
    assert stream.clients == {alive, late}
    assert (dead.dropped, alive.dropped) == (True, False)


def live_of(stream: LogStream) -> tuple[bytes | None, dict[str, Any]]:
    return stream.partial, stream.state


def write_live(path: Path, **values: object) -> None:
    """Overwrite in place, as a runner does."""
    state = {"next_seq": 0, "partial": None, "progress": 0, "activity": None, **values}
    with path.open("r+b" if path.exists() else "wb") as file:
        file.write(json.dumps(state, ensure_ascii=False).encode() + b"\n")


async def test_live_state(logs: InstallLogManager, writer: JournalWriter, tmp_path: Path) -> None:
    """The unfinished line is shown while its record is the next one; the rest of the state until the end."""
    live = tmp_path / "live.json"
    stream = logs.create_log_stream("task", writer.path, "nginx", live_file=live)
    assert live_of(stream) == (None, {})
    writer.write("one")
    await reached(stream, 1)
    version = stream.state_version
    write_live(live, next_seq=1, partial='"message":"ha","partial":true}', progress=30, activity="make")
    async with asyncio.timeout(10):
        await stream.wait(stream.version)
    assert live_of(stream)[0] == b'{"seq":1,"message":"ha","partial":true}'
    assert stream.state["activity"] == "make"
    assert stream.progress == 30
    assert stream.state_version == version + 1
    writer.write("half")
    await reached(stream, 2)
    assert live_of(stream)[0] is None
    writer.write(final())
    await collect(stream)
    assert stream.state == {}


@pytest.mark.parametrize(
    "content", [b"", b"{", b'{"next_seq":1', b"[]\n", b'{"next_seq":1}\n', b"\xff\n", b"7\n"]
)
async def test_a_torn_live_state_is_ignored(
    logs: InstallLogManager, writer: JournalWriter, tmp_path: Path, content: bytes
) -> None:
    """What is not whole says nothing."""
    (tmp_path / "live.json").write_bytes(content)
    stream = logs.create_log_stream("task", writer.path, "nginx", live_file=tmp_path / "live.json")
    assert live_of(stream) == (None, {})


async def test_damage_is_passed_over(
    logs: InstallLogManager, writer: JournalWriter, caplog: pytest.LogCaptureFixture
) -> None:
    """Followers get what is good on both sides of damaged bytes; the server's log names the place."""
    writer.write("0", "1", "2")
    offset = writer.path.stat().st_size
    writer.write_raw(b"\0" * 100 + b"\n")
    writer.next_seq = 4
    with caplog.at_level(logging.WARNING):
        stream = stream_of(logs, writer.path)
        follower = asyncio.create_task(collect(stream))
        writer.write("4")
        await reached(stream, 5)
        writer.write_raw(b"garbage\n")
        writer.write(final())
        assert [record.seq for record in await follower] == [0, 1, 2, 4, 5]
    assert f"at byte {offset}" in caplog.text
    assert [record.seq for record in await collect(stream)] == [0, 1, 2, 4, 5]


async def test_closing_the_engine_ends_followers(writer: JournalWriter) -> None:
    """Followers end, and can tell that the task has not."""
    async with InstallLogManager() as logs:
        stream = stream_of(logs, writer.path)
        writer.write("one")
        follower = asyncio.create_task(collect(stream))
        await reached(stream, 1)
    assert len(await follower) == 1
    assert (stream.is_closed, stream.is_completed) == (True, False)


async def test_wait_ends_by_the_clock_and_when_canceled(
    logs: InstallLogManager, writer: JournalWriter
) -> None:
    """A wait ends at its time, and one that is given up leaves nothing behind."""
    stream = stream_of(logs, writer.path)
    loop = asyncio.get_running_loop()
    await stream.wait(stream.version, loop.time() + 0.001)
    waiting = asyncio.create_task(stream.wait(stream.version))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    assert not stream._waiters
    await stream.wait(stream.version - 1)


async def test_touch_wakes(logs: InstallLogManager, writer: JournalWriter) -> None:
    """A change of state outside of the log is told, too."""
    stream = stream_of(logs, writer.path)
    state, version = stream.state_version, stream.version
    waiting = asyncio.create_task(stream.wait(version))
    await asyncio.sleep(0)
    stream.touch()
    async with asyncio.timeout(10):
        await waiting
    assert stream.state_version == state + 1


async def test_who_takes_what_is_published_is_not_woken(
    logs: InstallLogManager, writer: JournalWriter
) -> None:
    """A viewer at the head gets each batch as it is published; the wait goes on until it refuses one, and the end wakes all."""
    stream = stream_of(logs, writer.path)
    taken: list[int] = []

    def take(batch: Batch) -> bool:
        if len(taken) == 2:
            return False
        taken.append(batch.end.seq)
        return True

    waiting = asyncio.create_task(stream.wait(stream.version, take=take))
    await asyncio.sleep(0)
    for number in (1, 2):
        writer.write(f"line {number}")
        await reached(stream, number)
    assert (taken, waiting.done()) == ([1, 2], False)
    writer.write("line 3")
    await asyncio.wait_for(waiting, 10)
    assert taken == [1, 2]
    waiting = asyncio.create_task(stream.wait(stream.version, take=lambda _: True))
    await asyncio.sleep(0)
    writer.write(final())
    await asyncio.wait_for(waiting, 10)
    assert stream.is_completed
