"""dpkg's own lines (``Unpacking nginx (1.22) ...``, ``Setting up nginx (1.22) ...``) and those of ``/var/log/dpkg.log``.

Both are told at the beginning of what they name. How many packages there are is known once all are unpacked: ``dpkg -i``
unpacks all of them before it sets one up.
"""

from __future__ import annotations

import re
from typing import Literal

from installcast.parse.reading import Reading
from installcast.parse.tools.run import Run, between, so_many

LINE_STARTS = (
    rb"unpacking \S+ \(",
    rb"setting up \S+ \(",
    rb"processing triggers for \S+ \(",
    rb"removing \S+ \(",
)

Action = Literal["unpack", "set up", "triggers", "remove"]

_LINE = re.compile(r"(Unpacking|Setting up|Processing triggers for|Removing) ([a-z\d][\w.+-]*)(?::\w+)? \(")
_ACTIONS: dict[str, Action] = {
    "Unpacking": "unpack",
    "Setting up": "set up",
    "Processing triggers for": "triggers",
    "Removing": "remove",
    "install": "unpack",
    "upgrade": "unpack",
    "configure": "set up",
    "trigproc": "triggers",
    "remove": "remove",
}
_VERBS: dict[Action, str] = {
    "unpack": "Unpacking",
    "set up": "Setting up",
    "triggers": "Processing triggers for",
    "remove": "Removing",
}
_LOGGED = re.compile(
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (install|upgrade|configure|trigproc|remove) ([a-z\d][\w.+-]*)(?::\w+)? "
)

_ALL_UNPACKED, _ALL_SET_UP = 0.6, 0.95
_USUAL = 3
"""Packages that one call of dpkg is given."""


def action(text: str) -> tuple[Action, str] | None:
    """Return what dpkg says that it begins to do, and with which package."""
    found = _LINE.match(text)
    return (_ACTIONS[found.group(1)], found.group(2)) if found else None


def title(doing: Action, package: str) -> str:
    """Return in words what is done with ``package``."""
    return f"{_VERBS[doing]} {package}"


class Dpkg:
    """dpkg by itself, of which nobody has said how many packages it is given."""

    def __init__(self) -> None:
        self._run = Run("dpkg")
        self._unpacked = self._set_up = 0

    def read(self, text: str) -> Reading | None:
        """Read a line that dpkg prints."""
        found = action(text)
        return self.begins(*found) if found else None

    def begins(self, doing: Action, package: str) -> Reading:
        """dpkg begins to do something with ``package``."""
        if doing == "unpack":
            if self._set_up >= self._unpacked > 0:
                self._run.begin()
                self._unpacked = self._set_up = 0
            self._unpacked += 1
            share = between(0, _ALL_UNPACKED, so_many(self._unpacked, _USUAL))
        elif doing == "set up":
            self._set_up += 1
            share = between(
                _ALL_UNPACKED, _ALL_SET_UP, (self._set_up - 0.5) / max(self._unpacked, self._set_up)
            )
        else:
            share = _ALL_SET_UP if doing == "triggers" else 0.0
        return self._run.at(share, title(doing, package))


class DpkgLog:
    """``/var/log/dpkg.log``, followed from where it ended when the script began. Other runs of dpkg are in it, too."""

    def __init__(self) -> None:
        self._dpkg = Dpkg()

    def read(self, line: str) -> Reading | None:
        """Read a line such as ``2026-01-02 03:04:05 configure nginx:amd64 1.22.1-9 <none>``."""
        found = _LOGGED.match(line)
        return self._dpkg.begins(_ACTIONS[found.group(1)], found.group(2)) if found else None
