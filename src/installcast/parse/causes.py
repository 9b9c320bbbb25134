"""What lines tell about the cause of a failure, and what a person can do about it."""

from __future__ import annotations

from typing import NamedTuple


class Cause(NamedTuple):
    """``pattern`` is tried on lines that contain one of ``words``, which are in lower case.

    The hints may use ``{name}``, the text of the first group that took part in the match.
    """

    code: str
    words: tuple[str, ...]
    pattern: str
    hint: str
    hint_zh: str


CAUSES = (
    Cause(
        "APT_PACKAGE_NOT_FOUND",
        ("unable to locate", "has no installation", "couldn't find any"),
        r"^E: (?:Unable to locate package |Package '?|Couldn't find any package by \w+ ')([^\s']+)"
        r"(?='?(?: has no installation candidate)?$)",
        "The package sources do not have {name}: check the name, or run apt-get update and look at the sources.",
        "软件源中没有 {name}：请检查包名，或运行 apt-get update 并检查软件源。",
    ),
    Cause(
        "PIP_PACKAGE_NOT_FOUND",
        ("no matching distribution", "could not find a version"),
        r"(?:No matching distribution found for|Could not find a version that satisfies the requirement) ([^\s(]+)",
        "pip found no {name} that fits: check the name, the version, and the version of Python.",
        "pip 找不到合适的 {name}：请检查名称、版本以及 Python 版本。",
    ),
    Cause(
        "NPM_PACKAGE_NOT_FOUND",
        ("is not in this registry", "code e404", "is not in the npm registry"),
        r"^npm (?:ERR!|error) (?:code E404|404\s+'?(\S+?)'? is not in)",
        "npm's registry does not have the package: check its name and version.",
        "npm 仓库中没有该软件包：请检查名称和版本。",
    ),
    Cause(
        "DPKG_LOCKED",
        ("could not get lock", "frontend lock", "unable to lock"),
        r"Could not get lock (\S+?)\.?(?:\s|$)|dpkg frontend lock|Unable to lock the (?:dpkg|administration)",
        "Another program is installing packages: wait until it is done, then try again.",
        "另一个程序正在安装软件包：请等待其完成后再试。",
    ),
    Cause(
        "DPKG_INTERRUPTED",
        ("dpkg was interrupted",),
        r"dpkg was interrupted, you must manually run",
        "An earlier install was cut off: run dpkg --configure -a, then try again.",
        "之前的安装被中断：请运行 dpkg --configure -a 后再试。",
    ),
    Cause(
        "DISK_FULL",
        ("no space left", "enough free space", "quota exceeded", "disk is full"),
        r"No space left on device|You don't have enough free space|Disk quota exceeded|\bdisk is full\b",
        "The disk is full: free some space, then try again.",
        "磁盘空间不足：请释放空间后再试。",
    ),
    Cause(
        "CHECKSUM_MISMATCH",
        ("mismatch", "did not match", "do not match", ": failed", "eintegrity"),
        r"Hash Sum mismatch|checksums? did NOT match|[Cc]hecksum mismatch|DO NOT MATCH THE HASHES|^\S+: FAILED$|\bEINTEGRITY\b",
        "A download is not what it should be: try again, or use another mirror.",
        "下载内容的校验和不符：请重试或更换镜像。",
    ),
    Cause(
        "HTTP_404",
        ("404",),
        r"\b(?:ERROR|error:?) 404\b|\b404 +Not Found\b",
        "A download does not exist any more (404): check the version and the address.",
        "下载地址不存在（404）：请检查版本和地址。",
    ),
    Cause(
        "DNS_FAILURE",
        (
            "could not resolve",
            "temporary failure",
            "name or service",
            "unable to resolve",
            "enotfound",
            "eai_again",
        ),
        r"Could not resolve (?:host|proxy)?:? ?'?([\w.-]*)|Temporary failure (?:in name resolution|resolving '?([\w.-]*))"
        r"|Name or service not known|unable to resolve host address|getaddrinfo (?:ENOTFOUND|EAI_AGAIN)",
        "A host name could not be resolved: check the network and the name servers.",
        "无法解析主机名：请检查网络和 DNS 设置。",
    ),
    Cause(
        "CONNECTION_REFUSED",
        ("connection refused", "econnrefused"),
        r"\bConnection refused\b|\bECONNREFUSED\b",
        "A server refused the connection: check that it runs, its address, and the firewall.",
        "连接被拒绝：请检查服务是否运行、地址以及防火墙。",
    ),
    Cause(
        "PORT_IN_USE",
        ("address already in use", "eaddrinuse", "is already in use", "already allocated"),
        r"[Aa]ddress already in use|\bEADDRINUSE\b|\bport \d+ is already in use|\bport is already allocated",
        "A port is taken by another program: stop that one, or choose another port.",
        "端口已被其他程序占用：请停止该程序或更换端口。",
    ),
    Cause(
        "CONFIG_ERROR",
        ("[emerg]",),
        r"\[emerg\]",
        "nginx does not accept its configuration: correct the place that the line names.",
        "nginx 配置有误：请修改该行指出的位置。",
    ),
    Cause(
        "COMPILE_ERROR",
        ("error:", "error[e", "undefined reference"),
        r"^\S+?\.(?:c|cc|cpp|cxx|h|hpp|m|rs|go|java|f90):\d+(?::\d+)?: (?:fatal )?error: |^error\[E\d{4}\]: "
        r"|undefined reference to |^collect2: error: ",
        "The source does not compile here: check the compiler and the libraries' development packages.",
        "源码编译失败：请检查编译器及所需的开发库。",
    ),
    Cause(
        "SYNTAX_ERROR",
        ("syntax error", "syntaxerror"),
        r": [Ss]yntax error: |: syntax error near |^SyntaxError: ",
        "A script has a syntax error in it.",
        "脚本存在语法错误。",
    ),
    Cause(
        "SCRIPT_ERROR",
        ("unbound variable",),
        r": (\w+): unbound variable$",
        "The script uses the variable {name}, which has no value: set it, or correct the script.",
        "脚本使用了未赋值的变量 {name}：请设置该变量或修正脚本。",
    ),
    Cause(
        "MISSING_DEPENDENCY",
        ("not found",),
        r"(?:line \d+|: \d+|sh): ([\w.+/-]+): (?:command )?not found$|^([\w.+/-]+): command not found$",
        "{name} is missing: install it first.",
        "缺少 {name}：请先安装。",
    ),
    Cause(
        "PROMPT_ABORTED",
        ("abort",),
        r"\? \[Y/n\] Abort\.",
        "A program asked a question and nobody could answer: run it with its option that answers yes (apt-get -y).",
        "程序在等待确认但无人应答：请使用自动确认选项（如 apt-get -y）。",
    ),
    Cause(
        "PERMISSION_DENIED",
        ("permission denied", "eacces", "are you root", "as root", "not permitted", "sudo: a "),
        r"\bPermission denied\b|\bEACCES\b|are you root\?|must be run as root|Operation not permitted"
        r"|^sudo: a (?:terminal|password) is required",
        "Permission was denied: run it as root, or check the owner of the file.",
        "权限不足：请以 root 身份运行，或检查文件属主。",
    ),
)
