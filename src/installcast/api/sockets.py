"""The sockets that the service listens on, each failure with its remedy."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from pathlib import Path

from installcast.api.peers import keep_alive
from installcast.errors import ConfigurationError
from installcast.settings import ServerSettings


class PortInUseError(ConfigurationError):
    """Another program listens there."""

    type = "port_in_use"
    en = "Port {port} on {host} is in use by another program. Stop that one, or choose another port: --port, or server.port."
    zh = "{host} 的端口 {port} 已被其他程序占用。请停止该程序，或用 --port（server.port）换一个端口。"


class OpenToAllError(ConfigurationError):
    """Passwords and tokens would travel in the clear."""

    type = "open_to_all"
    en = (
        "Listening on {host} would send passwords and tokens unencrypted over the network. Set server.tls, or"
        " server.trusted_proxies when a proxy speaks TLS in front, or start with --insecure."
    )
    zh = (
        "监听 {host} 会在网络上明文传输密码和令牌。请配置 server.tls；若前面有负责 TLS 的代理，请配置 server.trusted_proxies；"
        "或使用 --insecure 启动。"
    )


def check_exposure(settings: ServerSettings, *, insecure: bool) -> None:
    """Raise :class:`OpenToAllError` when the settings would open the service to the network without encryption."""
    if insecure or settings.tls is not None or settings.trusted_proxies or is_loopback(settings.host):
        return
    raise OpenToAllError(field="server.host", host=settings.host)


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches ``host``. A name counts by what it means, not by how it reads."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return False
    return all(ip_address(address[0]).is_loopback for *_, address in found)


def bind_tcp(settings: ServerSettings) -> socket.socket:
    """Return a listening socket for ``server.host`` and ``server.port``, of which 0 is any free one.

    Raises :class:`ConfigurationError`.
    """
    host, port = settings.host, settings.port
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise ConfigurationError(field="server.host", reason=f"{host}: {error.strerror}") from None
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        keep_alive(listener)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.bind(address)
        # Here, not later: of two programs that bind with SO_REUSEADDR, the second one fails only when it listens.
        listener.listen(socket.SOMAXCONN)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUseError(field="server.port", host=host, port=port) from None
        field = "server.port" if error.errno == errno.EACCES else "server.host"
        raise ConfigurationError(field=field, reason=f"{host}:{port}: {error.strerror}") from None
    return listener


@contextmanager
def unix_socket(path: Path) -> Iterator[socket.socket]:
    """Bind a Unix socket that only this user (and root) can open, and remove it in the end.

    The caller owns the folder, so what lies there is left over from a killed service.
    """
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.unlink(missing_ok=True)
        # Reached through the folder's descriptor: an address is at most 107 bytes long, a path may be longer.
        folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            listener.bind(f"/proc/self/fd/{folder}/{path.name}")
        finally:
            os.close(folder)
        path.chmod(0o600)
        yield listener
    finally:
        listener.close()
        with suppress(FileNotFoundError):
            path.unlink()


def base_url(settings: ServerSettings, listener: socket.socket) -> str:
    """Return the address at which people reach the service, with the port that was really taken."""
    scheme = "https" if settings.tls is not None else "http"
    port = listener.getsockname()[1]
    host = settings.host
    if host in {"0.0.0.0", "::", ""}:  # noqa: S104 - compared, not listened on
        names = [name for name in settings.allowed_hosts if "*" not in name]
        host = names[0] if names else "127.0.0.1"
    host = f"[{host}]" if ":" in host else host
    shown = "" if port == {"http": 80, "https": 443}[scheme] else f":{port}"
    return f"{scheme}://{host}{shown}{settings.root_path}"
