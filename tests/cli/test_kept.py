"""People are told what an uninstall keeps before it starts."""

from __future__ import annotations

import os
import pty
import subprocess

import pytest

from .conftest import LIMIT, Service


def test_show(service: Service) -> None:
    """The recipe's page says what stays, and which parameter deletes it."""
    shown = service.run("recipes", "show", "hello").stdout
    assert "greeting" in shown
    assert "What an uninstall keeps:\n  The echo  (--param purge=true deletes it, too)\n  Memories\n" in shown


@pytest.mark.parametrize(
    ("arguments", "kept", "deleted"),
    [
        ((), "The echo  (--param purge=true deletes it, too)\n  Memories\n", ""),
        (("-p", "purge=yes"), "Memories\n", "What it deletes, too (purge=true):\n  The echo\n"),
    ],
)
def test_uninstall_in_a_terminal(
    service: Service, arguments: tuple[str, ...], kept: str, deleted: str
) -> None:
    """Above the log, what stays and what goes; where nobody looks, nothing is said."""
    leader, follower = pty.openpty()
    argv = service.argv("uninstall", "hello", *arguments)
    environment = service.environment | {"TERM": "xterm", "NO_COLOR": "1"}
    done = subprocess.run(
        argv,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=follower,
        timeout=LIMIT,
    )
    told = os.read(leader, 65536).decode().replace("\r\n", "\n")
    os.close(leader)
    os.close(follower)
    assert done.returncode == 0
    assert f"What an uninstall keeps:\n  {kept}{deleted}" in told.replace("\x1b[1m", "").replace(
        "\x1b[0m", ""
    )
    assert "keeps" not in service.run("uninstall", "hello", *arguments).stderr
