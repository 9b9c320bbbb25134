"""What single tools print about their progress, one file a tool.

Each module says with which bytes, in lower case, the lines begin that its tool is known by (``LINE_STARTS``), or what stands
in them (``WORDS``; those in ASCII count beside a ``%`` alone, which few lines have). What is not announced so is not read.
"""

from __future__ import annotations

import re

from installcast.parse.reading import Reading
from installcast.parse.starts import any_of
from installcast.parse.tools import (
    apk,
    apt,
    bars,
    cargo,
    cmake,
    curl,
    dnf,
    docker,
    git,
    ninja,
    npm,
    pip,
    pnpm,
    uv,
    wget,
    zypper,
)
from installcast.parse.tools.run import Tool

LINE_STARTS = any_of(
    start
    for tool in (
        apk,
        apt,
        bars,
        cargo,
        cmake,
        curl,
        dnf,
        docker,
        git,
        ninja,
        npm,
        pip,
        pnpm,
        uv,
        wget,
        zypper,
    )
    for start in tool.LINE_STARTS
)
"""How lines begin that are read here: an expression on bytes in lower case."""

WORDS: tuple[bytes, ...] = tuple(dict.fromkeys((*wget.WORDS, *pip.WORDS, *dnf.WORDS, *bars.WORDS)))
"""What stands in other lines that are read here, in lower case."""

_LINE_START = re.compile(LINE_STARTS.decode(), re.ASCII)
_PERCENT_WORD = re.compile("|".join(re.escape(word.decode()) for word in WORDS if word.isascii()))
_OTHER_WORDS = tuple(word.decode() for word in WORDS if not word.isascii())
_HEAD = 400
"""Characters of a line in which its beginning is looked for, and a bar: no terminal is wider."""
_NO_COUNT = re.compile(r"\d{16}", re.ASCII)
"""No tool counts so far, and no reader has to mind numbers that are too long for ``int`` or ``float``."""


class ToolReader:
    """Reads what one run of a script prints, whichever tools it starts, one after the other or side by side.

    A new run of a tool is told by a fraction that falls.
    """

    def __init__(self) -> None:
        drawers: list[Tool] = [wget.Wget(), pip.Pip(), dnf.Dnf(), docker.DockerPull()]
        # The one that has read the last line is asked first, since it will most likely read the next one.
        self._tools: list[Tool] = [
            apt.Apt(),
            cmake.Cmake(),
            ninja.Ninja(),
            *drawers,
            curl.Curl(),
            git.Git(),
            docker.DockerBuild(),
            npm.Npm(),
            pnpm.Pnpm(),
            cargo.Cargo(),
            zypper.Zypper(),
            apk.Apk(),
            uv.Uv(),
        ]
        self._drawers = drawers  # of these, the ones that are known by a word, too
        self._bars = bars.Bars()  # asked last: other tools draw bars, too

    def read(self, text: str, *, begins: bool = False) -> Reading | None:
        """Read a plain line, or a state of a line that is redrawn; ``None`` where it tells of no progress.

        ``begins``: it is known already that it begins as one of :data:`LINE_STARTS`.
        """
        tools = self._tools
        if not begins:
            lower = text[:_HEAD].lower()
            if not _LINE_START.match(lower):
                if not _has_word(lower):
                    return None
                tools = self._drawers
        if _NO_COUNT.search(text):
            return None
        for index, tool in enumerate(tools):
            reading = tool.read(text)
            if reading is not None:
                if index:
                    tools.insert(0, tools.pop(index))
                return reading
        return self._bars.read(text[:_HEAD])


def _has_word(lower: str) -> bool:
    if "%" in lower and _PERCENT_WORD.search(lower):
        return True
    return not lower.isascii() and any(word in lower for word in _OTHER_WORDS)
