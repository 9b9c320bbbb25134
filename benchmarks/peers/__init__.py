"""What shows lines live beside Installcast: each peer started in an empty folder, with the same lines, on 127.0.0.1."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.accounting import tree

PUBLISHER = Path(__file__).parent.parent / "publisher.py"


class Peer(ABC):
    """One server that shows what a script prints. Enter it to start it."""

    name: str

    def __init__(self, base: Path) -> None:
        """``base`` is an empty folder."""
        self.base = base
        self.port = free_port()
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in reversed(self._processes):
            process.terminate()
        for process in self._processes:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    @abstractmethod
    def start(self) -> None:
        """Start the server and wait until it answers."""

    @abstractmethod
    def request(self) -> bytes:
        """Return the request of a viewer."""

    @abstractmethod
    def publish(self, lines: int, rate: float, burst: int) -> None:
        """Begin to print."""

    def pids(self) -> list[int]:
        """Return the processes whose work counts."""
        return tree(self._processes[0].pid)

    def run(self, command: list[str], *, to: Path | None = None) -> subprocess.Popen[bytes]:
        """Start a process that ends with the peer; its output goes to a file."""
        with (to or self.base / f"{self.name}.out").open("ab") as output:
            process = subprocess.Popen(command, cwd=self.base, stdout=output, stderr=subprocess.STDOUT)
        self._processes.append(process)
        return process

    def wait_until_open(self) -> None:
        """Wait until the port answers."""
        for _ in range(400):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError(
            f"{self.name} did not start: {(self.base / f'{self.name}.out').read_text()[-500:]}"
        )


class FilePeer(Peer):
    """A peer that shows a file to which the script prints."""

    @property
    def log(self) -> Path:
        """The file."""
        return self.base / "install.log"

    def publish(self, lines: int, rate: float, burst: int) -> None:
        """Print to the file."""
        command = [sys.executable, str(PUBLISHER), str(lines), str(rate), str(burst)]
        self.run(command, to=self.log)


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def opening_handshake(port: int, path: str, headers: dict[str, str] | None = None) -> bytes:
    """Return the request that opens a WebSocket (RFC 6455, 4.1)."""
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        *(f"{name}: {value}" for name, value in (headers or {}).items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode()
