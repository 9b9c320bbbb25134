"""Many viewers for little CPU: one process, one loop over sockets, no work for a frame but looking for the last line.

Run as a program: ``python -m benchmarks.load PORT VIEWERS``, the request on its standard input. It prints ``ready`` when all
viewers are let in, and one line of JSON (:class:`Received`) when each of them has got the last line.
"""

from __future__ import annotations

import json
import re
import resource
import select
import socket
import subprocess
import sys
import time
from typing import IO, NamedTuple

from benchmarks.publisher import END

SAMPLED = 20
"""Viewers whose every line is timed."""
BUFFER = 1 << 18
LIMIT_SECONDS = 240.0
_PRINTED = re.compile(rb"@(\d+)@")


class Received(NamedTuple):
    """What the viewers got. ``waits``: milliseconds from print to receipt of each line of the sampled ones."""

    bytes: int
    waits: list[float]


class Load:
    """The viewers of one server, in a process of their own."""

    def __init__(self, port: int, viewers: int, request: bytes) -> None:
        """Let the viewers in. ``request`` is the opening handshake of each (RFC 6455, 4.1), or any other request."""
        command = [sys.executable, "-m", "benchmarks.load", str(port), str(viewers)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._input.write(request)
        self._input.close()
        if self._output.readline() != b"ready\n":
            self.close()
            raise RuntimeError("the server did not let the viewers in")

    def received(self) -> Received:
        """Wait for the last line of every viewer."""
        line = self._output.readline()
        if not line:
            raise RuntimeError("the viewers did not get the last line")
        return Received(*json.loads(line))

    def close(self) -> None:
        """End the viewers."""
        self._process.kill()
        self._process.wait()
        self._output.close()

    @property
    def _input(self) -> IO[bytes]:
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def _output(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout


def _let_in(port: int, request: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), 30)
    connection.sendall(request)
    head = b""
    while b"\r\n\r\n" not in head:
        data = connection.recv(1)
        if not data:
            raise ConnectionError(head)
        head += data
    if b" 101 " not in head and b" 200 " not in head:
        raise ConnectionError(head)
    connection.setblocking(False)
    return connection


def _receive(viewers: list[socket.socket]) -> Received:
    """Read until every viewer has got the last line."""
    poll = select.epoll()
    by_number = {viewer.fileno(): viewer for viewer in viewers}
    for number in by_number:
        poll.register(number, select.EPOLLIN)
    sampled = set(list(by_number)[:SAMPLED])
    rests = dict.fromkeys(sampled, b"")
    buffer, size, waits = bytearray(BUFFER), 0, list[float]()
    last = END.encode()
    until = time.monotonic() + LIMIT_SECONDS
    while by_number and time.monotonic() < until:
        for number, _ in poll.poll(1, 4096):
            count = by_number[number].recv_into(buffer)
            now = time.monotonic_ns()
            size += count
            if number in sampled:
                data = rests[number] + buffer[:count]
                end = 0
                for found in _PRINTED.finditer(data):
                    waits.append((now - int(found[1])) / 1e6)
                    end = found.end()
                rests[number] = bytes(data[end:][-64:])
            if not count or buffer.find(last, 0, count) >= 0:
                poll.unregister(number)
                del by_number[number]
    if by_number:
        raise TimeoutError(f"{len(by_number)} viewers did not get the last line")
    return Received(size, waits)


def main(port: int, count: int) -> None:
    """Be the viewers."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    request = sys.stdin.buffer.read()
    viewers = [_let_in(port, request) for _ in range(count)]
    print("ready", flush=True)
    print(json.dumps(_receive(viewers)), flush=True)
    time.sleep(LIMIT_SECONDS)  # connected until the server's figures are taken and this is ended


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
