"""The log of one task: one tail, one wake-up, any number of viewers.

A viewer is a cursor (:class:`~installcast.stream.journal_reader.Position`), not a queue: the stream tells only that
there is more, and each viewer reads on from where it stands, at its own pace. There is no seam between history and
live, and a slow viewer costs nothing. Viewers that stand at the same place share the bytes they read.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import chain, repeat
from pathlib import Path
from typing import Any, Protocol

from installcast.errors import InstallcastError, JournalCorruptError
from installcast.record import FINAL_KEY, LogMessage, decode
from installcast.stream.batch import Batch
from installcast.stream.journal_reader import BLOCK_BYTES, JournalReader, Position, Slice
from installcast.stream.live import LiveState, read_live
from installcast.stream.watch import FileWatch, Watcher

logger = logging.getLogger("installcast.stream")

SHARED_BATCHES = 8
"""How many batches are kept for viewers that stand a little behind the head: half a MiB, and only while somebody looks."""

SETTLE_PAUSES = (1.0, 5.0, 15.0, 30.0)
"""Seconds between two attempts to store an end, the last one again and again: a full disk may have room again."""

READ_AGAIN_SECONDS = 0.5
"""Between two attempts to read a journal that cannot be opened."""

Take = Callable[[Batch], bool]
"""Gives a batch that was just published to a viewer that stands at the head; ``False``: it has to be woken to take it itself."""

OnFinal = Callable[[LogMessage], Awaitable[None]]
"""Awaited with a task's last record before anybody sees it, so that the task's status is final by then."""


class Client(Protocol):
    """A connection on which somebody watches a stream."""

    async def is_alive(self) -> bool:
        """Tell whether somebody is still there; it may ask and wait a moment for the answer."""

    def behind(self) -> int:
        """Return how many records it has not been sent yet."""

    def drop(self) -> None:
        """End the connection at once: it is dead and takes the place of a living one."""


class LogStream:
    """Follows one journal. Made by :class:`~installcast.stream.manager.InstallLogManager`, used in its event loop only."""

    def __init__(
        self,
        task_id: str,
        log_file: Path,
        soft_name: str,
        *,
        live_file: Path | None = None,
        on_final: OnFinal | None = None,
    ) -> None:
        self.task_id = task_id
        self.log_file = log_file
        self.soft_name = soft_name
        self.clients: set[Client] = set()
        self.readers = 0
        """Who reads it from beginning to end beside :attr:`clients`, such as downloads: its file has to stay."""
        self.next_seq = 0
        """The number that the next record will have."""
        self.last_offset = 0
        """Bytes of the journal that viewers may see: up to the end of the last published record."""
        self.published_at = 0.0
        """The event loop's time of the last publication."""
        self.is_completed = False
        """The last record of the task is published: nothing follows."""
        self.is_closed = False
        """The server stops: viewers should come back later."""
        self.version = 0
        """Rises whenever there is something new to see; see :meth:`wait`."""
        self.state_version = 0
        """Rises whenever the task's state has changed, apart from records."""
        self._reader = JournalReader(log_file)
        self._live_file = live_file
        self._live: LiveState | None = None
        self._on_final = on_final
        self._settling: asyncio.Task[None] | None = None
        self._is_readable = True
        self._again: asyncio.TimerHandle | None = None
        self._watches: list[FileWatch] = []
        self._waiters: dict[asyncio.Future[None], Take | None] = {}
        self._missed: set[asyncio.Future[None]] = set()
        """Those of the waiters that did not take what was published."""
        self._shared: OrderedDict[int, Batch] = OrderedDict()
        self._last_line = b""
        self._damage_told = -1

    def __repr__(self) -> str:
        """Return what a log line needs."""
        return f"<LogStream {self.task_id} next_seq={self.next_seq} completed={self.is_completed}>"

    # --- what there is ------------------------------------------------------------------------------------------

    @property
    def last_message(self) -> LogMessage | None:
        """The last published record."""
        return decode(self._last_line) if self._last_line else None

    @property
    def progress(self) -> int:
        """Percent, 0-100; 100 only after a success."""
        last = self.last_message
        recorded = last.progress if last else 0
        return recorded if self.is_completed else max(recorded, int(self.state.get("progress") or 0))

    @property
    def state(self) -> dict[str, Any]:
        """What a running task says about itself: ``phase``, ``step``, ``activity`` …; empty when it says nothing."""
        return self._live.state if self._live and not self.is_completed else {}

    @property
    def partial(self) -> bytes | None:
        """The unfinished line as a record without newline, with the seq that the finished one will have."""
        if self._live is None or self.is_completed or self._live.next_seq != self.next_seq:
            return None
        return self._live.partial

    def locate(self, seq: int) -> Position:
        """Return the place of record ``seq``, or the end when there is none yet."""
        if seq >= self.next_seq:
            return Position(self.next_seq, self.last_offset)
        return self._reader.locate(seq, end=self.last_offset)

    def read(self, since: int, limit_records: int | None = None, limit_bytes: int = BLOCK_BYTES) -> Slice:
        """Return published records from number ``since`` on, within the limits, but at least one where there is one."""
        return self._reader.read(since, limit_records, limit_bytes, end=self.last_offset)

    def batch(self, position: Position) -> Batch:
        """Return what a viewer at ``position`` gets next: up to one block, shared with others at the same place.

        Damaged bytes are passed over: then the batch begins with a later record, or holds none and ends at the head.
        """
        if position.offset >= self.last_offset:
            return Batch(_nothing(Position(self.next_seq, self.last_offset)))
        batch = self._shared.get(position.offset)
        if batch is None:
            batch = Batch(self._read_on(position, self.last_offset))
            self._share(position.offset, batch)
        return batch

    async def follow(self, since: int = 0) -> AsyncIterator[LogMessage]:
        """Yield records from number ``since`` on, the past ones first, then each as it comes, to the last one.

        Ends without the last one when the engine is closed before: see :attr:`is_completed`.
        """
        position = self.locate(since)
        while True:
            version = self.version
            if position.offset < self.last_offset:
                batch = self.batch(position)
                position = batch.end
                for message in batch.messages():
                    if message.seq >= since:
                        yield message
            elif self.is_completed or self.is_closed:
                return
            else:
                await self.wait(version)

    async def wait(self, version: int, until: float | None = None, take: Take | None = None) -> None:
        """Return when :attr:`version` is no longer ``version``, or at ``until`` (the event loop's time).

        ``take`` gets what is published meanwhile, and as long as it takes that, new records alone are no reason to return:
        to wake a viewer costs as much as to write to it.
        """
        if self.version != version:
            return
        loop = asyncio.get_running_loop()
        waiter = loop.create_future()
        timer = None if until is None else loop.call_at(until, _resolve, waiter)
        self._waiters[waiter] = take
        try:
            await waiter
        finally:
            self._waiters.pop(waiter, None)
            self._missed.discard(waiter)
            if timer is not None:
                timer.cancel()

    # --- who watches --------------------------------------------------------------------------------------------

    async def admit(self, client: Client, limit: int) -> bool:
        """Add ``client`` if there are fewer than ``limit``; where there are not, dead ones make room. Tell whether it is in."""
        if len(self.clients) >= limit:
            others = tuple(self.clients)
            alive = await asyncio.gather(*(other.is_alive() for other in others))
            for other, lives in zip(others, alive, strict=True):
                if not lives and other in self.clients:
                    logger.info("%s: dropping a dead viewer to make room", self.task_id)
                    other.drop()
                    self.leave(other)
        if len(self.clients) >= limit:
            return False
        self.clients.add(client)
        return True

    def leave(self, client: Client) -> None:
        """Remove ``client``. A second call does nothing."""
        self.clients.discard(client)
        if not self.clients:
            self._shared.clear()

    # --- the tail -----------------------------------------------------------------------------------------------

    def start(self, watcher: Watcher) -> None:
        """Look at what is there, and follow what comes."""
        self._watches.append(watcher.watch(self.log_file, self._journal_changed))
        if self._live_file is not None:
            self._watches.append(watcher.watch(self._live_file, self._live_changed))
        self._live_changed()
        self._journal_changed()

    def seal(self) -> None:
        """Say that nothing follows what the journal holds now, with a final record or without: the task has ended.

        Raises ``OSError`` when it cannot be read; then it has not ended.
        """
        if self._settling is not None:
            return  # the last record is on its way
        on_final, self._on_final = self._on_final, None
        try:
            self._advance()
        except OSError:
            self._on_final = on_final
            raise
        self.give_up()

    def give_up(self) -> None:
        """Say that nothing follows what was published, whatever the journal holds."""
        if not self.is_completed:
            self._complete()

    def touch(self) -> None:
        """Tell viewers that the task's state has changed by something that is not in its log, such as its place in the queue."""
        self.state_version += 1
        self._wake()

    def forget_live(self) -> None:
        """Say that nobody tells any more what the task is doing: what its runner last said holds no longer."""
        self._live = self._live_file = None
        self.touch()

    async def close(self) -> None:
        """Stop following; viewers end."""
        self.is_closed = True
        self._unwatch()
        if self._settling is not None:
            self._settling.cancel()
            await asyncio.wait([self._settling])
        self._wake()

    def _journal_changed(self) -> None:
        if self._settling is not None or self.is_completed or self.is_closed:
            return
        try:
            grown = self._advance()
        except OSError as error:
            self._look_again(error)
            return
        self._is_readable = True
        if grown:
            self._wake_missed()

    def _look_again(self, error: OSError) -> None:
        """Come back to a journal that cannot be read now, for want of descriptors perhaps: what is missed is not told twice."""
        if self._is_readable:
            logger.error(
                "%s cannot be read, which is tried again and again: %s", self.log_file, error.strerror
            )
            self._is_readable = False
        if self._again is None:
            self._again = asyncio.get_running_loop().call_later(READ_AGAIN_SECONDS, self._again_now)

    def _again_now(self) -> None:
        self._again = None
        self._journal_changed()

    def _live_changed(self) -> None:
        if self._live_file is None or self.is_completed:
            return
        live = read_live(self._live_file)
        if live is None or live == self._live:
            return
        if self._live is None or live.state != self._live.state:
            self.state_version += 1
        self._live = live
        self._wake()

    def _advance(self) -> bool:
        """Publish what is new; tell whether anything was."""
        before = self.last_offset
        if self._reader.size() - before > SHARED_BATCHES * BLOCK_BYTES:
            # Two: should the last one be the final record, which waits until it is stored, the one before it tells the head.
            last = self._reader.tail(2)
            if last.next_seq > self.next_seq:
                self._take(last)  # what lies between, each viewer reads for itself
        while self._settling is None and not self.is_completed:
            part = self._read_on(Position(self.next_seq, self.last_offset), None)
            if not part:
                break
            self._take(part)
        return self.last_offset != before or self.is_completed

    def _take(self, part: Slice) -> None:
        found = part.data.find(FINAL_KEY)
        if found < 0:
            self._publish(part)
            return
        start = part.data.rfind(b"\n", 0, found) + 1
        stop = part.data.index(b"\n", found) + 1
        offset = part.offset + start
        seq = part.first_seq + part.data.count(b"\n", 0, start)
        if start:
            self._publish(Slice(part.data[:start], part.first_seq, seq, part.offset, offset))
        final = Slice(part.data[start:stop], seq, seq + 1, offset, part.offset + stop)
        if self._on_final is None:
            self._publish(final)
            self._complete()
        else:
            self._settling = asyncio.get_running_loop().create_task(self._settle(self._on_final, final))

    async def _settle(self, on_final: OnFinal, final: Slice) -> None:
        # Nobody is shown the end of a task whose status is not final, however long that takes.
        for pause in chain(SETTLE_PAUSES, repeat(SETTLE_PAUSES[-1])):
            try:
                await on_final(decode(final.lines()[0]))
                break
            except InstallcastError as error:
                logger.error("%s has ended, but its end could not be stored: %s", self.task_id, error)
            except Exception:
                logger.exception("%s has ended, but its end could not be stored", self.task_id)
            await asyncio.sleep(pause)
        self._publish(final)
        self._complete()

    def _publish(self, part: Slice) -> None:
        self.next_seq, self.last_offset = part.next_seq, part.end
        self.published_at = asyncio.get_running_loop().time()
        self._last_line = part.data[part.data.rfind(b"\n", 0, -1) + 1 : -1]
        batch = Batch(part)
        self._share(part.offset, batch)
        for waiter, take in self._waiters.items():
            if take is None or waiter in self._missed or not take(batch):
                self._missed.add(waiter)

    def _complete(self) -> None:
        self.is_completed = True
        self._unwatch()
        self.state_version += 1
        self._wake()

    def _read_on(self, position: Position, end: int | None) -> Slice:
        """Read behind ``position``, over damaged bytes if need be; up to ``end``, or what there is."""
        try:
            part = self._reader.read_from(position, end=end)
        except JournalCorruptError as error:
            if self._damage_told < position.offset:
                logger.warning("%s", error)
                self._damage_told = position.offset
            place = self._reader.skip_damage(position)
            part = _nothing(position) if place == position else self._reader.read_from(place, end=end)
        if not part and end is not None:
            # Nothing good follows, or the file was removed under the viewer: what was published is no longer there.
            return _nothing(Position(self.next_seq, end))
        return part

    def _share(self, offset: int, batch: Batch) -> None:
        if self.clients:
            self._shared[offset] = batch
            if len(self._shared) > SHARED_BATCHES:
                self._shared.popitem(last=False)

    def _unwatch(self) -> None:
        if self._again is not None:
            self._again.cancel()
            self._again = None
        for watch in self._watches:
            watch.close()
        self._watches.clear()

    def _wake(self) -> None:
        self._missed.update(self._waiters)
        self._wake_missed()

    def _wake_missed(self) -> None:
        self.version += 1
        missed, self._missed = self._missed, set()
        for waiter in missed:
            self._waiters.pop(waiter, None)
            _resolve(waiter)


def _nothing(place: Position) -> Slice:
    return Slice(b"", place.seq, place.seq, place.offset, place.offset)


def _resolve(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
