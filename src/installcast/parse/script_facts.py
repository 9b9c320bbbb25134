"""What the text of a script tells about its failures: whether it stops at the first, what it shrugs off, what it downloads."""

from __future__ import annotations

import re
from functools import cached_property

_STOPS = re.compile(r"^[ \t]*set\s+-\w*e|^[ \t]*set\s+-o\s+errexit|^#!\S*sh\s+-\w*e", re.MULTILINE)
_TOLERATES = re.compile(r"\|\|\s*(?:true|:|echo|printf|log|info|warn)\b|\|\|\s*:\s*$|;\s*true\s*$")
_TRIES = re.compile(
    r"\|\|(?!\s*(?:exit|return|die|fail|abort|error|fatal|\{[^}]*\b(?:exit|return|die)))|^[ \t]*(?:if|elif|while|until|!)\s"
)
_CONDITION = re.compile(r"\s*(?:if|elif|while|until)\s")
_ENDS = re.compile(r"(?<![\w.-])(?:exit|return|die|fail|abort|fatal|false)\b(?!\()")
_REMARK = re.compile(r"\s*#")
_BLOCK_ENDS = re.compile(r"(?:^|;)\s*(?:fi|done)\b")
_LONGEST_BLOCK = 40
_AFTER_BLOCK = 3
"""Lines behind a loop or a condition that may ask how it went."""
_TRAP = re.compile(r"^[ \t]*trap\b.*\b(?:EXIT|ERR|0)\b", re.MULTILINE)
_HANDLER = re.compile(
    r"""^[ \t]*trap\s+(?:--\s+)?(?:'(?P<single>[^']*)'|"(?P<double>[^"]*)"|(?P<name>[\w:-]+))\s[^#\n]*\b(?:EXIT|ERR|0)\b""",
    re.MULTILINE,
)
_DOWNLOAD = re.compile(r"\b(?P<tool>wget|curl)\b(?P<words>[^\n|;&]*)")
_SILENT = re.compile(r"(?<!\S)(?:-(?!-)[a-zA-Z]*[qs][a-zA-Z]*|--quiet|--silent)(?!\S)")
_SHOWS_ERRORS = re.compile(r"(?<!\S)(?:-(?!-)[a-zA-Z]*S[a-zA-Z]*|--show-error)(?!\S)")
_FAILS = re.compile(r"(?<!\S)(?:-(?!-)[a-zA-Z]*f[a-zA-Z]*|--fail(?:-\S+)?)(?!\S)")
_URL = re.compile(r"https?://[^\s'\"<>()|;&]+")
_CURL = re.compile(r"\bcurl\b")
_LONGEST = 1 << 20

_SAYS = re.compile(
    r"""(?:^|[;&|({]|\b(?:then|else|do))\s*(?:echo|printf)(?:\s+-\w+)*\s+"""
    r"""(?:"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>[^']*)'|(?P<bare>[^\s"';&|<>(){}][^"';&|<>(){}]*))"""
)
_SAYS_MORE = re.compile(r"\s*(?:(?:echo|printf)\b|#|$)")
_VARIES = re.compile(r"\$\([^)]*\)|\$\{[^}]*\}|\$\w+|\$[@*#?]|%[-\d.]*[sd]|\\[\w\\\"$`]|`[^`]*`")
_FEWEST_WORDS = 3
"""Words that stand as they are in what is printed, below which it might be anybody's."""
_MOST_PARTS = 5
"""Parts between what varies, above which the search would take long."""


class ScriptFacts:
    """``script`` is its text, or ``None`` where nobody knows it."""

    def __init__(self, script: bytes | None) -> None:
        self.is_known = script is not None
        self._text = (script or b"")[:_LONGEST].decode("utf-8", "replace")

    @cached_property
    def stops_at_errors(self) -> bool | None:
        """Whether it ends with the first command that fails; ``None``: unknown."""
        return bool(_STOPS.search(self._text)) if self.is_known else None

    @cached_property
    def uses_curl(self) -> bool:
        """Whether it calls curl."""
        return bool(_CURL.search(self._text))

    @cached_property
    def only_url(self) -> str:
        """The address that it downloads from, where there is one alone and it stands there as it is, else ``""``."""
        urls = {
            url
            for _, words in self._downloads
            for url in _URL.findall(words)
            if "$" not in url and "`" not in url
        }
        return urls.pop() if len(urls) == 1 else ""

    @cached_property
    def silent_downloads(self) -> tuple[str, ...]:
        """The words of the commands that download and say nothing when that fails."""
        return tuple(
            words
            for tool, words in self._downloads
            if (tool == "curl" and not _FAILS.search(words))
            or (_SILENT.search(words) and not (tool == "curl" and _SHOWS_ERRORS.search(words)))
        )

    @cached_property
    def cleans_up(self) -> bool:
        """Whether it has more to print after the command that ended it."""
        return bool(_TRAP.search(self._text))

    def is_of_cleanup(self, program: str, name: str, line: int | None = None) -> bool:
        """Whether only what the script does at its end, by ``trap``, calls ``program``, there or with the file ``name``.

        ``line``: the line of the script that complains, from 1, where it is known.
        """
        handlers = self._handlers
        if line is not None:
            return any(line - 1 in lines for _, lines in handlers)
        call = re.compile(rf"(?<![\w./-]){re.escape(program)}(?![\w./-])")
        mine = [text for text, _ in handlers if call.search(text)]
        if not mine:
            return False
        if name and any(name in text for text in mine):
            return True
        theirs = {at for _, lines in handlers for at in lines}
        return not any(call.search(text) for at, text in enumerate(self._lines) if at not in theirs)

    @cached_property
    def _handlers(self) -> tuple[tuple[str, range], ...]:
        """What ``trap`` calls at the end: its text, and its lines from 0."""
        found: list[tuple[str, range]] = []
        for trap in _HANDLER.finditer(self._text):
            commands = trap["single"] or trap["double"] or trap["name"] or ""
            first = self._text.count("\n", 0, trap.start("name") if trap["name"] else trap.end())
            found.append((commands, range(first, first + 1)))
            function = re.search(
                rf"^[ \t]*(?:function[ \t]+)?{re.escape(commands.strip())}[ \t]*(?:\(\))?\s*\{{(?:.*\}}[ \t]*$|[\s\S]*?^\}})",
                self._text,
                re.MULTILINE,
            )
            if re.fullmatch(r"[\w:-]+", commands.strip()) and function:
                first = self._text.count("\n", 0, function.start())
                found.append((function[0], range(first, first + function[0].count("\n") + 1)))
        return tuple(found)

    @cached_property
    def downloads_have_a_fallback(self) -> bool:
        """Whether a download may fail, and another way is tried."""
        return any(_DOWNLOAD.search(line) and _TRIES.search(line) for line in self._lines)

    def tolerates(self, word: str, line: int | None = None) -> bool:
        """Whether the command with ``word`` in it may fail, by its author's will: on ``line`` from 1, else wherever it is."""
        return self._all_match(_TOLERATES, word, line)

    def tolerates_program(self, name: str) -> bool:
        """Whether every call of the program ``name`` may fail, and its failure ends nothing."""
        call = re.compile(rf"(?<![\w./-]){re.escape(name)}\s")
        calls = [at for at, line in enumerate(self._lines) if call.search(line) and not _REMARK.match(line)]
        return bool(calls) and all(self._is_harmless_at(at) for at in calls)

    def _is_harmless_at(self, at: int) -> bool:
        """Whether a call in line ``at``, from 0, may fail: there, or as a condition after which nothing ends the script."""
        line = self._lines[at]
        if _ENDS.search(line):
            return False
        if _TOLERATES.search(line):
            return True
        if not _CONDITION.match(line):
            return False
        block = self._lines[at : at + _LONGEST_BLOCK]
        end = next((index for index, text in enumerate(block) if _BLOCK_ENDS.search(text)), None)
        return end is not None and not any(_ENDS.search(text) for text in block[: end + 1 + _AFTER_BLOCK])

    def tries(self, word: str, line: int | None = None) -> bool:
        """The same of a command whose failure may decide on what comes next."""
        return self._all_match(_TRIES, word, line)

    def brings(self, name: str, program: str) -> bool:
        """Whether a line has to do with the file ``name`` and with a download, an address, or ``program``."""
        return any(
            "://" in line or _DOWNLOAD.search(line) or (program and program in line)
            for line in self._lines
            if name in line
        )

    def merely_says(self, text: str) -> bool:
        """Whether ``text`` is what the script itself prints, and then goes on. It is no word of the tool it sounds like."""
        return any(saying.fullmatch(text.strip()) for saying in self._sayings)

    @cached_property
    def _sayings(self) -> tuple[re.Pattern[str], ...]:
        return tuple(
            re.compile(".*".join(map(re.escape, literals)))
            for at, line in enumerate(self._lines)
            for found in _SAYS.finditer(line)
            if (literals := _literals(found)) and not self._ends_after(at, line[found.end() :])
        )

    def _ends_after(self, at: int, rest: str) -> bool:
        """Whether the script ends when it has printed line ``at``, from 0: there, or behind what more it has to say."""
        following = (line for line in self._lines[at + 1 : at + _LONGEST_BLOCK] if not _SAYS_MORE.match(line))
        return bool(_ENDS.search(rest) or _ENDS.match(next(following, "").strip()))

    def _all_match(self, pattern: re.Pattern[str], word: str, line: int | None) -> bool:
        lines = self._lines if line is None else self._lines[line - 1 : line]
        found = [text for text in lines if word in text]
        return bool(found) and all(pattern.search(text) for text in found)

    @cached_property
    def _lines(self) -> list[str]:
        return self._text.split("\n")

    @cached_property
    def _downloads(self) -> tuple[tuple[str, str], ...]:
        return tuple((found["tool"], found["words"]) for found in _DOWNLOAD.finditer(self._text))


def _literals(found: re.Match[str]) -> list[str]:
    """Return what stands as it is in the words of ``echo`` or ``printf``, between what varies; nothing where that is little."""
    words = found["double"] or found["single"] or found["bare"] or ""
    literals = _VARIES.split(words.strip())
    words_told = re.findall(r"[^\W\d_]{2,}", " ".join(literals))
    return literals if len(words_told) >= _FEWEST_WORDS and len(literals) <= _MOST_PARTS else []
