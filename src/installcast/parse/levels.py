"""The level of a line, as a person who reads it would mark it.

What a script prints is ``INFO``, ``WARN`` or ``ERROR``; ``SUCCESS`` is the runner's own word. A sign is an expression that
is tried only on lines with its word in them, so that most lines cost no more than a search for a few words.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Literal, NamedTuple

LineLevel = Literal["INFO", "WARN", "ERROR"]

_DATED = r"^[\d\-:TZ.,+/ ]{8,40}\s\[?"  # the date and time of a log line
_BEFORE = r"(?:^|[\s:|(>\]])"  # what may stand before a level and a colon
_AFTER = r"(?:\s?\[[\w.-]{1,40}\])?:(?=\s|$)"  # `error:`, `error[E0425]:`, `warning [deprecation]:`
_NAME = r"^\W{0,3}"  # a level that begins its line, also as `[ERROR` or `* ERROR`
_NO_NAME = r"\b(?![-_./=])"  # … and is not the beginning of a file's or an option's name

# A word, in lower case, and the signs of which it is a part.
_ERROR_SIGNS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "error",
        (
            rf"{_BEFORE}(?:[Ff]atal |[Ii]nternal |[Ss]yntax |[Cc]ompil\w+ |[Ll]inker )?(?:[Ee]rror|ERROR){_AFTER}",
            rf"{_NAME}ERROR{_NO_NAME}|{_DATED}ERROR\b|[\[<(|]\s?(?:[Ee]rror|ERROR)\s?[\]>)|]|\blevel=error\b",
            r"^Error[:!]|^dpkg(?:-deb)?: error\b|^(?:npm|yarn|pnpm) error\b|^CMake Error\b|^Bus error|^rsync error",
            r"^[Ee]rror (?:response|processing|while|occurred|executing|loading|opening|reading|writing|running)\b",
            r"^\w[\w.]*Error(?::\s|$)",
        ),
    ),
    (
        "fatal",
        (
            rf"{_BEFORE}(?:[Ff]atal|FATAL){_AFTER}",
            rf"{_NAME}FATAL\b|{_DATED}FATAL\b|\[FATAL\]|\blevel=fatal\b",
        ),
    ),
    (
        "fail",
        (
            rf"{_NAME}FAIL(?:ED)?{_NO_NAME}|: FAILED(?: open or read)?$|^Failed to |^Job for \S+ failed",
            r"\bfailed with (?:exit|error|code|status)|(?<!\.\.\. )\bfailed[.!]?$",
        ),
    ),
    (
        "not ",
        (
            r": command not found$|^\S+: \d+: \S+: not found$|(?:^|: )[\w.+/-]+: not found$",
            r": Operation not permitted\b|^Could not |\bCould not resolve host\b|^[\w.+-]+: (?:.{0,200}: )?[Cc]annot \w",
        ),
    ),
    ("denied", (r"(?:^|: )(?:Permission|Access) denied\b",)),
    ("no s", (r": No such file or directory$|(?:^|[:(] ?)No space left on device\b",)),
    ("refused", (r"\bConnection refused\b",)),
    (
        "unable to",
        (
            r"^(?:[\w.+-]+: )?[Uu]nable to (?:access|connect|execute|fetch|find|load|locate|open|read|resolve|write)",
        ),
    ),
    ("as root", (r"\b(?:must|needs? to|has to|have to) (?:be )?run \w* ?as root\b|\bas root[!.]$",)),
    ("traceback", (r"^\s*Traceback \(most recent call last\):",)),
    ("exception", (r"^Exception in thread|^Unhandled \w*\s?[Ee]xception|^\w[\w.]*Exception(?::\s|$)",)),
    ("abort", (r"^Abort(?:ed|ing)?\b|\? \[[Yy]/[Nn]\] Abort",)),
    ("segmentation", (r"\bSegmentation fault\b",)),
    ("undefined ref", (r"\bundefined reference to\b",)),
    ("unbound var", (r": unbound variable$",)),
    ("in use", (r"\b[Aa]ddress already in use\b|\bport \d+ is already in use\b",)),
    ("killed", (r"^Killed$|\s\d+ Killed\s",)),
    ("错误", (r"^\W{0,3}错误\s?[:：]",)),
    ("失败", (r"失败(?:[!！。.]|$)|失败\s?[:：]\s?(?!0\b|无)\S",)),
)
_WARN_SIGNS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "warn",
        (
            rf"{_BEFORE}(?:[Ww]arning|WARNING|[Ww]arn|WARN){_AFTER}|{_NAME}(?:WARNING|WARN|Warning){_NO_NAME}",
            rf"{_DATED}WARN(?:ING)?\b|[\[<(|]\s?(?:[Ww]arn|WARN)(?:ing|ING)?\s?[\]>)|]|\blevel=warn(?:ing)?\b",
            r"^(?:npm|yarn|pnpm) (?:WARN|warn)(?:ing)?\b|^CMake (?:\w+ )?Warning\b|^dpkg(?:-deb)?: warning\b",
            r"\b(?:Deprecation|Future|User|Runtime|Syntax|Resource|Import)Warning\b",
        ),
    ),
    ("警告", (r"^\W{0,3}警告\s?[:：]",)),
)

# Signs that stand at the beginning of a line are found without a search, however many they are.
_ERROR_BEGIN = (
    r"\s{0,4}(?:E: |Err:\d+ |npm ERR!|curl: \(\d+\) |ssh: |sudo: |panic: |g?make(?:\[\d+\])?: \*\*\* |ninja: build stopped)"
    r"|nginx: \[(?:emerg|alert|crit)\]|[\d\-:/ ]{8,40}\[(?:emerg|alert|crit)\]"
    rf"|\W{{0,3}}CRITICAL\b|{_DATED}CRITICAL\b"
)
_WARN_BEGIN = r"\s{0,4}W: "

LEVEL_LINE_STARTS = (
    rb"[ \t]{0,4}(?:[ew]: |err:\d|npm err!|curl: \(|ssh: |sudo: |panic: |g?make(?:\[\d+\])?: \*\*\*|ninja: build s)"
    rb"|nginx: \[|[\d\-:/ ]{8,40}\[(?:emerg|alert|crit)|[^\w\n]{0,12}critical|[\d\-:tz.,+/ ]{8,40}[ \t]\[?critical"
)
"""How lines begin that have one of those, in lower case: an expression on bytes."""

LEVEL_WORDS = tuple(word for word, _ in (*_ERROR_SIGNS, *_WARN_SIGNS))
"""In lower case. A line with none of them, and not so begun, is INFO."""

# "0 errors", "no error", "error: 0", "warnings: none": a count of nothing is good news.
_NOTHING_WRONG = re.compile(
    r"\b(?:0|no|zero|without)(?: \w+)? (?:errors?|warnings?|failures?|failed)\b"
    r"|\b(?:errors?|warnings?|failures?|failed)\s?[:=]\s?(?:0(?![\d.])|(?:no|none|false)(?=\s*(?:$|[,;)])))",
    re.ASCII | re.IGNORECASE,
)
_EXCEPTION = re.compile(r"[\w.]+(?::\s|$)")


class _Signs(NamedTuple):
    begin: re.Pattern[str]
    words: tuple[tuple[str, re.Pattern[str]], ...]

    def find(self, text: str, lower: str) -> int | None:
        """Return the position of the first sign in ``text``."""
        if self.begin.match(text):
            return 0
        found = [
            match.start()
            for word, sign in self.words
            if word in lower and (match := sign.search(text)) is not None
        ]
        return min(found, default=None)


@cache
def _signs() -> tuple[_Signs, _Signs]:
    # Made when the first line asks for it: a runner must start fast.
    errors, warnings = (
        tuple((word, re.compile("|".join(signs), re.ASCII)) for word, signs in table)
        for table in (_ERROR_SIGNS, _WARN_SIGNS)
    )
    return _Signs(re.compile(_ERROR_BEGIN, re.ASCII), errors), _Signs(
        re.compile(_WARN_BEGIN, re.ASCII), warnings
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
            if _EXCEPTION.match(text):  # the exception itself, whatever its name
                return "ERROR"
        level = line_level(text)
        if level == "ERROR" and text.startswith("Traceback "):
            self.in_traceback = True
        return level


def line_level(text: str) -> LineLevel:
    """Return the level of one line by itself. Where it has signs of both kinds, the first one counts."""
    lower = text.lower()
    errors, warnings = _signs()
    error, warning = errors.find(text, lower), warnings.find(text, lower)
    if (error is None and warning is None) or _NOTHING_WRONG.search(text):
        return "INFO"
    if error is None or (warning is not None and warning < error):
        return "WARN"
    return "ERROR"
