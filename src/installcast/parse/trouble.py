"""The trouble that lines tell of, gathered as they pass: lines of one trouble in a row are one entry."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator

from installcast.parse.causes import CAUSES, Cause, Kind, development_package
from installcast.parse.causes.cause import UNKNOWN
from installcast.parse.causes.finding import find_cause
from installcast.parse.levels import LineLevel

_MOST = 400
"""Entries that are kept: the first ones and the last ones, since the cause is the first of the last cluster."""
_KEPT_OF_THE_BEGINNING = 50

_LONGEST_TEXT = 300
_LAST_LINES = 12
"""Lines at the end of the output that may tell the cause in words that no error has."""
_LONGEST_TAIL = 8192
_NEAR = 3
"""Lines between two that still belong together."""
_URL_NEAR = 8
_DETAILS_NEAR = 6

_URL = re.compile(r"(?:--\d{4}-\d\d-\d\d [\d:]{8}--  |(?:(?:#\d+ )?\d+\.\d+ )?Err:\d+ )(\w+://\S+)")
"""What wget and apt say before they say what went wrong."""
_NEEDS = re.compile(r"After this operation, ([\d.,]+ ?[kMGT]?B) of additional disk space will be used")
_EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(?::\s|$)")
_FRAME = re.compile(r"\s+at .+")
_SNIPPET = re.compile(r"(?: *\d+)? +\| ")
_SCRIPT_LINE = re.compile(r"\S+: (?:line )?(\d+): ([^\s:]+)")
_MEANWHILE = ("During handling of the above exception", "The above exception was the direct cause")

APP_ERROR = next(cause for cause in CAUSES if cause.code == "APP_ERROR" and cause.is_general)
COMPILE_ERROR = next(cause for cause in CAUSES if cause.code == "COMPILE_ERROR")


class Trouble:
    """One thing that went wrong. ``first`` and ``last`` count bodies; ``text`` is the first line."""

    def __init__(
        self, cause: Cause | None, particulars: dict[str, str], text: str, level: LineLevel, index: int
    ) -> None:
        self.cause = cause
        self.particulars = particulars
        self.text = text[:_LONGEST_TEXT]
        self.is_warning = level == "WARN"
        self.first = self.last = index

    @property
    def kind(self) -> Kind:
        """What sort of trouble; ``end`` where nothing is known but that it is an error."""
        return self.cause.kind if self.cause else "end"

    @property
    def is_specific(self) -> bool:
        """Whether it has a code that gives way to no other."""
        return self.cause is not None and self.cause.code != UNKNOWN and not self.cause.is_general

    def is_like(self, other: Trouble) -> bool:
        """Whether a line more of the same tells nothing new. Each command that is missing is trouble of its own."""
        if self.cause is not other.cause or self.is_warning != other.is_warning:
            return False
        return self.kind != "missing" or self.particulars == other.particulars

    @property
    def place(self) -> tuple[str, int | None] | None:
        """The word of a command that this is about, and the line of the script, if a shell names it; ``None``: unknown."""
        if found := _SCRIPT_LINE.match(self.text):
            return found[2], int(found[1])
        word = self.particulars.get("package", "")
        return (word, None) if self.kind == "package" and word else None


class Troubles:
    """Watches the lines of one script."""

    def __init__(self) -> None:
        self._entries: list[Trouble] = []
        self._in_traceback = False
        self._url, self._url_at = "", 0
        self._needs = ""
        self._recent: deque[tuple[str, int]] = deque(maxlen=_LAST_LINES)

    def __iter__(self) -> Iterator[Trouble]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, position: int) -> Trouble:
        return self._entries[position]

    def pass_over(self, text: str, last_index: int) -> None:
        """Take plain lines, the last of which is of body ``last_index``: they are looked at only when they are the last."""
        self._recent.append((text, last_index))

    def last_lines(self, end: int) -> list[tuple[str, int]]:
        """Return those of the last lines of the output that are of level INFO. ``end`` is the index of the last one."""
        lines = [
            (line, last - before)
            for text, last in self._recent
            for before, line in enumerate(reversed(text[-_LONGEST_TAIL:].split("\n")))
        ]
        return sorted((entry for entry in lines if end - entry[1] < _LAST_LINES), key=lambda entry: entry[1])

    def observe(self, text: str, level: LineLevel, index: int) -> None:
        """Look at one line, masked already. ``index`` counts the bodies of the task."""
        if level == "INFO":
            self._recent.append((text, index))
            if found := _NEEDS.match(text):
                self._needs = found[1]
            elif found := _URL.match(text):
                self._url, self._url_at = found[1], index
            return
        if found := _URL.match(text):
            self._url, self._url_at = found[1], index
        if self._take_traceback(text, level, index):
            return
        if level == "WARN" and ("[-W" in text or "deprecated" in text):
            return  # thousands of them, and no cause among them
        cause, particulars = find_cause(text)
        if cause is None and level != "ERROR":
            return
        self._add(Trouble(cause, particulars, text, level, index))

    def _take_traceback(self, text: str, level: LineLevel, index: int) -> bool:
        """Take a line of a program's own stack. Returns whether it was one."""
        stripped = text.lstrip()
        if stripped.startswith("Traceback (most recent call last)"):
            self._in_traceback = text is stripped or text == stripped
            return self._in_traceback
        if stripped.startswith(_MEANWHILE):
            return True
        if self._in_traceback:
            if text.startswith((" ", "\t")):
                return True
            self._in_traceback = False
            if _EXCEPTION.match(text):
                cause, particulars = find_cause(text)
                if cause is None or cause.code == UNKNOWN or cause.is_general:
                    cause, particulars = APP_ERROR, {**particulars, "reason": text}
                self._add(Trouble(cause, particulars, text, level, index))
                return True
        if not self._entries:
            return False
        last, is_near = self._entries[-1], index - self._entries[-1].last <= _NEAR
        if is_near and _SNIPPET.match(text):
            if (
                "header" in last.particulars and '#include "' in text
            ):  # the project's own, not one of a library
                last.cause = COMPILE_ERROR
            last.last = index
            return True
        if _FRAME.match(text):
            if is_near and (last.cause is None or last.cause.code == UNKNOWN):
                last.cause, last.particulars = APP_ERROR, {"reason": last.text}
            last.last = index if is_near else last.last
            return True
        return False

    def _add(self, new: Trouble) -> None:
        last = self._entries[-1] if self._entries else None
        if (
            new.cause
            and new.kind == "network"
            and not new.particulars.get("url")
            and new.first - self._url_at <= _URL_NEAR
        ):
            new.particulars["url"] = self._url
        if new.kind == "disk" and self._needs:
            new.particulars.setdefault("needed", self._needs)
        if "header" in new.particulars:
            new.particulars["package"] = development_package(new.particulars["header"])
        if last is not None and last.is_like(new):
            far = new.first - last.last - 1
            if far <= _NEAR or new.kind == "disk":
                if new.first - last.first <= _DETAILS_NEAR:
                    last.particulars = {**new.particulars, **{k: v for k, v in last.particulars.items() if v}}
                last.last = new.first
                return
        self._entries.append(new)
        if len(self._entries) > _MOST:
            del self._entries[_KEPT_OF_THE_BEGINNING]
