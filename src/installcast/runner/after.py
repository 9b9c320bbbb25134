"""What a canceled or failed task has left on the machine, asked of the recipe: ``detect`` says whether it is there, ``verify``
whether it works.

Pure: what the two scripts answered comes in.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

AfterState = Literal["installed", "partly", "not_installed", "unchanged"]
"""It is there and passes its check; it is there and does not; it is not there; nothing had begun that changes something."""

CHECK_SECONDS = 60.0
"""For both scripts together. What was changed back is mostly not there, and then the second one does not run."""

MAX_ANSWER_BYTES = 65_536

_INSTALLED = re.compile(rb"^installed=[ \t]*(\S{0,128})[ \t]*\r?$", re.MULTILINE)
"""As :mod:`installcast.catalog.detect` reads it; the last one counts."""

SENTENCES: dict[AfterState | None, str] = {
    "installed": "it is installed and passes its check",
    "partly": "it is partly installed: try again, or uninstall it",
    "not_installed": "nothing of it is installed",
    "unchanged": "nothing was changed",
    None: "",
}


class Answer(NamedTuple):
    """How a script ended that was asked."""

    exit_code: int
    output: bytes = b""


def is_there(detect: Answer | None) -> bool | None:
    """Return whether it is installed; ``None`` when there is no script that says so, or it failed."""
    if detect is None or detect.exit_code != 0:
        return None
    versions = _INSTALLED.findall(detect.output)
    return bool(versions and versions[-1])


def conclude(there: bool | None, verify: Answer | None) -> AfterState | None:
    """Return what is left; ``None`` when nobody can tell. ``verify`` need not be asked about what is not there."""
    if there is False:
        return "not_installed"
    if verify is not None and verify.exit_code == 0:
        return "installed"
    return "partly" if there else None
