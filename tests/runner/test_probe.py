"""What the server learns of a runner and tells it, without a pid."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from installcast.runner.probe import (
    WRITE_LOCK,
    Started,
    is_running,
    read_started,
    runner_argv,
    send_cancel,
)
from tests.reliability.mounts import MountNamespace


def test_a_lock_tells_who_lives(tmp_path: Path) -> None:
    """A held lock is a living runner; looking at it takes nothing away."""
    assert not is_running(tmp_path)
    lock = os.open(tmp_path / "run.lock", os.O_RDWR | os.O_CREAT)
    assert not is_running(tmp_path)
    fcntl.fcntl(lock, fcntl.F_OFD_SETLK, WRITE_LOCK)
    assert is_running(tmp_path)
    assert is_running(tmp_path)
    os.close(lock)
    assert not is_running(tmp_path)


@pytest.mark.machine
def test_a_lock_on_a_disk_that_is_read_only(tmp_path: Path) -> None:
    """A disk that the kernel lets nobody write any more tells it, too."""
    lock = os.open(tmp_path / "run.lock", os.O_RDWR | os.O_CREAT)
    with MountNamespace() as namespace:
        namespace.run("mount", "--bind", "-o", "ro", tmp_path, tmp_path)
        folder = namespace.outside(tmp_path)
        assert not is_running(folder)
        fcntl.fcntl(lock, fcntl.F_OFD_SETLK, WRITE_LOCK)
        assert is_running(folder)
    os.close(lock)


def test_a_lock_dies_with_its_process(tmp_path: Path) -> None:
    """SIGKILL releases it: the kernel closes what the process had open."""
    code = (
        "import fcntl, os, sys\n"
        "lock = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)\n"
        "fcntl.fcntl(lock, fcntl.F_OFD_SETLK, bytes.fromhex(sys.argv[2]))\n"
        "print('held', flush=True)\n"
        "sys.stdin.read()\n"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "run.lock"), WRITE_LOCK.hex()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        assert is_running(tmp_path)
        holder.kill()
        holder.wait()
        assert not is_running(tmp_path)


def test_nobody_hears_a_cancel(tmp_path: Path) -> None:
    """Without a runner, before or after one, a cancel is answered with False."""
    assert send_cancel(tmp_path, "alice") is False
    os.mkfifo(tmp_path / "control")
    assert send_cancel(tmp_path, "alice") is False


def test_a_cancel_arrives_whole(tmp_path: Path) -> None:
    """One line of JSON with the name of the user, however long it is; a full pipe is no error."""
    os.mkfifo(tmp_path / "control")
    reader = os.open(tmp_path / "control", os.O_RDONLY | os.O_NONBLOCK)
    assert send_cancel(tmp_path, "张三") is True
    assert os.read(reader, 4096) == b'{"command": "cancel", "by": "\\u5f20\\u4e09"}\n'
    for _ in range(100):
        assert send_cancel(tmp_path, "🚀" * 5000) is True
    os.close(reader)


def test_started(tmp_path: Path) -> None:
    """`started` is read as it was written; a damaged one is an error, since the task was taken all the same."""
    assert read_started(tmp_path) is None
    path = tmp_path / "started"
    path.write_text('{"pid": 7, "start_time": 8, "boot_id": "b", "started_at": "t", "more": 1}\n')
    assert read_started(tmp_path) == Started(7, 8, "b", "t")
    (tmp_path / "started").write_text("")  # whoever took it came no further
    assert read_started(tmp_path) == Started(0, 0, "", "")
    for damaged in ("{}", "[]", '{"pid": 7'):
        path.write_text(damaged)
        with pytest.raises(ValueError, match=r".+"):
            read_started(tmp_path)


def test_the_command_of_a_runner(tmp_path: Path) -> None:
    """It is started by its file, isolated and without site packages."""
    command = runner_argv(tmp_path)
    assert command[:3] == [sys.executable, "-I", "-S"]
    assert command[3].endswith("/installcast/runner/__main__.py")
    assert command[4:] == [str(tmp_path)]
    assert runner_argv(tmp_path, foreground=True)[4:] == ["--foreground", str(tmp_path)]
