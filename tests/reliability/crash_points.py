"""Kills a service before the n-th of the calls by which it leaves a trace: in files, in other processes, at its clients.

The calls of all its threads are counted in the order in which they are made, so every moment between two of them can be
had. Nothing is built into the service for that; it is started through :mod:`traced`.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import select
import signal
import socket
import struct
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from .traced import CALLS

_NAMES = {number: name for name, number in CALLS.items()}

# linux/seccomp.h: struct seccomp_notif (id, pid, flags, seccomp_data) and seccomp_notif_resp (id, val, error, flags)
_NOTIFICATION = struct.Struct("QIIiIQ6Q")
_ANSWER = struct.Struct("QqiI")
_RECEIVE, _SEND = 0xC0502100, 0xC0182101
_CONTINUE = 1

_PATH_BYTES = 4096
_PATHS = {
    "openat": (0, 1), "mkdirat": (0, 1), "unlinkat": (0, 1), "renameat": (2, 3), "renameat2": (2, 3),
    "mkdir": (None, 0), "rmdir": (None, 0), "unlink": (None, 0), "rename": (None, 1), "link": (None, 1),
    "chmod": (None, 0),
}  # fmt: skip
"""Which arguments are the folder and the path; of two paths the new one."""

_STARTS = {"clone", "fork", "vfork", "clone3"}


class Point(NamedTuple):
    """A call that leaves a trace."""

    call: str
    on: str
    """The path below one of the roots, ``a client``, or ``a process``."""

    def __str__(self) -> str:
        return f"{self.call} {self.on}"


class CrashPoints:
    """Counts the calls of the service that was started last; calls on files count below ``roots`` only."""

    def __init__(self, roots: Sequence[Path]) -> None:
        self.points: list[Point] = []
        """The calls since it was last armed."""
        self.killed_at: Point | None = None
        self._roots = [str(root) for root in roots]
        self._name = f"installcast-crash-points-{secrets.token_hex(8)}"
        self._lock = threading.Lock()
        self._armed = False
        self._kill_at: int | None = None
        self._pid = 0
        self._door = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    def __enter__(self) -> Self:
        self._door.bind(f"\0{self._name}")
        self._door.listen()
        threading.Thread(target=self._admit, name="crash-points-door", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let nobody else in. Who is in goes on being served until the last of its processes has ended."""
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()

    @property
    def prefix(self) -> list[str]:
        """What is put before the service's command."""
        return [sys.executable, "-I", "-S", str(Path(__file__).with_name("traced.py")), self._name]

    def arm(self, kill_at: int | None) -> None:
        """Count from here on, and kill before call number ``kill_at``, from 1; ``None``: count only."""
        with self._lock:
            self.points, self.killed_at = [], None
            self._armed, self._kill_at = True, kill_at

    def disarm(self) -> None:
        """Count no longer."""
        with self._lock:
            self._armed = False

    # --- on threads ----------------------------------------------------------------------------------------------

    def _admit(self) -> None:
        while True:
            try:
                service, _ = self._door.accept()
            except OSError:
                return  # closed
            with service:
                pid, descriptors, _, _ = socket.recv_fds(service, 16, 1)
                with self._lock:
                    self._pid = int(pid)
                threading.Thread(
                    target=self._serve,
                    args=(descriptors[0], self._pid),
                    name=f"crash-points-{self._pid}",
                    daemon=True,
                ).start()
                service.send(b"!")

    def _serve(self, listener: int, pid: int) -> None:
        """Answer the calls of a service and of all that it has started, until the last of them has ended."""
        poller = select.poll()
        poller.register(listener, select.POLLIN)
        while poller.poll()[0][1] & select.POLLIN:
            notification = bytearray(_NOTIFICATION.size)
            try:
                fcntl.ioctl(listener, _RECEIVE, notification)
            except OSError:
                continue  # who called has just ended
            number, thread, _, call, _, _, *arguments = _NOTIFICATION.unpack(notification)
            self._look(pid, thread, _NAMES[call], arguments)
            try:
                fcntl.ioctl(listener, _SEND, bytearray(_ANSWER.pack(number, 0, 0, _CONTINUE)))
            except OSError:
                continue  # as above
        os.close(listener)

    def _look(self, pid: int, thread: int, call: str, arguments: list[int]) -> None:
        with self._lock:
            if not self._armed or pid != self._pid or not Path(f"/proc/{pid}/task/{thread}").exists():
                return
            try:
                on = self._target(thread, call, arguments)
            except OSError:
                return
            if on is None:
                return
            self.points.append(Point(call, on))
            if len(self.points) == self._kill_at:
                self._armed, self.killed_at = False, self.points[-1]
                os.kill(pid, signal.SIGKILL)

    def _target(self, thread: int, call: str, arguments: list[int]) -> str | None:
        """Return what a call is about to leave its trace on, ``None`` when that is nothing of interest."""
        if call in _STARTS:
            return "a process"
        if call not in _PATHS:
            path = os.readlink(f"/proc/{thread}/fd/{arguments[0]}")  # noqa: PTH115 - not always a path
            return "a client" if path.startswith("socket:") else self._below_a_root(path)
        folder, place = _PATHS[call]
        path = _read_text(thread, arguments[place])
        if not path.startswith("/") and folder is not None and arguments[folder] < 1 << 31:
            path = f"{Path(f'/proc/{thread}/fd/{arguments[folder]}').readlink()}/{path}"
        return self._below_a_root(path)

    def _below_a_root(self, path: str) -> str | None:
        return next(
            (path.removeprefix(root).lstrip("/") or "." for root in self._roots if path.startswith(root)),
            None,
        )


def _read_text(thread: int, address: int) -> str:
    """Return the text that ends with a NUL in the memory of ``thread``."""
    memory = os.open(f"/proc/{thread}/mem", os.O_RDONLY)
    try:
        # A read must not go over the end of a page: the next one may not be there.
        data = b""
        while b"\0" not in data and len(data) < _PATH_BYTES:
            at = address + len(data)
            data += os.pread(memory, 256 - at % 256, at)
    finally:
        os.close(memory)
    return os.fsdecode(data.partition(b"\0")[0])
