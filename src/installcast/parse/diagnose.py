"""Why a task failed: a stable code, what to do about it, and the record that shows it.

Lines of trouble are remembered as they pass. The last trouble is what ended the script; from there the way goes back to what
brought it about: a download that failed explains the archive that cannot be opened, a compiler's error explains what make
says. What nothing later depends on, the script has survived. A wrong cause is worse than none: what no rule knows stays
``UNKNOWN``, with the best line.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from installcast.parse.causes import UNKNOWN, Kind, fill_in
from installcast.parse.chain import last_chain, pick
from installcast.parse.levels import LineLevel
from installcast.parse.script_facts import ScriptFacts
from installcast.parse.trouble import Trouble, Troubles, find_cause

_EXIT_TIMEOUT, _EXIT_NOT_EXECUTABLE, _EXIT_NOT_FOUND = 124, 126, 127
_SIGHUP, _SIGINT, _SIGKILL, _SIGTERM = 1, 2, 9, 15
_SIGNALED = 128
"""A shell's exit status of a command that a signal ended is this and the signal's number."""

_CURL_EXITS = {
    6: ("DNS_FAILURE", "curl could not resolve a host name[ ({url})]: check the address, the network and the name servers.",
        "curl 无法解析主机名[（{url}）]：请检查地址、网络和 DNS 设置。"),
    7: ("CONNECTION_REFUSED", "curl was refused a connection[ ({url})]: check the address, the service and the firewall.",
        "curl 连接被拒绝[（{url}）]：请检查地址、服务和防火墙。"),
    22: ("HTTP_ERROR", "A server refused what curl asked for[ ({url})]: check the address and the version.",
         "服务器拒绝了 curl 的请求[（{url}）]：请检查地址和版本。"),
    28: ("TIMEOUT", "curl got no answer in time[ ({url})]: check the network, or try another mirror.",
         "curl 等待响应超时[（{url}）]：请检查网络或更换镜像。"),
    35: ("TLS_ERROR", "curl could make no secure connection[ ({url})]: check the address and whether a proxy stands between.",
         "curl 无法建立安全连接[（{url}）]：请检查地址以及是否经过代理。"),
    60: ("TLS_ERROR", "curl does not trust the server's certificate[ ({url})]: check this machine's clock and ca-certificates.",
         "curl 不信任服务器证书[（{url}）]：请检查系统时间和 ca-certificates。"),
}  # fmt: skip
"""What curl's exit statuses say where it was told to print nothing (curl(1), EXIT CODES)."""

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

_SAYS_NOTHING = re.compile(r"(?:Try|See|Usage:|usage:|Run|For more) ")

_SAME_COMMAND = 6
"""Lines between a failure and what is only its consequence in the same command."""
_ECHOES: frozenset[Kind] = frozenset({"archive", "file", "end"})
_SHORTEST_NAME = 3


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
            return self._error_of(failures[0]) if failures else _unknown(0, None)
        signal = _signal_of(exit_code)
        if signal is not None or exit_code == _EXIT_TIMEOUT:
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
        if signal is None or signal == _SIGTERM:
            return self._timed_out(last_output)
        if signal in (_SIGHUP, _SIGINT):
            return Error(
                "KILLED",
                "The script, or a command of it, was stopped from outside: start it again.",
                "脚本或其命令被外部中止：请重新执行。",
            )
        return self._killed() if signal == _SIGKILL else None

    def _timed_out(self, last_output: int | None) -> Error:
        if self._ends_in_prompt(last_output):
            return Error(
                "TIMEOUT",
                "It waited for an answer that nobody could give, and was stopped: give it its answers beforehand.",
                "脚本在等待输入，超时后被终止：请预先提供答案或使用免交互选项。",
                last_output,
            )
        return Error(
            "TIMEOUT",
            "It took too long and was stopped: find out what it waited for, or give it more time.",
            "运行超时，已被终止：请查明其等待的原因，或延长时限。",
        )

    def _killed(self) -> Error:
        deaths = [trouble for trouble in self._troubles if trouble.kind == "memory"]
        death = next(
            (trouble for trouble in reversed(deaths) if trouble.is_specific), deaths[-1] if deaths else None
        )
        if death is not None:
            return self._error_of(death)
        return Error(
            "KILLED",
            "The script, or a command of it, was killed: look for what did it, mostly a lack of memory (dmesg tells).",
            "脚本或其命令被强制终止：请检查原因，通常是内存不足（查看 dmesg）。",
        )

    def _ends_in_prompt(self, last_output: int | None) -> bool:
        end = [] if last_output is None else self._troubles.last_lines(last_output)
        return bool(end) and end[-1][1] == last_output and bool(_PROMPT.search(end[-1][0]))

    def _by_exit_status(self, exit_code: int | None, shown: int | None, text: str = "") -> Error:
        if exit_code == _EXIT_NOT_FOUND:
            return Error(
                "MISSING_DEPENDENCY",
                "A command of the script does not exist here: install the program that has it.",
                "脚本中的某个命令不存在：请先安装对应的程序。",
                shown,
            )
        if exit_code == _EXIT_NOT_EXECUTABLE:
            return Error(
                "PERMISSION_DENIED",
                "A program of the script may not be executed: check its mode, its owner, and that it is made for this machine.",
                "脚本中的某个程序无法执行：请检查其权限、属主以及是否适用于本机。",
                shown,
            )
        if exit_code in _CURL_EXITS and not len(self._troubles) and self._facts.uses_curl:
            code, hint, hint_zh = _CURL_EXITS[exit_code]
            address = {"url": self._facts.only_url}
            return Error(code, fill_in(hint, address), fill_in(hint_zh, address), shown)
        return _unknown(exit_code, shown, text)

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
            troubles.pop() if troubles[-1].is_warning else troubles.clear()
        chain = last_chain(troubles, stops_at_errors=self._facts.stops_at_errors)
        best = pick(chain)
        if best is None or best.cause is None or best.cause.code == UNKNOWN:
            end = [] if last_output is None else self._troubles.last_lines(last_output)
            best = next(filter(None, (_plain_trouble(*line) for line in end)), best)
        if best is None:
            return self._by_exit_status(exit_code, self._last_words(last_output))
        if best.cause is None or not best.cause.hint:
            return self._by_exit_status(exit_code, chain[0].first, chain[0].text)
        error = self._error_of(best)
        if error.code == UNKNOWN and exit_code in (_EXIT_NOT_FOUND, _EXIT_NOT_EXECUTABLE):
            error = error._replace(code=self._by_exit_status(exit_code, None).code)
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
            return _unknown(None, trouble.first)
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
        place = trouble.place
        if place is None or trouble.kind == "script":
            return False
        return self._facts.tolerates(*place) or (not is_last and self._facts.tries(*place))

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


def _plain_trouble(text: str, index: int) -> Trouble | None:
    """Return what a line tells that no error looks like, such as a script's own last words."""
    if text.startswith(_CHECKS):
        return None
    cause, particulars = find_cause(text)
    if cause is None or cause.is_general or cause.code == UNKNOWN:
        return None
    return Trouble(cause, particulars, text, "INFO", index)


def _signal_of(exit_code: int | None) -> int | None:
    if exit_code is None:
        return None
    if exit_code < 0:
        return -exit_code
    return exit_code - _SIGNALED if _SIGNALED < exit_code <= _SIGNALED + 64 else None


def _unknown(exit_code: int | None, shown: int | None, text: str = "") -> Error:
    """Return what is said of an end whose cause nobody knows; ``text`` is the line that comes nearest to it."""
    code = "?" if exit_code is None else str(exit_code)
    particulars = {"code": code, "text": text}
    return Error(UNKNOWN, fill_in(_UNKNOWN_HINT, particulars), fill_in(_UNKNOWN_HINT_ZH, particulars), shown)


_UNKNOWN_HINT = "The script ended with exit status {code}[ after “{text}”]; the lines around the place that is shown may say why."
_UNKNOWN_HINT_ZH = "脚本以退出码 {code} 结束[，此前输出“{text}”]，原因可能在所示位置前后的日志行中。"
