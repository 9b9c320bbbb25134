"""The level of a line, as a person would mark it."""

from __future__ import annotations

import pytest

from installcast.parse.levels import LevelReader, line_level

ERRORS = [
    "E: Unable to locate package nginx-plus",
    "Err:1 http://deb.example/debian bookworm InRelease",
    "error: expected ';' before '}' token",
    "main.c:12:5: error: 'x' undeclared (first use in this function)",
    "error[E0425]: cannot find value `x` in this scope",
    "configure: error: no acceptable C compiler found in $PATH",
    "npm ERR! code E404",
    "npm error code EACCES",
    "ERROR: Could not find a version that satisfies the requirement nope",
    "fatal: repository 'x' not found",
    "fatal error: zlib.h: No such file or directory",
    "bash: line 3: systemctl: command not found",
    "sh: 1: foo: not found",
    "/root/script.sh: line 5: TARGET: unbound variable",
    "/root/script.sh: line 9: syntax error: unexpected end of file",
    "make[1]: *** [Makefile:5: all] Error 2",
    "ninja: build stopped: subcommand failed.",
    "FAILED: src/main.o",
    "file.tar.gz: FAILED",
    "collect2: error: ld returned 1 exit status",
    "x.c:(.text+0x5): undefined reference to `main'",
    "Traceback (most recent call last):",
    "ValueError: bad value",
    "Exception in thread \"main\" java.lang.Error",
    "cp: cannot stat 'x': No such file or directory",
    "tar: x: Cannot write: No space left on device",
    "bind: Address already in use",
    "curl: (6) Could not resolve host: x.invalid",
    "psql: connection to server failed: Connection refused",
    "dpkg: error processing package nginx (--configure):",
    "CMake Error at CMakeLists.txt:3 (find_package):",
    "2026/01/02 03:04:05 [emerg] 12#12: unexpected \"}\"",
    "2026-01-02 03:04:05,678 ERROR something broke",
    "2026-01-02T03:04:05Z CRITICAL it burns",
    "[ERROR] Failed to execute goal",
    "time=\"2026\" level=error msg=\"no\"",
    "Job for nginx.service failed because the control process exited",
    "nginx: configuration file /etc/nginx/nginx.conf test failed",
    "Segmentation fault (core dumped)",
    "Killed",
    "script.sh: line 3:  1234 Killed                  ./big",
    "sudo: a password is required",
    "ssh: connect to host x port 22: Connection timed out",
    "Do you want to continue? [Y/n] Abort.",
    "mkdir: cannot create directory '/x': Permission denied",
    "错误：端口被占用",
    "安装失败！",
    "/root/a.sh: line 3: ${PANEL DOMAIN}: bad substitution",
    "/root/a.sh: 3: PREFIX: parameter not set",
    "useradd: unrecognized option '--badoption'",
    "tar: invalid option -- 'y'",
    "chown: invalid user: 'bob:bob'",
    "id: 'bob': no such user",
    "worker: ERROR cannot open the queue",
    '{"level":"error","msg":"no"}',
    "✗ Failed to install",
    "AH00526: Syntax error on line 1 of /etc/apache2/apache2.conf:",
    "*** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***",
    "[ALERT]    (11) : config : Fatal errors found in configuration.",
    "curl: (35) OpenSSL/3.0.19: error:0A00010B:SSL routines::wrong version number",
    "gzip: stdin: not in gzip format",
    "tar: Unexpected EOF in archive",
    "gpg: BAD signature from \"rel@example\" [ultimate]",
    "./main.go:3:35: undefined: y",
    "src/a.ts(1,7): error TS2322: Type 'string' is not assignable to type 'number'.",
    "error Couldn't find package \"x\" on the \"npm\" registry.",
    "#7 11.55 E: Failed to fetch http://deb.example/x.deb  404  Not Found [IP: 192.0.2.132 80]",
    "virtual memory exhausted: Cannot allocate memory",
    "/root/a.sh: line 4: m/a: Read-only file system",
    "The following packages have unmet dependencies:",
    "A dependency job for docker.service failed. See 'journalctl -xe' for details.",
    "During handling of the above exception, another exception occurred:",
]  # fmt: skip
WARNINGS = [
    "W: GPG error: http://x InRelease: The key is missing",
    "warning: unused variable 'x'",
    "main.c:3:1: warning: control reaches end of non-void function [-Wreturn-type]",
    "WARNING: Running pip as the 'root' user can result in broken permissions",
    "npm WARN deprecated foo@1.0.0: no longer maintained",
    "npm warn deprecated foo@1.0.0",
    "CMake Warning at CMakeLists.txt:3:",
    "configure: WARNING: unrecognized options: --with-x",
    "dpkg: warning: files list file for package 'x' missing",
    "x.py:3: DeprecationWarning: use y",
    "[warn] low memory",
    "2026-01-02 03:04:05 WARN slow",
    "adduser: Warning: The home dir /x can't be accessed: No such file or directory",
    "警告：磁盘空间不足 10%",
    "sudo: unable to resolve host vm: Temporary failure in name resolution",
    "Connecting to localhost (localhost)|::1|:80... failed: Connection refused.",
    "System has not been booted with systemd as init system (PID 1). Can't operate.",
    "Failed to connect to bus: Host is down",
    "locale: Cannot set LC_CTYPE to default locale: No such file or directory",
]
HARMLESS = [
    "0 errors, 0 warnings",
    "Build finished: no errors",
    "errors: 0",
    "warning: 0",
    "  CC error.o",
    "Selecting previously unselected package liberror-perl.",
    "gcc -Werror -Wno-error=format -c x.c",
    "checking for strerror... yes",
    "checking for gethostbyname... not found",
    "checking whether the compiler works... failed",
    "adding error_handler.c",
    "tests: 12 passed, 0 failed",
    "failed-tests=0",
    "50 errors were found in error.log",
    "Error-correcting codes enabled",
    "Compiling error-chain v0.12.4",
    "Setting up liberror-perl (0.17029-2) ...",
    "install -m 644 fatal.h warn.h /usr/include",
    "-- Performing Test HAVE_WARNING_FLAG",
    "this file was not changed",
    "SUCCESS: everything is done",
    "失败: 0",
    '    "test": "echo \\"Error: no test specified\\" && exit 1"',
    "HEAD is now at 3f2a1bc Fix the error: connection refused",
    "3f2a1bc Tell why it failed",
    "conftest.c:12:5: error: unknown type name",
    "E: Can not write log (Is /dev/pts mounted?) - posix_openpt (19: No such device)",
    "/root/a.sh: line 9:  1234 Terminated              sleep 100",
    "-- Could NOT find Doxygen (missing: DOXYGEN_EXECUTABLE)",
    "dpkg-preconfigure: unable to re-open stdin: No such file or directory",
    "[INFO] kept /tmp/x: Permission denied",
    "2026-01-02 03:04:05 INFO error: none",
    "",
    "\t",
]


@pytest.mark.parametrize("line", ERRORS)
def test_errors(line: str) -> None:
    """What tells of a failure is an error."""
    assert line_level(line) == "ERROR"


@pytest.mark.parametrize("line", WARNINGS)
def test_warnings(line: str) -> None:
    """What warns is a warning, though it quotes an error."""
    assert line_level(line) == "WARN"


@pytest.mark.parametrize("line", HARMLESS)
def test_harmless(line: str) -> None:
    """Names of files, packages and options are no trouble, and neither is a count of nothing."""
    assert line_level(line) == "INFO"


def test_a_traceback_is_one_block() -> None:
    """All lines of a Python traceback are errors, down to the exception, and what follows is not."""
    reader = LevelReader()
    lines = [
        ("start", "INFO"),
        ("Traceback (most recent call last):", "ERROR"),
        ('  File "x.py", line 1, in <module>', "ERROR"),
        ("    main()", "ERROR"),
        ("mypackage.Oops: it broke", "ERROR"),
        ("  indented", "INFO"),
    ]
    assert [reader.read(line) for line, _ in lines] == [level for _, level in lines]


def test_a_traceback_that_breaks_off() -> None:
    """A line that is no exception ends the block and is read by itself."""
    reader = LevelReader()
    reader.read("Traceback (most recent call last):")
    assert reader.read("Setting up nginx (1.22.1-9) ...") == "INFO"
    assert reader.read("  indented") == "INFO"


@pytest.mark.parametrize(
    "lines",
    [
        ["CMake Error at CMakeLists.txt:3 (find_package):", "  By not providing it", "", "  It failed", "-- Configuring"],
        ["Err:5 http://deb.example/debian bookworm Release", "  404  Not Found [IP: 192.0.2.1 80]", "Reading package lists..."],
        ["dpkg: error processing archive x.deb (--unpack):", " trying to overwrite it", "Setting up y (1) ..."],
        ["Error: Cannot find module 'x'", "    at Module._load (node:internal:1:2)", "Node.js v20"],
        ['Exception in thread "main" java.lang.Error: x', "\tat A.main(A.java:1)", "Caused by: java.io.IOException: y", "done"],
        ["error: Request failed", "  cause: dns error", "Using Python"],
        ["a.c:1:2: fatal error: x.h: No such file or directory", "    1 | #include <x.h>", "compilation terminated."],
    ],
)  # fmt: skip
def test_lines_that_belong_to_an_error(lines: list[str]) -> None:
    """What a tool says beneath an error is of it, up to the first line that is not."""
    reader = LevelReader()
    assert [reader.read(line) for line in lines] == ["ERROR"] * (len(lines) - 1) + ["INFO"]
