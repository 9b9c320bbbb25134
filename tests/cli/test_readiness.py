"""Telling a service manager that the service is there."""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path

import pytest

from installcast.cli.readiness import reported, tell_service_manager, watchdog_seconds


@pytest.mark.parametrize("abstract", [False, True], ids=["file", "abstract"])
def test_the_state_is_sent(abstract: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The socket may be a file, or a name in no folder, which is written with an @."""
    name = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind("\0" + name if abstract else name)
        monkeypatch.setenv("NOTIFY_SOCKET", "@" + name if abstract else name)
        tell_service_manager("READY=1")
        assert manager.recv(100) == b"READY=1"


def test_nobody_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a socket, or with one that is gone, nothing happens."""
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    tell_service_manager("READY=1")
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    tell_service_manager("READY=1")


@pytest.mark.parametrize(
    ("usec", "pid", "seconds"),
    [
        (None, None, None),
        ("30000000", None, 30.0),
        ("30000000", "own", 30.0),
        ("30000000", "1", None),
        ("0", None, None),
        ("soon", None, None),
    ],
)
def test_who_is_watched(
    usec: str | None, pid: str | None, seconds: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Signs of life are expected from the process that the variables name, and from nobody where they say nothing."""
    for name, value in (("WATCHDOG_USEC", usec), ("WATCHDOG_PID", pid)):
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value.replace("own", str(os.getpid())))
    assert watchdog_seconds() == seconds


async def test_signs_of_life_and_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the loop turns there are several within the time; the end is told once, when it begins, and nothing after it."""
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv("WATCHDOG_USEC", "30000")
    monkeypatch.delenv("WATCHDOG_PID", raising=False)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.setblocking(False)
        async with reported(stop):
            for _ in range(3):
                assert await loop.sock_recv(manager, 100) == b"WATCHDOG=1"
            stop.set()
            while (told := await loop.sock_recv(manager, 100)) == b"WATCHDOG=1":
                pass
            assert told == b"STOPPING=1"
        while True:
            try:
                assert manager.recv(100) == b"WATCHDOG=1"
            except BlockingIOError:
                break
