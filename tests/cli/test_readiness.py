"""Telling a service manager that the service is there."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from installcast.cli.readiness import tell_service_manager


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
