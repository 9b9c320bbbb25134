"""Scripts that run while a test looks at them, and stop where it wants them to."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from installcast.runner.tree import ProcessTree

T = TypeVar("T")


class RunningScript:
    """A script under way, in a folder of its own: in it ``cat NAME`` waits at a gate until :meth:`open` lets it go on."""

    def __init__(
        self, folder: Path, text: str, *command: str, environment: dict[str, str] | None = None
    ) -> None:
        self.path = folder / "script.sh"
        self.path.write_text(text)
        self.text = self.path.read_bytes()
        self._folder = folder
        for gate in set(re.findall(r"\bgate\d+", " ".join((text, *command)))):
            os.mkfifo(folder / gate)
        argv = [*(command or ("bash",)), str(self.path)]
        self.process = subprocess.Popen(
            argv, cwd=folder, env=environment, stdout=subprocess.PIPE, start_new_session=True
        )
        self.tree = ProcessTree()
        self.tree.begin(self.process.pid)

    def until(self, look: Callable[[], T | None]) -> T:
        """Return what ``look`` returns as soon as that is something."""
        while not (seen := look()):
            assert not self._is_over(), "the script is over"
        return seen

    def waits_at(self, gate: str) -> list[int]:
        """Wait until the script is at ``gate``; return the processes down to the one that waits."""

        def chain() -> list[int]:
            pids = self.tree.chain()
            commands = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids[-1:] if pid != pids[0]]
            return pids if commands and commands[0].split(b"\0")[:2] == [b"cat", gate.encode()] else []

        def still() -> list[int]:
            try:
                return chain()
            except OSError:
                return []

        return self.until(still)

    def open(self, gate: str) -> None:
        """Let the script pass."""
        (self._folder / gate).write_text("")

    def end_of(self, line: str) -> int:
        """Return the offset behind ``line`` in the script."""
        return self.text.index(line.encode() + b"\n") + len(line) + 1

    def clean_up(self) -> None:
        """Leave nothing running."""
        if self.process.returncode is None:
            # Not reaped yet, so that the number is nobody else's.
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()

    def _is_over(self) -> bool:
        return os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
