"""Where in its script a shell stands, as the kernel tells it: nothing is put into the script, and it notices nothing.

bash reads its script by blocks. Before it starts a process it sets the file back to the end of what it has parsed, so
that the child would go on reading there (``sync_buffered_stream`` in its ``input.c``). So while the child runs, the position
in ``/proc/<pid>/fdinfo/255`` is the end of the command's last line. Other shells read ahead and leave it at that.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from installcast.runner.open_files import OpenFile, open_file
from installcast.runner.script_file import ScriptFile
from installcast.runner.tree import children

_USUAL_DESCRIPTOR = 255
"""bash moves its script to the highest number below 256 that the limit on open files allows."""

_MAX_DEPTH = 6
"""Of processes that may stand between what was started and the shell: ``sudo`` makes two, ``timeout`` and ``env`` one or none."""


class ScriptPosition:
    """Follows the shell that runs ``script``."""

    def __init__(self, script: ScriptFile) -> None:
        self._script = script
        self._shell = 0
        self._descriptor = 0

    def shell(self, chain: Sequence[int]) -> int | None:
        """Return which process of ``chain`` (from the script's first process downwards) is the shell, if it can be told."""
        if self._shell and self._file() is not None:
            return self._shell
        for pid in chain[:_MAX_DEPTH]:
            if _is_bash(pid) and (number := self._find(pid)):
                self._shell, self._descriptor = pid, number
                return pid
        self._shell = 0
        return None

    def offset(self, chain: Sequence[int]) -> int | None:
        """Return up to which byte the script was read for the command that runs now; ``None`` when nobody knows.

        At the end of the file nobody knows: the last command runs, or one that has called a function, or the shell is just
        reading a script of one block.
        """
        shell = self.shell(chain)
        if shell is None or not children(shell):
            return None
        file = self._file()
        if file is None or not 0 < file.position < self._script.size:
            return None
        # It parses by whole lines. Elsewhere stands one who has read ahead: in a builtin, beside a child in the background.
        return file.position if self._script.text[file.position - 1 : file.position] == b"\n" else None

    def _file(self) -> OpenFile | None:
        file = open_file(self._shell, self._descriptor)
        return file if file is not None and self._is_script(file) else None

    def _is_script(self, file: OpenFile) -> bool:
        return file.identity == self._script.identity

    def _find(self, pid: int) -> int | None:
        for number in (_USUAL_DESCRIPTOR, *_numbers(pid)):
            file = open_file(pid, number)
            if file is not None and self._is_script(file):
                return number
        return None


def _is_bash(pid: int) -> bool:
    try:
        program = os.readlink(f"/proc/{pid}/exe")  # noqa: PTH115 - many times a second
    except OSError:
        return False
    # Where sh is bash, the link shows it. An upgrade of it may have replaced the file meanwhile.
    return program.rpartition("/")[2].removesuffix(" (deleted)").startswith("bash")


def _numbers(pid: int) -> list[int]:
    try:
        numbers = map(int, os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208 - as above
        return sorted((number for number in numbers if number > 2), reverse=True)
    except OSError:
        return []
