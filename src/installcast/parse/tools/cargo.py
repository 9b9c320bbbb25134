"""cargo: its words stand right-aligned in twelve columns, ``   Compiling serde v1.0.219``.

How many crates there are is told by the bar (``CARGO_TERM_PROGRESS_WHEN=always``: ``Building [==> ] 12/345``), else by the
number of crates that were downloaded or locked, which is about as many.
"""

from __future__ import annotations

import re

from installcast.parse.reading import Reading
from installcast.parse.tools.run import Run, between, so_many

LINE_STARTS = (
    rb" {1,5}(?:updating|locking|downloading|downloaded|compiling|building|finished|installing) \S",
)

_WORD = re.compile(r"(?= {0,11}\S{1,11} ).{4,11}[dg] (?<=^.{13})(\S.*)")
_BAR = re.compile(r"\[[=> ]*\] (\d+)/(\d+)(?:: ([\w.-]+))?", re.ASCII)
_LOCKED = re.compile(r"(\d+) packages? to latest", re.ASCII)
_DOWNLOADED = re.compile(r"(\d+) crates?\b|(\S+) v\d", re.ASCII)
_CRATE = re.compile(r"(\S+) v\d", re.ASCII)

_FETCHED, _COMPILED = 0.1, 0.98
_USUAL = 40
"""Crates that a program needs."""


class Cargo:
    """``cargo build`` or ``install``."""

    def __init__(self) -> None:
        self._run = Run("cargo")
        self._forget()

    def _forget(self) -> None:
        self._locked = self._downloaded = self._compiling = self._built = 0

    def read(self, text: str) -> Reading | None:
        """Read a line, or a state of the bar."""
        found = _WORD.match(text)
        if found is None:
            return None
        word, rest = text[:12].strip(), found.group(1)
        if word == "Compiling":
            return self._compile(rest)
        if word == "Building":
            return self._bar(rest)
        if word in ("Updating", "Locking"):
            if self._compiling or self._run.fraction == 1.0:
                self._forget()
                self._run.begin()
            if locked := _LOCKED.match(rest):
                self._locked = int(locked.group(1))
            return self._run.at(0.0)
        if word == "Downloaded" and (crates := _DOWNLOADED.match(rest)):
            self._downloaded = int(crates.group(1)) if crates.group(1) else self._downloaded + 1
            share = self._downloaded / self._locked if self._locked else so_many(self._downloaded, _USUAL)
            return self._run.at(between(0, _FETCHED, share))
        if word == "Finished" and "target(s) in " in rest:
            reading = self._run.at(1.0)
            self._forget()
            return reading
        return None

    def _begin_anew(self) -> None:
        if self._run.fraction == 1.0:
            self._run.begin()

    def _compile(self, rest: str) -> Reading | None:
        crate = _CRATE.match(rest)
        if crate is None:
            return None
        self._begin_anew()
        self._compiling += 1
        # What was in the cache was not downloaded, and what other systems need is locked, too.
        total = max(self._downloaded, self._compiling) if self._downloaded > 1 else self._locked
        if not total or self._built:
            return self._run.at(0.0, f"Compiling {crate.group(1)}")
        share = (self._compiling - 0.5) / max(total, self._compiling + 1)
        return self._run.at(between(_FETCHED, _COMPILED, share), f"Compiling {crate.group(1)}")

    def _bar(self, rest: str) -> Reading | None:
        bar = _BAR.match(rest)
        if bar is None or bar.group(2) == "0":
            return None
        self._begin_anew()
        self._built = max(int(bar.group(1)), 1)
        share = between(0, _COMPILED, int(bar.group(1)) / int(bar.group(2)))
        return self._run.at(share, f"Compiling {bar.group(3)}" if bar.group(3) else "")
