"""docker: the plain output of BuildKit (``#12 [stage-1 3/9] RUN make``) and the layers of ``docker pull``.

The classic builder's ``Step 3/9 : RUN make`` is read as a step of the script (see :mod:`installcast.parse.markers`). What a
build step prints (``#12 0.345 text``) is not looked at.
"""

from __future__ import annotations

import re

from installcast.parse.reading import Reading
from installcast.parse.tools.run import Run

_STATES = rb"(?:pull|already exists|verifying checksum|download|extracting)"
LINE_STARTS = (
    rb"#\d{1,5} (?:\[|done \d|cached|exporting to |naming to )",
    *(
        first + rb"[0-9a-f]{11}:? " + _STATES
        for first in (b"a", b"b", b"c", b"d", b"e", b"f", rb"\d", rb" [0-9a-f]")
    ),
    rb"digest: sha256:",
    rb"status: (?:downloaded|image is up)",
    rb"latest: pulling from \S",
    rb"\d[\w.-]{0,40}: pulling from \S",
)

_STEP = re.compile(r"#(\d+) \[(?:([^\]]*?) )?(\d+)/(\d+)\] (\w+)", re.ASCII)
_FIRST = re.compile(r"#[01] \[internal\]")
_DONE = re.compile(r"#(\d+) (?:DONE|CACHED)\b", re.ASCII)
_EXPORT = re.compile(r"#(\d+) exporting to ", re.ASCII)
_LAYER = re.compile(
    r" ?([0-9a-f]{12}):? (Pulling fs layer|Waiting|Downloading|Verifying Checksum|Download complete|Extracting|Pull complete"
    r"|Already exists)(?: +\[[=> ]*\] +(\d+(?:\.\d+)?)([kMG]?)B/(\d+(?:\.\d+)?)([kMG]?)B)?",
    re.ASCII,
)
_PULL = re.compile(r"[\w.-]{1,128}: Pulling from (\S+)", re.ASCII)
_PULLED = re.compile(r"Status: (?:Downloaded newer image|Image is up to date) for ")

_MOST = 200
"""Stages, steps and layers that are told apart: no image has more."""

_EXPORTS = 0.95
_LAYER_SHARES = {
    "Verifying Checksum": 0.6,
    "Download complete": 0.6,
    "Extracting": 0.6,
    "Pull complete": 1.0,
    "Already exists": 1.0,
}
_DOWNLOAD_SHARE = 0.6
_UNITS = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9}


class DockerBuild:
    """``docker build --progress=plain``, which is what it prints into a pipe."""

    def __init__(self) -> None:
        self._run = Run("docker build")
        self._forget()

    def _forget(self) -> None:
        self._totals: dict[str, int] = {}  # steps of each stage that was seen
        self._open: set[str] = set()  # numbers of the steps that go on
        self._done = 0
        self._export = ""

    def read(self, text: str) -> Reading | None:
        """Read a line."""
        if not text.startswith("#"):
            return None
        if _FIRST.match(text) and self._totals:
            self._forget()
            return self._run.begin()
        if found := _STEP.match(text):
            number, stage, _, total, instruction = found.groups()
            if len(self._totals) < _MOST and len(self._open) < _MOST:
                self._totals[stage or ""] = int(total)
                self._open.add(number)
            return self._at(f"{instruction} ({found.group(3)}/{total}{f' of {stage}' if stage else ''})")
        if found := _DONE.match(text):
            if found.group(1) == self._export:
                return self._run.at(1.0)
            if found.group(1) not in self._open:
                return None
            self._open.discard(found.group(1))
            self._done += 1
            return self._at()
        if found := _EXPORT.match(text):
            self._export = found.group(1)
            return self._run.at(_EXPORTS, "Exporting the image")
        return None

    def _at(self, title: str = "") -> Reading:
        return self._run.at(_EXPORTS * self._done / max(sum(self._totals.values()), 1), title)


class DockerPull:
    """``docker pull``: all layers are named at once, and then come one by one."""

    def __init__(self) -> None:
        self._run = Run("docker pull")
        self._layers: dict[str, float] = {}
        self._is_over = False

    def read(self, text: str) -> Reading | None:
        """Read a line, or a state of a layer's line."""
        if found := _LAYER.match(text):
            if self._is_over:  # of most tags, that another image is pulled is not looked at
                self._begin()
            layer, state, number, unit, of_number, of_unit = found.groups()
            share = _LAYER_SHARES.get(state, 0.0)
            if number and float(of_number):
                part = min(float(number) * _UNITS[unit] / (float(of_number) * _UNITS[of_unit]), 1.0)
                share = part * _DOWNLOAD_SHARE if state == "Downloading" else share + part * (1 - share)
            if layer in self._layers or len(self._layers) < _MOST:
                self._layers[layer] = max(self._layers.get(layer, 0.0), share)
            return self._run.at(0.98 * sum(self._layers.values()) / len(self._layers))
        if found := _PULL.match(text):
            self._begin()
            return self._run.at(0.0, f"Pulling {found.group(1).removeprefix('library/')}")
        self._is_over = self._is_over or _PULLED.match(text) is not None
        return self._run.at(1.0) if self._is_over else None

    def _begin(self) -> None:
        self._layers.clear()
        self._is_over = False
        self._run.begin()
