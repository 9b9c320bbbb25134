"""Which task a person means: by its id, by the beginning of it, by a recipe's key, or ``latest``."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import click
from click.shell_completion import CompletionItem

from installcast.cli import exits
from installcast.cli.client import Client
from installcast.cli.invocation import Invocation
from installcast.cli.text import MESSAGES
from installcast.errors import ConflictError, InstallcastError, NotFoundError, ServiceAnswerError

NOT_SIGNED_IN = 401
LATEST = "latest"
SEARCHED = 200
"""Tasks, newest first, among which the beginning of an id is looked for."""


class UnknownTaskError(NotFoundError):
    """No task fits."""

    type = "task_not_found"
    en, zh = MESSAGES["no_task"]


class AmbiguousTaskError(ConflictError):
    """More than one task fits."""

    type = "ambiguous_task"
    en, zh = MESSAGES["ambiguous_task"]


def resolve(client: Client, text: str) -> str:
    """Return the id of the task that ``text`` means. A key means the newest task of its recipe.

    Raises :class:`UnknownTaskError` or :class:`AmbiguousTaskError`.
    """
    text = text.removesuffix(".log")
    if text == LATEST:
        tasks = recent(client, limit=1)
        if not tasks:
            raise UnknownTaskError(text=text)
        return str(tasks[0]["task_id"])
    if _exists(client, text):
        return text
    tasks = recent(client, limit=SEARCHED)
    for task in tasks:
        if task["key"] == text:
            return str(task["task_id"])
    found = [str(task["task_id"]) for task in tasks if str(task["task_id"]).startswith(text)] if text else []
    if not found:
        raise UnknownTaskError(text=text)
    if len(found) > 1:
        raise AmbiguousTaskError(text=text, tasks=", ".join(found[:5]))
    return found[0]


def recent(client: Client, *, limit: int, status: str | None = None) -> list[dict[str, Any]]:
    """Return the newest tasks."""
    tasks: list[dict[str, Any]] = client.get("/v1/soft/tasks", limit=limit, status=status)["tasks"]
    return tasks


def catalog(client: Client, *, wait: float | None = None) -> list[dict[str, Any]]:
    """Return the recipes as the service lists them. ``wait``: seconds for the system to say what is installed."""
    software: list[dict[str, Any]] = client.get("/v1/soft/list", wait=wait)["software"]
    return software


def task_path(task_id: str) -> str:
    """Return the path of a task."""
    return f"/v1/soft/tasks/{quote(task_id, safe='')}"


def complete_task(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the ids of recent tasks to a shell. A service that does not answer offers nothing, and says nothing."""
    try:
        with ctx.ensure_object(Invocation).client() as client:
            tasks = recent(client, limit=50)
    except (InstallcastError, click.ClickException):
        return []
    items = [CompletionItem(str(task["task_id"]), help=str(task["status"])) for task in tasks]
    return [item for item in items if item.value.startswith(incomplete)]


def complete_key(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the keys of the catalog to a shell."""
    try:
        with ctx.ensure_object(Invocation).client() as client:
            recipes = catalog(client, wait=0)
    except (InstallcastError, click.ClickException, LookupError):
        return []
    return [
        CompletionItem(str(recipe["key"])) for recipe in recipes if str(recipe["key"]).startswith(incomplete)
    ]


def _exists(client: Client, task_id: str) -> bool:
    try:
        client.get(task_path(task_id))
    except ServiceAnswerError as error:
        status = exits.of_error(error)
        if status in {exits.NOT_FOUND, exits.USAGE}:
            return False
        # A token that reads logs need not be one that lists tasks.
        if status != exits.NOT_ALLOWED or error.status == NOT_SIGNED_IN:
            raise
    return True
