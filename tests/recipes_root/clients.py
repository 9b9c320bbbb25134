"""Clients that know nothing of Installcast: each asks an installed service what only that service can answer."""

from __future__ import annotations

import os
import socket
import subprocess
import urllib.request


def http_server(port: int) -> str:
    """Return the ``Server`` header of the page at the root."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as response:
        assert response.status == 200
        return str(response.headers["Server"])


def _conversation(port: int, *commands: bytes) -> bytes:
    """Send ``commands`` in one connection and return all that came back."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(b"".join(commands))
        answer = b""
        while data := connection.recv(65_536):
            answer += data
    return answer


def redis(port: int, password: str, *words: str) -> str:
    """Return what a Redis server answers to one command, sent after the password."""
    answer = _conversation(port, _resp("AUTH", password), _resp(*words), _resp("QUIT"))
    assert answer.startswith(b"+OK\r\n"), answer
    assert answer.endswith(b"+OK\r\n"), answer
    return answer.removeprefix(b"+OK\r\n").removesuffix(b"+OK\r\n").decode()


def redis_without_password(port: int) -> str:
    """Return what a Redis server answers to a stranger."""
    return _conversation(port, _resp("PING"), _resp("QUIT")).decode()


def _resp(*words: str) -> bytes:
    encoded = [word.encode() for word in words]
    return b"*%d\r\n" % len(encoded) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in encoded)


def memcached_megabytes(port: int) -> int:
    """Return the memory that a memcached server may use, in MiB."""
    lines = _conversation(port, b"stats settings\r\n", b"quit\r\n").decode().splitlines()
    return int(next(line.split()[2] for line in lines if line.startswith("STAT maxbytes "))) // 1_048_576


def postgresql(port: int, user: str, password: str, statement: str) -> str:
    """Return what a PostgreSQL server answers over the network."""
    command = ["psql", "-XAt", "-h", "127.0.0.1", "-p", str(port), "-U", user, "-c", statement]
    return _run(command, PGPASSWORD=password)


def mariadb(port: int, password: str, statement: str) -> str:
    """Return what a MariaDB server answers to root over the network."""
    command = [
        "mariadb",
        "--no-defaults",
        "-BN",
        "--protocol=tcp",
        "-h",
        "localhost",
        "-P",
        str(port),
        "-u",
        "root",
        "-e",
        statement,
    ]
    return _run(command, MYSQL_PWD=password)


def command_output(*command: str) -> str:
    """Return what a program prints."""
    return _run(list(command))


def _run(command: list[str], **variables: str) -> str:
    done = subprocess.run(
        command, env=os.environ | variables, capture_output=True, text=True, check=False, cwd="/"
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
