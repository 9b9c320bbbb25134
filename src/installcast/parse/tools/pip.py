"""pip: what it collects, downloads, builds and installs.

How much there is to install is known only when all is collected. What a package costs follows from its size: it is downloaded,
unpacked and compiled. ``PIP_PROGRESS_BAR=raw`` prints ``Progress 123 of 456``; recent versions draw a bar over the packages
being installed, too (``━━━━ 2/5 [scipy]``).
"""

from __future__ import annotations

import re

from installcast.parse.reading import Reading
from installcast.parse.tools.run import Run, between, megabytes, so_many

LINE_STARTS = (
    rb"collecting \S",
    rb"processing (?:\./|/)\S",
    rb"looking in (?:indexes|links): ",
    rb"requirement already satisfied: ",
    rb" +downloading \S+ \(",
    rb" +using cached \S+ \(",
    rb"progress \d+ of \d",
    rb"building wheels for ",
    rb" +(?:created|building) wheel for ",
    rb"installing collected packages: ",
    rb"successfully installed \S+-\d",
)
WORDS = ("━".encode(),)
"""Of the bars."""

_COLLECTING = re.compile(r"(?:Collecting|Processing) (\S+?)(?:[<>=!~;\[,]\S*)?(?: |$)")
_ARCHIVE = re.compile(
    r"  (?:Downloading|Using cached) (?:\S*/)?([A-Za-z\d][\w.]*)-\d\S* \((\d+(?:\.\d+)?) ([kM]?)B\)", re.ASCII
)
_RAW = re.compile(r"Progress (\d+) of (\d+)$", re.ASCII)
_DOWNLOAD_BAR = re.compile(r" {2}[━╸╺ ]+(\d+(?:\.\d+)?)/(\d+(?:\.\d+)?) [kMG]?B ", re.ASCII)
_INSTALL_BAR = re.compile(r" {2}[━╸╺ ]{2,}+(?<= )(\d+)/(\d+) \[([^\]]+)\]", re.ASCII)
_WHEELS = re.compile(r"Building wheels for collected packages: (.*)")
_BUILT = re.compile(r"  Created wheel for (\S+?):")
_INSTALL = re.compile(r"Installing collected packages: (.*)")

_NETWORK = 10.0
"""Megabytes a second."""
_LOOK_UP = 0.3
"""Seconds to find a package and to read what it needs."""
_BUILD = 15.0
"""Seconds to build a wheel."""
_MOST = 1000
"""Packages that are told apart."""
_USUAL = 5
"""Packages that are still to come when so many are collected."""


def _install_seconds(size: float) -> float:
    """Seconds to unpack and compile an archive of ``size`` megabytes."""
    return 0.1 + 0.25 * size


class Pip:
    """``pip install``."""

    def __init__(self) -> None:
        self._run = Run("pip")
        self._forget()

    def _forget(self) -> None:
        self._is_over = False
        self._sizes: dict[str, float] = {}  # megabytes of what was collected, by its normalized name
        self._collected = 0
        self._arriving, self._arrived = (
            0.0,
            0.0,
        )  # megabytes of the present download, and the share of it that is there
        self._to_build = self._built = 0
        self._order: list[str] = []  # in which they are installed
        self._installing = ""

    def read(self, text: str) -> Reading | None:
        """Read a line, or a state of a bar."""
        begin = text[:6]
        if begin in ("Collec", "Proces", "Lookin", "Requir"):
            return self._collect(text)
        if begin[:2] == "  ":
            return self._indented(text)
        if found := _RAW.match(text):
            return self._arrive(int(found.group(1)), int(found.group(2)))
        if found := _WHEELS.match(text):
            self._to_build = len(found.group(1).split(", "))
            return self._at(found_all=True)
        if found := _INSTALL.match(text):
            self._order = [_normalized(name) for name in found.group(1).split(", ")[:_MOST]]
            return self._at(found_all=True)
        if text.startswith("Successfully installed ") and self._order:
            self._is_over = True
            return self._run.at(1.0)
        return None

    def _collect(self, text: str) -> Reading | None:
        if self._is_over:
            self._forget()
            self._run.begin()
        if text.startswith(("Looking", "Requirement")):
            return self._run.at(self._run.fraction)
        found = _COLLECTING.match(text)
        if found is None or (text.startswith("Processing") and not found.group(1).startswith(("/", "./"))):
            return None
        self._collected += 1
        self._arriving = self._arrived = 0.0
        return self._at(title=f"Collecting {found.group(1).rpartition('/')[2]}")

    def _indented(self, text: str) -> Reading | None:
        if found := _ARCHIVE.match(text):
            name, number, unit = found.groups()
            self._arriving = megabytes(number, unit)
            if len(self._sizes) < _MOST:
                self._sizes[_normalized(name)] = self._arriving
            self._arrived = 0.0 if "Downloading" in text else 1.0
            return self._at(title=f"Downloading {name}")
        if found := _DOWNLOAD_BAR.match(text):
            return self._arrive(float(found.group(1)), float(found.group(2)))
        if found := _INSTALL_BAR.match(text):
            return self._install(int(found.group(1)), found.group(3))
        if _BUILT.match(text):
            self._built += 1
            return self._at(found_all=True)
        return None

    def _arrive(self, number: float, total: float) -> Reading:
        self._arrived = number / total if total else 0.0
        return self._at()

    def _seconds(self) -> tuple[float, float, float]:
        """Return what collecting has taken, and what building and installing all that is known takes."""
        fetched = sum(self._sizes.values()) - self._arriving * (1 - self._arrived)
        installing = sum(_install_seconds(self._sizes.get(name, 0.0)) for name in self._order)
        if not self._order:
            unknown = max(self._collected - len(self._sizes), 0)
            installing = sum(map(_install_seconds, self._sizes.values())) + unknown * _install_seconds(0.0)
        return _LOOK_UP * self._collected + fetched / _NETWORK, _BUILD * self._to_build, installing

    def _at(self, *, found_all: bool = False, title: str = "") -> Reading:
        collecting, building, installing = self._seconds()
        share = (collecting + _BUILD * self._built) / max(collecting + building + installing, 1e-9)
        if not found_all:
            # Nobody knows how many are still to be found.
            share *= so_many(max(self._collected - 1, 0) + self._arrived, _USUAL)
        return self._run.at(share, title)

    def _install(self, count: int, name: str) -> Reading:
        collecting, building, installing = self._seconds()
        done = sum(_install_seconds(self._sizes.get(each, 0.0)) for each in self._order[:count])
        before = collecting + building
        return self._run.at(
            between(before, before + installing, done / max(installing, 1e-9))
            / max(before + installing, 1e-9),
            f"Installing {name}",
        )


def _normalized(name: str) -> str:
    """Return the name of a package as file names and lists have it alike (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name.strip()).lower()
