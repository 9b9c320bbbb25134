"""Why a task failed."""

from __future__ import annotations

import pytest

from installcast.parse.diagnose import Diagnosis, Error
from installcast.parse.levels import LevelReader


def watch(*lines: str, script: bytes | None = None) -> Diagnosis:
    """Return the diagnosis that has seen ``lines``."""
    diagnosis, levels = Diagnosis(script), LevelReader()
    for index, line in enumerate(lines):
        diagnosis.observe(line, levels.read(line), index)
    return diagnosis


def diagnose(*lines: str, exit_code: int | None = 1, script: bytes | None = None) -> Error:
    """Return the cause that ``lines`` tell."""
    return watch(*lines, script=script).result(exit_code, len(lines) - 1 if lines else None)


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
        ("lapi.c:3:10: fatal error: lua.h: No such file or directory", "MISSING_DEPENDENCY"),
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
    """A wrong cause is worse than none: words in the midst of the output are not taken for one."""
    assert diagnose(line, *["fine"] * 20).code == "UNKNOWN"


def test_the_last_words_of_a_script() -> None:
    """What a script says in its last lines is a cause though no error looks like that, but for what checks print."""
    error = diagnose("Checking", "This script only supports Ubuntu 22.04.", "Bye.")
    assert (error.code, error.body_index) == ("UNSUPPORTED_OS", 1)
    assert "Ubuntu 22.04" in error.hint
    assert diagnose("-- Could NOT find Doxygen (missing: DOXYGEN_EXECUTABLE)", "Bye.").code == "UNKNOWN"


def test_hints_have_the_particulars() -> None:
    """A hint names the package, in both languages."""
    error = diagnose("E: Unable to locate package nginx-plus")
    assert "nginx-plus" in error.hint
    assert "nginx-plus" in error.hint_zh


def test_details_of_the_following_lines() -> None:
    """What the lines behind the first one tell is in the hint, too."""
    error = diagnose(
        "The following packages have unmet dependencies:",
        " agent : Depends: libpanel9 (>= 4.0) but it is not installable",
        "E: Unable to correct problems, you have held broken packages.",
        exit_code=100,
    )
    assert (error.code, error.body_index) == ("UNMET_DEPENDENCIES", 0)
    assert "agent: libpanel9 (>= 4.0)" in error.hint


def test_the_address_of_the_line_before() -> None:
    """wget says the address some lines before the error."""
    error = diagnose(
        "--2026-01-02 03:04:05--  http://download.example/tool.tgz",
        "HTTP request sent, awaiting response... 404 Not Found",
        "2026-01-02 03:04:05 ERROR 404: Not Found.",
        exit_code=8,
    )
    assert "http://download.example/tool.tgz" in error.hint


def test_the_address_of_the_script() -> None:
    """curl says no address; the script does, where there is but one."""
    script = b"curl -fsSLO https://download.example/a.tgz\n"
    error = diagnose("curl: (22) The requested URL returned error: 404", script=script, exit_code=22)
    assert "https://download.example/a.tgz" in error.hint
    error = diagnose(
        "curl: (22) The requested URL returned error: 404", script=script + b"curl -O http://b.example/b\n"
    )
    assert "example" not in error.hint


def test_the_first_cause_wins() -> None:
    """What follows closely is an echo of the first failure."""
    lines = [
        "tar: a: Cannot write: No space left on device",
        "E: Unable to locate package x",
        "make: *** [all] Error 2",
    ]
    assert diagnose(*lines).body_index == 0


def test_a_survived_error_is_not_the_cause() -> None:
    """What explains nothing that came later has been survived, however near it is."""
    lines = [
        "cp: cannot stat 'x': Permission denied",
        "Reading package lists...",
        "E: Unable to locate package x",
    ]
    assert (diagnose(*lines).code, diagnose(*lines).body_index) == ("APT_PACKAGE_NOT_FOUND", 2)


def test_a_failure_far_from_the_end() -> None:
    """When the script went on for long after an error and then ended without a word, nobody knows why."""
    lines = ["cp: cannot create 'x': Permission denied", *["fine"] * 20]
    error = diagnose(*lines)
    assert (error.code, error.body_index) == ("UNKNOWN", 20)


def test_a_chain_of_failures() -> None:
    """A script that goes on after a failed download fails at the archive, the folder and make: the download is the cause."""
    lines = [
        "curl: (22) The requested URL returned error: 404",
        "Unpacking",
        "tar (child): x.tgz: Cannot open: No such file or directory",
        "tar: Error is not recoverable: exiting now",
        "Building",
        "a.sh: line 5: cd: x: No such file or directory",
        "make: *** No targets specified and no makefile found.  Stop.",
    ]
    assert (diagnose(*lines, exit_code=2).code, diagnose(*lines).body_index) == ("HTTP_404", 0)


def test_what_make_says_is_explained_from_afar() -> None:
    """With many jobs at once the compiler's error stands hundreds of lines before make's."""
    lines = [
        "a.c:1:2: error: expected ';' before '}' token",
        *["cc -c b.c"] * 400,
        "make: *** [Makefile:3: a.o] Error 1",
    ]
    assert (diagnose(*lines, exit_code=2).code, diagnose(*lines).body_index) == ("COMPILE_ERROR", 0)


def test_with_set_e_an_earlier_command_is_no_cause() -> None:
    """A script that ends at the first failure has survived what lies some lines back, one that goes on has not."""
    lines = [
        "curl: (22) The requested URL returned error: 404",
        *["fine"] * 10,
        "a.sh: line 9: tool: command not found",
    ]
    assert diagnose(*lines, exit_code=127, script=b"set -euo pipefail\n").code == "MISSING_DEPENDENCY"
    assert diagnose(*lines, exit_code=127, script=b"echo\n").code == "HTTP_404"


def test_what_the_script_shrugs_off() -> None:
    """A complaint about a line with `||` in it is expected, and the name of the command must be in that line."""
    line = "a.sh: line 2: modprobe: command not found"
    assert diagnose(line, script=b"echo\nmodprobe nf || true\n").code == "UNKNOWN"
    assert diagnose(line, script=b"echo\nother || true\n").code == "MISSING_DEPENDENCY"


def test_a_download_that_says_nothing() -> None:
    """An archive that is none, after a download that tells no error, comes of an address that does not exist."""
    lines = ["gzip: stdin: unexpected end of file", "tar: Child returned status 1"]
    error = diagnose(*lines, exit_code=2, script=b"wget -q http://a.example/x.tgz\ntar xzf x.tgz\n")
    assert (error.code, error.body_index) == ("HTTP_404", 0)
    assert "http://a.example/x.tgz" in error.hint
    error = diagnose(*lines, exit_code=2)
    assert (error.code, error.body_index) == ("UNKNOWN", 0)
    assert "archive" in error.hint


def test_a_silent_curl() -> None:
    """curl's exit status tells the cause where curl was told to print nothing."""
    assert diagnose("Fetching", exit_code=6, script=b"curl -fs http://a.example/\n").code == "DNS_FAILURE"
    assert diagnose("Fetching", exit_code=6, script=b"./x\n").code == "UNKNOWN"


def test_an_exception_of_a_program() -> None:
    """The exception itself shows the cause, the first one where others follow."""
    lines = [
        "Traceback (most recent call last):",
        '  File "a.py", line 1, in <module>',
        "    raise Error: 404 Not Found",
        "KeyError: 'port'",
        "",
        "During handling of the above exception, another exception occurred:",
        "",
        "Traceback (most recent call last):",
        '  File "a.py", line 3, in <module>',
        "panel.errors.SetupFailed: no port",
    ]
    error = diagnose(*lines)
    assert (error.code, error.body_index) == ("APP_ERROR", 3)
    assert "KeyError: 'port'" in error.hint


def test_an_exception_with_a_cause_of_its_own() -> None:
    """An exception that tells more than that the program failed is known for it."""
    lines = ["Traceback (most recent call last):", "  import x", "ModuleNotFoundError: No module named 'x'"]
    assert (diagnose(*lines).code, diagnose(*lines).body_index) == ("MISSING_DEPENDENCY", 2)


def test_the_best_line_of_an_unknown_cause() -> None:
    """Where no cause is known, the first error of the last trouble is shown, else the last line."""
    assert diagnose("a", "error: odd", "error: odder", "b", exit_code=3).body_index == 1
    error = diagnose("a", "b", exit_code=3)
    assert (error.code, error.body_index) == ("UNKNOWN", 1)
    assert "3" in error.hint
    assert "3" in error.hint_zh
    assert diagnose(exit_code=None).body_index is None


@pytest.mark.parametrize(
    ("exit_code", "lines", "code", "shown"),
    [
        (-9, ("a",), "KILLED", None),
        (137, ("a", "a.sh: line 4:    11 Killed                  ./big"), "OOM_KILLED", 1),
        (137, ("a", "a.sh: line 4:    11 Killed                  timeout -s KILL 9 ./x"), "KILLED", 1),
        (-9, ("a", "Out of memory: Killed process 7 (cc1plus)"), "OOM_KILLED", 1),
        (137, ("c++: fatal error: Killed signal terminated program cc1plus",), "OOM_KILLED", 0),
        (124, ("psql: error: Connection refused",), "TIMEOUT", None),
        (143, ("a",), "TIMEOUT", None),
        (143, ("a", "Do you want to continue? [Y/n] Terminated"), "TIMEOUT", 1),
        (-15, ("a",), "TIMEOUT", None),
        (-2, ("a",), "KILLED", None),
        (127, ("a",), "MISSING_DEPENDENCY", 0),
        (126, ("a",), "PERMISSION_DENIED", 0),
        (139, ("a.sh: line 3: 7 Segmentation fault      ./x",), "APP_ERROR", 0),
        (243, ("npm error code EACCES",), "PERMISSION_DENIED", 0),
        (1, ("Continue? [y/N] ",), "PROMPT_ABORTED", 0),
    ],
)
def test_what_the_exit_status_tells(
    exit_code: int, lines: tuple[str, ...], code: str, shown: int | None
) -> None:
    """A signal or a time limit ended the script whatever its lines complain of; other statuses tell where lines do not."""
    error = diagnose(*lines, exit_code=exit_code)
    assert (error.code, error.body_index) == (code, shown)


def test_failures_of_a_script_that_ended_well() -> None:
    """Failures that are certain are told one by one, with their lines; what scripts expect to fail is none."""
    diagnosis = watch(
        "rm: cannot remove '/run/x.pid': No such file or directory",
        "E: Unable to locate package libx",
        "a.sh: line 3: systemctll: command not found",
        *["fine"] * 10,
        "curl: (22) The requested URL returned error: 404",
        "gzip: stdin: unexpected end of file",
        "tar: Error is not recoverable: exiting now",
    )
    assert [failure.body_index for failure in diagnosis.survived()] == [1, 2, 13]
    assert diagnosis.survived()[1].text == "a.sh: line 3: systemctll: command not found"
    assert diagnosis.result(0, 15).code == "APT_PACKAGE_NOT_FOUND"


def test_a_script_that_hides_nothing() -> None:
    """At exit status 0 there is no cause, and no line."""
    error = diagnose("rm: cannot remove 'x': No such file or directory", "done", exit_code=0)
    assert (error.code, error.body_index) == ("UNKNOWN", None)


def test_memory_is_bounded() -> None:
    """Of very many troubles the first and the last are kept."""
    lines = [
        line
        for number in range(1000)
        for line in (f"E: Unable to locate package p{number}", "ok", "ok", "ok", "ok")
    ]
    diagnosis = watch(*lines)
    assert len(diagnosis.survived()) < 1000
    assert diagnosis.survived()[0].body_index == 0


@pytest.mark.parametrize(
    "line",
    [
        "Do not run as root!",
        "This script should not be run as root.",
        "error: refusing to run npm as root!",
        "请勿以 root 用户运行",
    ],
)
def test_what_refuses_root_does_not_want_it(line: str) -> None:
    """A program that must not run as root is not one that has to."""
    assert diagnose(line).code == "UNKNOWN"


def test_lines_that_say_they_are_harmless() -> None:
    """Words of trouble in a line that calls itself INFO are no cause."""
    error = diagnose("[INFO] a user reported 'No space left on device'", "ready")
    assert (error.code, error.body_index) == ("UNKNOWN", 1)


def test_a_warning_that_was_overcome() -> None:
    """What a program only warned of, and went on, did not end the script."""
    lines = ("WARNING: could not connect to x.example: Connection timed out", "id: 'x': no such user")
    assert diagnose(*lines).code == "UNKNOWN"


def test_a_program_that_may_fail() -> None:
    """What the script does not mind is the cause only of what comes of it."""
    lines = ("curl: (7) Failed to connect to x.example port 1: Connection refused", "skipped")
    script = b"curl -f https://x.example/ || echo skipped\ntar xf a.tgz\n"
    assert diagnose(*lines, "the port is no number", script=script).code == "UNKNOWN"
    missing = "tar: a.tgz: Cannot open: No such file or directory"
    assert diagnose(*lines, missing, script=script).code == "CONNECTION_REFUSED"
    ends = b"curl -f https://x.example/ || echo skipped && exit 1\n"
    assert diagnose(*lines, script=ends).code == "CONNECTION_REFUSED"


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("make: *** /x: No such file or directory.  Stop.", "A file is missing: /x;"),
        ("head: error writing 'standard output': No space left on device", "The disk is full: free"),
        ("a.c:(.text+0x5): undefined reference to `a::f(int)'", "here: undefined reference to `a::f(int)';"),
        (
            "docker: Cannot connect to the Docker daemon at unix:///run/docker.sock. Is the docker daemon running?",
            "refused: unix:///run/docker.sock;",
        ),
        ("x.sh: line 2:  1529 Aborted                 ./x", "A program crashed: ./x (Aborted);"),
    ],
)
def test_well_formed_hints(line: str, hint: str) -> None:
    """Particulars have neither too much nor too little in them."""
    assert hint in diagnose(line).hint


def test_data_that_is_no_json() -> None:
    """What a program could not read is no fault in a script's syntax."""
    lines = ("SyntaxError: Unexpected token b in JSON at position 1", "    at JSON.parse (<anonymous>)")
    assert diagnose(*lines).code == "APP_ERROR"


def test_a_script_without_its_run_bit() -> None:
    """Root may not run it either."""
    error = diagnose("/x/install.sh: line 3: ./y.sh: Permission denied", exit_code=126)
    assert (error.code, error.body_index, "check its mode" in error.hint) == ("PERMISSION_DENIED", 0, True)


def test_a_script_that_says_nothing() -> None:
    """Where no line can be shown, none is pointed to."""
    error = diagnose(exit_code=3)
    assert (error.body_index, "exit status 3 and said nothing" in error.hint) == (None, True)


REFUSED = "curl: (7) Failed to connect to 127.0.0.1 port 1: Connection refused"
CAT = "cat: {}: No such file or directory"


def test_a_file_that_no_download_should_have_brought() -> None:
    """With `set -e` what may fail is no cause of a missing file, unless the script has the file's name beside it."""
    script = "set -e\n{} && break || echo again\ncat /etc/{}\n"
    lines = (REFUSED, "try 3 failed", "using the mirror", CAT.format("/etc/site.conf"))
    loop = script.format("for i in 1 2; do curl -fsS http://127.0.0.1:1/; done", "site.conf").encode()
    error = diagnose(*lines, script=loop)
    assert (error.code, error.body_index) == ("UNKNOWN", 3)
    named = script.format("curl -o /etc/site.conf http://127.0.0.1:1/", "site.conf").encode()
    assert diagnose(*lines, script=named).code == "CONNECTION_REFUSED"


def test_an_error_of_its_own() -> None:
    """An error that no rule knows, behind ordinary output, comes of nothing before it unless it only sums up."""
    refused = 'psql: error: connection to server at "db", port 5432 failed: Connection refused'
    lines = (refused, refused, "connected", "Migrating")
    error = diagnose(*lines, 'ERROR:  relation "users" already exists')
    assert (error.code, error.body_index) == ("UNKNOWN", 4)
    assert diagnose(*lines, "ERROR: the migration failed").code == "CONNECTION_REFUSED"


def test_a_file_far_from_what_should_have_brought_it() -> None:
    """A script that goes on after failures: a file that is missing much later comes of them only if their lines name it."""
    script = "./x\nfrobnicate{}\ncurl http://127.0.0.1:1/\ncat missing.conf || exit 1\n"
    lines = (
        "a.sh: line 2: frobnicate: command not found",
        REFUSED,
        *["fine"] * 4,
        CAT.format("missing.conf"),
    )
    error = diagnose(*lines, script=script.format("").encode())
    assert (error.code, error.body_index) == ("UNKNOWN", 6)
    assert (
        diagnose(lines[0], *lines[2:], script=script.format(" -o missing.conf").encode()).code
        == "MISSING_DEPENDENCY"
    )


def test_a_program_that_is_only_waited_for() -> None:
    """A program that a loop waits for, or that may fail, ended nothing; a loop that gives up did."""
    wait = 'until curl -fsS http://127.0.0.1:1/ || [ "$n" -ge 2 ]; do\n  sleep 1\ndone\n'
    extra = "curl -fsS http://127.0.0.1:1/extra || echo skipping\npython3 setup.py\n"
    lines = (REFUSED, "waiting", REFUSED, "skipping", "config value x invalid")
    error = diagnose(*lines, script=("set -e\n" + wait + extra).encode())
    assert (error.code, error.body_index) == ("UNKNOWN", 4)
    gives_up = wait + '[ "$n" -lt 2 ] || exit 1\n'
    assert diagnose(*lines[:3], script=gives_up.encode()).code == "CONNECTION_REFUSED"


def test_what_the_script_only_says() -> None:
    """A line that the script prints itself is not the word of a tool, unless the script ends with it."""
    said = "E: Unable to locate package x"
    failed = "a.c:1:20: error: 'y' undeclared (first use in this function)"
    script = f'echo "{said}"\ngcc a.c\n'.encode()
    assert diagnose(said, failed, script=script).code == "COMPILE_ERROR"
    assert diagnose(said, failed, script=b"apt-get install x\ngcc a.c\n").code == "APT_PACKAGE_NOT_FOUND"
    ends = f'trap "make clean" EXIT\necho "{said}"\necho "Bye" >&2\nexit 1\n'.encode()
    assert diagnose(said, "make: *** [clean] Error 1", script=ends).code == "APT_PACKAGE_NOT_FOUND"


@pytest.mark.parametrize(
    "line",
    [
        "-rw-r--r-- 1 root root 0 Nov 24 13:46 Permission denied",
        "drwxr-xr-x. 2 a b 40 Jan  1 2025 Permission denied.d",
        "├── Permission denied",
        "doc/Connection refused.txt",
    ],
)
def test_names_of_files(line: str) -> None:
    """Words of trouble in the name of a file are no trouble."""
    assert diagnose("total 0", line).code == "UNKNOWN"
    assert diagnose("total 0", "Sorry, permission denied.").code == "PERMISSION_DENIED"


def test_what_fails_while_cleaning_up() -> None:
    """What a `trap` does at the end is no cause, and the line that is shown is the one before it."""
    removes = "rm: cannot remove '/run/tool/lock': No such file or directory"
    changes = "a.sh: line 4: cd: /nowhere: No such file or directory"
    function = (
        b"set -e\ncleanup() {\n  rm /run/tool/lock\n  cd /nowhere\n}\ntrap cleanup EXIT\n./check-license\n"
    )
    for script in (function, b"set -e\ntrap 'rm /run/tool/lock' EXIT\n./check-license\n"):
        error = diagnose("License key invalid", removes, script=script)
        assert (error.code, error.body_index) == ("UNKNOWN", 0)
    assert diagnose("License key invalid", removes, changes, script=function).body_index == 0
    assert diagnose(REFUSED, removes, script=function).code == "CONNECTION_REFUSED"
    assert diagnose("Removing", removes, script=b"trap 'rm /tmp/x' EXIT\nrm /run/tool/lock\n").body_index == 1
