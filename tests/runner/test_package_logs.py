"""What apt and dpkg tell elsewhere than in their output."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from installcast.runner.apt_status import AptStatusFile
from installcast.runner.package_logs import PackageLogs, hides_output
from installcast.runner.tree import Process, children

from .conftest import StartScript
from .scripts import RunningScript

_UNPACKED = "2026-01-02 03:04:05 install nginx:amd64 <none> 1.22.1-9\n"
_STATUS = "pmstatus:nginx:40.0:Unpacking nginx (amd64)\n"


@pytest.fixture
def status() -> AptStatusFile:
    return AptStatusFile()


@pytest.fixture
def dpkg_log(tmp_path: Path) -> Path:
    path = tmp_path / "dpkg.log"
    path.write_text("2026-01-01 00:00:00 install old:amd64 <none> 1\n")
    return path


@pytest.fixture
def logs(status: AptStatusFile, dpkg_log: Path) -> Iterator[PackageLogs]:
    logs = PackageLogs(status, dpkg_log)
    yield logs
    logs.close()


def append(path: str | Path, text: str) -> None:
    with open(path, "a") as file:  # noqa: PTH123 - a link of /proc
        file.write(text)


def pid_of(script: RunningScript, program: str) -> int:
    """Return the process of that name as soon as there is one."""

    def find() -> int | None:
        return next(
            (pid for pid in _descendants(script.process.pid) if Process.look_at(pid).name == program), None
        )

    return script.until(find)


def _descendants(pid: int) -> list[int]:
    return [below for child in children(pid) for below in (child, *_descendants(child))]


def processes(script: RunningScript, program: str) -> list[Process]:
    """Return the script's processes as soon as ``program`` is one of them."""
    script.until(lambda: script.tree.activity().startswith(program))
    return [Process.look_at(pid) for pid in script.tree.chain()]


def test_status_lines(start_script: StartScript, logs: PackageLogs, status: AptStatusFile) -> None:
    """apt whose output is hidden is heard by its status lines, which anybody of this user can append by their path."""
    running = processes(start_script("(exec -a apt-get cat gate1) > /dev/null\ntrue\n"), "apt-get")
    assert logs.look(running) is None
    append(status.path, "dlstatus:1:100.0:Retrieving file 1 of 1\n" + _STATUS)
    reading = logs.look(running)
    assert reading is not None
    assert (reading.tool, reading.title) == ("apt", "Unpacking nginx")
    assert 0.3 < reading.fraction < 0.6
    assert logs.look(running) is None, "nothing new"


def test_dpkg_s_log(start_script: StartScript, logs: PackageLogs, dpkg_log: Path) -> None:
    """Without status lines the log of dpkg tells, from its end on, of an apt as of a dpkg alone."""
    running = processes(
        start_script("(exec -a apt-get bash -c '(exec -a dpkg cat gate1); true') &> log\ntrue\n"), "dpkg"
    )
    append(dpkg_log, _UNPACKED)
    assert (reading := logs.look(running)) is not None
    assert (reading.tool, reading.title) == ("dpkg", "Unpacking nginx")


def test_one_of_both(
    start_script: StartScript, logs: PackageLogs, status: AptStatusFile, dpkg_log: Path
) -> None:
    """An apt that writes status lines is not told of twice, however late they come."""
    running = processes(
        start_script("(exec -a apt-get bash -c '(exec -a dpkg cat gate1); true') &> log\ntrue\n"), "dpkg"
    )
    logs.look(running)
    append(status.path, _STATUS)
    append(dpkg_log, _UNPACKED)
    assert (reading := logs.look(running)) is not None
    assert reading.tool == "apt"
    append(dpkg_log, _UNPACKED)
    assert logs.look(running) is None


def test_the_last_words_of_the_one_before(
    start_script: StartScript, logs: PackageLogs, status: AptStatusFile, dpkg_log: Path
) -> None:
    """What one apt has said just before its end is not taken for a word of the next one, which may have no such file."""
    script = start_script(
        "(exec -a apt-get cat gate1) &> log\n(exec -a apt bash -c '(exec -a dpkg cat gate2); true') &> log\ntrue\n"
    )
    first = processes(script, "apt-get")
    logs.look(first)
    append(status.path, _STATUS)
    script.open("gate1")
    second = processes(script, "dpkg")
    assert logs.look(second) is None
    append(dpkg_log, _UNPACKED)
    assert (reading := logs.look(second)) is not None
    assert reading.tool == "dpkg"


@pytest.mark.parametrize("where", ["", "| cat", "2> /dev/null"])
def test_output_that_can_be_seen(
    start_script: StartScript, logs: PackageLogs, status: AptStatusFile, dpkg_log: Path, where: str
) -> None:
    """What is printed, or may be, is not counted a second time."""
    script = start_script(f"(exec -a apt-get cat gate1) {where}\ntrue\n")
    apt = Process.look_at(pid_of(script, "apt-get"))
    append(status.path, _STATUS)
    append(dpkg_log, _UNPACKED)
    assert logs.look([apt]) is None


def test_what_others_do(start_script: StartScript, logs: PackageLogs, dpkg_log: Path) -> None:
    """While no package manager of ours runs, what is logged is somebody else's, then and later."""
    script = start_script("cat gate1\n(exec -a dpkg cat gate2) > /dev/null\ntrue\n")
    waiting = [Process.look_at(pid) for pid in script.waits_at("gate1")]
    append(dpkg_log, _UNPACKED)
    assert logs.look(waiting) is None
    script.open("gate1")
    assert logs.look(processes(script, "dpkg")) is None


def test_a_system_without_them(tmp_path: Path) -> None:
    """Where there is neither file there is nothing to tell."""
    logs = PackageLogs(None, tmp_path / "missing")
    assert logs.look([Process(os.getpid(), ("apt-get", "update"))]) is None
    logs.close()


@pytest.mark.parametrize(
    ("to", "is_hidden"),
    [("> /dev/null", True), ("> file", True), (">&-", True), ("| cat", False), ("> /dev/zero", False)],
)
def test_where_output_goes(start_script: StartScript, to: str, is_hidden: bool) -> None:
    """A file and the null device hide it, and so does a closed descriptor; all else may lead to the log."""
    script = start_script(f"(exec -a one bash -c 'read x < gate1') {to}\ntrue\n")
    assert hides_output(pid_of(script, "one")) is is_hidden


def test_a_file_in_memory_outlives_its_reader(status: AptStatusFile) -> None:
    """Who has it open goes on writing when nobody reads it any more; its path leads nowhere then."""
    path = status.path
    writer = os.open(path, os.O_WRONLY | os.O_APPEND)
    status.close()
    assert os.write(writer, b"line\n") == 5
    assert not os.path.lexists(path)
    os.close(writer)
