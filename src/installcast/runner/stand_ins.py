"""Programs that stand in for package managers in the ``PATH`` of a script, so that these tell how far they are.

They lie in this package, since a script may run as any user: a folder in ``PATH`` that somebody may not enter turns his "not
found" into "permission denied" (``execvp(3)``). Where not everybody may enter it, ``PATH`` stays as it is.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from installcast.runner.environment import is_open_to_all

_ASKS_WHERE = re.compile(
    rb"(?:\b(?:which|whereis|type)|\bhash\s+-t|\bcommand\s+-[vV])\b[^\n;|&>]{0,200}\b(?:apt|apt-get)\b"
    rb"(?![^\n;|)]{0,200}(?<!2)>&?\s*/dev/null)"
)
"""A script that asks where apt is may keep the answer, in a cron table for one: it gets the true one. Many only ask whether
there is one, and throw the answer away."""


def search_path(before: str, script: bytes) -> str:
    """Return ``before``, a ``PATH``, with the stand-ins in front that ``script`` can do with."""
    stand_ins = Path(__file__).parent / "shell/stand_ins"
    folder = stand_ins / "apt"
    if ":" in str(folder) or _ASKS_WHERE.search(script) or not is_open_to_all(stand_ins / "behind.sh"):
        return before
    for program in folder.iterdir():
        # One that is not there must not seem to be: by apt-get, scripts know Debian.
        usable = is_open_to_all(program) and os.access(program, os.X_OK)
        if not usable or not _is_found(program.name, before):
            return before
    return f"{folder}:{before}"


def _is_found(name: str, path: str) -> bool:
    return any(os.access(f"{folder}/{name}", os.X_OK) for folder in path.split(":") if folder)
