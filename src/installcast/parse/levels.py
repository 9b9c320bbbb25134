"""The level of a line, as a person who reads it would mark it.

What a script prints is ``INFO``, ``WARN`` or ``ERROR``; ``SUCCESS`` is the runner's own word. A sign is an expression that
is tried only on lines with its word in them, so that most lines cost no more than a search for a few words.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Literal, NamedTuple

LineLevel = Literal["INFO", "WARN", "ERROR"]

_DATED = r"[\d\-:TZ.,+/ ]{8,40}\s\[?"  # the date and time of a log line
_NAME = r"\W{0,3}"  # before a level that begins its line, as in `[ERROR` or `* ERROR`
_NO_NAME = r"\b(?![-_./=])"  # behind it: it is not the beginning of the name of a file or an option
_COLON = r"(?:\s?\[[\w.-]{1,40}\])?:(?=\s|$)"  # `error:`, `error[E0425]:`, `warning [deprecation]:`
_BRACKET = r"\s?[\]>)|]"


class _Sign(NamedTuple):
    """``word``, in lower case, stands in every line with the sign. ``begin`` is matched at the line's beginning, each of
    ``anywhere`` is searched; one that begins with a set of characters is found fastest."""

    word: str
    begin: str | None = None
    anywhere: tuple[str, ...] = ()


_ERROR_SIGNS = (
    _Sign(
        "error",
        rf"{_NAME}ERROR{_NO_NAME}|{_DATED}ERROR\b|Error[:!]|dpkg(?:-deb)?: error\b|(?:npm|yarn|pnpm) error\b|CMake Error\b"
        r"|[Ee]rror (?:response|processing|while|occurred|executing|loading|opening|reading|writing|running)\b"
        r"|\w[\w.]*Error(?::\s|$)|Bus error|rsync error",
        (
            rf"[Ee](?:rror|RROR)(?<![\w./=+-].{{5}}){_COLON}",
            rf"[\[<(|]\s?(?:[Ee]rror|ERROR){_BRACKET}",
            r"\blevel=error\b",
        ),
    ),
    _Sign(
        "fatal",
        rf"{_NAME}FATAL\b|{_DATED}FATAL\b",
        (rf"[Ff](?:atal|ATAL)(?<![\w./=+-].{{5}}){_COLON}", r"\[FATAL\]", r"\blevel=fatal\b"),
    ),
    _Sign(
        "fail",
        rf"{_NAME}FAIL(?:ED)?{_NO_NAME}|Failed to |Job for \S+ failed",
        (
            r": FAILED(?: open or read)?$",
            r"failed with (?:exit|error|code|status)",
            r"failed[.!]?$(?<!\.\.\. failed)(?<!\.\.\. failed[.!])",
        ),
    ),
    _Sign(
        "not ",
        r"Could not |[\w.+-]+: (?:.{0,200}: )?[Cc]annot \w|[\w.+/-]+: not found$|\S+: \d+: \S+: not found$",
        (
            r": command not found$",
            r": [\w.+/-]+: not found$",
            r": Operation not permitted\b",
            r"Could not resolve host\b",
        ),
    ),
    _Sign("denied", r"(?:Permission|Access) denied\b", (r": (?:Permission|Access) denied\b",)),
    _Sign(
        "no s",
        r"No space left on device",
        (r": No such file or directory$", r"[:(] ?No space left on device"),
    ),
    _Sign("refused", None, (r"Connection refused\b",)),
    _Sign(
        "unable to",
        r"(?:[\w.+-]+: )?[Uu]nable to (?:access|connect|execute|fetch|find|load|locate|open|read|resolve|write)",
    ),
    _Sign(
        "as root", None, (r"\b(?:must|needs? to|has to|have to) (?:be )?run \w* ?as root\b", r"as root[!.]$")
    ),
    _Sign("traceback", r"\s*Traceback \(most recent call last\):"),
    _Sign("exception", r"Exception in thread|Unhandled \w*\s?[Ee]xception|\w[\w.]*Exception(?::\s|$)"),
    _Sign("abort", r"Abort(?:ed|ing)?\b", (r"\? \[[Yy]/[Nn]\] Abort",)),
    _Sign("segmentation", None, (r"Segmentation fault\b",)),
    _Sign("undefined ref", None, (r"undefined reference to\b",)),
    _Sign("unbound var", None, (r": unbound variable$",)),
    _Sign("in use", None, (r"[Aa]ddress already in use\b", r"port \d+ is already in use\b")),
    _Sign("killed", r"Killed$", (r"\s\d+ Killed\s",)),
    _Sign("错误", r"\W{0,3}错误\s?[:：]"),
    _Sign("失败", None, (r"失败(?:[!！。.]|$)", r"失败\s?[:：]\s?(?!0\b|无)\S")),
    # What a line may begin with is found without a search, and needs no word.
    _Sign(
        "",
        r"\s{0,4}(?:E: |Err:\d+ |npm ERR!|curl: \(\d+\) |ssh: |sudo: |panic: |g?make(?:\[\d+\])?: \*\*\* |ninja: build stopped)"
        r"|nginx: \[(?:emerg|alert|crit)\]|[\d\-:/ ]{8,40}\[(?:emerg|alert|crit)\]"
        rf"|{_NAME}CRITICAL\b|{_DATED}CRITICAL\b",
    ),
)
_WARN_SIGNS = (
    _Sign(
        "warn",
        rf"{_NAME}(?:WARNING|WARN|Warning){_NO_NAME}|{_DATED}WARN(?:ING)?\b|dpkg(?:-deb)?: warning\b"
        r"|(?:npm|yarn|pnpm) (?:WARN|warn)(?:ing)?\b|CMake (?:\w+ )?Warning\b",
        (
            rf"[Ww](?:arn|ARN)(?<![\w./=+-].{{4}})(?:ing|ING)?{_COLON}",
            rf"[\[<(|]\s?(?:[Ww]arn|WARN)(?:ing|ING)?{_BRACKET}",
            r"\blevel=warn(?:ing)?\b",
            r"\b(?:Deprecation|Future|User|Runtime|Syntax|Resource|Import)Warning\b",
        ),
    ),
    _Sign("警告", r"\W{0,3}警告\s?[:：]"),
    _Sign("", r"\s{0,4}W: "),
)

LEVEL_LINE_STARTS = (
    rb"[ \t]{0,4}(?:[ew]: |err:\d|npm err!|curl: \(|ssh: |sudo: |panic: |g?make(?:\[\d+\])?: \*\*\*|ninja: build s)"
    rb"|nginx: \[|[\d\-:/ ]{8,40}\[(?:emerg|alert|crit)|[^\w\n]{0,12}critical|[\d\-:tz.,+/ ]{8,40}[ \t]\[?critical"
)
"""How lines begin that have one of those, in lower case: an expression on bytes."""

LEVEL_WORDS = tuple(sign.word for sign in (*_ERROR_SIGNS, *_WARN_SIGNS) if sign.word)
"""In lower case. A line with none of them, and not so begun, is INFO."""

# "0 errors", "no error", "error: 0", "warnings: none": a count of nothing is good news.
_NOTHING_WRONG = re.compile(
    r"\b(?:0|no|zero|without)(?: \w+)? (?:errors?|warnings?|failures?|failed)\b"
    r"|\b(?:errors?|warnings?|failures?|failed)\s?[:=]\s?(?:0(?![\d.])|(?:no|none|false)(?=\s*(?:$|[,;)])))",
    re.ASCII | re.IGNORECASE,
)
_EXCEPTION = re.compile(r"[\w.]+(?::\s|$)")


_Compiled = tuple[tuple[str, re.Pattern[str] | None, tuple[re.Pattern[str], ...]], ...]


@cache
def _compiled() -> tuple[_Compiled, _Compiled]:
    # Made when the first line asks for it: a runner must start fast.
    errors, warnings = (
        tuple(
            (
                sign.word,
                re.compile(sign.begin, re.ASCII) if sign.begin else None,
                tuple(re.compile(pattern, re.ASCII) for pattern in sign.anywhere),
            )
            for sign in signs
        )
        for signs in (_ERROR_SIGNS, _WARN_SIGNS)
    )
    return errors, warnings


def _first(signs: _Compiled, text: str, lower: str) -> int | None:
    """Return the position of the first sign in ``text``."""
    first: int | None = None
    for word, begin, anywhere in signs:
        if word not in lower:
            continue
        if begin is not None and begin.match(text):
            return 0
        for pattern in anywhere:
            found = pattern.search(text)
            if found is not None and (first is None or found.start() < first):
                first = found.start()
    return first


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
    errors, warnings = _compiled()
    error, warning = _first(errors, text, lower), _first(warnings, text, lower)
    if (error is None and warning is None) or _NOTHING_WRONG.search(text):
        return "INFO"
    if error is None or (warning is not None and warning < error):
        return "WARN"
    return "ERROR"
