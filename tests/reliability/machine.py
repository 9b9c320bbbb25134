"""A machine that boots a real systemd: a copy of this one, in namespaces, thrown away at the end."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shlex
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
PROGRAMS = tuple(dict.fromkeys((REPOSITORY, Path(sys.prefix), Path(sys.base_prefix))))
"""Where Installcast and its Python lie, here and on the machine."""

BOOT_LIMIT = 60.0
"""Seconds that a boot may take; it takes half a second."""

_CLONE_NEWNET = 0x40000000
_CREDENTIALS = struct.Struct("3i")
_SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Machine:
    """``folder`` is its ``/outside``; what lies in ``folder/root`` is on its disk when it boots for the first time.

    With ``memory`` its control groups limit memory, in the version that this machine's are of; without, they are of version 2.
    """

    def __init__(self, folder: Path, *, memory: bool = False) -> None:
        self.folder = folder
        self.init = 0
        """Its first process, by the number that it has here."""
        self._notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notices.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._notices.settimeout(1.0)
        self._notices.bind(str(folder / "notify"))
        boot = Path(__file__).with_name("boot_systemd.sh")
        self._process = subprocess.Popen(
            ["setpriv", "--pdeathsig=KILL", "/bin/bash", boot, folder, *PROGRAMS],
            stdin=subprocess.DEVNULL,
            env=os.environ | ({"BOOT_MEMORY": "1"} if memory else {}),
        )
        self.wait_for_boot()

    def wait_for_boot(self) -> None:
        """Return when systemd says that all that it starts at boot is started."""
        give_up_at = time.monotonic() + BOOT_LIMIT
        while True:
            try:
                text, ancillary, _, _ = self._notices.recvmsg(4096, socket.CMSG_SPACE(_CREDENTIALS.size))
            except TimeoutError:
                assert self._process.poll() is None, "it cannot boot; the captured stderr says why"
                assert time.monotonic() < give_up_at, "it does not boot"
                continue
            init = _CREDENTIALS.unpack(ancillary[0][2])[0]
            if init != self.init and b"READY=1" in text.split(b"\n"):  # it says so after a reload, too
                self.init = init
                return

    def path(self, path: str | Path) -> Path:
        """Return where a file of the machine is to be found from here, while it runs."""
        return Path(f"/proc/{self.init}/root", *Path(path).parts[1:])

    def call(
        self,
        *argv: str,
        user: str = "root",
        environment: Mapping[str, str] | None = None,
        check: bool = True,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command on the machine, in none of its control groups."""
        enter = ["nsenter", "--target", str(self.init), "--mount", "--pid", "--net", "--ipc", "--uts"]
        enter += ["--cgroup", "--root", "--"]
        drop = [] if user == "root" else ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"]
        wanted = {"PATH": _SEARCH_PATH, "LANG": "C.UTF-8", **(environment or {})}
        variables = [f"{name}={value}" for name, value in wanted.items()]
        done = subprocess.run(
            [*enter, *drop, "env", "-i", "--chdir=/", *variables, *argv],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert not check or done.returncode == 0, f"{shlex.join(argv)}: {done.stdout}{done.stderr}"
        return done

    def systemctl(self, *arguments: str, check: bool = True) -> str:
        """Run ``systemctl``; return what it prints."""
        return self.call("systemctl", "--no-pager", *arguments, check=check).stdout.strip()

    def unit(self, name: str, property_: str) -> str:
        """Return one property of a unit."""
        return self.systemctl("show", "--value", f"--property={property_}", name)

    def units(self, pattern: str, *options: str) -> list[str]:
        """Return the names of the units that systemd has in memory."""
        listed = self.systemctl("list-units", "--all", "--plain", "--no-legend", *options, pattern)
        return [line.split()[0] for line in listed.splitlines()]

    @contextlib.contextmanager
    def network(self) -> Iterator[None]:
        """Make this thread one of the machine's as far as its network goes: its 127.0.0.1 is the machine's."""
        libc = ctypes.CDLL(None, use_errno=True)
        with open("/proc/thread-self/ns/net") as own, open(f"/proc/{self.init}/ns/net") as its:  # noqa: PTH123
            _enter_network(libc, its.fileno())
            try:
                yield
            finally:
                _enter_network(libc, own.fileno())

    def cut_power(self) -> None:
        """End all of it at once. It boots again."""
        os.kill(self.init, signal.SIGKILL)

    def close(self) -> None:
        """Cut its power for good."""
        (self.folder / "off").touch()
        if self._process.poll() is None:
            self.cut_power()
        self._process.wait()
        self._notices.close()


def _enter_network(libc: ctypes.CDLL, descriptor: int) -> None:
    if libc.setns(descriptor, _CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
