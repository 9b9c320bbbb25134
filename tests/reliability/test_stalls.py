"""Why a real apt does not go on, told while it lasts: another process has dpkg's lock, in a /var that is thrown away."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import pytest
from websockets.sync.client import ClientConnection

from tests.reliability.mounts import MountNamespace
from tests.service import Service
from tests.tasks.recipes import write_recipe

pytestmark = pytest.mark.machine

FRONTEND = "/var/lib/dpkg/lock-frontend"

_HOLDER = """
import fcntl, sys
file = open(sys.argv[1], "w")
fcntl.lockf(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""

_CONTROL = """Package: installcast-probe
Version: 1
Architecture: all
Maintainer: Nobody <nobody@example.org>
Description: holds nothing
"""


@pytest.fixture
def own_var(tmp_path: Path) -> Iterator[MountNamespace]:
    """A mount namespace whose /var is a copy: its dpkg can be locked and changed."""
    with MountNamespace() as namespace:
        upper = tmp_path / "upper"
        upper.mkdir()
        namespace.run("mount", "-t", "tmpfs", "upper", upper)
        namespace.run("mkdir", upper / "data", upper / "work")
        layers = f"lowerdir=/var,upperdir={upper}/data,workdir={upper}/work"
        namespace.run("mount", "-t", "overlay", "overlay", "-o", layers, "/var")
        yield namespace


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package that holds nothing and can be installed without a network."""
    control = tmp_path / "package/DEBIAN/control"
    control.parent.mkdir(parents=True)
    control.write_text(_CONTROL)
    built = tmp_path / "probe.deb"
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "-b", tmp_path / "package", built], check=True, capture_output=True
    )
    return built


class Holder:
    """A process of the namespace that has a lock until it is let go."""

    def __init__(self, namespace: MountNamespace, program: Path, lock: str) -> None:
        program.write_text(_HOLDER)
        self._process = subprocess.Popen(
            [*namespace.prefix, sys.executable, program, lock], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.pid = self._process.pid
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"held\n"

    def let_go(self) -> None:
        self._process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.returncode is None:
            self.let_go()


def _statuses(viewer: ClientConnection) -> Iterator[dict[str, Any]]:
    for frame in viewer:
        for line in str(frame).splitlines():
            message = json.loads(line)
            if message.get("type") == "status":
                yield message


@pytest.mark.parametrize("options", ["-y", "-y -qq"], ids=["apt says so", "apt says nothing"])
def test_a_taken_package_lock(
    own_var: MountNamespace,
    new_service: Callable[..., Service],
    package: Path,
    tmp_path: Path,
    options: str,
) -> None:
    """An apt in a script of somebody's own waits for the lock; viewers see who has it; when it is free the install goes on
    and succeeds."""
    service = new_service(prefix=own_var.prefix)
    write_recipe(service.recipes, "probe", f"set -u\napt-get {options} install {package}\n")
    service.start()
    client = service.client("root", "admin")
    with (
        Holder(own_var, tmp_path / "unattended-upgrade", FRONTEND) as holder,
        client.watch(task_id := client.install("probe"), subprotocols=["installcast.v2"]) as viewer,
    ):
        stalled = next(told for status in _statuses(viewer) if (told := status["stalled"]))
        assert (stalled["reason"], stalled["pid"]) == ("package_lock", holder.pid)
        assert stalled["command"].endswith(f"unattended-upgrade {FRONTEND}")
        assert stalled["detail"] == f"{stalled['command']} (pid {holder.pid})"
        assert client.status(task_id)["stalled"] == stalled
        holder.let_go()
        end = list(_statuses(viewer))[-1]
    assert (end["status"], end["exit_code"], end["stalled"]) == ("succeeded", 0, None)
    assert "installcast-probe" in own_var.run("dpkg-query", "-W", "installcast-probe")
    said = [record["message"] for record in client.history(task_id)]
    assert f"Waiting for the package lock: held by {stalled['detail']}." in said
    assert any(message.startswith("The wait for the package lock is over after") for message in said)


def test_another_apt_is_no_reason(
    own_var: MountNamespace, new_service: Callable[..., Service], tmp_path: Path
) -> None:
    """While somebody has the lock, a script that is silent for reasons of its own is not said to wait for it."""
    service = new_service(prefix=own_var.prefix)
    write_recipe(
        service.recipes,
        "quiet",
        "echo begun\nsleep 5\n",
    )
    service.start()
    client = service.client("root", "admin")
    with (
        Holder(own_var, tmp_path / "unattended-upgrade", FRONTEND),
        client.watch(client.install("quiet"), subprotocols=["installcast.v2"]) as viewer,
    ):
        assert [status["stalled"] for status in _statuses(viewer) if status["stalled"]] == []
