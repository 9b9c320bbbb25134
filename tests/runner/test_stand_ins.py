"""Programs that stand in for package managers: they tell more, and are otherwise as if they were not there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from installcast.runner.apt_status import STATUS_VARIABLE, AptStatusFile
from installcast.runner.stand_ins import search_path

from .conftest import SHELL

OURS = SHELL / "stand_ins/apt"
SYSTEM = "/usr/bin:/bin"


@pytest.fixture
def status() -> Iterator[AptStatusFile]:
    status = AptStatusFile()
    yield status
    status.close()


@pytest.fixture(params=["dash", "bash --posix"])
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The folder of copies of the stand-ins that this shell runs: ``sh`` is one or the other."""
    copy = tmp_path / "copy"
    shutil.copytree(SHELL / "stand_ins", copy)
    for program in (copy / "apt").iterdir():
        program.write_text(program.read_text().replace("#!/bin/sh", f"#!/usr/bin/env -S {request.param}", 1))
    return copy / "apt"


def call(
    *argv: str, path: str, status: str | None = None, before: str = "", user: str = ""
) -> tuple[int, list[str]]:
    """Return how ``argv`` ends and what it says, run by a shell that has done what ``before`` says."""
    environment = {"PATH": path} | ({STATUS_VARIABLE: status} if status else {})
    script = f'{before}\nexec "$@"'
    done = subprocess.run(
        ["/bin/bash", "-c", script, "bash", *argv],
        env=environment,
        text=True,
        capture_output=True,
        check=False,
    )
    return done.returncode, (done.stdout + done.stderr).splitlines()


@pytest.mark.parametrize("name", ["apt-get", "apt"])
def test_the_real_one_tells_its_status(real: Path, status: AptStatusFile, shell: Path, name: str) -> None:
    """Words, also odd ones, and the exit status pass; the option comes first, and one descriptor more is open."""
    code, lines = call(
        name, "install", "-o", "A=b c", "*", path=f"{shell}:{real}:{SYSTEM}", status=status.path
    )
    assert code == 7
    assert lines == [f"{name}:-o APT::Status-Fd=9 install -o A=b c *", "/memfd:installcast-apt (deleted)"]


def test_descriptors_of_the_script_stay_its_own(real: Path, status: AptStatusFile, shell: Path) -> None:
    """A number that is in use is not taken: it may hold a lock. Where all are, nothing is told."""
    path = f"{shell}:{real}:{SYSTEM}"
    before = "exec 9<> /dev/null 8< /etc/passwd 7> /dev/null"
    _, lines = call("apt-get", path=path, status=status.path, before=before)
    assert lines[0] == "apt-get:-o APT::Status-Fd=6"
    assert lines[-3:] == ["/dev/null", "/etc/passwd", "/dev/null"]
    taken = "; ".join(f"exec {number}< /etc/passwd" for number in range(3, 10))
    _, lines = call("apt-get", path=path, status=status.path, before=taken)
    assert lines == ["apt-get:", *["/etc/passwd"] * 7]


@pytest.mark.parametrize("where", ["", "/proc/4194305/fd/3", "/etc/passwd", "/dev/full", "/nonexistent"])
def test_without_such_a_file(real: Path, shell: Path, where: str) -> None:
    """Where there is no file of ours, because the runner is gone or by whatever accident, the real one runs plainly."""
    assert call("apt-get", "update", path=f"{shell}:{real}:{SYSTEM}", status=where) == (7, ["apt-get:update"])


@pytest.mark.parametrize("before", ["set -eu", "exec 0<&- 3>&-", "umask 777", "export IFS=/ name=x", "cd /"])
def test_odd_surroundings(real: Path, status: AptStatusFile, shell: Path, before: str) -> None:
    """What the script has done to its shell and its descriptors makes no difference."""
    code, lines = call("apt-get", path=f"{shell}:{real}:{SYSTEM}", status=status.path, before=before)
    assert (code, lines[0]) == (7, "apt-get:-o APT::Status-Fd=9")


def test_the_environment_passes_as_it_is(real: Path, status: AptStatusFile, shell: Path) -> None:
    """No variable comes or goes, whatever names the stand-in uses itself."""
    tell = "import json, os; print(json.dumps(dict(os.environ)))"
    (real / "apt-get").write_text(f"#!{sys.executable} -I\n{tell}\n")
    environment = {"PATH": f"{shell}:{real}:{SYSTEM}", STATUS_VARIABLE: status.path, "PWD": "/", "name": "x"}
    seen = subprocess.run(
        ["apt-get"], env=environment, capture_output=True, check=True, executable=shell / "apt-get"
    )
    # A shell adds the first ones, whatever it runs, and Python the last.
    added = {"SHLVL", "_", "OLDPWD", "PWD", "LC_CTYPE"}
    variables = json.loads(seen.stdout)
    assert {k: v for k, v in variables.items() if k not in added} == {
        k: v for k, v in environment.items() if k != "PWD"
    }


def test_its_place_in_the_path(real: Path, shell: Path, tmp_path: Path) -> None:
    """The next of that name counts, not one before it, and never itself; two of us end in the real one."""
    other = tmp_path / "other"
    shutil.copytree(shell.parent, other)
    called = "apt-get:x"
    for path in (
        f"{shell}:{shell}:{real}:{SYSTEM}",
        f"{shell}:{other}/apt:{real}:{SYSTEM}",
        f"{shell}/../apt:{shell}:{real}:{SYSTEM}",
        f"/nowhere::{shell}:{real}:{SYSTEM}",
    ):
        assert call("apt-get", "x", path=path) == (7, [called]), path
    assert call(f"{shell}/apt-get", "x", path=f"{real}:{SYSTEM}") == (7, [called]), "called by its path"
    assert call(f"{shell}/apt-get", "x", path=f"{real}:{SYSTEM}:{shell}") == (7, [called]), "last in the path"


def test_a_real_one_that_is_gone(shell: Path, tmp_path: Path) -> None:
    """It ends as a shell ends that finds none."""
    (tmp_path / "bin").mkdir()
    for tool in ("env", "dash", "bash", "sh"):
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool) or "")
    assert call("apt-get", path=f"{shell}:{tmp_path}/bin") == (127, ["apt-get: not found"])


# --- when they are put into the path ----------------------------------------------------------------------------------


def test_in_front(package: Path, real: Path) -> None:
    """Where the real ones are, they stand in front of them."""
    assert search_path(f"{real}:/bin", b"apt-get install -y nginx\n") == f"{package}:{real}:/bin"


def test_no_apt_where_there_is_none(package: Path, real: Path) -> None:
    """By apt-get scripts know Debian, so one that is not there must not seem to be."""
    (real / "apt").unlink()
    assert search_path(str(real), b"") == str(real)
    assert search_path("/nowhere", b"") == "/nowhere"


@pytest.mark.parametrize(
    "asks",
    [
        "APT=$(which apt-get)",
        "APT=`which apt-get 2>/dev/null`",
        'if [ "$(command -v apt-get)" = /usr/bin/apt-get ]; then',
        "type apt; type -P apt-get 2> /dev/null | head -n 1 > /dev/null",
        'echo "0 3 * * * root $(command -v apt-get) update" > /etc/cron.d/update',
        "hash apt-get; hash -t apt-get",
    ],
)
def test_who_asks_where_it_is_gets_the_truth(package: Path, real: Path, asks: str) -> None:
    """A script may keep the answer for later, when we are not there any more."""
    assert search_path(str(real), f"#!/bin/bash\n{asks}\n".encode()) == str(real)


@pytest.mark.parametrize(
    "script",
    [
        "if command -v apt-get >/dev/null 2>&1; then",
        "command -v apt-get &> /dev/null && apt-get install -y nginx",
        "which apt 1>/dev/null 2>/dev/null || exit 1",
        "if type apt-get >& /dev/null; then",
        "hash apt-get 2>/dev/null",
        "command -v curl || apt-get install -y curl\nwhich nginx; apt-get update\necho type; apt list\n",
    ],
)
def test_who_does_not_ask(package: Path, real: Path, script: str) -> None:
    """Whether there is one, other questions, and other words are no reason."""
    assert search_path(str(real), script.encode()) != str(real)


def test_a_folder_that_is_closed_to_some(package: Path, real: Path) -> None:
    """A user who may not enter a folder of his path would get "permission denied" for what is not there."""
    package.parents[2].chmod(0o700)
    assert search_path(str(real), b"") == str(real)


@pytest.mark.parametrize("file", ["behind.sh", "apt/apt"])
def test_files_that_are_closed_to_some(package: Path, real: Path, file: str) -> None:
    """So would one who may not read the files."""
    (package.parent / file).chmod(0o750)
    assert search_path(str(real), b"") == str(real)


def test_programs_that_cannot_be_run(package: Path, real: Path) -> None:
    """Without run bits, or on a disk without execution, they are of no use."""
    (package / "apt-get").chmod(0o644)
    assert search_path(str(real), b"") == str(real)


def test_a_script_of_one_long_line(package: Path, real: Path) -> None:
    """It is looked through in a moment, whatever words stand in it."""
    began = time.process_time()
    assert search_path(str(real), b"type " * 40_000) == f"{package}:{real}"
    assert time.process_time() - began < 2


def test_they_are_whole() -> None:
    """Both are there, and can be run."""
    assert sorted(program.name for program in OURS.iterdir()) == ["apt", "apt-get"]
    assert all(os.access(program, os.X_OK) for program in OURS.iterdir())
