"""What a viewer gets next, and when it is closed with which code: the protocol of a live log, without the socket.

Pure: the state of the stream and a time (seconds of any monotonic clock) go in, one step comes out. The shell around it
does what the step says, tells what it did, and asks again; beside that it asks at :meth:`Viewer.deadline` whether the
connection has :meth:`Viewer.ended`, since a step may take long.

Plain (``installcast.v1``, or no subprotocol): one frame a record, nothing else. ``installcast.v2``: frames of lines, which
are records, the unfinished line, and control objects (``hello``, ``status``, ``end``). Server-Sent Events carry the same, each
as an event.
"""

from __future__ import annotations

import json
import math
from enum import IntEnum
from typing import Any, ClassVar, NamedTuple

from installcast.errors import InvalidInputError

V1 = "installcast.v1"
V2 = "installcast.v2"

HEARTBEAT = 15.0
"""Seconds between two ``status`` objects: proxies cut a connection that is silent for 60."""
STATUS_INTERVAL = 1.0
"""Seconds that lie at least between two ``status`` objects, however often the state changes."""
MAX_FRAMES_PER_SECOND = 20
"""What a client may send. It has nothing to say but that it lives."""
MAX_REASON_BYTES = 123
"""RFC 6455, 5.5: a control frame carries 125 bytes, two of them are the code."""


class CloseCode(IntEnum):
    """Why a viewer's connection ends. 44xx: do not come back by yourself. 45xx: come back later, from the last seq."""

    FINISHED = 1000
    RESTARTING = 1012
    BAD_REQUEST = 4400
    NOT_AUTHENTICATED = 4401
    NOT_ALLOWED = 4403
    NOT_FOUND = 4404
    REALTIME_OFF = 4503
    NO_SIGN_OF_LIFE = 4508
    TOKEN_EXPIRED = 4509
    TOO_MANY_VIEWERS = 4529


REASONS = {
    CloseCode.FINISHED: "the task has ended",
    CloseCode.RESTARTING: "the server is restarting",
    CloseCode.BAD_REQUEST: "bad request",
    CloseCode.NOT_AUTHENTICATED: "sign in first",
    CloseCode.NOT_ALLOWED: "not allowed",
    CloseCode.NOT_FOUND: "no such task",
    CloseCode.REALTIME_OFF: "real-time is switched off: use /v1/log/history",
    CloseCode.NO_SIGN_OF_LIFE: "no sign of life",
    CloseCode.TOKEN_EXPIRED: "the token has expired",
    CloseCode.TOO_MANY_VIEWERS: "too many viewers of this task",
}


class View(NamedTuple):
    """What a viewer has to know of its stream."""

    next_seq: int
    is_completed: bool
    is_closed: bool
    state_version: int = 0
    partial: bytes | None = None
    """The unfinished line as a record."""


# --- steps -------------------------------------------------------------------------------------------------------


class SendRecords(NamedTuple):
    """Send records from the viewer's ``next_seq`` on, then call :meth:`Viewer.sent`."""


class SendText(NamedTuple):
    """Send one frame. ``kind`` is the ``type`` of a control object, empty for an unfinished line."""

    text: str
    kind: str = ""


class SendStatus(NamedTuple):
    """Send :func:`control` ``("status", …)`` with the task's status."""


class Close(NamedTuple):
    """Close the connection. ``reason`` fits into a close frame."""

    code: CloseCode
    reason: str


class Wait(NamedTuple):
    """Ask again when the stream has something new, or at this time."""

    until: float


Step = SendRecords | SendText | SendStatus | Close | Wait


def close(code: CloseCode, reason: str = "") -> Close:
    """Return the step that closes with ``code``; ``reason`` is cut to what a close frame holds."""
    text = (reason or REASONS[code]).encode()[:MAX_REASON_BYTES].decode(errors="ignore")
    return Close(code, text)


def control(kind: str, **values: Any) -> str:
    """Return a control object of the v2 protocol as one line."""
    return json.dumps({"type": kind, **values}, ensure_ascii=False, separators=(",", ":")) + "\n"


def choose_subprotocol(offered: list[str]) -> str | None:
    """Return the first subprotocol that the server speaks. What carries a token is never chosen."""
    return next((name for name in offered if name in (V1, V2)), None)


class BadStartError(InvalidInputError):
    """A viewer asks to begin where nobody can."""

    zh = "{field}：{reason_zh}"


def first_seq(since: str | None, tail: str | None, view: View) -> int:
    """Return the record at which a viewer begins, by the query parameters ``since`` and ``tail``.

    Raises :class:`BadStartError`.
    """
    start, last = _count("since", since), _count("tail", tail)
    if start is not None and last is not None:
        raise BadStartError(
            field="tail", reason="since or tail, not both", reason_zh="since 与 tail 只能选其一"
        )
    if last is not None:
        return max(0, view.next_seq - last)
    if start is None:
        return 0
    if start > view.next_seq and not view.is_completed:
        raise BadStartError(
            field="since",
            reason=f"the next record is {view.next_seq}",
            reason_zh=f"下一条记录是 {view.next_seq}",
        )
    return min(start, view.next_seq)


def _count(name: str, value: str | None) -> int | None:
    if value is None:
        return None
    if not (value.isascii() and value.isdecimal() and len(value) <= 18):
        raise BadStartError(
            field=name, reason="expected a number, 0 or more", reason_zh="应为不小于 0 的整数"
        )
    return int(value)


class Viewer:
    """A viewer of the plain protocol. ``next_seq`` is the record that it gets next.

    ``timeout`` seconds without a sign of life end it; ``expires_at`` is when its token ends.
    """

    sends_lines: ClassVar[bool] = False
    """Records go out as lines, many in a frame."""

    def __init__(self, next_seq: int, now: float, *, timeout: float, expires_at: float = math.inf) -> None:
        self.next_seq = next_seq
        self._last_heard = now
        self._timeout = timeout
        self._expires_at = expires_at
        self._frames_since = now
        self._frames = 0

    def heard(self, now: float) -> None:
        """Note a sign of life: a pong, or a frame."""
        self._last_heard = max(self._last_heard, now)

    def received(self, now: float) -> Close | None:
        """Note a frame of the client; return how the connection ends when there are too many."""
        self.heard(now)
        if now - self._frames_since >= 1.0:
            self._frames_since, self._frames = now, 0
        self._frames += 1
        if self._frames > MAX_FRAMES_PER_SECOND:
            return close(CloseCode.BAD_REQUEST, f"more than {MAX_FRAMES_PER_SECOND} frames a second")
        return None

    def sent(self, next_seq: int) -> None:
        """Note that all records before ``next_seq`` are sent."""
        self.next_seq = next_seq

    def status_sent(self, state_version: int, status: str, now: float) -> None:
        """Note that the status was sent as it was at ``state_version``. The plain protocol has none."""

    def deadline(self) -> float:
        """Return when :meth:`ended` has to be asked next."""
        return min(self._last_heard + self._timeout, self._expires_at)

    def ended(self, now: float) -> Close | None:
        """Return how the connection ends if it has to end, whatever the stream says."""
        if now >= self._expires_at:
            return close(CloseCode.TOKEN_EXPIRED)
        if now - self._last_heard >= self._timeout:
            return close(CloseCode.NO_SIGN_OF_LIFE)
        return None

    def step(self, view: View, now: float) -> Step:
        """Return what is to be done."""
        if view.is_closed and not (view.is_completed and self.next_seq >= view.next_seq):
            return close(CloseCode.RESTARTING)
        return self._next(view, now)

    def _next(self, view: View, now: float) -> Step:  # noqa: ARG002 - the other protocol looks at the clock
        if self.next_seq < view.next_seq:
            return SendRecords()
        if view.is_completed:
            return close(CloseCode.FINISHED)
        return Wait(math.inf)


class LinesViewer(Viewer):
    """A viewer of ``installcast.v2``, or of Server-Sent Events."""

    sends_lines = True

    def __init__(
        self,
        next_seq: int,
        now: float,
        *,
        task_id: str,
        status: str,
        timeout: float,
        expires_at: float = math.inf,
    ) -> None:
        super().__init__(next_seq, now, timeout=timeout, expires_at=expires_at)
        self.status = status
        """The last known state of the task: ``running``, ``succeeded`` …"""
        self._task_id = task_id
        self._said_hello = False
        self._said_end = False
        self._state_version = -1
        self._status_sent = -math.inf
        self._partial: bytes | None = None

    def sent(self, next_seq: int) -> None:
        """Note that all records before ``next_seq`` are sent: the unfinished line of before is one of them."""
        super().sent(next_seq)
        self._partial = None

    def status_sent(self, state_version: int, status: str, now: float) -> None:
        """Note that the status was sent, and that it was ``status`` then."""
        self._state_version = state_version
        self._status_sent = now
        self.status = status

    def _next(self, view: View, now: float) -> Step:
        if not self._said_hello:
            self._said_hello = True
            hello = control("hello", task_id=self._task_id, next_seq=self.next_seq, status=self.status)
            return SendText(hello, "hello")
        status_at = self._status_due(view)
        if now >= status_at:
            return SendStatus()
        if self.next_seq < view.next_seq:
            return SendRecords()
        if view.is_completed:
            if self._said_end:
                return close(CloseCode.FINISHED)
            self._said_end = True
            return SendText(control("end", status=self.status, last_seq=view.next_seq - 1), "end")
        if view.partial is not None and view.partial != self._partial:
            self._partial = view.partial
            return SendText(view.partial.decode() + "\n")
        return Wait(status_at)

    def _status_due(self, view: View) -> float:
        """Return when the next status object is due: soon after a change, the final one at once and once."""
        changed = view.state_version != self._state_version
        if view.is_completed:
            return -math.inf if changed and self.next_seq >= view.next_seq else math.inf
        return self._status_sent + (STATUS_INTERVAL if changed else HEARTBEAT)
