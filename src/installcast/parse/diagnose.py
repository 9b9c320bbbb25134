"""Why a task failed: a stable code, what to do about it, and the record that shows it.

Lines that look like a cause are remembered as they pass, few and bounded. A wrong cause is worse than none: what no rule
knows stays ``UNKNOWN``.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from installcast.parse.levels import LineLevel


class Error(NamedTuple):
    """A cause of failure. ``body_index`` counts the record bodies that the parser returned before the one that shows it;
    ``seq`` is what that became in the journal, for whoever knows."""

    code: str
    hint: str
    hint_zh: str = ""
    body_index: int | None = None
    seq: int | None = None


class Rule(NamedTuple):
    """A line that tells a cause. The hints may use the expression's named groups."""

    code: str
    pattern: str
    hint: str
    hint_zh: str


RULES = (
    Rule(
        "APT_PACKAGE_NOT_FOUND",
        r"E: (?:Unable to locate package|Package '?)\s?(?P<name>[^\s']+)(?:'? has no installation candidate)?$|E: Couldn't find any package by (?:glob|regex) '(?P<glob>[^']+)'",
        "The package sources do not have {name}: check the name, or run apt-get update and look at the sources.",
        "软件源中没有 {name}：请检查包名，或运行 apt-get update 并检查软件源。",
    ),
    Rule(
        "PIP_PACKAGE_NOT_FOUND",
        r"(?:No matching distribution found for|Could not find a version that satisfies the requirement) (?P<name>[^\s(]+)",
        "pip found no {name} that fits: check the name, the version, and the Python version.",
        "pip 找不到合适的 {name}：请检查名称、版本以及 Python 版本。",
    ),
    Rule(
        "DPKG_LOCKED",
        r"Could not get lock (?P<name>[^\s.]+(?:\.\w+)?)|dpkg: error: dpkg frontend lock|Unable to (?:acquire|lock) the (?:dpkg|administration)",
        "Another program is installing packages: wait until it is done, then try again.",
        "另一个程序正在安装软件包：请等待其完成后再试。",
    ),
    Rule(
        "DISK_FULL",
        r"No space left on device|You don't have enough free space|Disk quota exceeded|database or disk is full",
        "The disk is full: free some space, then try again.",
        "磁盘空间不足：请释放空间后再试。",
    ),
    Rule(
        "CHECKSUM_MISMATCH",
        r"Hash Sum mismatch|computed checksums? did NOT match|checksum (?:mismatch|does not match)|THESE PACKAGES DO NOT MATCH THE HASHES|^\S+: FAILED$|EINTEGRITY",
        "A download is not what it should be: try again, or use another mirror.",
        "下载内容的校验和不符：请重试或更换镜像。",
    ),
    Rule(
        "HTTP_404",
        r"\b(?:ERROR|error:?|HTTP(?:/[\d.]+)?|returned error:) 404\b|\b404 +Not Found\b|npm (?:ERR!|error) 404",
        "A download does not exist any more (404): check the version and the address.",
        "下载地址不存在（404）：请检查版本和地址。",
    ),
    Rule(
        "DNS_FAILURE",
        r"Could not resolve (?:host|proxy)?:? ?'?(?P<name>[\w.-]*)|Temporary failure (?:in name resolution|resolving '?(?P<host>[\w.-]*))|Name or service not known|unable to resolve host address|getaddrinfo (?:ENOTFOUND|EAI_AGAIN)",
        "A host name could not be resolved: check the network and the name servers.",
        "无法解析主机名：请检查网络和 DNS 设置。",
    ),
    Rule(
        "CONNECTION_REFUSED",
        r"\bConnection refused\b|ECONNREFUSED",
        "A server refused the connection: check that it runs, its address, and the firewall.",
        "连接被拒绝：请检查服务是否运行、地址以及防火墙。",
    ),
    Rule(
        "PORT_IN_USE",
        r"Address already in use|EADDRINUSE|bind\(\) to \S+ failed \(98|port \d+ is already (?:in use|allocated)",
        "A port is taken by another program: stop that one, or choose another port.",
        "端口已被其他程序占用：请停止该程序或更换端口。",
    ),
    Rule(
        "COMPILE_ERROR",
        r"^\S+?\.(?:c|cc|cpp|cxx|h|hpp|m|rs|go|java|f90):\d+(?::\d+)?: (?:fatal )?error: |^error\[E\d{4}\]: |undefined reference to |collect2: error: ",
        "The source does not compile here: check that the compiler and the libraries' development packages fit.",
        "源码编译失败：请检查编译器及所需的开发库。",
    ),
    Rule(
        "SYNTAX_ERROR",
        r": syntax error[: ]|: Syntax error: |^SyntaxError: |unexpected end of file$",
        "A script has a syntax error in it.",
        "脚本存在语法错误。",
    ),
    Rule(
        "MISSING_DEPENDENCY",
        r"(?:^|: )(?P<name>[\w.+/-]+): (?:command )?not found$",
        "{name} is missing: install it first.",
        "缺少 {name}：请先安装。",
    ),
    Rule(
        "PERMISSION_DENIED",
        r"\bPermission denied\b|\bEACCES\b|are you root\?|must be run as root|Operation not permitted",
        "Permission was denied: run it as root, or check the owner of the file.",
        "权限不足：请以 root 身份运行，或检查文件属主。",
    ),
)

_UNKNOWN_HINT = "The script ended with exit status {exit_code}; the lines before the end may say why."
_UNKNOWN_HINT_ZH = "脚本以退出码 {exit_code} 结束，原因可能在日志末尾几行。"

DIAGNOSIS_WORDS = (
    b"hash sum",
    b"checksum",
    b"enospc",
    b"quota exceeded",
    b"are you root",
    b"as root",
    b" 404",
    b"econnrefused",
    b"eacces",
    b"eaddrinuse",
)
"""Bytes in lower case that mark causes which no level word finds."""

_TEXT_WORDS = tuple(word.decode() for word in DIAGNOSIS_WORDS)

CLUSTER_GAP = 50
"""Records between two causes that still belong to one failure."""


class _Candidate(NamedTuple):
    rule: Rule | None
    name: str
    body_index: int


class Diagnosis:
    """Watches the lines of a task for the cause of its failure."""

    def __init__(self) -> None:
        self._rules: list[tuple[Rule, re.Pattern[str]]] = []
        self._first: _Candidate | None = None  # first known cause of the last cluster
        self._last_known = -1
        self._error: int | None = None  # the last line of level ERROR that began a cluster
        self._last_error = -1

    def observe(self, text: str, level: LineLevel, index: int) -> None:
        """Look at one line, already masked."""
        if level == "INFO" and not any(word in text.lower() for word in _TEXT_WORDS):
            return
        if not self._rules:
            # Compiled when the first line needs it: a runner that meets no error does not pay for them.
            self._rules = [(rule, re.compile(rule.pattern)) for rule in RULES]
        if level == "ERROR":
            if self._error is None or index - self._last_error > CLUSTER_GAP:
                self._error = index
            self._last_error = index
        for rule, pattern in self._rules:
            found = pattern.search(text)
            if found:
                if self._first is None or index - self._last_known > CLUSTER_GAP:
                    name = next((group for group in found.groups() if group), "")
                    self._first = _Candidate(rule, name, index)
                self._last_known = index
                return

    def result(self, exit_code: int | None, last_index: int | None) -> Error:
        """Return the cause. ``last_index`` is the last line of the output, for want of a better one."""
        found = self._first
        if found is None or found.rule is None:
            index = self._error if self._error is not None else last_index
            shown = "?" if exit_code is None else exit_code
            return Error(
                "UNKNOWN",
                _UNKNOWN_HINT.format(exit_code=shown),
                _UNKNOWN_HINT_ZH.format(exit_code=shown),
                index,
            )
        name = found.name
        return Error(
            found.rule.code,
            found.rule.hint.format(name=name),
            found.rule.hint_zh.format(name=name),
            found.body_index,
        )
