"""The process: two sockets, one engine, a clear word when it cannot start, and a clean end."""

from __future__ import annotations

import datetime
import os
import signal
import socket
import ssl
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect, unix_connect

from installcast import Settings
from installcast.api.sockets import OpenToAllError, PortInUseError
from installcast.errors import ConfigurationError, DataFolderInUseError
from installcast.settings import ServerSettings
from installcast.tasks.access import local_owner

from .conftest import Service, finish, refused

PROCESS = """
import asyncio, sys
from pathlib import Path
from installcast import Installcast, Settings
from installcast.api.server import serve

settings = Settings(data_dir=Path(sys.argv[1]), recipes=(Path(sys.argv[2]),), server={"port": 0}, runner={"isolation": "session"})
asyncio.run(serve(Installcast(settings), ready=lambda running: print(running.url, flush=True)))
print("ended", flush=True)
"""
END_LIMIT = 10.0
"""Seconds in which a served process has to end."""


@contextmanager
def process(data_dir: Path, recipes: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A service in a process of its own, with signals as a supervisor sends them."""
    argv = [sys.executable, "-W", "error", "-c", PROCESS, str(data_dir), str(recipes)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout is not None
            url = child.stdout.readline().strip()
            assert url.startswith("http://127.0.0.1:"), child.communicate()[1]
            yield child, url
        finally:
            if child.poll() is None:
                child.kill()


def rest(stream: IO[str] | None) -> str:
    assert stream is not None
    return stream.read()


def test_the_unix_socket_is_the_owner(service: Service) -> None:
    """Who opens the socket file is the service's own user, an administrator, without a token; its mode is 0600."""
    assert stat.S_IMODE(service.settings.socket_file.stat().st_mode) == 0o600
    with service.local() as local:
        assert local.get("/v1/auth/users").status_code == 200
        data = local.post("/v1/soft/install", json={"key": "greet"}).json()["data"]
        assert finish(service, data["task_id"])["user"] == local_owner().sub


def test_the_unix_socket_cannot_be_claimed_over_the_network(service: Service) -> None:
    """No header makes a network connection a local one."""
    with service.client(None) as client:
        for headers in ({"Host": "localhost"}, {"installcast.local_owner": "1"}, {"X-Forwarded-For": "unix"}):
            refused(client.get("/v1/auth/users", headers=headers), 401)


def test_websockets_on_the_unix_socket(service: Service) -> None:
    """The command line watches over the same socket."""
    with service.local() as local:
        task_id = local.post("/v1/soft/install", json={"key": "greet"}).json()["data"]["task_id"]
    uri = f"ws://localhost/v1/log/ws?task_id={task_id}"
    with unix_connect(str(service.settings.socket_file), uri) as viewer:
        assert any('"final":true' in str(frame) for frame in viewer)


def test_a_port_in_use(tmp_path: Path) -> None:
    """One error that names the port; the data folder was not even touched."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        late = Service(Settings(data_dir=tmp_path / "data", server=ServerSettings(port=port)))
        with pytest.raises(PortInUseError, match=str(port)):
            late.start()
    assert not (tmp_path / "data").exists()


def test_two_services_on_one_folder(service: Service) -> None:
    """The second one is refused, for the folder though its port is taken, too, and the first one's socket stays."""
    taken = int(service.url.rpartition(":")[2])
    for port in (0, taken):
        second = Service(Settings(data_dir=service.settings.data_dir, server=ServerSettings(port=port)))
        with pytest.raises(DataFolderInUseError, match=f"pid {os.getpid()}"):
            second.start()
    with service.local() as local:
        assert local.get("/readyz").status_code == 200


def test_listening_to_the_network(tmp_path: Path) -> None:
    """Beyond loopback it is refused without TLS, a proxy, or the word."""
    settings = Settings(data_dir=tmp_path / "data", server=ServerSettings(host="0.0.0.0", port=0))  # noqa: S104
    with pytest.raises(OpenToAllError):
        Service(settings).start()


@pytest.mark.parametrize("content", ["", "short", "x" * 31])
def test_a_weak_secret_stops_the_start(tmp_path: Path, content: str) -> None:
    """A secret that is too short is told at the start, not at a sign-in; no socket file is left."""
    secret = tmp_path / "secret"
    secret.write_text(content)
    secret.chmod(0o600)
    settings = Settings(data_dir=tmp_path / "data", server={"port": 0}, auth={"secret_file": secret})  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError) as caught:
        Service(settings).start()
    assert caught.value.field == "auth.secret_file"
    assert not settings.socket_file.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(tmp_path: Path, recipes: Path, number: signal.Signals) -> None:
    """Viewers get 1012, the process ends with 0 in time and in silence, the install goes on, the socket file is gone."""
    with process(tmp_path, recipes) as (child, url):
        sock = tmp_path / "installcast.sock"
        local = httpx.Client(
            base_url="http://localhost", transport=httpx.HTTPTransport(uds=str(sock)), timeout=30
        )
        with local:
            task_id = local.post("/v1/soft/install", json={"key": "wait"}).json()["data"]["task_id"]
            token = local.post("/v1/auth/token", json={"sub": "root", "scope": "admin"}).json()["data"][
                "token"
            ]
        address = f"{url.replace('http', 'ws')}/v1/log/ws?task_id={task_id}"
        with connect(address, additional_headers={"Authorization": f"Bearer {token}"}, proxy=None) as viewer:
            assert "waiting" in str(viewer.recv(10))
            began = time.monotonic()
            child.send_signal(number)
            with pytest.raises(ConnectionClosed) as closed:
                list(viewer)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1012
        assert child.wait(END_LIMIT) == 0
        assert time.monotonic() - began < END_LIMIT
        assert rest(child.stdout) == "ended\n"
        assert rest(child.stderr) == ""
        assert not sock.exists()
    with process(tmp_path, recipes) as (child, url):
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=30) as client:
            status = client.get("/v1/log/status", params={"task_id": task_id}).json()["data"]
            assert status["status"] == "running"
            client.post(f"/v1/soft/tasks/{task_id}/cancel")
        address = f"{url.replace('http', 'ws')}/v1/log/ws?task_id={task_id}"
        with connect(address, additional_headers={"Authorization": f"Bearer {token}"}, proxy=None) as viewer:
            assert '"status":"canceled"' in str(list(viewer)[-1])
        child.send_signal(signal.SIGTERM)
        assert child.wait(END_LIMIT) == 0


def test_open_connections_do_not_hold_it(tmp_path: Path, recipes: Path) -> None:
    """A connection that is idle, or that never sends its request, does not keep the process from ending."""
    with process(tmp_path, recipes) as (child, url):
        port = int(url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as silent, httpx.Client(base_url=url) as idle:
            silent.sendall(
                b"POST /v1/soft/install HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"
            )
            assert idle.get("/healthz").status_code == 200
            child.send_signal(signal.SIGTERM)
            assert child.wait(END_LIMIT) == 0


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 and its key."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return folder / "cert.pem", folder / "key.pem"


def test_tls(start: Callable[..., Service], certificate: tuple[Path, Path]) -> None:
    """With `server.tls` the port speaks HTTPS and its cookie is secure; the Unix socket needs none."""
    cert, key = certificate
    secure = start(server={"host": "localhost", "tls": {"cert_file": cert, "key_file": key}})
    assert secure.url.startswith("https://localhost:")
    with secure.client(None, verify=ssl.create_default_context(cafile=str(cert))) as browser:
        assert "secure" in browser.get(secure.link).headers["set-cookie"].lower()
    with secure.local() as local:
        assert local.get("/v1/auth/users").status_code == 200


def test_a_broken_certificate(tmp_path: Path) -> None:
    """A certificate that is none stops the start and names the setting."""
    (tmp_path / "cert.pem").write_text("nonsense")
    settings = Settings(
        data_dir=tmp_path / "data",
        server={"port": 0, "tls": {"cert_file": tmp_path / "cert.pem", "key_file": tmp_path / "missing"}},  # type: ignore[arg-type]
    )
    with pytest.raises(ConfigurationError) as caught:
        Service(settings).start()
    assert caught.value.field == "server.tls"


def test_nothing_of_uvicorn_shows(service: Service) -> None:
    """The answer does not tell what serves it."""
    with service.client(None) as client:
        assert "server" not in client.get("/healthz").headers
