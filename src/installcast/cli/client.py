"""A client of the service's API: over its Unix socket, or over HTTP with a token."""

from __future__ import annotations

import errno
import os
import ssl
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import click
import httpx
from websockets.sync.client import ClientConnection, connect, unix_connect

from installcast.cli.text import MESSAGES, Speaker
from installcast.errors import NotAllowedError, ServiceAnswerError, ServiceUnreachableError

CONNECT_TIMEOUT = 5.0
ANSWER_TIMEOUT = 30.0
PLAN_TIMEOUT = 300.0
"""A plan may ask package managers, which may fetch their lists."""
CLOSE_TIMEOUT = 1.0
MAX_FRAME = 16 * 1024 * 1024
"""The service batches far less; what is larger comes from something else."""
LONGEST_ADDRESS = 107
"""Bytes of a Unix socket's path, by unix(7)."""
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
SUBPROTOCOL = "installcast.v2"


class ForeignServiceError(NotAllowedError):
    """The Unix socket belongs to another user."""

    type = "foreign_service"
    en, zh = MESSAGES["other_user"]


class Client:
    """Speaks to one service. Answers are the ``data`` of its envelopes; a refusal is raised as ``ServiceAnswerError``,
    silence as ``ServiceUnreachableError``."""

    def __init__(
        self,
        *,
        base_url: str,
        socket_file: Path | None,
        headers: Mapping[str, str],
        say: Speaker,
        advice: tuple[str, str],
    ) -> None:
        self.base_url = base_url
        self._socket_file = socket_file
        self._headers = dict(headers)
        self._say = say
        self._advice = advice
        # No proxy could reach what only this machine reaches.
        self._is_local = urlsplit(base_url).hostname in LOOPBACK
        self._folder: int | None = None
        self._address = "" if socket_file is None else self._address_of(socket_file)
        transport = httpx.HTTPTransport(uds=self._address) if socket_file is not None else None
        self._http = httpx.Client(
            base_url=base_url,
            transport=transport,
            headers={**headers, "Accept-Language": say.locale},
            trust_env=not self._is_local,
            timeout=httpx.Timeout(ANSWER_TIMEOUT, connect=CONNECT_TIMEOUT),
        )

    @classmethod
    def over_socket(cls, socket_file: Path, *, say: Speaker, start: str) -> Client:
        """Return a client for the service of a data folder. ``start`` is the command that starts it."""
        english, chinese = MESSAGES["start_service"]
        advice = (english.format(command=start), chinese.format(command=start))
        return cls(base_url="http://localhost", socket_file=socket_file, headers={}, say=say, advice=advice)

    @classmethod
    def over_http(cls, server: str, *, token: str | None, say: Speaker) -> Client:
        """Return a client for the service at a URL. Raises ``click.UsageError`` when it is none."""
        parts = urlsplit(server)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise click.UsageError(f"--server: {server!r} is not an http:// or https:// address.")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return cls(
            base_url=server.rstrip("/"),
            socket_file=None,
            headers=headers,
            say=say,
            advice=MESSAGES["check_url"],
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()
        if self._folder is not None:
            os.close(self._folder)
            self._folder = None

    @property
    def where(self) -> str:
        """What is talked to, for people."""
        return str(self._socket_file) if self._socket_file is not None else self.base_url

    def get(self, path: str, **params: Any) -> Any:
        """Ask; parameters that are ``None`` are left out."""
        return self._request(
            "GET", path, params={key: value for key, value in params.items() if value is not None}
        )

    def post(
        self, path: str, body: Mapping[str, Any] | None = None, *, timeout: float = ANSWER_TIMEOUT
    ) -> Any:
        """Command. Never sent twice."""
        return self._request("POST", path, json=dict(body or {}), timeout=timeout)

    def delete(self, path: str) -> Any:
        """Remove."""
        return self._request("DELETE", path)

    def lines(self, path: str, **params: Any) -> Iterator[str]:
        """Yield the lines of an answer that is streamed, such as a download."""
        try:
            with self._http.stream("GET", path, params=params) as answer:
                if answer.status_code >= 400:
                    answer.read()
                    self._data(answer)
                yield from answer.iter_lines()
        except httpx.TransportError as error:
            raise self.unreachable(error) from error

    def websocket(self, path: str, **params: Any) -> AbstractContextManager[ClientConnection]:
        """Open a WebSocket with the richer protocol. Entering it raises what ``websockets`` raises."""
        options: dict[str, Any] = {
            "subprotocols": [SUBPROTOCOL],
            "compression": None,
            "additional_headers": self._headers,
            "open_timeout": CONNECT_TIMEOUT,
            "close_timeout": CLOSE_TIMEOUT,
            "max_size": MAX_FRAME,
        }
        uri = f"ws{self.base_url.removeprefix('http')}{path}?{urlencode(params)}"
        if self._socket_file is not None:
            connection: AbstractContextManager[ClientConnection] = unix_connect(self._address, uri, **options)
        else:
            connection = connect(uri, proxy=None if self._is_local else True, **options)
        return connection

    def unreachable(self, error: Exception | str) -> ServiceUnreachableError | ForeignServiceError:
        """Return the error for a transport that failed."""
        if isinstance(error, str):
            return self._unreachable(error)
        cause = _system_error(error)
        if cause is not None and cause.errno in {errno.EACCES, errno.EPERM} and self._socket_file is not None:
            return ForeignServiceError(where=self._socket_file.parent)
        return self._unreachable(_reason(error, cause))

    def _address_of(self, socket_file: Path) -> str:
        """Return what to connect to: a long path through a descriptor of its folder."""
        if len(os.fsencode(socket_file)) <= LONGEST_ADDRESS:
            return str(socket_file)
        try:
            self._folder = os.open(socket_file.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise self.unreachable(error) from None
        return f"/proc/self/fd/{self._folder}/{socket_file.name}"

    def _unreachable(self, reason: str) -> ServiceUnreachableError:
        english, chinese = self._advice
        return ServiceUnreachableError(where=self.where, reason=reason, advice_en=english, advice_zh=chinese)

    def _request(self, method: str, path: str, **options: Any) -> Any:
        try:
            return self._data(self._http.request(method, path, **options))
        except httpx.TransportError as error:
            raise self.unreachable(error) from error

    def _data(self, answer: httpx.Response) -> Any:
        try:
            envelope = answer.json()
            success, message, data = envelope["success"], str(envelope["message"]), envelope["data"]
        except (ValueError, LookupError, TypeError):
            if answer.status_code in {502, 503, 504}:
                raise self._unreachable(f"HTTP {answer.status_code}") from None
            raise self._unreachable(self._say("not_installcast")) from None
        if success is True:
            return data
        error = envelope.get("error") or {}
        raise ServiceAnswerError(
            status=answer.status_code, kind=str(error.get("type")), reason=message, field=error.get("field")
        )


def _system_error(error: BaseException | None) -> OSError | None:
    """Return the operating system's error behind a library's."""
    while error is not None:
        if isinstance(error, OSError) and error.errno is not None:
            return error
        error = error.__cause__ or error.__context__
    return None


def _reason(error: Exception, cause: OSError | None) -> str:
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return "timeout"
    if isinstance(cause, ssl.SSLError):
        return str(cause.reason or cause)
    if cause is not None:
        return cause.strerror or str(cause)
    return str(error) or type(error).__name__
