"""Why a task failed: a stable code, what to do about it, and the record that shows it.

Lines that tell a cause are remembered as they pass: the first one of each cluster, since what follows is mostly its echo,
and only the last cluster, since a script that went on for long after an error has survived it. A wrong cause is worse than
none: what no rule knows stays ``UNKNOWN``.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple

from installcast.parse.causes import CAUSES, Cause
from installcast.parse.levels import LineLevel

CLUSTER_GAP = 50
"""Records between two lines of trouble that still belong to one failure."""

_KILLED_EXIT_CODE = 137  # 128 + SIGKILL


class Error(NamedTuple):
    """A cause of failure. ``body_index`` counts the record bodies that the parser returned before the one that shows it;
    ``seq`` is what that became in the journal, for whoever knows."""

    code: str
    hint: str
    hint_zh: str = ""
    body_index: int | None = None
    seq: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return it as records, ``exit.json`` and answers have it."""
        return {"code": self.code, "hint": self.hint, "seq": self.seq, "hint_zh": self.hint_zh}


class _Found(NamedTuple):
    cause: Cause
    name: str
    body_index: int


class Diagnosis:
    """Watches the lines of a task for the cause of its failure."""

    def __init__(self) -> None:
        self._found: _Found | None = None  # the first cause of the last cluster
        self._last_cause = 0
        self._error: int | None = None  # the first line of level ERROR of the last cluster
        self._last_error = 0

    def observe(self, text: str, level: LineLevel, body_index: int) -> None:
        """Look at one line, masked already."""
        if level == "INFO":
            return
        if level == "ERROR":
            if self._error is None or body_index - self._last_error > CLUSTER_GAP:
                self._error = body_index
            self._last_error = body_index
        lower = text.lower()
        for word, cause, pattern in _causes():
            if word not in lower or (match := pattern.search(text)) is None:
                continue
            if self._found is None or body_index - self._last_cause > CLUSTER_GAP:
                name = next((group for group in match.groups() if group), "")
                self._found = _Found(cause, name, body_index)
            self._last_cause = body_index
            return

    def result(self, exit_code: int | None, last_output: int | None) -> Error:
        """Return the cause. ``last_output`` is the last line of the output, for want of a better one."""
        if self._found is not None:
            cause, name, body_index = self._found
            return Error(
                cause.code, cause.hint.format(name=name), cause.hint_zh.format(name=name), body_index
            )
        shown = self._error if self._error is not None else last_output
        if exit_code == _KILLED_EXIT_CODE:
            return Error(
                "KILLED",
                "The script, or a command of it, was killed: look for what did it, mostly a lack of memory.",
                "脚本或其命令被强制终止：请检查原因，通常是内存不足。",
                shown,
            )
        code = "?" if exit_code is None else exit_code
        return Error(
            "UNKNOWN",
            f"The script ended with exit status {code}; the last lines of the log may say why.",
            f"脚本以退出码 {code} 结束，原因可能在日志的最后几行。",
            shown,
        )


@cache
def _causes() -> tuple[tuple[str, Cause, re.Pattern[str]], ...]:
    # Made when the first line asks for it: a runner must start fast.
    return tuple(
        (word, cause, pattern)
        for cause in CAUSES
        for pattern in [re.compile(cause.pattern)]
        for word in cause.words
    )
