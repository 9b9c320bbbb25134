"""Follow a task over the WebSocket: history, then live, across lost connections and restarts of the service.

Events come in batches, as they arrived. An empty batch is a tick: nothing came for a moment, a clock on the screen may move.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.sync.client import ClientConnection

from installcast.cli.client import Client
from installcast.errors import InstallcastError, ServiceAnswerError, ServiceUnreachableError
from installcast.record import SEQ_KEY, LogMessage, decode

TICK = 0.2
"""Seconds between two ticks: a clock that shows seconds, and a spinner, look alive."""
SILENCE_LIMIT = 45.0
"""Seconds without a frame after which a connection counts as dead: three heartbeats of the service."""
PATIENCE = 300.0
"""Seconds for which a lost service is waited for: more than an upgrade of it takes, less than a night."""
FIRST_DELAY = 0.25
LAST_DELAY = 5.0
POLL_INTERVAL = 1.0
POLL_PAGE = 1000

CLOSE_RESTART = 1012
CLOSE_ABNORMAL = 1006
CLOSE_REALTIME_OFF = 4503
CLOSE_TOKEN_EXPIRED = 4509
REFUSALS = {4400: 400, 4401: 401, 4403: 403, 4404: 404, CLOSE_TOKEN_EXPIRED: 401}
"""Close codes after which coming back is of no use, with the HTTP status that says the same. (A token that has expired
will not be a better one at the next try.)"""
REASONS = {CLOSE_RESTART: "service restarts", 4508: "idle", 4529: "too many viewers"}


@dataclass(frozen=True, slots=True)
class Line:
    """A finished record; ``json`` is the line as the service sent it."""

    record: LogMessage
    json: str


@dataclass(frozen=True, slots=True)
class Partial:
    """A line that is still being written."""

    record: LogMessage


@dataclass(frozen=True, slots=True)
class Status:
    """The task's state, as ``GET /v1/log/status`` gives it."""

    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection is gone; it is tried again."""

    reason: str


@dataclass(frozen=True, slots=True)
class Polling:
    """Live viewing is refused for now; the records are asked for instead."""

    reason: str


@dataclass(frozen=True, slots=True)
class Back:
    """The connection stands again."""


Event = Line | Partial | Status | Lost | Polling | Back


class Follower:
    """Follows one task from the record ``since`` to its end. ``next_seq`` is where it stands."""

    def __init__(self, client: Client, task_id: str, *, since: int = 0, patience: float = PATIENCE) -> None:
        self._client = client
        self._task_id = task_id
        self._patience = patience
        self.next_seq = since
        self._ended = False

    def __iter__(self) -> Iterator[list[Event]]:
        """Yield batches until the task has ended.

        Raises ``ServiceUnreachableError`` when the service cannot be reached at first, or not for ``patience``
        seconds later, and ``ServiceAnswerError`` when it refuses.
        """
        connected_before = False
        attempt = 0
        alive_at = time.monotonic()
        while not self._ended:
            try:
                with self._client.websocket(
                    "/v1/log/ws", task_id=self._task_id, since=self.next_seq
                ) as connection:
                    if attempt:
                        yield [Back()]
                    connected_before, attempt = True, 0
                    yield from self._read(connection)
                    return
            except ConnectionClosed as closed:
                code = closed.rcvd.code if closed.rcvd is not None else CLOSE_ABNORMAL
                reason = closed.rcvd.reason if closed.rcvd is not None else ""
                if code in REFUSALS:
                    raise ServiceAnswerError(
                        status=REFUSALS[code], kind="closed", reason=reason or str(code)
                    ) from None
                if code == CLOSE_REALTIME_OFF:
                    yield [Polling(reason or str(code))]
                    yield from self._poll()
                    return
                if not attempt:
                    alive_at = time.monotonic()
                problem: InstallcastError = self._client.unreachable(
                    reason or REASONS.get(code, f"code {code}")
                )
            except (InvalidHandshake, OSError, EOFError) as error:
                problem = self._refusal(error)
                if not connected_before:
                    raise problem from None
            if (
                not isinstance(problem, ServiceUnreachableError)
                or time.monotonic() - alive_at > self._patience
            ):
                raise problem
            if not attempt:
                yield [Lost(str(problem.values["reason"]))]
            yield from _ticks(_delay(attempt))
            attempt += 1

    def _read(self, connection: ClientConnection) -> Iterator[list[Event]]:
        heard_at = time.monotonic()
        while not self._ended:
            try:
                frame = connection.recv(timeout=TICK)
            except TimeoutError:
                if time.monotonic() - heard_at > SILENCE_LIMIT:
                    connection.close_socket()
                    raise ConnectionClosed(None, None) from None
                yield []
                continue
            except ConnectionClosed as closed:
                if closed.rcvd is not None and closed.rcvd.code == 1000:
                    self._ended = True
                    return
                raise
            heard_at = time.monotonic()
            yield self._events(frame if isinstance(frame, str) else frame.decode())

    def _events(self, frame: str) -> list[Event]:
        events: list[Event] = []
        for line in frame.split("\n"):
            if line.startswith(SEQ_KEY):
                events += self._record(line)
            elif line:
                control = json.loads(line)
                if control.get("type") == "status":
                    events.append(Status(control))
                elif control.get("type") == "end":
                    self._ended = True
        return events

    def _record(self, line: str) -> list[Event]:
        record = decode(line)
        if record.partial:
            return [Partial(record)]
        if record.seq < self.next_seq:
            return []
        self.next_seq = record.seq + 1
        return [Line(record, line)]

    def _poll(self) -> Iterator[list[Event]]:
        """Ask for what is new, each second, until the task is final; a lost service is waited for here, too."""
        lost_at: float | None = None
        while True:
            try:
                status = self._client.get("/v1/log/status", task_id=self._task_id, reveal="false")
                yield [*([Back()] if lost_at is not None else []), Status(status)]
                lost_at = None
                yield from self._pages()
                if status["completed"]:
                    return
            except ServiceUnreachableError as error:
                if lost_at is None:
                    lost_at = time.monotonic()
                    yield [Lost(str(error.values["reason"]))]
                if time.monotonic() - lost_at > self._patience:
                    raise
            yield from _ticks(POLL_INTERVAL)

    def _pages(self) -> Iterator[list[Event]]:
        more = True
        while more:
            page = self._client.get(
                "/v1/log/history", task_id=self._task_id, offset=self.next_seq, limit=POLL_PAGE
            )
            events: list[Event] = []
            for values in page["messages"]:
                events += self._record(json.dumps(values, ensure_ascii=False, separators=(",", ":")))
            yield events
            more = page["next_offset"] is not None and bool(events)

    def _refusal(self, error: Exception) -> InstallcastError:
        if isinstance(error, InvalidStatus):
            status = error.response.status_code
            if status in {401, 403}:
                return ServiceAnswerError(status=status, kind="refused", reason=f"HTTP {status}")
            return self._client.unreachable(f"HTTP {status}")
        return self._client.unreachable(error)


def _delay(attempt: int) -> float:
    # All viewers lose a restarted service at the same moment; they need not all come back at the same moment.
    spread = random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing
    return min(LAST_DELAY, FIRST_DELAY * 2.0**attempt) * spread


def _ticks(seconds: float) -> Iterator[list[Event]]:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(TICK, left))
        yield []
