"""What the kernel tells of processes that print nothing."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from installcast.runner.observe import Holder, Observer, Question, Seen, Sight

from .test_package_locks import FRONTEND, Hold, hold  # noqa: F401 - a fixture


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    ends = pty.openpty()
    yield ends
    for end in ends:
        os.close(end)


def look(*pids: int, question: Question | None = None, root: Path | None = None) -> Sight:
    return Observer(lambda: pids, root=None if root is None else str(root)).look(question)


def test_processor_time() -> None:
    """What processes use is counted, and what those used that have ended."""
    before = look(os.getpid()).used
    subprocess.run([sys.executable, "-c", "sum(range(4_000_000))"], check=True)
    assert look(os.getpid()).used > before + 0.02


def test_a_read_from_a_terminal(terminal: tuple[int, int]) -> None:
    """Who reads a terminal is seen, once it waits for it."""
    ours, theirs = terminal
    reader = subprocess.Popen(["head", "-n", "1"], stdin=theirs, stdout=subprocess.DEVNULL)
    try:
        while (seen := look(reader.pid).reader) is None:
            assert reader.poll() is None
        assert seen == Seen(reader.pid, "head -n 1")
    finally:
        os.write(ours, b"answer\n")
        reader.wait()


def test_a_read_from_a_pipe_is_none() -> None:
    """A worker that waits for work asks no person."""
    reader = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    try:
        while Path(f"/proc/{reader.pid}/syscall").read_text().split()[0] == "running":
            pass
        assert look(reader.pid).reader is None
    finally:
        reader.communicate()


class Waiting:
    """A process of this name and arguments that does nothing until it is let go."""

    def __init__(self, *argv: str) -> None:
        # A shell whose own arguments stand in front: `apt-get -c "read x" install nginx`.
        command = [argv[0], "-c", "read x", *argv[1:]]
        self.process = subprocess.Popen(command, executable="/bin/bash", stdin=subprocess.PIPE)
        self.pid = self.process.pid

    def __enter__(self) -> Waiting:
        while not Path(f"/proc/{self.pid}/cmdline").read_bytes().startswith(self.process.args[0].encode()):  # type: ignore[index,union-attr]
            assert self.process.poll() is None
        return self

    def __exit__(self, *_: object) -> None:
        self.process.communicate()


def test_a_package_manager_that_needs_a_taken_lock(tmp_path: Path, hold: Hold) -> None:  # noqa: F811
    """An apt of ours that would need what another has is seen with the holder; the kernel knows of no wait."""
    holder = hold(tmp_path / FRONTEND[1:], "fcntl.lockf(file, fcntl.LOCK_EX)")
    with Waiting("apt-get", "install", "nginx") as apt:
        sight = look(apt.pid, root=tmp_path)
        assert sight.lock is not None
        assert (sight.lock.pid, sight.lock.path, sight.is_blocked) == (holder.pid, FRONTEND, False)
        assert sight.lock.command.startswith("python")
        assert look(apt.pid, holder.pid, root=tmp_path).lock is None, "its own child has it"
    with Waiting("make", "install") as make:
        assert look(make.pid, root=tmp_path).lock is None, "make needs no lock"
    with Waiting("apt-get", "update") as update:
        assert look(update.pid, root=tmp_path).lock is None, "it needs another lock"


def test_an_apt_that_has_what_it_needs(tmp_path: Path, hold: Hold) -> None:  # noqa: F811
    """Who has the first lock and is slow waits for something else, whoever has the last one."""
    hold(tmp_path / "var/cache/apt/archives/lock", "fcntl.lockf(file, fcntl.LOCK_EX)")
    ours = hold(tmp_path / FRONTEND[1:], "fcntl.lockf(file, fcntl.LOCK_EX)")
    with Waiting("apt-get", "install", "nginx") as apt:
        assert look(apt.pid, ours.pid, root=tmp_path).lock is None


def test_what_the_output_names(tmp_path: Path, hold: Hold) -> None:  # noqa: F811
    """The lock and the process that were spoken of are looked up, unless they are ours or gone."""
    holder = hold(tmp_path / FRONTEND[1:], "fcntl.lockf(file, fcntl.LOCK_EX)")
    sight = look(os.getpid(), question=Question(FRONTEND, holder.pid), root=tmp_path)
    assert sight.held == Holder(holder.pid, sight.held.command if sight.held else "", FRONTEND)
    assert sight.named == Seen(holder.pid, sight.held.command if sight.held else "")
    assert look(os.getpid(), question=Question(None, None), root=tmp_path).held == sight.held, "any lock"
    ours = look(holder.pid, question=Question(FRONTEND, holder.pid), root=tmp_path)
    assert (ours.held, ours.named) == (None, None)
    assert look(os.getpid(), root=tmp_path).held is None, "nobody asked"


def test_processes_that_are_gone(tmp_path: Path) -> None:
    """What ends while it is looked at is passed over."""
    ended = subprocess.Popen(["true"])
    ended.wait()
    assert look(ended.pid, root=tmp_path).reader is None
