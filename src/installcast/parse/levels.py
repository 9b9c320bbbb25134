"""The level of a line, as a person who reads it would mark it.

What a script prints is ``INFO``, ``WARN`` or ``ERROR``; ``SUCCESS`` is the runner's own word. A sign is an expression that
is tried only on lines with its word in them, so that most lines cost no more than a search for a few words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Literal, NamedTuple

LineLevel = Literal["INFO", "WARN", "ERROR"]

_DATED = r"[\d\-:TZ.,+/ ]{8,40}\s\[?"  # the date and time of a log line
_NAME = r"\W{0,4}"  # before a level that begins its line, as in `[ERROR` or `* ERROR`
_NO_NAME = r"\b(?![-_./=])"  # behind it: it is not the beginning of the name of a file or an option
_COLON = r"(?:\s?\[[\w.-]{1,40}\])?:(?=\s|$)"  # `error:`, `error[E0425]:`, `warning [deprecation]:`
_PREFIX = r"(?:\s{0,4}|(?:#\d+ )?\d+\.\d+ +)"  # of lines that another tool shows: an indent, or what docker puts before
_NO_FILE = ": No such file or directory"
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
        r"|\w[\w.]*Error(?::\s|$)|\s{1,8}(?:\w+\.)+\w*Error:\s|Bus error|rsync error|error [A-Z]|(?:AH\d+: )?Syntax error\b"
        r"|tar(?: \(child\))?: Error\b|[\w.-]+: ERROR\s",
        (
            rf"[Ee](?:rror|RROR)(?<![\w./=+-].{{5}}){_COLON}",
            rf"[\[<(|]\s?(?:[Ee]rror|ERROR){_BRACKET}",
            r"\blevel=error\b",
            r'"level":\s?"(?:error|fatal)"',
            r": error [A-Z]{1,4}\d+:",
            r"\(LoadError\)$",
        ),
    ),
    _Sign(
        "fatal",
        rf"{_NAME}FATAL\b|{_DATED}FATAL\b",
        (rf"[Ff](?:atal|ATAL)(?<![\w./=+-].{{5}}){_COLON}", r"\[FATAL\]", r"\blevel=fatal\b"),
    ),
    _Sign(
        "fail",
        rf"{_NAME}FAIL(?:ED)?{_NO_NAME}|(?:[^\w\s] )?Failed to (?!connect to bus|open connection to .* bus)"
        r"|Job for \S+ failed|tar: Exiting with fail|A dependency job for \S+ failed",
        (
            r": FAILED(?: open or read)?$",
            r"failed with (?:exit|error|code|status)",
            r"failed[.!]?$(?<!\.\.\. failed)(?<!\.\.\. failed[.!])",
            r"Temporary failure (?:in name resolution|resolving)\b",
            r"su: Authentication failure$",
            r"cannot continue: .*failed",
        ),
    ),
    _Sign(
        "not ",
        r"Could not |(?!locale: )[\w.+-]+: (?:.{0,200}: )?[Cc]annot \w|[\w.+/-]+: not found$|\S+: \d+: \S+: not found$"
        r"|\S+\.go:\d+:\d+: |'[^']+' not found in package names|Your requirements could not be resolved"
        r"|unzip: +cannot find |\s{0,4}End-of-central-directory|\s{1,6}Could not (?:find|resolve|connect)\b",
        (
            r": command not found$",
            r": [\w.+/-]+: not found$",
            r": Operation not permitted\b",
            r"Could not resolve host\b",
            r"[Cc]annot allocate memory\b",
            r": parameter (?:null or )?not set$",
        ),
    ),
    _Sign("denied", r"(?:Permission|Access) denied\b", (r": (?:Permission|Access) denied\b",)),
    _Sign(
        "no s",
        r"No space left on device",
        (
            rf"{_NO_FILE}$(?<!re-open stdin{_NO_FILE})(?<!default locale{_NO_FILE})",
            r": no such (?:user|group)$",
            r"[:(] ?No space left on device",
            r"no such package\)",
        ),
    ),
    _Sign("invalid ", r"[\w.+-]+: invalid (?:option|user|group)\b"),
    _Sign("unrecognized option", r"[\w.+-]+: unrecognized option\b"),
    _Sign("refused", None, (r"(?<!\.\.\. failed: )Connection refused\b",)),
    _Sign(
        "unable to",
        r"(?!sudo: )(?:[\w.+-]+: )?[Uu]nable to (?:access|connect|execute|fetch|find|load|locate|open|read|resolve|write)"
        r"|\s+Unable to download",
    ),
    _Sign(
        "as root", None, (r"\b(?:must|needs? to|has to|have to) (?:be )?run \w* ?as root\b", r"as root[!.]$")
    ),
    _Sign(
        "exception",
        r"(?:During handling of the|The) above exception|Exception in thread"
        r"|Unhandled \w*\s?[Ee]xception|\w[\w.]*Exception(?::\s|$)|Caused by: \S+Exception",
    ),
    _Sign("undefined", r"\S+\.go:\d+:\d+: ", (r"undefined reference to\b",)),
    _Sign("already in use", None, (r"[Aa]ddress already in use\b", r"port \d+ is already in use\b")),
    # What bash says of a command it could not run; a job that ended by a signal of its own script is none of these.
    _Sign(": line ", r"\S+: line \d+: (?! *\d+ (?:Terminated|Done|Hangup|User defined)\b|.*\bwarning: )"),
    _Sign(
        "mismatch",
        r"(?:\w+ )?(?:[Cc]hecksum|[Hh]ash|SHA\S*|MD5\S*) (?:[Ss]um )?mismatch|\s+Hash Sum mismatch",
    ),
    _Sign("memory", None, (r"virtual memory exhausted\b", r"\b[Oo]ut of memory\b", r"Fatal process OOM\b")),
    _Sign("read-only f", None, (r": Read-only file system\b",)),
    _Sign("timed out", None, (r"\b(?:[Cc]onnection|[Oo]peration|[Rr]ead|[Rr]equest) timed out\b",)),
    _Sign("错误", r"\W{0,3}错误\s?[:：]"),
    _Sign("失败", None, (r"失败(?:[!！。.]|$)", r"失败\s?[:：]\s?(?!0\b|无)\S")),
    _Sign("不支持", None, (r"不支持(?:的|该|此|当前|您的|你的)?.{0,6}(?:系统|发行版|平台|架构)",)),
    # What a line may begin with is found without a search for a word, so it costs less.
    _Sign(
        "",
        rf"{_PREFIX}(?:E: (?!Can not write log)|Err:\d+ |npm ERR!|curl: \(\d+\) |ssh: |panic: "
        r"|g?make(?:\[\d+\])?: \*\*\* "
        r"|ninja: build stopped|sudo: (?!unable to resolve host|setrlimit))"
        r"|nginx: \[(?:emerg|alert|crit)\]|[\d\-:/ ]{8,40}\[(?:emerg|alert|crit)\]|\[ALERT\]"
        r"|gpg: (?:BAD|Can't|can't)|dpkg: dependency problems prevent| trying to overwrite '|  - (?:Status code: [45]|Curl error)"
        r"|No (?:match for argument|provider of|package \S+ available)|The following packages have unmet dependencies:"
        r"|(?:gzip|tar|xz): (?:\S+: )?(?:[uU]nexpected (?:end|EOF)|not in gzip format|This does not look like|File format not)"
        r"|\s{0,16}Traceback \(most recent call last\):|Segmentation fault\b|Killed$|Abort(?:ed|ing)?\b"
        r"|Do you want to continue\? \[Y/n\] Abort"
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
    _Sign("refused", None, (r"\.\.\. failed: Connection refused",)),
    # Where no systemd runs, as in a container, packages say so and go on.
    _Sign("not ", r"System has not been booted with systemd|locale: Cannot set"),
    _Sign("fail", r"Failed to (?:connect to bus|open connection to .* bus)"),
    _Sign("警告", r"\W{0,3}警告\s?[:：]"),
    _Sign("", r"\s{0,4}W: |sudo: (?:unable to resolve host|setrlimit)"),
)

_AFTER_PREFIX = (
    rb"e: ", rb"w: ", rb"err:\d", rb"npm err!", rb"curl: \(", rb"ssh: ", rb"sudo: ", rb"panic: ", rb"make(?:\[\d+\])?: \*\*\*",
    rb"gmake(?:\[\d+\])?: \*\*\*", rb"ninja: build s",
)  # fmt: skip
_BEFORE_CRITICAL = rb"[\d\-:tz.,+/ ]{7,39}[ \t]\[?critical"

LEVEL_LINE_STARTS: tuple[bytes, ...] = (
    *_AFTER_PREFIX,
    rb"(?:[ \t]{1,4}|(?:#\d+ )?\d+\.\d+ +)(?:" + b"|".join(_AFTER_PREFIX) + b")",
    rb"nginx: \[",
    rb"[\d\-:/ ]{8,40}\[(?:emerg|alert|crit)",
    rb"\[alert",
    rb"gpg: (?:bad|can)",
    rb"dpkg: dep",
    rb" trying to o",
    rb"  - (?:status|curl)",
    rb"no (?:match f|provider|package )",
    rb"the following packages have unmet",
    rb"(?:gzip|tar|xz): ",
    rb"traceback \(most",
    rb"[ \t]{1,16}traceback \(most",
    rb"segmentation f",
    rb"killed",
    rb"abort",
    rb"do you want to c",
    rb"after this op",
    rb"--20\d\d-\d\d",
    rb"critical",
    rb"[^\w\n]{1,16}critical",
    *(first + _BEFORE_CRITICAL for first in (rb"t", rb"z", rb"[\d\-:.,+/ ]")),
)
"""How lines begin that have one of those, in lower case: expressions on bytes (see :mod:`installcast.parse.starts`)."""

LEVEL_WORDS = tuple(dict.fromkeys(sign.word for sign in (*_ERROR_SIGNS, *_WARN_SIGNS) if sign.word))
"""In lower case. A line with none of them, and not so begun, is INFO."""

BEGINNING = ""
"""Stands for a word where it is the beginning that may be a sign."""

# "0 errors", "no error", "error: 0", "warnings: none": a count of nothing is good news. What npm's new package says of tests,
# the probes of configure, and the subjects of commits are no trouble either.
_NOTHING_WRONG = re.compile(
    r"\b(?:0|no|zero|without)(?: \w+)? (?:errors?|warnings?|failures?|failed)\b"
    r"|\b(?:errors?|warnings?|failures?|failed)\s?[:=]\s?(?:0(?![\w.])|(?:no|none|false)(?=\s*(?:$|[,;)])))"
    r"|\bno test specified\b|\b_?conf(?:ig)?test\.c(?:c|pp|xx)?\b",
    re.ASCII | re.IGNORECASE,
)
# It has no certain beginning, so it is slow, and is asked only about lines with a piece of what it looks for.
_NOTHING_WORDS = ("0 ", "no ", "zero ", "without ", "test.c")
_IS_NOTHING = re.compile(r"[:=]\s?(?:0|no|false)", re.ASCII)
_COMMIT = re.compile(r"(?:HEAD is now at |\* )?[0-9a-f]{7,40} \w", re.ASCII | re.IGNORECASE)
_HARMLESS = re.compile(rf"(?:{_NAME}|{_DATED})(?:INFO|DEBUG|TRACE|NOTICE)\b", re.ASCII)
"""What a line says of itself counts more than the words in it."""
_EXCEPTION = re.compile(r"[\w.]+(?::\s|$)")


_Compiled = dict[str, tuple[re.Pattern[str] | None, tuple[re.Pattern[str], ...]]]
"""By their words: what a sign is at the beginning of a line, and anywhere in it."""


@cache
def _compiled() -> tuple[_Compiled, _Compiled]:
    # Made when the first line asks for it: a runner must start fast.
    errors, warnings = (
        {
            sign.word: (
                re.compile(sign.begin, re.ASCII) if sign.begin else None,
                tuple(re.compile(pattern, re.ASCII) for pattern in sign.anywhere),
            )
            for sign in signs
        }
        for signs in (_ERROR_SIGNS, _WARN_SIGNS)
    )
    return errors, warnings


def _first(signs: _Compiled, text: str, words: Iterable[str]) -> int | None:
    """Return the position of the first sign in ``text``, which has these of their words."""
    first: int | None = None
    for word in words:
        if word not in signs:
            continue
        begin, anywhere = signs[word]
        if begin is not None and begin.match(text):
            return 0
        for pattern in anywhere:
            found = pattern.search(text)
            if found is not None and (first is None or found.start() < first):
                first = found.start()
    return first


class _Block(NamedTuple):
    """Lines that belong to the error before them: where it begins with ``opens``, those that match ``goes_on``."""

    opens: str
    goes_on: str


_BLOCKS = (
    _Block(r"CMake Error\b", r"  |$"),
    _Block(rf"{_PREFIX}Err:\d", r"(?:(?:#\d+ )?\d+\.\d+ )?  "),
    _Block(r"The following packages have unmet dep|dpkg: (?:dependency problems|error processing)", r" "),
    _Block(r"error: ", r"  cause: "),
    _Block(r"\S+:\d+:\d+: (?:fatal )?error: ", r"(?: *\d+)? +\| "),
    _Block(
        r"(?:Uncaught )?(?:\w[\w.$]*)?(?:Error|Exception)\b|Exception in thread|Caused by: ",
        r"\s+(?:at|\.\.\. \d+ more)\b|Caused by: ",
    ),
)


@cache
def _blocks() -> tuple[re.Pattern[str], tuple[re.Pattern[str], ...]]:
    """Return an expression with one group for each sort of block, and by which lines those go on."""
    opens = re.compile("|".join(f"({block.opens})" for block in _BLOCKS))
    return opens, tuple(re.compile(block.goes_on) for block in _BLOCKS)


class LevelReader:
    """Tells the level of line after line; remembers only what block of lines it is in."""

    def __init__(self) -> None:
        self._in_traceback = False
        self._goes_on: re.Pattern[str] | None = None

    @property
    def in_block(self) -> bool:
        """Whether the next line counts by what stands before it: it must be read, whatever it is."""
        return self._in_traceback or self._goes_on is not None

    def read(self, text: str, words: Iterable[str] | None = None) -> LineLevel:
        """Return the level of the next line, plain text. ``words``: as of :func:`line_level`."""
        if self._in_traceback:
            if text.startswith((" ", "\t")):
                return "ERROR"
            self._in_traceback = False
            if _EXCEPTION.match(text):  # the exception itself, whatever its name
                return "ERROR"
        if self._goes_on is not None:
            if self._goes_on.match(text):
                return "ERROR"
            self._goes_on = None
        level = line_level(text, words)
        if level == "ERROR":
            if text.startswith("Traceback "):
                self._in_traceback = True
            else:
                opens, goes_on = _blocks()
                if found := opens.match(text):
                    self._goes_on = goes_on[(found.lastindex or 1) - 1]
        return level


def line_level(text: str, words: Iterable[str] | None = None) -> LineLevel:
    """Return the level of one line by itself. Where it has signs of both kinds, the first one counts.

    ``words``: the :data:`LEVEL_WORDS` that are known to be in it, and :data:`BEGINNING`; ``None`` where nobody has looked.
    """
    lower = text.lower()
    if words is None:
        words = [BEGINNING, *(word for word in LEVEL_WORDS if word in lower)]
    errors, warnings = _compiled()
    error, warning = _first(errors, text, words), _first(warnings, text, words)
    if (error is None and warning is None) or _is_harmless(text, lower):
        return "INFO"
    if error is None or (warning is not None and warning < error):
        return "WARN"
    return "ERROR"


def _is_harmless(text: str, lower: str) -> bool:
    """Whether a line with a sign means no harm all the same."""
    if _COMMIT.match(text) or _HARMLESS.match(text):
        return True
    for word in _NOTHING_WORDS:
        if word in lower:
            return _NOTHING_WRONG.search(text) is not None
    return _IS_NOTHING.search(lower) is not None and _NOTHING_WRONG.search(text) is not None
