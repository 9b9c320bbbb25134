"""What `doctor` sees of the machine: each state made for real, or as a folder that looks like it."""

from __future__ import annotations

import fcntl
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from installcast.cli import machine
from installcast.cli.text import Speaker
from installcast.runner.package_locks import LOCK_FILES
from installcast.runner.probe import LOCK_FILE, STARTED_FILE, WRITE_LOCK

SAY = Speaker("en")
HOLD = "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.lockf(f, fcntl.LOCK_EX); print(flush=True); sys.stdin.read()"


@pytest.mark.parametrize(("hard", "state"), [(4096, "good"), (200, "note"), (63, "bad")])
def test_the_limit_on_open_files(hard: int, state: str) -> None:
    """The hard limit counts, since the soft one is raised; a low one is told with what to do."""
    code = "from installcast.cli import machine, text; print(*machine.files(text.Speaker('en'))[1:])"
    argv = ["prlimit", f"--nofile={min(hard, 60)}:{hard}", sys.executable, "-c", code]
    answer = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    assert answer.startswith(state)
    assert str(hard) in answer
    assert ("LimitNOFILE=" in answer) is (state != "good")


@pytest.mark.parametrize(
    ("files", "state", "words"),
    [
        ({"cgroup.controllers": "cpu memory pids"}, "good", "v2"),
        ({"cgroup.controllers": "cpu pids"}, "note", "v2 without memory"),
        ({"unified/cgroup.procs": "", "memory/tasks": ""}, "good", "v1 + v2"),
        ({"memory/tasks": "", "cpu/tasks": ""}, "good", "v1"),
        ({"cpu/tasks": ""}, "note", "v1 without memory"),
        ({}, "note", "not mounted"),
    ],
)
def test_control_groups(tmp_path: Path, files: dict[str, str], state: str, words: str) -> None:
    """Version 1, 2 and both; without the memory controller, running out of memory cannot be told apart."""
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    finding = machine.cgroups(SAY, tmp_path)
    assert finding.state == state
    assert words in finding.message


def test_the_disk_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is synced and removed; a slow disk is a note, one that takes no file is bad."""
    assert machine.sync(SAY, tmp_path).state in {"good", "note"}
    assert not list(tmp_path.iterdir())
    assert machine.sync(SAY, tmp_path / "gone").state == "bad"
    monkeypatch.setattr(machine, "SLOW_SYNC", -1.0)
    assert machine.sync(SAY, tmp_path).state == "note"


def test_the_kernel_is_asked_for_its_clock() -> None:
    """It answers at once, with yes or no."""
    assert machine.clock_is_synchronised() in {True, False}


def test_who_holds_a_package_lock(tmp_path: Path) -> None:
    """The holder is named while it holds, by file, program and pid."""
    path = tmp_path / LOCK_FILES[0].lstrip("/")
    path.parent.mkdir(parents=True)
    path.touch()
    assert not list(machine.package_locks(SAY, str(tmp_path)))
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        (finding,) = machine.package_locks(SAY, str(tmp_path))
        assert finding.state == "note"
        assert f"pid {holder.pid}" in finding.message
        assert LOCK_FILES[0] in finding.message
        assert Path(sys.executable).name in finding.message


def test_tasks_without_a_runner(tmp_path: Path) -> None:
    """A task that was begun, has no end and no living runner is told; one that runs, or has ended, is not."""
    for name in ("lost", "runs", "ended", "queued"):
        (tmp_path / name).mkdir()
        if name != "queued":
            (tmp_path / name / STARTED_FILE).write_text("{}")
    (tmp_path / "ended" / "exit.json").write_text("{}")
    (tmp_path / "lost" / LOCK_FILE).touch()
    descriptor = os.open(tmp_path / "runs" / LOCK_FILE, os.O_RDWR | os.O_CREAT)
    try:
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, WRITE_LOCK)
        (finding,) = machine.leftovers(SAY, tmp_path)
        assert "1 lost their runner (lost)" in finding.message
    finally:
        os.close(descriptor)
    assert not list(machine.leftovers(SAY, tmp_path / "none"))


def test_systemd_that_is_old_silent_or_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its version is read from what `systemctl` says; one without `OOMPolicy=` is named, and none that answers."""
    command = tmp_path / "systemctl"
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    for text, state, said in (
        ('echo "systemd 252 (252.39-1~deb12u1)"', "good", "252"),
        ('echo "systemd 239 (239-82.el8)"', "note", "239 is older than 243"),
        ("exit 1", "note", "exit status 1"),
    ):
        command.write_text(f"#!/bin/sh\n{text}\n")
        command.chmod(0o755)
        finding = machine.systemd_version(SAY)
        assert finding.state == state
        assert said in finding.message


def test_both_languages_have_every_sentence() -> None:
    """What to do is said in Chinese, too."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    assert str(hard) in machine.files(Speaker("zh")).message or hard < 0
    assert "内存" in machine.cgroups(Speaker("zh"), Path("/nowhere")).message
