"""Why a task failed: a stable code, what to do about it, and the record that shows it.

Lines of trouble are remembered as they pass. The last trouble is what ended the script; from there the way goes back to what
brought it about: a download that failed explains the archive that cannot be opened, a compiler's error explains what make
says. What nothing later depends on, the script has survived. A wrong cause is worse than none: what no rule knows stays
``UNKNOWN``, with the best line.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from installcast.parse.causes import UNKNOWN, Kind, fill_in
from installcast.parse.causes.finding import find_cause
from installcast.parse.chain import last_chain, pick
from installcast.parse.exit_status import (
    ANSWER_TIMED_OUT,
    EXIT_NOT_EXECUTABLE,
    EXIT_NOT_FOUND,
    EXIT_TIMEOUT,
    KILLED,
    SIGHUP,
    SIGINT,
    SIGKILL,
    SIGTERM,
    STOPPED,
    TIMED_OUT,
    Error,
    by_exit_status,
    by_status_of_curl,
    signal_of,
    unknown,
)
from installcast.parse.levels import LineLevel
from installcast.parse.script_facts import ScriptFacts
from installcast.parse.trouble import Trouble, Troubles

__all__ = ["Diagnosis", "Error", "Survived"]

_PROMPT = re.compile(
    r"(?:[\[(](?:[yY](?:es)?/[nN]o?)[\])]|[Pp]assword(?: for \S+)?)\s?[:?>]?\s*(?:Terminated)?$"
)

_TAIL = 40
"""Lines after the last trouble, behind which it is not what ended the script."""
_IDLE_TAIL = 8
"""The same for complaints that scripts often shrug off."""
_IDLE_KINDS: frozenset[Kind] = frozenset({"file", "permission", "end"})
"""Complaints of these are often shrugged off."""

_CHECKS = ("-- ", "checking ", "Checking ", "Looking for ")
"""How lines begin that tell what is not there, and mean no harm."""

_MEANS_NO_HARM = re.compile(r"\W{0,3}(?:INFO|DEBUG|TRACE|NOTICE)\b")
"""How lines begin that say themselves that they are no error."""

_PROGRAM = re.compile(r"([a-z][\w.+-]*): ")
"""How lines begin by which a program complains under its own name."""
_OWN_WARNING = re.compile(r"\W{0,3}(?:WARN(?:ING)?|Warning)\b")
"""How lines begin by which a program says that it goes on."""

_SAYS_NOTHING = re.compile(r"(?:Try|See|Usage:|usage:|Run|For more) ")

_SAME_COMMAND = 6
"""Lines between a failure and what is only its consequence in the same command."""
_ECHOES: frozenset[Kind] = frozenset({"archive", "file", "end"})
_SHORTEST_NAME = 3

_BRING_FILES: frozenset[Kind] = frozenset({"network", "missing", "package"})
"""Trouble with what brings files."""
_CLOSE = 2
"""Lines between a command and the next one that may need what it should have brought."""


_PROMPT_ABORTED = Error(
    "PROMPT_ABORTED",
    "The script asked a question and nobody could answer: give it its answers beforehand, or the option that asks nothing.",
    "脚本在等待输入但无人应答：请预先提供答案，或使用免交互选项。",
)
_NOTHING_DOWNLOADED = Error(
    "HTTP_404",
    "A download brought no archive[: {url}]; mostly the address does not exist (404): check it and the version.",
    "下载未得到有效的压缩包[：{url}]，通常是地址不存在（404）：请检查地址和版本。",
)


class Survived(NamedTuple):
    """A command that failed in a script that ended well all the same: the body of the line that shows it, and its text."""

    body_index: int
    text: str


class Diagnosis:
    """Watches the lines of one script for the cause of its failure. ``script`` is its text, where it can be had."""

    def __init__(self, script: bytes | None = None) -> None:
        self._facts = ScriptFacts(script)
        self._troubles = Troubles()

    def pass_over(self, text: str, last_index: int) -> None:
        """Take plain lines, the last of which is of body ``last_index``."""
        self._troubles.pass_over(text, last_index)

    def observe(self, text: str, level: LineLevel, body_index: int) -> None:
        """Look at one line, masked already."""
        self._troubles.observe(text, level, body_index)

    def result(self, exit_code: int | None, last_output: int | None) -> Error:
        """Return the cause. ``last_output`` is the last line of the output, for want of a better one.

        ``exit_code`` is a shell's, or the negative number of a signal. At 0 it is the first failure that the script hides,
        or ``UNKNOWN`` without a line.
        """
        if exit_code == 0:
            failures = self._failures()
            return self._error_of(failures[0]) if failures else unknown(0, None)
        signal = signal_of(exit_code)
        if signal is not None or exit_code == EXIT_TIMEOUT:
            stopped = self._stopped(signal, last_output)
            if stopped is not None:
                return stopped
        return self._by_lines(exit_code, last_output)

    def survived(self) -> list[Survived]:
        """Return the commands that have failed for certain, as far as the lines tell, one entry a command."""
        return [Survived(trouble.first, trouble.text) for trouble in self._failures()]

    def _failures(self) -> list[Trouble]:
        failures: list[Trouble] = []
        end: int | None = None
        for trouble in self._troubles:
            if not self._is_failure(trouble):
                continue
            echoes = trouble.kind in _ECHOES or (trouble.cause is not None and trouble.cause.is_general)
            if not (echoes and end is not None and trouble.first - end - 1 <= _SAME_COMMAND):
                failures.append(trouble)
            end = trouble.last
        return failures

    # --- by the exit status --------------------------------------------------------------------------------------------

    def _stopped(self, signal: int | None, last_output: int | None) -> Error | None:
        """Return the cause of an end that came from outside the script's commands, if it did."""
        if signal is None or signal == SIGTERM:
            asked = self._ends_in_prompt(last_output)
            return ANSWER_TIMED_OUT._replace(body_index=last_output) if asked else TIMED_OUT
        if signal == SIGKILL:
            deaths = [trouble for trouble in self._troubles if trouble.kind == "memory"]
            certain = [trouble for trouble in deaths if trouble.is_specific]
            return self._error_of((certain or deaths)[-1]) if deaths else KILLED
        return STOPPED if signal in (SIGHUP, SIGINT) else None

    def _ends_in_prompt(self, last_output: int | None) -> bool:
        end = [] if last_output is None else self._troubles.last_lines(last_output)
        return bool(end) and end[-1][1] == last_output and bool(_PROMPT.search(end[-1][0]))

    def _by_exit_status(self, exit_code: int | None, shown: int | None, text: str = "") -> Error:
        if len(self._troubles) or not self._facts.uses_curl:
            return by_exit_status(exit_code, shown, text)
        return by_status_of_curl(exit_code, self._facts.only_url, shown) or by_exit_status(
            exit_code, shown, text
        )

    # --- by the lines --------------------------------------------------------------------------------------------------

    def _by_lines(self, exit_code: int | None, last_output: int | None) -> Error:
        if self._ends_in_prompt(last_output):
            return _PROMPT_ABORTED._replace(body_index=last_output)
        last = self._troubles[-1] if len(self._troubles) else None
        troubles = [
            trouble
            for trouble in self._troubles
            if not self._is_shrugged_off(trouble, is_last=trouble is last)
        ]
        while troubles and not self._ended(troubles[-1], last_output):
            is_small = (
                troubles[-1].is_warning
                or self._is_tolerated(troubles[-1])
                or self._is_of_cleanup(troubles[-1])
            )
            troubles.pop() if is_small else troubles.clear()
        if troubles and troubles[-1].cause is None:
            troubles = [trouble for trouble in troubles if not _is_overcome(trouble)]
        chain = last_chain(troubles, stops_at_errors=self._facts.stops_at_errors, may_depend=self._may_depend)
        best = pick(chain)
        if best is None or best.cause is None or best.cause.code == UNKNOWN:
            end = [] if last_output is None else self._troubles.last_lines(last_output)
            best = next(filter(None, (_plain_trouble(*line) for line in end)), best)
        if best is None:
            return self._by_exit_status(exit_code, self._last_words(last_output))
        if best.cause is None or not best.cause.hint:
            return self._by_exit_status(exit_code, chain[0].first, chain[0].text)
        error = self._error_of(best)
        if error.code == UNKNOWN and exit_code in (EXIT_NOT_FOUND, EXIT_NOT_EXECUTABLE):
            error = error._replace(code=by_exit_status(exit_code, None).code)
        if error.code == "PERMISSION_DENIED" and exit_code == EXIT_NOT_EXECUTABLE:
            error = by_exit_status(exit_code, error.body_index)
        # What a line sums up is shown by the lines before it.
        return error._replace(
            body_index=chain[0].first if best.cause.reach else self._first_line_of(best, last_output)
        )

    def _first_line_of(self, trouble: Trouble, last_output: int | None) -> int:
        """Return the line that shows it first: a service may have said the same before, at a level that is no error."""
        if trouble.kind != "service" or last_output is None:
            return trouble.first
        for text, index in self._troubles.last_lines(last_output):
            if trouble.first - _SAME_COMMAND <= index < trouble.first:
                earlier = _plain_trouble(text, index)
                if earlier is not None and earlier.cause is not None and earlier.cause is trouble.cause:
                    return index
        return trouble.first

    def _ended(self, trouble: Trouble, last_output: int | None) -> bool:
        """Whether so little came after the trouble that it may be what ended the script."""
        if self._is_tolerated(trouble) or self._is_of_cleanup(trouble):
            return False
        if _is_overcome(trouble) and last_output != trouble.last:
            return False
        is_idle = trouble.is_warning or trouble.kind in _IDLE_KINDS
        tail = _IDLE_TAIL if is_idle and not self._facts.cleans_up else _TAIL
        return last_output is None or last_output - trouble.last <= tail

    def _last_words(self, last_output: int | None) -> int | None:
        """Return the last line that says something: of a usage message, what stands before it."""
        if last_output is None:
            return None
        lines = self._troubles.last_lines(last_output)
        telling = [index for text, index in lines if text.strip() and not _SAYS_NOTHING.match(text)]
        return telling[-1] if telling else last_output

    def _error_of(self, trouble: Trouble) -> Error:
        cause = trouble.cause
        if cause is None:
            return unknown(None, trouble.first)
        particulars = dict(trouble.particulars)
        if cause.kind == "network" and not particulars.get("url") and not particulars.get("host"):
            particulars["url"] = self._facts.only_url
        if self._is_of_silent_download(trouble):
            error = _NOTHING_DOWNLOADED
            return Error(
                error.code,
                fill_in(error.hint, {"url": self._facts.only_url}),
                fill_in(error.hint_zh, {"url": self._facts.only_url}),
                trouble.first,
            )
        return Error(
            cause.code, fill_in(cause.hint, particulars), fill_in(cause.hint_zh, particulars), trouble.first
        )

    def _is_of_silent_download(self, trouble: Trouble) -> bool:
        """Whether what is damaged or missing should have come from a download that says nothing when it fails."""
        downloads = self._facts.silent_downloads
        if not downloads:
            return False
        if trouble.kind == "archive":
            return True
        name = trouble.particulars.get("file", "").rpartition("/")[2]
        return (
            trouble.kind == "file"
            and len(name) > _SHORTEST_NAME
            and any(name in words for words in downloads)
        )

    def _is_shrugged_off(self, trouble: Trouble, *, is_last: bool) -> bool:
        """Whether the script says that this may fail. What it only tries may be the end of it, all the same."""
        if not is_last and trouble.is_specific and self._facts.merely_says(trouble.text):
            return True
        place = trouble.place
        if place is None or trouble.kind == "script":
            return False
        return self._facts.tolerates(*place) or (not is_last and self._facts.tries(*place))

    def _is_tolerated(self, trouble: Trouble) -> bool:
        """Whether the program that tells it may fail wherever the script calls it. What comes after may depend on it."""
        found = _PROGRAM.match(trouble.text)
        return found is not None and self._facts.tolerates_program(found[1])

    def _is_of_cleanup(self, trouble: Trouble) -> bool:
        """Whether the script was at its end already, and cleaned up."""
        if not self._facts.cleans_up or trouble.kind not in _IDLE_KINDS:
            return False
        found, place = _PROGRAM.match(trouble.text), trouble.place
        if place is not None and place[1] is not None:
            return self._facts.is_of_cleanup("", "", place[1])
        name = trouble.particulars.get("file", "").rpartition("/")[2]
        return found is not None and self._facts.is_of_cleanup(found[1], name)

    def _may_depend(self, earlier: Trouble, later: Trouble) -> bool:
        """Whether the want of a file can come of the earlier trouble: near it, or by a line that has to do with both."""
        name = later.particulars.get("file", "").rstrip("/").rpartition("/")[2]
        if not self._facts.is_known or later.kind != "file" or len(name) <= _SHORTEST_NAME:
            return True
        if earlier.kind not in _BRING_FILES or not earlier.is_specific:
            return True
        program = _PROGRAM.match(earlier.text)
        word = earlier.place[0] if earlier.place else program[1] if program else ""
        if not (self._facts.stops_at_errors and word and self._facts.tries(word)) and (
            later.first - earlier.last - 1 <= _CLOSE
        ):
            return True
        return name in earlier.text or self._facts.brings(name, word)

    def _is_failure(self, trouble: Trouble) -> bool:
        """Whether a command has failed for certain, though the script went on."""
        cause = trouble.cause
        return (
            cause is not None
            and cause.certain
            and not trouble.is_warning
            and not self._is_shrugged_off(trouble, is_last=False)
            and not (trouble.kind == "network" and self._facts.downloads_have_a_fallback)
        )


def _is_overcome(trouble: Trouble) -> bool:
    """Whether a program says that it goes on without an answer. It is a cause only of what needed the answer."""
    return trouble.kind == "network" and _OWN_WARNING.match(trouble.text) is not None


def _plain_trouble(text: str, index: int) -> Trouble | None:
    """Return what a line tells that no error looks like, such as a script's own last words."""
    if text.startswith(_CHECKS) or _MEANS_NO_HARM.match(text):
        return None
    cause, particulars = find_cause(text)
    if cause is None or cause.is_general or cause.code == UNKNOWN:
        return None
    return Trouble(cause, particulars, text, "INFO", index)
