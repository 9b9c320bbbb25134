"""The machine-readable description of the API, and the page for people that is made from it.

FastAPI's own pages load their scripts from another site; this one needs neither a script nor the internet.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html import escape
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from installcast.api.envelope import EnvelopeRoute, locale_of
from installcast.api.markup import page

ENVELOPE_SCHEMAS: dict[str, Any] = {
    "Success": {
        "type": "object",
        "required": ["success", "code", "message", "data"],
        "properties": {
            "success": {"const": True},
            "code": {"const": 0},
            "message": {"type": "string"},
            "data": {},
        },
    },
    "Failure": {
        "type": "object",
        "required": ["success", "code", "message", "data", "error"],
        "properties": {
            "success": {"const": False},
            "code": {"type": "integer", "description": "The HTTP status."},
            "message": {"type": "string", "description": "In the language of Accept-Language: en or zh."},
            "data": {"type": "null"},
            "error": {
                "type": "object",
                "required": ["type", "detail", "field"],
                "properties": {
                    "type": {"type": "string", "description": "Stable, for example task_not_found."},
                    "detail": {"type": "string"},
                    "field": {"type": ["string", "null"], "description": "The input at fault."},
                },
            },
        },
    },
}
WEBSOCKET: dict[str, Any] = {
    "tags": ["log"],
    "summary": "Watch a log live (WebSocket)",
    "description": (
        "History first, then live, one record a frame; the subprotocol installcast.v2 sends lines of JSON, with states "
        "between the records. Close codes 44xx mean: do not come back by yourself; 45xx: come back later, from the last seq."
    ),
    "parameters": [
        {"name": "task_id", "in": "query", "required": True, "schema": {"type": "string"}},
        {"name": "since", "in": "query", "schema": {"type": "integer", "minimum": 0}},
        {"name": "tail", "in": "query", "schema": {"type": "integer", "minimum": 0}},
        {"name": "ticket", "in": "query", "schema": {"type": "string"}},
    ],
    "responses": {"101": {"description": "Switching protocols"}, "403": {"description": "Foreign origin"}},
}
TEXTS = {
    "en": {
        "title": "API reference",
        "machine": "For machines",
        "in": "In",
        "name": "Name",
        "about": "About",
        "needed": "needed",
        "body": "Body",
        "answer": "Every JSON answer",
        "refused": "A refused request",
    },
    "zh": {
        "title": "接口文档",
        "machine": "机器可读版本",
        "in": "位置",
        "name": "名称",
        "about": "说明",
        "needed": "必填",
        "body": "请求体",
        "answer": "所有 JSON 回答",
        "refused": "请求被拒绝时",
    },
}
METHODS = ("get", "post", "put", "patch", "delete")


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document of ``app``, with the answers as they are: FastAPI promises its own 422, which never comes."""
    document = get_openapi(title=app.title, version=app.version, routes=app.routes)
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas.update(ENVELOPE_SCHEMAS)
    components["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        "session": {"type": "apiKey", "in": "cookie", "name": "installcast_session"},
    }
    document["security"] = [{"token": []}, {"session": []}]
    for methods in document["paths"].values():
        for method in METHODS:
            if method in methods:
                _describe_answers(methods[method])
    document["paths"]["/v1/log/ws"] = {"get": WEBSOCKET}
    return document


def _describe_answers(operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    responses.pop("422", None)
    for answer in responses.values():
        if answer.get("content", {}).get("application/json", {}).get("schema") == {}:
            answer["content"]["application/json"]["schema"] = {"$ref": "#/components/schemas/Success"}
    responses["default"] = {
        "description": "Refused",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Failure"}}},
    }


def router(app: FastAPI) -> APIRouter:
    """Return ``/openapi.json`` and ``/docs`` for ``app``."""
    routes = APIRouter(route_class=EnvelopeRoute, include_in_schema=False)

    @routes.get("/openapi.json")
    async def openapi(request: Request) -> Response:
        """The description for machines."""
        prefix = request.scope.get("root_path", "")
        return JSONResponse({**app.openapi(), "servers": [{"url": prefix or "/"}]})

    @routes.get("/docs")
    async def docs(request: Request) -> Response:
        """The description for people."""
        locale = locale_of(request)
        return page(TEXTS[locale]["title"], _body(app.openapi(), locale), locale=locale, wide=True)

    return routes


def _body(document: Mapping[str, Any], locale: str) -> str:
    text = TEXTS[locale]
    parts = [
        f"<h1>Installcast {escape(document['info']['version'])} · {text['title']}</h1>",
        f'<p>{text["machine"]}: <a href="openapi.json">openapi.json</a></p>',
        f"<p>{text['answer']}:</p><pre>{_example({'success': True, 'code': 0, 'message': '…', 'data': {}})}</pre>",
        f"<p>{text['refused']}:</p><pre>{_example(_FAILURE)}</pre>",
    ]
    operations: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                operation = methods[method]
                tag = next(iter(operation.get("tags", ())), "")
                operations.setdefault(tag, []).append(_operation(path, method, operation, document, text))
    for tag, articles in operations.items():
        parts += [f"<h2>{escape(tag)}</h2>", *articles]
    return "\n".join(parts)


_FAILURE = {
    "success": False,
    "code": 404,
    "message": "…",
    "data": None,
    "error": {"type": "task_not_found", "detail": "…", "field": None},
}


def _operation(
    path: str, method: str, operation: Mapping[str, Any], document: Mapping[str, Any], text: Mapping[str, str]
) -> str:
    about = operation.get("description") or operation.get("summary", "")
    rows = [
        _row(
            parameter["name"],
            parameter["in"],
            parameter.get("required", False),
            parameter["schema"],
            parameter,
            text,
        )
        for parameter in operation.get("parameters", ())
    ]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if body:
        schema = _resolve(body, document)
        required = schema.get("required", ())
        for name, value in schema.get("properties", {}).items():
            rows.append(_row(name, text["body"], name in required, value, value, text))
    table = ""
    if rows:
        head = f"<tr><th>{text['name']}</th><th>{text['in']}</th><th>{text['about']}</th></tr>"
        table = f'<div class="scroll"><table>{head}{"".join(rows)}</table></div>'
    return (
        f'<article>\n<h3><span class="method">{method.upper()}</span>{escape(path)}</h3>\n'
        f"<p>{_prose(about)}</p>\n{table}</article>"
    )


def _row(
    name: str,
    place: str,
    required: bool,
    schema: Mapping[str, Any],
    described: Mapping[str, Any],
    text: Mapping[str, str],
) -> str:
    about = [described.get("description", ""), _type(schema), text["needed"] if required else ""]
    shown = " · ".join(_prose(part) for part in about if part)
    return f"<tr><td><code>{escape(name)}</code></td><td>{escape(place)}</td><td>{shown}</td></tr>"


def _prose(text: str) -> str:
    """Return a description as HTML; what stands between backquotes is code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _type(schema: Mapping[str, Any]) -> str:
    if "anyOf" in schema:
        return " | ".join(filter(None, map(_type, schema["anyOf"])))
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    limits = [f"{sign} {schema[key]}" for key, sign in (("minimum", "≥"), ("maximum", "≤")) if key in schema]
    return " ".join([str(schema.get("type", "")), *limits]).strip()


def _resolve(schema: Mapping[str, Any], document: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = schema.get("$ref")
    if reference is None:
        return schema
    found: Mapping[str, Any] = document["components"]["schemas"][reference.rsplit("/", 1)[-1]]
    return found


def _example(value: object) -> str:
    return escape(json.dumps(value, ensure_ascii=False))
