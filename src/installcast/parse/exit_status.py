"""What an exit status tells of a failure by itself, and the causes that no line shows."""

from __future__ import annotations

from typing import Any, NamedTuple

from installcast.parse.causes import UNKNOWN, fill_in

EXIT_TIMEOUT, EXIT_NOT_EXECUTABLE, EXIT_NOT_FOUND = 124, 126, 127
"""Of timeout(1), and of a shell."""

SIGHUP, SIGINT, SIGKILL, SIGTERM = 1, 2, 9, 15
"""As of signal(7); the module ``signal`` is not needed for four numbers."""

_SIGNALED = 128
"""A shell's exit status of a command that a signal ended is this and the signal's number."""

_LAST_SIGNAL = 64


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


TIMED_OUT = Error(
    "TIMEOUT",
    "It took too long and was stopped: find out what it waited for, or give it more time.",
    "运行超时，已被终止：请查明其等待的原因，或延长时限。",
)
ANSWER_TIMED_OUT = Error(
    "TIMEOUT",
    "It waited for an answer that nobody could give, and was stopped: give it its answers beforehand.",
    "脚本在等待输入，超时后被终止：请预先提供答案或使用免交互选项。",
)
STOPPED = Error(
    "KILLED",
    "The script, or a command of it, was stopped from outside: start it again.",
    "脚本或其命令被外部中止：请重新执行。",
)
KILLED = Error(
    "KILLED",
    "The script, or a command of it, was killed: look for what did it, mostly a lack of memory (dmesg tells).",
    "脚本或其命令被强制终止：请检查原因，通常是内存不足（查看 dmesg）。",
)

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


def by_status_of_curl(exit_code: int | None, url: str, shown: int | None) -> Error | None:
    """Return what ``exit_code`` says if it is curl's. ``url``: what it was told to fetch, or ``""``."""
    if exit_code not in _CURL_EXITS:
        return None
    code, hint, hint_zh = _CURL_EXITS[exit_code]
    return Error(code, fill_in(hint, {"url": url}), fill_in(hint_zh, {"url": url}), shown)


def by_exit_status(exit_code: int | None, shown: int | None, text: str = "") -> Error:
    """Return what ``exit_code`` says of an end that no line explains; ``shown`` and ``text`` are the line that comes nearest."""
    if exit_code == EXIT_NOT_FOUND:
        return Error(
            "MISSING_DEPENDENCY",
            "A command of the script does not exist here: install the program that has it.",
            "脚本中的某个命令不存在：请先安装对应的程序。",
            shown,
        )
    if exit_code == EXIT_NOT_EXECUTABLE:
        return Error(
            "PERMISSION_DENIED",
            "A program of the script may not be executed: check its mode, its owner, and that it is made for this machine.",
            "脚本中的某个程序无法执行：请检查其权限、属主以及是否适用于本机。",
            shown,
        )
    return unknown(exit_code, shown, text)


def signal_of(exit_code: int | None) -> int | None:
    """Return the number of the signal that ended it: ``exit_code`` is a shell's, or the negative number."""
    if exit_code is None:
        return None
    if exit_code < 0:
        return -exit_code
    return exit_code - _SIGNALED if _SIGNALED < exit_code <= _SIGNALED + _LAST_SIGNAL else None


def unknown(exit_code: int | None, shown: int | None, text: str = "") -> Error:
    """Return what is said of an end whose cause nobody knows; ``text`` is the line that comes nearest to it."""
    code = "?" if exit_code is None else str(exit_code)
    if shown is None:
        return Error(UNKNOWN, fill_in(_SILENT_HINT, {"code": code}), fill_in(_SILENT_HINT_ZH, {"code": code}))
    particulars = {"code": code, "text": text}
    return Error(UNKNOWN, fill_in(_UNKNOWN_HINT, particulars), fill_in(_UNKNOWN_HINT_ZH, particulars), shown)


_UNKNOWN_HINT = "The script ended with exit status {code}[ after “{text}”]; the lines around the place that is shown may say why."
_SILENT_HINT = "The script ended with exit status {code} and said nothing: the line `set -x` at its beginning shows where."
_SILENT_HINT_ZH = "脚本以退出码 {code} 结束且没有任何输出：在脚本开头加入 `set -x` 可显示出错位置。"
_UNKNOWN_HINT_ZH = "脚本以退出码 {code} 结束[，此前输出“{text}”]，原因可能在所示位置前后的日志行中。"
