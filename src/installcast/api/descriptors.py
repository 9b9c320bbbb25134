"""File descriptors for connections, and always some left for the work itself.

Each connection takes one, and so does whatever the service has to open: journals, pipes to a runner, the lock that tells
whether a runner lives. The kernel gives out the lowest number that is free, so the number of a new connection tells how many
descriptors are in use, whoever uses them, and nothing has to be counted.
"""

from __future__ import annotations

import logging
import math
import resource
import time
from collections.abc import Callable
from enum import Enum

logger = logging.getLogger("installcast.api")

RESERVE = 128
"""Descriptors that connections leave free, where the limit is not small. A start takes six for a moment, a page of a log one."""
TELL_SECONDS = 60.0
"""Between two lines in the log that say so: in a shortage, connections are refused by the thousand."""


class Room(Enum):
    """What is left for a new connection."""

    ENOUGH = "enough"
    ANSWER = "answer"
    """Only to be told to come back later."""
    NONE = "none"


def room_for(descriptor: int) -> Room:
    """Return what is left, now that a connection has been given ``descriptor``."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if limit == resource.RLIM_INFINITY:
        return Room.ENOUGH
    reserve = min(RESERVE, limit // 4)
    if descriptor < limit - reserve:
        return Room.ENOUGH
    return Room.ANSWER if descriptor < limit - reserve // 2 else Room.NONE


class Door:
    """Lets connections in while there is room, and says so in the log, now and then, when there is none."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._refused = 0
        self._tell_at = -math.inf

    def room(self, descriptor: int) -> Room:
        """Return what is left for the connection with ``descriptor``."""
        room = room_for(descriptor)
        if room is not Room.ENOUGH:
            self._refused += 1
            if (now := self._clock()) >= self._tell_at:
                logger.warning(
                    "Out of file descriptors: connections are refused, %d by now. Raise the limit (LimitNOFILE=, ulimit -n) if"
                    " these are people",
                    self._refused,
                )
                self._tell_at = now + TELL_SECONDS
        return room
