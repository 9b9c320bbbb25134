"""Causes in the script itself and in the programs that it starts: shells, interpreters, questions that nobody answers."""

# ruff: noqa: E501 - an expression is read, and searched for, in one piece

from __future__ import annotations

from installcast.parse.causes.cause import UNKNOWN, Cause

_SYSTEMS = (
    r"(?:ubuntu|debian|centos|rhel|red ?hat|rocky|alma(?:linux)?|fedora|suse|arch|alpine|amazon linux|linux|macos|x86_64|amd64|arm64|aarch64"
    r"|64-bit|systemd)"
)

CAUSES = (
    Cause(
        "SYNTAX_ERROR",
        "script",
        (
            "syntax error",
            "syntaxerror",
            "unexpected eof",
            "unexpected token",
            "parse error",
            "conditional binary operator",
            "unexpected end of file",
            "indentationerror",
            "taberror",
            "unterminated",
        ),
        (
            r"^(?P<file>[^\s:]+): (?:line )?(?P<line>\d+): (?P<reason>[Ss]yntax error.{0,100}|unexpected EOF.{0,60}|conditional binary operator.{0,40})",
            r"^(?P<file>[^\s:]+): (?:line )?(?P<line>\d+): \S+: (?P<reason>[Ss]yntax error.{0,100})",
            r": (?P<reason>syntax error near .{0,80})",
            r"^(?P<reason>(?:SyntaxError|IndentationError|TabError): (?!.*\bJSON\b).{0,100})",
            r"^(?:PHP )?Parse error: +(?P<reason>syntax error.{0,100}?) in (?P<file>\S+) on line (?P<line>\d+)",
            r"^(?P<file>\S+\.rb):(?P<line>\d+): (?P<reason>syntax error.{0,100})",
        ),
        "A script has a syntax error in it[: {file}][, line {line}][: {reason}].",
        "脚本存在语法错误[：{file}][ 第 {line} 行][：{reason}]。",
        certain=True,
    ),
    Cause(
        "SCRIPT_ERROR",
        "script",
        (
            ": line ",
            "unbound variable",
            "parameter not set",
            "parameter null or not set",
            "bad substitution",
            "readonly variable",
            "invalid option",
            "too many arguments",
            "division by 0",
            "operator expected",
            "is read only",
            "numeric argument required",
            "bad array subscript",
        ),
        (
            r"^(?P<file>[^\s:]+): (?:line )?(?P<line>\d+): (?P<name>[\w\[\]@*]+): (?:unbound variable|parameter (?:null or )?not set)$",
            r": (?P<name>\w+): (?:unbound variable|parameter (?:null or )?not set)$",
            r"^(?P<file>[^\s:]+): line (?P<line>\d+): (?P<name>[A-Z_][A-Z0-9_]+): (?!command not found|No such file)[^:]+$",
        ),
        "The script uses the variable {name}, which has no value[ (line {line})]: set it, or correct the script.",
        "脚本使用了未赋值的变量 {name}[（第 {line} 行）]：请设置该变量或修正脚本。",
        certain=True,
    ),
    Cause(
        "SCRIPT_ERROR",
        "script",
        (
            "bad substitution",
            "readonly variable",
            "too many arguments",
            "division by 0",
            "operator expected",
            "is read only",
            "bad array subscript",
            "binary operator",
            "integer expression",
            "not a valid identifier",
        ),
        (
            (
                r"^(?P<file>[^\s:]+): (?:line )?(?P<line>\d+): (?P<reason>.{0,100}(?:bad substitution|readonly variable|too many arguments|division by 0.*"
                r"|operator expected|is read only|bad array subscript|integer expression expected|not a valid identifier))$"
            ),
            r"^(?P<file>[^\s:]+): (?P<line>\d+): (?P<reason>Bad substitution)$",
        ),
        "A command of the script is wrong[: {file}][, line {line}][: {reason}]; correct it.",
        "脚本中有错误的命令[：{file}][ 第 {line} 行][：{reason}]，请修正。",
    ),
    Cause(
        "MISSING_DEPENDENCY",
        "missing",
        ("not found", "未找到", "找不到命令"),
        (
            r"^\S+: (?:line )?\d+: (?P<name>[\w.+/-]+): (?:command )?not found$",
            r"^(?:-?\w*sh|env|sudo|nohup|xargs|timeout|time|/\S+|exec): (?:(?:line )?\d+: )?[‘']?(?P<name>[\w.+/-]+)[’']?: (?:command )?not found$",
            r"^sudo: (?P<name>\S+): command not found",
            r"^(?P<name>[\w.+/-]+): command not found$",
            r"[:：] (?P<name>[\w.+/-]+)[:：] ?(?:未找到命令|找不到命令|未找到)",
        ),
        "The command {name} is missing: install the program that has it first.",
        "缺少命令 {name}：请先安装提供它的软件。",
        certain=True,
    ),
    Cause(
        "MISSING_DEPENDENCY",
        "missing",
        (
            "not found",
            "no module named",
            "cannot find module",
            "cannot load such file",
            "required file not found",
            "can't locate",
            "unsupportedclassversion",
            "class not found",
            "noclassdeffound",
            "error while loading shared",
            "is not installed",
            "not installed",
            "could not find or load",
            "no such file or directory",
            "is required but",
            "unrecognized service",
            "未安装",
            "找不到命令",
            "未找到命令",
            "未找到",
            "command not",
        ),
        (
            r"^(?:/usr/bin/env|env|nohup|xargs|timeout): (?:failed to run command )?[‘'](?P<name>[^’'\s]+)[’']?: No such file or directory",
            r"ModuleNotFoundError: No module named '(?P<name>[^']+)'|: No module named '?(?P<module>[\w.]+)'?$",
            r"Error: Cannot find module '(?P<name>[^']+)'|Cannot find package '(?P<module>[^']+)' imported from",
            r"cannot load such file -- (?P<name>\S+)",
            r"^Can't locate (?P<name>\S+) in @INC",
            r"error while loading shared libraries: (?P<name>[^:\s]+): cannot open",
            r"(?<![^\s:])(?P<name>[^\s:]+): (?:version `\S+' not found|/lib\S+: version `\S+' not found)",
            r"(?P<name>UnsupportedClassVersionError)|(?:NoClassDefFoundError|ClassNotFoundException|Could not find or load main class):? (?P<module>\S+)",
            r"(?i)^(?:\W{0,3}(?:error|fatal)\W{1,3})?(?:the (?:command|program|tool) )?[`'\"]?(?P<name>[\w.+-]+)[`'\"]? (?:is|are) (?:required but|not installed)",
            r"^(?P<name>[\w.+-]+): unrecognized service",
        ),
        "{name}[{module}] is missing: install it first.",
        "缺少 {name}[{module}]：请先安装。",
    ),
    Cause(
        "MISSING_DEPENDENCY",
        "missing",
        ("required file not found", "bad interpreter"),
        (
            r"^\S+: (?:line )?\d+: (?P<file>\S+): cannot execute: required file not found",
            r"^\S+: (?:line )?\d+: (?P<file>\S+): (?P<name>/[^\s^:]+)\^?M?: bad interpreter: No such file or directory",
        ),
        "What {file} is run with is missing[: {name}]; install it, or mend the file's first line (it may have the line ends of Windows).",
        "运行 {file} 所需的解释器不存在[：{name}]，请先安装，或修正该文件的首行（可能是 Windows 换行符）。",
        certain=True,
    ),
    Cause(
        "PROMPT_ABORTED",
        "prompt",
        (
            "abort",
            "y/n",
            "yes/no",
            "cannot read input",
            "terminal prompts disabled",
            "could not read username",
            "could not read password",
            "exiting on user command",
            "no tty",
            "eof when reading",
            "not a tty",
            "is this ok",
            "not a terminal",
            "user input",
            "unable to read",
        ),
        (
            r"\? ?[\[(][YyNn]/[YyNn][\])].*?\b(?:Abort|abort|Cancel|cancel)",
            r"Is this ok \[[yY]/[nNdD/]+\]:.*|^Operation aborted\.$|^Exiting on user command",
            r"^(?:Continue|Proceed)\?.*\[y/n.*(?:Abort|$)",
            r"Cannot read input: bad stream or EOF",
            r"could not read (?:Username|Password) for '(?P<url>[^']+)'",
            r"^EOFError: EOF when reading a line|the input device is not a TTY",
        ),
        "A program asked a question[ (for {url})] and nobody could answer: run it with the option that answers yes (such as apt-get -y), or give"
        " it what it asks for beforehand.",
        "程序在等待输入[（{url}）]但无人应答：请使用自动确认选项（如 apt-get -y），或预先提供所需内容。",
        certain=True,
    ),
    Cause(
        "UNSUPPORTED_OS",
        "platform",
        (
            "nsupported",
            "not supp",
            "nly supp",
            "不支持",
            "仅支持",
            "only works on",
            "not compatible",
            "unknown os",
            "no longer supported",
            "requires ",
            "requires debian",
            "could not detect",
            "unable to detect",
        ),
        (
            (
                r"(?i)\bunsupported (?:\w+ )?(?:operating ?system|os|distro(?:ibution)?|distribution|platform|linux|system|architecture|arch|cpu|version of"
                r" (?:linux|ubuntu|debian|centos)|(?:ubuntu|debian|centos|rhel) version)\b(?: \w+)?\W{0,3}(?P<system>[^\n]{0,60})"
            ),
            (
                r"(?i)\b(?:operating ?system|os|distro|distribution|platform|architecture|linux|ubuntu|debian|centos|rhel|fedora)\b(?P<system>.{0,50}?)\b(?:is|are)"
                r" (?:not (?:yet )?|un|no longer )supported\b"
            ),
            rf"(?i)\bonly (?:supports?|works on|runs on|compatible with|supported on) (?P<needed>.{{0,40}}{_SYSTEMS}.{{0,40}})",
            r"(?i)\b(?:requires?|needs?) (?P<needed>(?:ubuntu|debian|centos|rhel|red hat|rocky|almalinux|fedora|opensuse) [\w .,/+-]{0,40})",
            (
                r"(?i)\b(?:not supported on|not compatible with|doesn't support|does not support) (?:this|your) (?:operating system|os|platform|system"
                r"|distribution|architecture)"
            ),
            r"不支持(?:的|该|此|当前|您的|你的)?.{0,6}(?:系统|发行版|平台|架构)|(?:系统|发行版|平台|架构|版本).{0,12}不(?:受)?支持|仅支持 ?(?P<needed>.{1,40})",
        ),
        "This is not made for the operating system or processor of this machine[: {system}][; it wants {needed}].",
        "不支持本机的操作系统或处理器架构[：{system}][；需要：{needed}]。",
    ),
    Cause(
        "KILLED",
        "memory",
        ("killed",),
        (r"^\S+: line \d+: +\d+ Killed\s+(?P<program>(?:timeout\b|.*\bkill\b).{0,60})",),
        "A command was killed by what should have ended it[: {program}]; find out what it waited for.",
        "命令被强制终止[：{program}]，请查明其等待的原因。",
        is_general=True,
    ),
    Cause(
        "OOM_KILLED",
        "memory",
        ("killed",),
        (r"^(?:\S+: line \d+: +\d+ )?Killed(?:\s+(?P<program>\S.{0,60}).*)?$", r"^make: \*\*\* .* Killed$"),
        "A command was killed[: {program}], which the kernel does for want of memory (dmesg tells): give the machine more memory or swap.",
        "命令被强制终止[：{program}]，通常是内存不足（查看 dmesg）：请增加内存或交换空间。",
        is_general=True,
    ),
    Cause(
        "APP_ERROR",
        "app",
        (
            "segmentation fault",
            "core dumped",
            "illegal instruction",
            "breakpoint trap",
            "bus error",
            "floating point exc",
            " aborted ",
        ),
        (
            (
                r"^(?:\S+: line \d+: +\d+ )?(?P<reason>Segmentation fault|Illegal instruction|Trace/breakpoint trap|Bus error|Aborted(?= \(core)|Floating point exception)(?: +\(core dumped\))?"
                r"(?:\s+(?P<program>\S.{0,60}).*)?$"
            ),
            r"^\S+: line \d+: +\d+ (?P<reason>Aborted)(?: +\(core dumped\))?\s+(?P<program>\S.{0,60})",
        ),
        "A program crashed[: {program}][ ({reason})]; check that it was made for this machine, or take another version.",
        "程序崩溃[：{program}][（{reason}）]，请确认其适用于本机，或更换版本。",
        certain=True,
    ),
    Cause(
        "APP_ERROR",
        "app",
        ("error", "exception", "panic", "uncaught"),
        (
            r"^Exception in thread \S+ (?P<reason>.{1,140})",
            r"^(?:Caused by: )?(?P<reason>(?:[a-z]\w*\.)+\w+(?:Exception|Error)(?::.{0,140}|$))",
            r"^(?P<reason>(?:\w+\.)*[A-Z]\w*(?:Error|Exception)(?: \[\w+\])?: .{0,140}|(?:\w+\.)*[A-Z]\w*(?:Error|Exception)$)",
            r"^(?:PHP )?Fatal error: +(?P<reason>.{1,140})",
            r"^panic: (?P<reason>.{1,140})",
            r"^thread '[^']*' panicked at (?P<reason>.{1,140})",
            r"^\S+:\d+:in `[^']*': (?P<reason>.{1,140})",
        ),
        "A program failed[: {reason}]; the lines around it tell where.",
        "程序运行出错[：{reason}]，请查看前后的日志行。",
        is_general=True,
    ),
    Cause(
        UNKNOWN,
        "end",
        ("returned a non-zero", "exited with", "failed with", "command failed"),
        (r"returned a non-zero code|exited with code|failed with exit|^Command failed",),
        "",
        "",
        is_general=True,
    ),
)
