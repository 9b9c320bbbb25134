"""What apt and dpkg tell elsewhere than in their output, for a script that hides their output.

Where the output is to be seen it says more, and the same thing must not be counted twice.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from installcast.parse.reading import Reading
from installcast.parse.tools.apt_status import AptStatus
from installcast.parse.tools.dpkg import DpkgLog
from installcast.runner.apt_status import AptStatusFile
from installcast.runner.line_follower import LineFollower
from installcast.runner.linux import known_status
from installcast.runner.tree import Process

DPKG_LOG = Path("/var/log/dpkg.log")

_NULL_DEVICE = (1, 3)
"""Linux ``Documentation/admin-guide/devices.txt``."""

_APT = frozenset({"apt", "apt-get", "aptitude"})


class PackageLogs:
    """Follows apt's status lines, which come to ``status`` where there is such a file, and ``dpkg_log``, from its end on."""

    def __init__(self, status: AptStatusFile | None, dpkg_log: Path = DPKG_LOG) -> None:
        self._status = status
        self._apt = AptStatus()
        self._apt_pid = 0
        """The apt that was seen at the last look."""
        self._tells = False
        """It writes status lines."""
        self._dpkg = DpkgLog()
        self._dpkg_log: LineFollower | None = None
        with suppress(OSError):
            descriptor = os.open(dpkg_log, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
            self._dpkg_log = LineFollower(descriptor, os.fstat(descriptor).st_size)

    def look(self, processes: Sequence[Process]) -> Reading | None:
        """Return how far a package manager is that is one of ``processes``; ``None`` when none of them is, or it is silent."""
        # Read in any case: what others do, or what was to be seen in the output, is no news later.
        said = self._status.lines() if self._status is not None else []
        logged = self._dpkg_log.lines() if self._dpkg_log is not None else []
        apt = next((process for process in processes if process.name in _APT), None)
        dpkg = next((process for process in processes if process.name == "dpkg"), None)
        speaker = apt or dpkg
        if apt is None or apt.pid != self._apt_pid:
            # What is there now may be the last words of the one before.
            said, self._apt_pid, self._tells = [], apt.pid if apt else 0, False
        if speaker is None or not hides_output(speaker.pid):
            return None
        self._tells = self._tells or bool(said)
        readings = [self._apt.read(line) for line in said]
        if not self._tells and dpkg is not None:
            readings = [self._dpkg.read(line) for line in logged]
        return next((reading for reading in reversed(readings) if reading is not None), None)

    def close(self) -> None:
        """Let go of the files."""
        if self._status is not None:
            self._status.close()
        if self._dpkg_log is not None:
            self._dpkg_log.close()


def hides_output(pid: int) -> bool:
    """Return whether what ``pid`` prints goes to a file or to nowhere, and so is read by nobody as it comes."""
    try:
        output = known_status(f"/proc/{pid}/fd/1")
    except FileNotFoundError:
        return True  # closed
    except OSError:
        return False
    return stat.S_ISREG(output.mode) or (stat.S_ISCHR(output.mode) and output.device == _NULL_DEVICE)
