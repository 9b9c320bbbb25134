"""The one shape of every JSON answer, and the one table from errors to HTTP statuses.

A success is ``{"success": true, "code": 0, "message": …, "data": …}``. A failure has ``success: false``, ``code`` = the
HTTP status, ``data: null`` and ``error: {"type", "detail", "field"}``. Messages follow ``Accept-Language``.

A router made of :class:`EnvelopeRoute` keeps this shape wherever it is included: a host's application has exception
handlers of its own, which know nothing of ours.
"""

from __future__ import annotations

import asyncio
import errno
import json
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Message, Receive, Scope, Send

from installcast import errors

logger = logging.getLogger("installcast.api")

MAX_BODY_BYTES = 1_048_576
"""The largest request body. Parameters of an install are a few hundred bytes; 1 MiB leaves room for a pasted file."""
BODY_DEADLINE = 30.0
"""Seconds in which a whole body must have come; a client that dribbles would hold a connection for ever."""
DRAIN_BYTES = 32 * 1_048_576
"""How much of a refused body is still read: a socket closed with unread bytes resets, and the client never sees the 413."""
DRAIN_SECONDS = 5.0

STATUSES: tuple[tuple[type[errors.InstallcastError], int], ...] = (
    (errors.InvalidInputError, 400),
    (errors.NotAuthenticatedError, 401),
    (errors.NotAllowedError, 403),
    (errors.NotFoundError, 404),
    (errors.ConflictError, 409),
    (errors.GoneError, 410),
    (errors.TooLargeError, 413),
    (errors.TooManyError, 429),
    (errors.InsufficientStorageError, 507),
    (errors.UnavailableError, 503),
)
"""Kind of error → HTTP status; the first that fits counts. Anything else is 500, and its text stays in the server's log."""

FRAMEWORK_ERRORS: Mapping[int, tuple[str, str, str]] = {
    400: ("invalid_input", "The request could not be read.", "无法解析请求。"),
    404: ("not_found", "There is no such address. See /docs.", "没有这个地址，请查看 /docs。"),
    405: (
        "method_not_allowed",
        "This address does not take that method. See /docs.",
        "该地址不支持此方法，请查看 /docs。",
    ),
    408: ("request_timeout", "The request body did not arrive in time.", "请求内容未能及时送达。"),
    415: (
        "unsupported_media_type",
        "Send JSON, with Content-Type: application/json.",
        "请发送 JSON，并带上 Content-Type: application/json。",
    ),
    500: (
        "internal_error",
        "Something went wrong inside the service; its log says what.",
        "服务内部出错，详情见服务日志。",
    ),
}
"""Status → type and message (English, Chinese) of what the web framework, not Installcast, refuses."""

_REASONS_ZH: Mapping[str, str] = {
    "missing": "缺少该项",
    "string_type": "应为字符串",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "dict_type": "应为 JSON 对象",
    "model_attributes_type": "应为 JSON 对象",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "literal_error": "应为 {expected} 之一",
    "enum": "应为 {expected} 之一",
    "extra_forbidden": "未知的项",
    "string_too_long": "最多 {max_length} 个字符",
    "string_pattern_mismatch": "格式不符",
}


def locale_of(connection: HTTPConnection) -> str:
    """Return ``"zh"`` or ``"en"``, whichever ``Accept-Language`` likes better; English where it says nothing."""
    best, best_quality = "en", 0.0
    for entry in connection.headers.get("accept-language", "").split(",")[:20]:
        tag, _, parameters = entry.strip().lower().partition(";")
        language = tag.split("-")[0]
        if language not in {"en", "zh"}:
            continue
        quality = 1.0
        name, _, value = parameters.strip().partition("=")
        if name == "q":
            try:
                quality = float(value)
            except ValueError:
                continue
        if quality > best_quality:
            best, best_quality = language, quality
    return best


def ok(
    data: Any, message: str = "ok", *, status: int = 200, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Return a success."""
    content = {"success": True, "code": 0, "message": message, "data": data}
    return JSONResponse(content, status, headers={"Cache-Control": "no-store", **(headers or {})})


def status_of(error: errors.InstallcastError) -> int:
    """Return the HTTP status of ``error``."""
    return next((status for kind, status in STATUSES if isinstance(error, kind)), 500)


def failure(error: errors.InstallcastError, locale: str = "en") -> JSONResponse:
    """Return the answer to a refused request."""
    status = status_of(error)
    if status == 500:
        return framework_failure(500, locale)
    headers = {}
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="installcast"'
    if status in {429, 503}:
        headers["Retry-After"] = str(error.values.get("retry_after", 5))
    return _answer(status, error.type, error.message(locale), error.field, headers, error.details)


def framework_failure(status: int, locale: str, *, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return the answer to a request that never reached a route of ours, or that failed without a name."""
    kind, english, chinese = FRAMEWORK_ERRORS.get(status, FRAMEWORK_ERRORS[500 if status >= 500 else 400])
    return _answer(status, kind, chinese if locale == "zh" else english, None, headers)


def invalid_request(error: RequestValidationError) -> errors.InvalidInputError:
    """Return the first thing that is wrong, by the name of its field. What was sent is not repeated: it may be a secret."""
    first = error.errors()[0]
    place = [str(part) for part in first["loc"] if not isinstance(part, int)]
    field = ".".join(place[1:]) or place[0]
    reason = str(first["msg"])
    template = _REASONS_ZH.get(first["type"])
    reason_zh = template.format_map(first.get("ctx", {})) if template else reason
    return InvalidRequestError(field=field, reason=reason, reason_zh=reason_zh)


class InvalidRequestError(errors.InvalidInputError):
    """A query or a body that does not fit the route."""

    zh = "{field}：{reason_zh}"


class OutOfDescriptorsError(errors.UnavailableError):
    """The process, or the machine, has no file descriptor left to do this with."""

    type = "out_of_descriptors"
    en = "The service has no file descriptors left. Try again in a moment."
    zh = "服务的文件描述符已用尽，请稍后再试。"


class OutOfMemoryError(errors.UnavailableError):
    """The process, or the machine, has no memory left to do this with."""

    type = "out_of_memory"
    en = "The service has no memory left. Try again in a moment."
    zh = "服务内存不足，请稍后再试。"


def shortage_of(error: BaseException) -> errors.UnavailableError:
    """Return what to say of ``error``, which is a shortage."""
    is_memory = isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM
    return OutOfMemoryError() if is_memory else OutOfDescriptorsError()


class EnvelopeRoute(APIRoute):
    """A route that bounds its body and answers every error in the one shape.

    ``HTTPException`` is left to the application around it: a host's dependency may have raised it.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler that FastAPI calls."""
        handle = super().get_route_handler()
        has_body = self.body_field is not None

        async def enveloped(request: Request) -> Response:
            try:
                if has_body:
                    request = await _with_bounded_body(request)
                return await handle(request)
            except ClientDisconnect:
                return Response(status_code=400)
            except Exception as error:
                answer = answer_to(error, request)
                if answer is None:
                    raise
                return answer

        return enveloped


def answer_to(error: Exception, request: HTTPConnection) -> Response | None:
    """Return the answer to ``error``, or ``None`` for an ``HTTPException``, which belongs to the application."""
    locale = locale_of(request)
    if isinstance(error, HTTPException):
        return None
    if isinstance(error, RequestValidationError):
        return failure(invalid_request(error), locale)
    if isinstance(error, _RefusedRequestError):
        return framework_failure(error.status, locale)
    if isinstance(error, errors.TooLargeError):
        return RefusedBody(failure(error, locale))
    if isinstance(error, errors.InstallcastError) and status_of(error) != 500:
        return failure(error, locale)
    if errors.is_shortage(error):
        return failure(shortage_of(error), locale)
    logger.error("%s %s failed", request.scope.get("method"), request.scope["path"], exc_info=error)
    return framework_failure(500, locale)


class _RefusedRequestError(Exception):
    """What is wrong with a request as HTTP, not with what it asks for."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class RefusedBody(Response):
    """An answer that is sent at once, after which a bounded part of the refused body is read and thrown away."""

    def __init__(self, answer: JSONResponse) -> None:
        super().__init__(answer.body, answer.status_code, media_type=answer.media_type)
        self.headers["Connection"] = "close"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send, then drain."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        # A client that waits for "100 Continue" has sent nothing yet, and asking for its body would invite it.
        if b"expect" not in dict(scope["headers"]):
            await _drain(receive)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _drain(receive: Receive) -> None:
    left = DRAIN_BYTES
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            while left > 0:
                message = await receive()
                if message["type"] != "http.request" or not message.get("more_body", False):
                    return
                left -= len(message.get("body", b""))
    except TimeoutError:
        return


async def _with_bounded_body(request: Request) -> Request:
    """Read and check the whole body and return a request that has it.

    FastAPI would do both, but what goes wrong there is an ``HTTPException``, which a host's handlers answer.
    """
    too_large = errors.TooLargeError(limit=MAX_BODY_BYTES)
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > MAX_BODY_BYTES:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_DEADLINE):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_BODY_BYTES:
                    raise too_large
    except TimeoutError:
        raise _RefusedRequestError(408) from None
    if body and not _says_json(request):
        raise _RefusedRequestError(415)
    try:
        # There and back: half a surrogate pair is JSON, and text that no database and no answer can hold.
        json.dumps(json.loads(body or b"null"), ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise InvalidRequestError(
            field="body", reason="not valid JSON", reason_zh="不是有效的 JSON"
        ) from None
    return Request(request.scope, _replay(bytes(body), request.receive))


def _says_json(request: Request) -> bool:
    # A page of any origin may send a body without a type, and no preflight asks first; a program may leave the type out.
    default = "" if "origin" in request.headers else "application/json"
    kind = request.headers.get("content-type", default).partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def _replay(body: bytes, receive: Receive) -> Callable[[], Awaitable[Message]]:
    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _answer(
    status: int,
    kind: str,
    message: str,
    field: str | None,
    headers: Mapping[str, str] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> JSONResponse:
    error = {"type": kind, "detail": message, "field": field, **(extra or {})}
    content = {"success": False, "code": status, "message": message, "data": None, "error": error}
    return JSONResponse(content, status, headers={"Cache-Control": "no-store", **(headers or {})})
