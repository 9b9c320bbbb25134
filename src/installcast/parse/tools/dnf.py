"""dnf and yum: ``(3/12): nginx.rpm …`` while downloading, then ``Installing : nginx 3/24`` and ``Verifying : nginx 3/12``.

dnf5 prints ``[ 3/12] Installing nginx 100% | …`` for both, the downloads first.
"""

from __future__ import annotations

import re

from installcast.parse.reading import Reading
from installcast.parse.tools.run import Run, between

LINE_STARTS = (
    rb"\(\d{1,4}/\d{1,4}\): \S",
    rb"  (?:installing|upgrading|updating|downgrading|reinstalling|cleanup|erasing|removing|obsoleting|verifying) *: \S",
    rb"  running scriptlet *: \S",
    rb"running transaction(?: check)?(?![^\n])",
    rb"dependencies resolved",
    rb"complete!(?![^\n])",
)
WORDS = (b"% | ",)
"""Of dnf5."""

_FETCHED = re.compile(r"\((\d+)/(\d+)\): (\S+)", re.ASCII)
_ACTION = re.compile(r"  (\w+(?: \w+)*) *: (\S+) .*?(?<!\d)(\d+)/(\d+) *$", re.ASCII)
_COUNTED = re.compile(
    r"\[ {0,3}(\d+)/(\d+)\] (?:(Installing|Upgrading|Removing|Reinstalling|Downgrading) )?(\S.*?)(?<= )\d{1,3}% \| ",
    re.ASCII,
)

_DOWNLOADED, _INSTALLED, _VERIFIED = 0.3, 0.9, 0.98
_PACKAGE = re.compile(r"(?:\d+:)?([\w.+-]+?)-(?:\d+:)?\d\S*")


class Dnf:
    """``dnf install``, ``upgrade`` or ``remove``."""

    def __init__(self) -> None:
        self._run = Run("dnf")
        self._transaction = False

    def read(self, text: str) -> Reading | None:
        """Read a line."""
        if found := _FETCHED.match(text):
            share = int(found.group(1)) / max(int(found.group(2)), 1)
            return self._run.at(between(0, _DOWNLOADED, share), f"Downloading {_name(found.group(3))}")
        if found := _ACTION.match(text):
            return self._action(*found.groups())
        if found := _COUNTED.match(text):
            share = int(found.group(1)) / max(int(found.group(2)), 1)
            low, high = (_DOWNLOADED, _VERIFIED) if self._transaction else (0.0, _DOWNLOADED)
            return self._run.at(
                between(low, high, share),
                f"{found.group(3)} {_name(found.group(4).rstrip())}" if found.group(3) else "",
            )
        if text.startswith("Running transaction"):
            self._transaction = True
            return self._run.at(_DOWNLOADED)
        if text.startswith("Dependencies "):
            self._transaction = False
            return self._run.begin()
        if text.startswith("Complete!"):
            reading = self._run.at(1.0)
            self._transaction, self._run.fraction = False, 0.0
            return reading
        return None

    def _action(self, word: str, package: str, number: str, total: str) -> Reading | None:
        share = int(number) / max(int(total), 1)
        if word == "Verifying":
            return self._run.at(between(_INSTALLED, _VERIFIED, share), f"Verifying {_name(package)}")
        if not self._transaction:
            return None
        if word == "Running scriptlet":
            return self._run.at(self._run.fraction, f"Setting up {_name(package)}")
        # It is told when it begins.
        share -= 0.5 / max(int(total), 1)
        return self._run.at(between(_DOWNLOADED, _INSTALLED, share), f"{word} {_name(package)}")


def _name(package: str) -> str:
    """Return ``nginx-core`` for ``nginx-core-1:1.20.1-14.el9.x86_64``."""
    found = _PACKAGE.match(package)
    return found.group(1) if found else package
