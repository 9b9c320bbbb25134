"""The debug log of an npm that runs: npm itself prints nothing until its end.

Which file it is, nobody has to guess: npm has it open. It is read by way of npm's own descriptor.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from installcast.parse.reading import Reading
from installcast.parse.tools.npm import NpmLog
from installcast.runner.line_follower import LineFollower
from installcast.runner.open_files import OpenFile, open_files
from installcast.runner.tree import Process

_FOLDER, _SUFFIX = "/_logs/", "-debug-0.log"


class NpmLogFile:
    """Follows the log of the outermost npm of a script: what that one starts is a part of its work."""

    def __init__(self) -> None:
        self._identity: tuple[int, int, int] | None = None
        self._follower: LineFollower | None = None
        self._reader = NpmLog()
        self._reading: Reading | None = None

    def look(self, processes: Sequence[Process]) -> Reading | None:
        """Return how far npm is that is one of ``processes``; ``None`` when none of them is."""
        # It may have been started by a program of that name.
        logs = ((process.pid, _log_of(process.pid)) for process in processes if _is_npm(process))
        pid, log = next((found for found in logs if found[1] is not None), (0, None))
        if log is None:
            self.close()
            return None
        if log.identity != self._identity:
            self._open(pid, log)
        for line in self._follower.lines() if self._follower else ():
            self._reading = self._reader.read(line) or self._reading
        return self._reading

    def close(self) -> None:
        """Let go of the file."""
        if self._follower is not None:
            self._follower.close()
        self._identity, self._follower, self._reading = None, None, None

    def _open(self, pid: int, log: OpenFile) -> None:
        self.close()
        try:
            descriptor = os.open(f"/proc/{pid}/fd/{log.number}", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return  # closed meanwhile
        self._identity, self._follower, self._reader = log.identity, LineFollower(descriptor), NpmLog()


def _is_npm(process: Process) -> bool:
    # Once it runs, its title takes the place of its command.
    return any(
        word.rpartition("/")[2] in ("npm", "npx", "npm-cli.js", "npx-cli.js") for word in process.words[:2]
    )


def _log_of(pid: int) -> OpenFile | None:
    files = open_files(pid, larger_than=-1)
    return next((file for file in files if _FOLDER in file.path and file.path.endswith(_SUFFIX)), None)
