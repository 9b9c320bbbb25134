"""The level of a line, as a person who reads it would mark it.

What a script prints is ``INFO``, ``WARN`` or ``ERROR``; ``SUCCESS`` is the runner's own word.
"""

from __future__ import annotations

import re
from typing import Literal

LineLevel = Literal["INFO", "WARN", "ERROR"]

LEVEL_WORDS = (
    b"error", b"err!", b"err:", b"warn", b"fail", b"fatal", b"not found", b"denied", b"no such", b"no space", b"refused",
    b"could not", b"cannot", b"unable to", b"traceback", b"exception", b"panic", b"abort", b"fault", b"emerg", b"[crit]",
    b"undefined reference", b"unbound variable", b"already in use", b"***", b"killed", b"critical",
)  # fmt: skip
"""Bytes in lower case without one of which a line is INFO, unless it begins with apt's ``E: `` or ``W: ``."""

# "0 errors", "no error", "error: 0", "warnings: none": a count of nothing is good news.
_NOTHING_WRONG = re.compile(
    r"\b(?:0|no|zero|without)(?: \w+)? (?:errors?|warnings?|failures?)\b|\b(?:errors?|warnings?|failures?|failed)\s?[:=]\s?(?:0|no|none|false)\b(?!\.)",
    re.IGNORECASE,
)

_ERROR = re.compile(
    r"^\s*(?:E: |Err:\d+ )"
    r"|^\s*(?:npm|yarn|pnpm) (?:ERR!|error\b)"
    r"|(?:^|[\s:|(>\]])(?:[Ff]atal |[Ii]nternal |[Ss]yntax |[Cc]ompilation |[Ll]inker )?(?:[Ee]rror|ERROR|[Ff]atal|FATAL)(?:\s?\[[\w-]{1,40}\])?:(?=\s|$)"
    r"|^\W{0,3}(?:ERROR|FATAL|CRITICAL|PANIC|FAILED|FAIL)\b(?![-_./=])"
    r"|^(?:Error|error) (?:response|processing|while|occurred|executing|loading|opening|reading|writing|running|installing|connecting)\b"
    r"|[\[<(|](?:\s?)(?:error|ERROR|Error|fatal|FATAL|emerg|alert|crit|critical|CRITICAL)\s?[\]>)|]"
    r"|\blevel=(?:error|fatal|panic)\b"
    r"|^[\d\-:TZ.,+/ ]{8,40}\s\[?(?:ERROR|FATAL|CRITICAL)\b"
    r"|^CMake Error\b|\bundefined reference to\b|^make(?:\[\d+\])?: \*\*\* |^ninja: build stopped"
    r"|: command not found$|: \d+: \S+: not found$|: not found$|: unbound variable$|: syntax error\b"
    r"|: No such file or directory$|: (?:Operation|Permission) (?:denied|not permitted)\b|: No space left on device|Permission denied \("
    r"|^(?:Failed|FAILED) to |\bfailed with (?:exit|error|code|status)|^(?:Segmentation fault|Bus error|Aborted|Killed)\b|\(core dumped\)"
    r"|^Traceback \(most recent call last\):|^Exception in thread|^panic: "
    r"|^\w[\w.]*(?:Error|Exception)(?::\s|$)"
    r"|^curl: \(\d+\) |^wget: unable|^ssh: |^cp: cannot |^mv: cannot |^rm: cannot |^mkdir: cannot |^tar: .*: Cannot |^rsync error"
    r"|\bAddress already in use\b|\bCould not resolve host\b|\bConnection refused\b"
    r"|^Job for \S+ failed|^Could not find a version"
)
_WARN = re.compile(
    r"^\s*W: |^\s*(?:npm|yarn|pnpm) (?:WARN|warn)(?:ing)?\b"
    r"|(?:^|[\s:|(>\]])(?:[Ww]arning|WARNING|WARN|[Ww]arn)(?:\s?\[[\w-]{1,40}\])?:(?=\s|$)"
    r"|^\W{0,3}(?:WARNING|WARN|Warning)\b(?![-_./=])"
    r"|[\[<(|](?:\s?)(?:warn|WARN|warning|WARNING|Warning)\s?[\]>)|]"
    r"|\blevel=warn(?:ing)?\b|^[\d\-:TZ.,+/ ]{8,40}\s\[?WARN(?:ING)?\b|^CMake (?:Deprecation |Developer )?Warning\b"
    r"|\b(?:Deprecation|Future|User|Runtime|Syntax|Resource|Import)Warning\b"
)


class LevelReader:
    """Tells the level of line after line; remembers only whether it is inside a Python traceback."""

    def __init__(self) -> None:
        self.in_traceback = False

    def read(self, text: str) -> LineLevel:
        """Return the level of the next line, plain text."""
        if self.in_traceback:
            if text.startswith((" ", "\t")):
                return "ERROR"
            self.in_traceback = False
            if re.match(r"[\w.]+(?::\s|$)", text):  # the exception, whatever its name
                return "ERROR"
        level = line_level(text)
        if level == "ERROR" and text.startswith("Traceback "):
            self.in_traceback = True
        return level


def line_level(text: str) -> LineLevel:
    """Return the level of one line by itself."""
    if _ERROR.search(text):
        return "INFO" if _NOTHING_WRONG.search(text) else "ERROR"
    if _WARN.search(text):
        return "INFO" if _NOTHING_WRONG.search(text) else "WARN"
    return "INFO"
