"""Causes that compilers, linkers and the tools before them tell."""

# ruff: noqa: E501 - an expression is read, and searched for, in one piece

from __future__ import annotations

from installcast.parse.causes.cause import UNKNOWN, Cause

_SOURCE = r"(?P<file>[^\s:()]+\.(?:c|cc|cpp|cxx|c\+\+|h|hh|hpp|hxx|m|mm|rs|go|java|kt|f|f90|F90|s|S|cu|swift|ts|tsx|pyx|cs|vala))"

CAUSES = (
    Cause(
        "MISSING_DEPENDENCY",
        "missing",
        ("fatal error: ",),
        (
            r"fatal error: ['\"]?(?P<header>[\w./+-]+\.(?:h|hh|hpp|hxx|H))['\"]?(?:: No such file or directory| file not found)",
            r"fatal error: ['\"]?(?P<header>[\w/]+)['\"]?(?:: No such file or directory| file not found)",
        ),
        "The header {header} is missing: install the development package that has it[ ({package})].",
        "缺少头文件 {header}：请安装提供它的开发包[（{package}）]。",
    ),
    Cause(
        "COMPILE_ERROR",
        "build",
        (
            "error:",
            "error[e",
            "undefined reference",
            "error ts",
            "undefined: ",
            "declared but not used",
            "declared and not used",
            "cannot find -l",
            "error: could not compile",
            "undefined symbol",
            "multiple definition",
            "error c",
            "relocation ",
        ),
        (
            rf"^(?:\S+: )?{_SOURCE}:(?P<line>\d+)(?::\d+)?: (?:fatal )?error: (?P<reason>.{{1,140}})",
            rf"^{_SOURCE}\((?P<line>\d+)(?:,\d+)?\): error ?(?:TS\d+|CS\d+|#?\d*)?: (?P<reason>.{{1,140}})",
            r"^error(?:\[E\d{4}\]): (?P<reason>.{1,140})",
            (
                rf"^\.?/?{_SOURCE}:(?P<line>\d+):\d+: (?P<reason>(?:undefined: |syntax error|.*declared (?:but|and) not used|cannot use |missing return"
                r"|.*redeclared).{0,120})"
            ),
            rf"(?:(?<![^\s:()]){_SOURCE}:(?P<line>\d+): )?(?P<reason>(?:undefined reference to|undefined symbol:|multiple definition of) ['\"`‘]?[\w:~]+(?:\([^)]{{0,80}}\))?['\"’]?)",
            r"^(?:\S*ld(?:\.\w+)?: )cannot find (?P<reason>-l[\w.+-]+)",
            r"^collect2: error: |^clang(?:\+\+)?: error: linker command failed|^ld: ",
            r"^error: (?:could not compile|aborting due to) (?P<reason>.{1,80})",
            r"^(?:e|w): file:///(?P<file>\S+?):(?P<line>\d+):",
            r"\[ERROR\] COMPILATION ERROR|\[ERROR\] (?P<file>/\S+\.(?:java|kt)):\[(?P<line>\d+),\d+\] (?P<reason>.{1,120})",
        ),
        "The source does not compile here[: {file}][, line {line}][: {reason}]; check the versions of the source, the compiler and the libraries.",
        "源码编译失败[：{file}][ 第 {line} 行][：{reason}]，请检查源码、编译器和依赖库的版本。",
    ),
    Cause(
        "MISSING_DEPENDENCY",
        "missing",
        (
            "configure: error:",
            "could not find",
            "could not be found",
            "no package '",
            "cmake error",
            "not found, tried",
            "is required",
            "not found",
            "compiler",
            "no such file",
            "or higher is",
            "can't find",
            "cannot find",
            "no cmake_",
            "requires the",
            "missing: ",
            "was not found",
        ),
        (
            r"^(?:\./|\S*/)?configure: error: (?:Package requirements \((?P<name>[^)]+)\) were not met)",
            r"No package '(?P<name>[^']+)' found",
            r"^Package (?P<name>\S+) was not found in the pkg-config search path",
            r"^(?:\./|\S*/)?configure: error: (?P<compiler>.*?(?:compiler|gcc|cc).*?(?:cannot create executables|not found|in \$PATH|could not be found).{0,40})",
            r"^(?:\./|\S*/)?configure: error: the (?P<what>HTTP \w+ module) requires the (?P<name>\w+) library",
            (
                r"^(?:\./|\S*/)?configure: error: (?:\*+ ?)?(?:in `|'/)?(?P<reason>(?!in [`'])(?!(?:cannot guess|unrecognized|invalid|source directory|working directory))"
                r".*\b(?:not found|is required|required|requires?|missing|could not (?:find|be found)|couldn't find|cannot find|not available|no \w+"
                r" (?:was )?found|unable to find|need(?:s|ed)?|install)\b.{0,100})"
            ),
            r"^(?:-- )?Could (?:NOT|not) find (?P<name>\w+) \(missing:",
            r"Could NOT find (?P<name>\w+)",
            r"Could not find a package configuration file provided by \"(?P<name>[^\"]+)\"",
            r"The following required packages were not found:|^  A required package was not found",
            r"No CMAKE_(?P<name>\w+_COMPILER) could be found|CMake was unable to find a build program corresponding to \"(?P<tool>[^\"]+)\"",
            r"ERROR: (?:Dependency|Program|C\w* (?:shared or static )?library) ['\"](?P<name>[^'\"]+)['\"](?: \w+)* not found",
            r"(?:cannot find module providing package|no required module provides package) (?P<name>[^\s:;]+)",
            r"can't find (?P<name>Rust compiler)|\b(?P<tool>\w+) executable not found|Could not find any (?P<compiler>Python) installation",
            r"\bError: not found: (?P<name>\w+)$",
            r"ERROR: Unknown compiler\(s\)|ERROR: Dependency lookup for (?P<name>\S+) ",
            r"CMake (?P<needed>[\d.]+) or higher is required",
            r"^error: (?:linker|command) [`'](?P<name>[\w.+-]+)[`'] (?:not found|failed: (?:No such file|Unable to find))",
            r"^make(?:\[\d+\])?: (?P<name>[\w.+-]+): (?:No such file or directory|Command not found)",
        ),
        "The build lacks something that has to be installed first[: {name}][: {reason}][: {compiler}][: version {needed} of CMake][: {tool}].",
        "构建缺少依赖[：{name}][：{reason}][：{compiler}][：CMake {needed}][：{tool}]，请先安装。",
    ),
    Cause(
        UNKNOWN,
        "build",
        ("configure: error:", "cmake error", "meson.build", "error: "),
        (
            r"^(?:\./|\S*/)?configure: error: (?!in [`'])(?P<reason>.{1,140})",
            r"^CMake Error(?: at (?P<file>\S+?):(?P<line>\d+) \((?P<reason>\w+)\))?",
            r"^(?P<file>\S*meson\.build):(?P<line>\d+):\d+: ERROR: (?P<reason>.{1,140})",
        ),
        "The build could not be set up[: {file}][, line {line}][: {reason}]; look at the lines that follow.",
        "构建配置失败[：{file}][ 第 {line} 行][：{reason}]，请查看随后的日志行。",
        is_general=True,
    ),
    Cause(
        UNKNOWN,
        "end",
        ("***", "ninja: build stopped", "build failed", "build stopped", "failed: "),
        (
            r"^\s*g?make(?:\[\d+\])?: \*\*\* ",
            r"^ninja: build stopped|^FAILED: |^BUILD FAILED",
        ),
        "",
        "",
        is_general=True,
        reach=5000,
    ),
)

DEVELOPMENT_PACKAGES = {
    "Python.h": "python3-dev",
    "openssl/": "libssl-dev",
    "zlib.h": "zlib1g-dev",
    "bzlib.h": "libbz2-dev",
    "lzma.h": "liblzma-dev",
    "ffi.h": "libffi-dev",
    "curl/curl.h": "libcurl4-openssl-dev",
    "pcre.h": "libpcre3-dev",
    "pcre2.h": "libpcre2-dev",
    "libxml/": "libxml2-dev",
    "libxslt/": "libxslt1-dev",
    "sqlite3.h": "libsqlite3-dev",
    "readline/": "libreadline-dev",
    "ncurses.h": "libncurses-dev",
    "curses.h": "libncurses-dev",
    "mysql.h": "default-libmysqlclient-dev",
    "libpq-fe.h": "libpq-dev",
    "event.h": "libevent-dev",
    "event2/": "libevent-dev",
    "lua.h": "liblua5.4-dev",
    "jpeglib.h": "libjpeg-dev",
    "png.h": "libpng-dev",
    "gd.h": "libgd-dev",
    "pcap.h": "libpcap-dev",
    "pcap/": "libpcap-dev",
    "systemd/": "libsystemd-dev",
    "yaml.h": "libyaml-dev",
    "gmp.h": "libgmp-dev",
    "uuid/uuid.h": "uuid-dev",
    "sasl/": "libsasl2-dev",
    "ldap.h": "libldap-dev",
    "expat.h": "libexpat1-dev",
    "zip.h": "libzip-dev",
    "oniguruma.h": "libonig-dev",
    "linux/": "linux-libc-dev",
    "stdio.h": "libc6-dev",
    "stdlib.h": "libc6-dev",
}
"""Debian's packages of headers that builds of servers ask for, by the header's name or its folder."""


def development_package(header: str) -> str:
    """Return the Debian package that has ``header``, or ``""``."""
    folder = header.partition("/")[0] + "/"
    return DEVELOPMENT_PACKAGES.get(header) or DEVELOPMENT_PACKAGES.get(folder, "")
