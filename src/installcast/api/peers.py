"""Which clients are still there and take what they are sent; the others are cut, and may come back from where they were.

Three clients would hold a connection for ever: one that reads nothing, one that reads a byte a second, and one whose network
is gone while nobody has said so. The kernel knows of all of them: how many bytes the other side has acknowledged, how many
wait, and when it last heard from it. A slow client is another matter: it takes little, but it takes it.

``TCP_USER_TIMEOUT`` is no help. It counts while the other side's window is smaller than the first segment in the queue, and so
ends a client at 2 KB/s, too; and a ping that waits in the queue delays it.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import socket
import struct
import termios
from typing import NamedTuple

logger = logging.getLogger("installcast.api")

PATIENCE = 25.0
"""Seconds in which a client has to take something, and to be heard of."""
LEAST_BYTES = 1024
"""What it has to take in that time, or all there is. Forty bytes a second: a modem of 1962 was faster."""
LOOK_INTERVAL = 2.5
KEEPALIVE_IDLE = 10
"""Seconds of silence after which the kernel asks whether the other side is there; see ``tcp(7)``."""
KEEPALIVE_INTERVAL = 5
MOST_UNSENT_BYTES = 131_072
"""What the kernel takes for a client that is behind, beside what is on its way; left alone, it takes some megabytes."""

_RESET = struct.pack("ii", 1, 0)
"""``struct linger``: for no second."""

_LAST_ACK_RECEIVED = 56
_BYTES_ACKED = 120
_INFO_BYTES = 128
"""Offsets in ``struct tcp_info`` of ``linux/tcp.h``: ``tcpi_last_ack_recv`` in ms, ``tcpi_bytes_acked``."""


def keep_alive(listener: socket.socket) -> None:
    """Let the kernel look after every connection that ``listener`` will accept."""
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEPALIVE_IDLE)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, KEEPALIVE_INTERVAL)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, MOST_UNSENT_BYTES)


def cut(transport: asyncio.Transport) -> None:
    """End a connection at once, whatever is still on its way.

    Just closed, it would go on in the kernel, with all its bytes, until the other side has taken them or is given up.
    """
    connection = transport.get_extra_info("socket")
    if connection is not None and not transport.is_closing():
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    transport.abort()


class Sighting(NamedTuple):
    """What the kernel knows of the other side."""

    taken: int
    """Bytes that it has acknowledged so far."""
    waiting: int
    """Bytes that it has not."""
    silent: float
    """Seconds since anything came from it."""


class Pace:
    """Judges a client by what is seen of it from time to time. Pure: time, in seconds, is a parameter."""

    def __init__(self, now: float) -> None:
        self._since = now
        self._goal = 0
        """Bytes that have to be taken within :data:`PATIENCE` from ``_since``."""

    def is_stuck(self, seen: Sighting, now: float) -> bool:
        """Take note of what was ``seen`` and tell whether the client is beyond hope."""
        if seen.taken >= self._goal:
            self._goal = seen.taken + min(seen.waiting, LEAST_BYTES)
            self._since = now
        return now - self._since >= PATIENCE or seen.silent >= PATIENCE


class PeerWatch:
    """Looks at the client of one connection from time to time, and cuts the connection when the client is stuck.

    What comes over a Unix socket is left alone: it is the service's own user, whose pager may wait as long as it likes.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, transport: asyncio.Transport) -> None:
        self._loop = loop
        self._transport = transport
        connection = transport.get_extra_info("socket")
        is_tcp = connection is not None and connection.family in {socket.AF_INET, socket.AF_INET6}
        self._connection: socket.socket | None = connection if is_tcp else None
        self._client = transport.get_extra_info("peername")
        self._pace = Pace(loop.time())
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to look."""
        if self._connection is not None:
            self._timer = self._loop.call_later(LOOK_INTERVAL, self._look, self._connection)

    def stop(self) -> None:
        """Look no more. A second call does nothing."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self, connection: socket.socket) -> None:
        try:
            seen = _sighting(connection, self._transport.get_write_buffer_size())
        except OSError:  # it is being closed
            return
        if not self._pace.is_stuck(seen, self._loop.time()):
            self.start()
            return
        logger.info(
            "client=%s took nothing for %d s (%d bytes wait for it): its connection is cut",
            self._client[0] if self._client else "-",
            PATIENCE,
            seen.waiting,
        )
        cut(self._transport)


def _sighting(connection: socket.socket, buffered: int) -> Sighting:
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_BYTES)
    (silent_ms,) = struct.unpack_from("I", info, _LAST_ACK_RECEIVED)
    (taken,) = struct.unpack_from("Q", info, _BYTES_ACKED)
    (queued,) = struct.unpack("i", fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, b"\0" * 4))
    return Sighting(taken, queued + buffered, silent_ms / 1000)
