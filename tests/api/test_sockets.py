"""Sockets: where the service listens, and the clear word when it cannot."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path
from typing import Any

import pytest

from installcast.api.sockets import (
    OpenToAllError,
    PortInUseError,
    base_url,
    bind_tcp,
    check_exposure,
    unix_socket,
)
from installcast.errors import ConfigurationError
from installcast.settings import ServerSettings, TlsSettings

TLS = TlsSettings(cert_file=Path("c"), key_file=Path("k"))


def test_a_port_in_use_is_one_clear_sentence() -> None:
    """The error names the port and what to do, in both languages."""
    with bind_tcp(ServerSettings(port=0)) as first:
        port = first.getsockname()[1]
        with pytest.raises(PortInUseError) as caught:
            bind_tcp(ServerSettings(port=port))
    assert caught.value.field == "server.port"
    for locale in ("en", "zh"):
        assert str(port) in caught.value.message(locale)
        assert "--port" in caught.value.message(locale)


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid", "::g"])
def test_a_host_that_is_not_here(host: str) -> None:
    """An address of another machine, or none at all, names the setting."""
    with pytest.raises(ConfigurationError) as caught:
        bind_tcp(ServerSettings(host=host, port=0))
    assert caught.value.field == "server.host"


def test_dead_peers_are_noticed() -> None:
    """What is accepted there asks a silent peer, soon, whether it is there."""
    with bind_tcp(ServerSettings(port=0)) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 10


@pytest.mark.parametrize(
    ("server", "refused"),
    [
        ({}, False),
        ({"host": "127.0.0.2"}, False),
        ({"host": "::1"}, False),
        ({"host": "localhost"}, False),
        ({"host": "0.0.0.0"}, True),  # noqa: S104
        ({"host": "::"}, True),
        ({"host": "192.0.2.1"}, True),
        ({"host": "192.0.2.1", "tls": TLS}, False),
        ({"host": "192.0.2.1", "trusted_proxies": ["10.0.0.1"]}, False),
    ],
)
def test_who_may_listen_to_the_network(server: dict[str, Any], refused: bool) -> None:
    """Beyond loopback only with TLS, a proxy, or the word --insecure."""
    settings = ServerSettings(**server)
    check_exposure(settings, insecure=True)
    if refused:
        with pytest.raises(OpenToAllError, match="--insecure"):
            check_exposure(settings, insecure=False)
    else:
        check_exposure(settings, insecure=False)


@pytest.mark.parametrize(
    ("server", "url"),
    [
        ({}, "http://127.0.0.1:{port}"),
        ({"root_path": "/install"}, "http://127.0.0.1:{port}/install"),
        ({"host": "0.0.0.0"}, "http://127.0.0.1:{port}"),  # noqa: S104
        ({"host": "0.0.0.0", "allowed_hosts": ["*.lan", "panel.lan"]}, "http://panel.lan:{port}"),  # noqa: S104
        ({"host": "::1", "tls": TLS}, "https://[::1]:{port}"),
    ],
)
def test_the_address_for_people(server: dict[str, Any], url: str) -> None:
    """The address has the port that was taken, a name that works, and the prefix."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        expected = url.format(port=listener.getsockname()[1])
        assert base_url(ServerSettings(**server), listener) == expected


def test_the_unix_socket_is_private_and_goes_away(tmp_path: Path) -> None:
    """Mode 0600, in place of a left-over one, and removed in the end."""
    path = tmp_path / "installcast.sock"
    path.write_text("left over")
    with unix_socket(path) as listener:
        listener.listen()
        status = path.stat()
        assert stat.S_ISSOCK(status.st_mode)
        assert stat.S_IMODE(status.st_mode) == 0o600
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
    assert not path.exists()


def test_a_long_path(tmp_path: Path) -> None:
    """A folder that is deeper than an address may be long is no obstacle."""
    folder = tmp_path / ("x" * 120)
    folder.mkdir()
    with unix_socket(folder / "installcast.sock") as listener:
        listener.listen()
        descriptor = os.open(folder, os.O_PATH)
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(f"/proc/self/fd/{descriptor}/installcast.sock")
        finally:
            os.close(descriptor)
