"""Who holds a package manager's lock, and which command needs it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from installcast.runner.package_locks import Held, Waiting, blocked, holder_of, needed_by, waiting

FRONTEND = "/var/lib/dpkg/lock-frontend"

_HOLD = """
import fcntl, sys
file = open(sys.argv[1], "w")
{how}
print("held", flush=True)
sys.stdin.read()
"""
POSIX = "fcntl.lockf(file, fcntl.LOCK_EX)"
FLOCK = "fcntl.flock(file, fcntl.LOCK_EX)"

Hold = Callable[[Path, str], subprocess.Popen[bytes]]


@pytest.fixture
def hold() -> Iterator[Hold]:
    """Start a process that takes a lock, and return when it has it."""
    started: list[subprocess.Popen[bytes]] = []

    def start(path: Path, how: str = POSIX) -> subprocess.Popen[bytes]:
        path.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-c", _HOLD.format(how=how), str(path)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        return process

    yield start
    for process in started:
        process.communicate()


@pytest.mark.parametrize(
    ("command", "first"),
    [
        ("apt-get install -y nginx", FRONTEND),
        ("/usr/bin/apt -qq full-upgrade", FRONTEND),
        ("apt-get -o DPkg::Lock::Timeout=600 purge x", FRONTEND),
        ("apt-get update", "/var/lib/apt/lists/lock"),
    ],
)
def test_what_waits_for_a_lock(command: str, first: str) -> None:
    """What changes packages needs the lock of dpkg, an update that of the lists."""
    assert needed_by(command.split())[0] == first


@pytest.mark.parametrize(
    "command",
    [
        *("apt-get download nginx", "apt list", "dpkg -i x.deb", "bash install.sh apt-get install", ""),
        *("apt-get -s install nginx", "apt-get --print-uris upgrade"),
    ],
)
def test_what_does_not(command: str) -> None:
    """What takes no lock, or gives up at once, waits for none."""
    assert needed_by(command.split()) == ()


def test_the_holder(tmp_path: Path, hold: Hold) -> None:
    """The kernel tells who has it, below another root, too; of a free or missing one nobody."""
    assert holder_of(FRONTEND, str(tmp_path)) is None
    process = hold(tmp_path / FRONTEND[1:], POSIX)
    assert holder_of(FRONTEND, str(tmp_path)) == Held(FRONTEND, process.pid)
    process.communicate()
    assert holder_of(FRONTEND, str(tmp_path)) is None


def test_the_table() -> None:
    """Who waits stands below the one whom he waits for, under the same number."""
    table = (
        "1: POSIX  ADVISORY  WRITE 100 fe:01:77 0 EOF\n"
        "1: -> POSIX  ADVISORY  WRITE 200 fe:01:77 0 EOF\n"
        "2: FLOCK  ADVISORY  WRITE 300 00:1a:88 0 EOF\n"
        "3: OFDLCK ADVISORY  WRITE -1 fe:00:99 0 0\n"
        "no line of the table\n"
    )
    assert waiting(table) == [Waiting(200, 77, 100)]


@pytest.mark.parametrize("how", [POSIX, FLOCK])
def test_a_wait_in_the_kernel(tmp_path: Path, hold: Hold, how: str) -> None:
    """Who waits as rpm or apk do is found with the holder; a wait for any other file is none of ours."""
    lock = tmp_path / "lib/apk/db/lock"
    holder = hold(lock, how)
    command = [sys.executable, "-c", _HOLD.format(how=how), str(lock)]
    waiter = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        found = None
        while found is None and waiter.poll() is None:  # until the kernel has taken its request
            found = blocked([waiter.pid], Path("/proc/locks").read_text(), str(tmp_path))
        table = Path("/proc/locks").read_text()
        assert found == Held("/lib/apk/db/lock", holder.pid)
        assert blocked([waiter.pid, holder.pid], table, str(tmp_path)) is None, "among ourselves"
        assert blocked([waiter.pid], table, str(tmp_path / "elsewhere")) is None
    finally:
        holder.communicate()
        waiter.communicate()
