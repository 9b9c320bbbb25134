"""The first place where a failed run went another way, as a person would mark it."""

from __future__ import annotations

import time

import pytest

from installcast.parse.compare import CONTEXT, OWN, Comparison, Line, Reason, compare

APT = """
Get:1 http://deb.example.org/debian bookworm InRelease [151 kB]
Get:2 http://deb.example.org/debian bookworm-updates InRelease [55.4 kB]
Get:3 http://security.example.org/debian-security bookworm-security InRelease [34.8 kB]
Fetched 241 kB in 1s (415 kB/s)
Reading package lists...
The following NEW packages will be installed:
  libgd3 libxpm4 nginx
Get:1 http://deb.example.org/debian bookworm/main amd64 libxpm4 amd64 1:3.5.12-1.1 [48 kB]
Get:2 http://deb.example.org/debian bookworm/main amd64 libgd3 amd64 2.3.3-9 [124 kB]
Fetched 172 kB in 1s (180 kB/s)
Unpacking libxpm4:amd64 (1:3.5.12-1.1) ...
Setting up libxpm4:amd64 (1:3.5.12-1.1) ...
nginx is installed
"""
MIRROR_DOWN = """
Hit:1 http://deb.example.org/debian bookworm InRelease
Hit:3 http://security.example.org/debian-security bookworm-security InRelease
Get:2 http://deb.example.org/debian bookworm-updates InRelease [55.4 kB]
Fetched 55.4 kB in 12s (4,610 B/s)
Reading package lists...
The following NEW packages will be installed:
  libgd3 libtiff6 libxpm4 nginx
Err:1 http://deb.example.org/debian bookworm/main amd64 libxpm4 amd64 1:3.5.12-1.1
  Connection timed out [IP: 10.0.0.2 80]
Get:2 http://deb.example.org/debian bookworm/main amd64 libgd3 amd64 2.3.3-9+deb12u1 [124 kB]
Fetched 124 kB in 31s (4,000 B/s)
!E: Failed to fetch http://deb.example.org/debian/pool/main/libx/libxpm4_3.5.12-1.1_amd64.deb  Connection timed out
E: Unable to fetch some archives, maybe run apt-get update or try with --fix-missing?
"""

PIP = """
Collecting app==1.0
  Downloading app-1.0-py3-none-any.whl (12 kB)
Collecting foo>=1
  Downloading foo-1.2.0-cp311-cp311-linux_x86_64.whl (1.2 MB)
     ━━━━━━━━━━━━━━━━ 1.2/1.2 MB 10.3 MB/s eta 0:00:00
Collecting idna
  Downloading idna-3.4-py3-none-any.whl (61 kB)
Installing collected packages: idna, foo, app
Successfully installed app-1.0 foo-1.2.0 idna-3.4
"""
NEWER_DEPENDENCY = """
Collecting app==1.0
  Downloading app-1.0-py3-none-any.whl (12 kB)
Collecting foo>=1
  Downloading foo-1.3.0.tar.gz (820 kB)
     ━━━━━━━━━━━━━━━━ 820/820 kB 6.1 MB/s eta 0:00:00
Collecting idna
  Downloading idna-3.7-py3-none-any.whl (66 kB)
Building wheels for collected packages: foo
  Building wheel for foo (pyproject.toml): started
  Building wheel for foo (pyproject.toml): finished with status 'error'
  error: subprocess-exited-with-error
!  src/core.c:12:10: fatal error: Python.h: No such file or directory
  ERROR: Failed building wheel for foo
"""

NPM = """
Node v20.11.0
Using plugin-react 4.2.1
Resolved react 18.3.1
added 212 packages in 9s
vite built in 2.8s
"""
OTHER_PEER = """
Node v20.11.0
Using plugin-react 4.2.1
Resolved react 19.1.0
npm error code ERESOLVE
npm error ERESOLVE could not resolve
!npm error Could not resolve dependency: peer react@"^18.0.0" from chart-kit@2.1.0
"""

BRANCH = """
Preparing the installation
Writing a new configuration /etc/app.conf
Restricting it to its owner
Starting app as process 4711
app is up after 1.2 s
"""
FILE_EXISTS = """
Preparing the installation
Keeping the configuration /etc/app.conf
Starting app as process 90
!app: unknown directive "workers" in /etc/app.conf:3
"""

MAKE = """
cc -O2 -c alpha.c
cc -O2 -c beta.c
cc -O2 -c gamma.c
cc -O2 -c delta.c
ld -o prog
prog is built
"""
COMPILE_ERROR = """
cc -O2 -c gamma.c
cc -O2 -c alpha.c
cc -O2 -c beta.c
beta.c: In function 'main':
!beta.c:12:5: error: 'x' undeclared (first use in this function)
make: *** [Makefile:7: beta.o] Error 1
make: *** Waiting for unfinished jobs....
"""


def lines_of(text: str) -> tuple[list[Line], int | None]:
    """The lines of a log, and which of them, begun with `!`, shows the error."""
    texts = text.strip("\n").split("\n")
    error = next((seq for seq, line in enumerate(texts) if line.startswith("!")), None)
    return [Line(seq, "INFO", line.removeprefix("!")) for seq, line in enumerate(texts)], error


def compared(failed: str, succeeded: str, about: str = "app") -> Comparison | Reason:
    lines, error = lines_of(failed)
    return compare(lines, lines_of(succeeded)[0], error, about=about)


@pytest.mark.parametrize(
    ("failed", "succeeded", "common", "here", "there"),
    [
        pytest.param(
            MIRROR_DOWN,
            APT,
            "The following NEW packages",
            "Err:1 http",
            "Get:1 http://deb.example.org/debian bookworm/main amd64 libxpm4",
            id="a mirror is down",
        ),
        pytest.param(
            NEWER_DEPENDENCY,
            PIP,
            "Collecting foo",
            "  Downloading foo-1.3.0.tar.gz",
            "  Downloading foo-1.2.0-cp311",
            id="a newer dependency does not compile",
        ),
        pytest.param(
            OTHER_PEER,
            NPM,
            "Using plugin-react",
            "Resolved react 19.1.0",
            "Resolved react 18.3.1",
            id="another peer",
        ),
        pytest.param(
            FILE_EXISTS, BRANCH, "Preparing", "Keeping the configuration", "Writing a new", id="a file exists"
        ),
        pytest.param(
            COMPILE_ERROR,
            MAKE,
            "cc -O2 -c beta.c",
            "beta.c: In function",
            "cc -O2 -c delta.c",
            id="parallel make",
        ),
    ],
)
def test_the_place(failed: str, succeeded: str, common: str, here: str, there: str) -> None:
    """The last common line, and what each run says then; neither order, sizes nor speeds, nor a longer list are a difference."""
    found = compared(failed, succeeded)
    assert isinstance(found, Comparison)
    assert found.common[-1].line.message.startswith(common)
    assert found.here[0].message.startswith(here)
    assert found.there[0].message.startswith(there)
    assert len(found.common) <= CONTEXT


def test_lines_far_apart_are_two_places() -> None:
    """Also where nothing but the dots of a download stand between them."""
    dots = [f" {number}50K .......... .......... {number}% 1.2M 3s" for number in range(40)]
    texts = ["Begin", "Length: 4 MB", "no proxy today", *dots, "connection reset"]
    failed = [Line(seq, "INFO", text) for seq, text in enumerate(texts)]
    good = lines_of("\n".join(["Begin", "Length: 4 MB", *dots, "saved"]))[0]
    found = compare(failed, good, len(failed) - 1, about="app")
    assert isinstance(found, Comparison)
    assert ([line.message for line in found.here], found.others) == (["connection reset"], 1)


def test_versions_that_changed() -> None:
    """They are told whether or not they have to do with the failure, each once."""
    found = compared(NEWER_DEPENDENCY, PIP)
    assert isinstance(found, Comparison)
    assert [version[:3] for version in found.versions] == [("foo", "1.3.0", "1.2.0"), ("idna", "3.7", "3.4")]


def test_harmless_differences_before_are_counted() -> None:
    """What names nothing that the failure names is not the place."""
    failed = "Begin\nNothing was cached\nFetch\nUnpack\n!tool: illegal instruction\n"
    succeeded = "Begin\nThe cache is warm\nFetch\nUnpack\nChecked\n"
    found = compared(failed, succeeded)
    assert isinstance(found, Comparison)
    assert [common.line.message for common in found.common] == ["Begin", "Fetch", "Unpack"]
    assert [common.there for common in found.common] == [0, 2, 3]
    assert (found.here[0].message, found.there[0].message) == ("tool: illegal instruction", "Checked")
    assert found.others == 1


def test_what_is_missing() -> None:
    """A line that only the other run says is the place when the failure names what it names."""
    failed = "Begin\nConfigure\nCompile\n!ld: cannot find zlib.so\n"
    succeeded = "Begin\nBuilding zlib.so first\nConfigure\nCompile\nLinked\n"
    found = compared(failed, succeeded)
    assert isinstance(found, Comparison)
    assert (found.here, found.there[0].message) == ([], "Building zlib.so first")


def test_a_script_that_just_ends() -> None:
    """Without an error's line the last one is the failure: after it the other run went on."""
    found = compared("Begin\nFetch\ninstall failed (exit status 1)", "Begin\nFetch\nUnpack\nDone")
    assert isinstance(found, Comparison)
    assert [line.message for line in found.here] == ["install failed (exit status 1)"]
    assert [line.message for line in found.there] == ["Unpack", "Done"]


def test_an_error_line_that_both_say() -> None:
    """Then what stands beside it tells of the failure."""
    failed = "Begin\nFetch\nport in use\n!warning: no cache\nCheck\ninstall failed"
    found = compared(failed, "Begin\nFetch\nwarning: no cache\nCheck\nDone")
    assert isinstance(found, Comparison)
    assert found.here[0].message == "port in use"


def test_what_everything_is_about_says_nothing() -> None:
    """A line that names the recipe, or a name that stands in most lines, does not become the place."""
    failed = "Begin\nnginx is there already\nConfigure\nTest\n!nginx: cannot bind to port 80\n"
    succeeded = "Begin\nFetching nginx\nConfigure\nTest\nnginx is up\n"
    found = compared(failed, succeeded, about="nginx")
    assert isinstance(found, Comparison)
    assert found.here[0].message.startswith("nginx: cannot bind")


@pytest.mark.parametrize(
    ("failed", "succeeded", "reason"),
    [
        ("a b\nc d\n!e f", "a b\nc d\ne f\ng h", "same"),
        ("!e f", "g h", "too_different"),
        ("a b\nc d\ne f\ng h\n!i k", "a b\nx y\nx z", "too_different"),
        ("", "a b", "same"),
        ("a b\n!c d", "", "too_different"),
    ],
)
def test_nothing_is_better_than_something_wrong(failed: str, succeeded: str, reason: str) -> None:
    """Runs that say the same, or hardly anything in common."""
    assert compared(failed, succeeded) == reason


def test_only_so_much_is_told() -> None:
    """Of one place."""
    failed = "Begin\nFetch\n" + "\n".join(f"this{chr(97 + number)}" for number in range(20)) + "\n!error"
    succeeded = "Begin\nFetch\n" + "\n".join(f"that{chr(97 + number)}" for number in range(20))
    found = compared(failed, succeeded)
    assert isinstance(found, Comparison)
    assert len(found.here) == len(found.there) == OWN


@pytest.mark.parametrize("text", ["tar: x a{n}/b{n}.txt ", "tmp-", "(([[", "a-", "1.", "name-1.{n}.0 "])
def test_long_lines_of_any_kind(text: str) -> None:
    """No expression runs away: a line costs far less than a millisecond, whatever it holds."""
    texts = [f"{number} {(text * 200).replace('{n}', str(number))}" for number in range(200)]
    lines = [Line(seq, "INFO", each) for seq, each in enumerate(texts)]
    failed = [*lines, Line(len(lines), "ERROR", "cannot go on")]
    began = time.process_time()
    compare(failed, [*lines, *lines, Line(2 * len(lines), "INFO", "went on")], about="app")
    assert time.process_time() - began < 2
