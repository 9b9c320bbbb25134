"""Why a task failed."""

from __future__ import annotations

import pytest

from installcast.parse.causes import CAUSES
from installcast.parse.diagnose import CLUSTER_GAP, Diagnosis, Error
from installcast.parse.levels import line_level


def diagnose(*lines: str, exit_code: int | None = 1) -> Error:
    """Return the cause that ``lines`` tell."""
    diagnosis = Diagnosis()
    for index, line in enumerate(lines):
        diagnosis.observe(line, line_level(line), index)
    return diagnosis.result(exit_code, len(lines) - 1 if lines else None)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("E: Unable to locate package nginx-plus", "APT_PACKAGE_NOT_FOUND"),
        ("E: Package 'php9' has no installation candidate", "APT_PACKAGE_NOT_FOUND"),
        ("E: Couldn't find any package by glob 'python3.99'", "APT_PACKAGE_NOT_FOUND"),
        ("ERROR: Could not find a version that satisfies the requirement nope (from versions: none)", "PIP_PACKAGE_NOT_FOUND"),
        ("ERROR: No matching distribution found for nope==9", "PIP_PACKAGE_NOT_FOUND"),
        ("npm ERR! code E404", "NPM_PACKAGE_NOT_FOUND"),
        ("npm error 404  'nope@*' is not in this registry.", "NPM_PACKAGE_NOT_FOUND"),
        ("E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 11 (apt)", "DPKG_LOCKED"),
        ("dpkg: error: dpkg frontend lock was locked by another process with pid 3", "DPKG_LOCKED"),
        ("E: dpkg was interrupted, you must manually run 'dpkg --configure -a'", "DPKG_INTERRUPTED"),
        ("tar: x: Cannot write: No space left on device", "DISK_FULL"),
        ("E: You don't have enough free space in /var/cache/apt/archives/.", "DISK_FULL"),
        ("sha256sum: WARNING: 1 computed checksum did NOT match", "CHECKSUM_MISMATCH"),
        ("nginx-1.20.2.tar.gz: FAILED", "CHECKSUM_MISMATCH"),
        ("E: Failed to fetch http://x/y.deb  Hash Sum mismatch", "CHECKSUM_MISMATCH"),
        ("curl: (22) The requested URL returned error: 404", "HTTP_404"),
        ("2026-01-02 03:04:05 ERROR 404: Not Found.", "HTTP_404"),
        ("curl: (6) Could not resolve host: x.invalid", "DNS_FAILURE"),
        ("wget: unable to resolve host address 'x.invalid'", "DNS_FAILURE"),
        ("W: Failed to fetch http://x/  Temporary failure resolving 'x'", "DNS_FAILURE"),
        ("npm ERR! request to http://x failed, reason: getaddrinfo ENOTFOUND x", "DNS_FAILURE"),
        ("curl: (7) Failed to connect to localhost port 1: Connection refused", "CONNECTION_REFUSED"),
        ("nginx: [emerg] bind() to 0.0.0.0:80 failed (98: Address already in use)", "PORT_IN_USE"),
        ("Error: listen EADDRINUSE: address already in use :::80", "PORT_IN_USE"),
        ('2026/01/02 03:04:05 [emerg] 1#1: unexpected "}" in /etc/nginx/x.conf:1', "CONFIG_ERROR"),
        ("lapi.c:3:10: fatal error: lua.h: No such file or directory", "COMPILE_ERROR"),
        ("error[E0425]: cannot find value `x` in this scope", "COMPILE_ERROR"),
        ("/usr/bin/ld: x.o: undefined reference to `main'", "COMPILE_ERROR"),
        ("/root/script.sh: line 9: syntax error: unexpected end of file", "SYNTAX_ERROR"),
        ("script.sh: 3: Syntax error: Unterminated quoted string", "SYNTAX_ERROR"),
        ("/root/script.sh: line 5: TARGET: unbound variable", "SCRIPT_ERROR"),
        ("/root/script.sh: line 5: systemctl: command not found", "MISSING_DEPENDENCY"),
        ("sh: 1: make: not found", "MISSING_DEPENDENCY"),
        ("bash: gcc: command not found", "MISSING_DEPENDENCY"),
        ("Do you want to continue? [Y/n] Abort.", "PROMPT_ABORTED"),
        ("mkdir: cannot create directory '/x': Permission denied", "PERMISSION_DENIED"),
        ("E: Unable to acquire x, are you root?", "PERMISSION_DENIED"),
        ("sudo: a password is required", "PERMISSION_DENIED"),
    ],
)  # fmt: skip
def test_causes(line: str, code: str) -> None:
    """A line that tells a cause is known for it."""
    error = diagnose("before", line, "after")
    assert (error.code, error.body_index) == (code, 1)


@pytest.mark.parametrize(
    "line",
    [
        "warning: 404 is a number",
        "checking for gcc... not found",
        "docs: what to do when there is No space left on device",
        "E: something nobody knows",
        "",
    ],
)
def test_no_cause(line: str) -> None:
    """A wrong cause is worse than none."""
    assert diagnose(line).code == "UNKNOWN"


def test_hints_have_the_particulars() -> None:
    """A hint names the package, in both languages."""
    error = diagnose("E: Unable to locate package nginx-plus")
    assert "nginx-plus" in error.hint
    assert "nginx-plus" in error.hint_zh


def test_every_hint_can_be_filled_in() -> None:
    """Hints have no place but the name, and both languages are there."""
    for cause in CAUSES:
        assert cause.hint.format(name="x")
        assert cause.hint_zh.format(name="x")
        assert all(word == word.lower() for word in cause.words)


def test_the_first_cause_wins() -> None:
    """What follows closely is an echo of the first failure."""
    lines = [
        "tar: a: Cannot write: No space left on device",
        "E: Unable to locate package x",
        "make: *** [all] Error 2",
    ]
    assert diagnose(*lines).body_index == 0


def test_a_survived_error_is_not_the_cause() -> None:
    """A script that went on for long after an error has survived it."""
    lines = [
        "cp: cannot stat 'x': Permission denied",
        *["fine"] * (CLUSTER_GAP + 1),
        "E: Unable to locate package x",
    ]
    error = diagnose(*lines)
    assert (error.code, error.body_index) == ("APT_PACKAGE_NOT_FOUND", CLUSTER_GAP + 2)


def test_the_best_line_of_an_unknown_cause() -> None:
    """Where no cause is known, the first error of the last trouble is shown, else the last line."""
    assert diagnose("a", "error: odd", "error: odder", "b", exit_code=3).body_index == 1
    error = diagnose("a", "b", exit_code=3)
    assert (error.code, error.body_index) == ("UNKNOWN", 1)
    assert "3" in error.hint
    assert "3" in error.hint_zh
    assert diagnose(exit_code=None).body_index is None


def test_killed() -> None:
    """Exit status 137 without another cause says that something was killed."""
    assert diagnose("a", exit_code=137).code == "KILLED"
    assert diagnose("bash: gcc: command not found", exit_code=137).code == "MISSING_DEPENDENCY"
