"""Where apt tells how far it is, in lines for programs: ``pmstatus:nginx:84.6:Configuring nginx (amd64)``.

It is a file in memory (``memfd_create(2)``), and scripts open it by its path in ``/proc``. apt ends with 100 when it cannot
write there, so it may neither lie on a disk that may be full nor be a pipe whose reader may be gone; nor may it be a
descriptor that scripts inherit, which one may close. Once opened, it outlives the runner; before, its path leads nowhere then.
"""

from __future__ import annotations

import os

from installcast.runner.line_follower import LineFollower

STATUS_VARIABLE = "INSTALLCAST_APT_STATUS"
"""Its path, for ``shell/stand_ins/apt``, which knows it by the name."""

_NAME = "installcast-apt"


class AptStatusFile:
    """The file of one script. Raises ``OSError`` where the kernel makes none."""

    def __init__(self) -> None:
        self._descriptor = os.memfd_create(_NAME)
        self._follower = LineFollower(self._descriptor)

    @property
    def path(self) -> str:
        """Where processes of this user open it, as long as this process lives."""
        return f"/proc/{os.getpid()}/fd/{self._descriptor}"

    def lines(self) -> list[str]:
        """Return what apt has said since the last look."""
        return self._follower.lines()

    def close(self) -> None:
        """Nobody reads it any more: what goes on running may write to it all the same."""
        self._follower.close()
