"""``request.json``: what was accepted, in the task's own folder, so that a lost database can be made again.

The runner never reads it. It holds no secret, only the names of those that were given.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from installcast.runner.files import read_file
from installcast.tasks.folder import REQUEST_FILE
from installcast.tasks.store import Idempotency, Task

VERSION = 1
_MAX_BYTES = 4 * 1024 * 1024

_TEXTS = ("task_id", "key", "version", "action", "user", "created_at")
_LISTS = ("secret_names", "locks")


def encode(task: Task, idempotency: Idempotency | None) -> bytes:
    """Return the file's content for a task that is about to be accepted."""
    values: dict[str, Any] = {name: getattr(task, name) for name in (*_TEXTS, "parameters")}
    values |= {name: list(getattr(task, name)) for name in _LISTS}
    values["idempotency"] = idempotency and idempotency._asdict()
    return json.dumps({"format": VERSION, **values}, ensure_ascii=False).encode() + b"\n"


def read(folder: Path) -> tuple[Task, Idempotency | None]:
    """Return what was accepted for the task in ``folder``, as a queued task.

    Raises ``FileNotFoundError`` where there is no such file and ``ValueError`` where it is none of ours.
    """
    path = folder / REQUEST_FILE
    try:
        values = json.loads(read_file(path, _MAX_BYTES))
        if values["format"] != VERSION:
            raise ValueError(f"{REQUEST_FILE}: format {values['format']!r}, this version knows {VERSION}")
        if values["task_id"] != folder.name or not all(isinstance(values[name], str) for name in _TEXTS):
            raise ValueError(f"{REQUEST_FILE}: not of this task")
        if not _are_texts(values["parameters"].values()) or not all(
            _are_texts(values[name]) for name in _LISTS
        ):
            raise ValueError(f"{REQUEST_FILE}: expected texts")
        task = Task(**{name: values[name] for name in (*_TEXTS, *_LISTS, "parameters")})
        key = values["idempotency"]
        return task, key and Idempotency(key["key"], key["body_hash"])
    except FileNotFoundError:
        raise
    except (OSError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"{REQUEST_FILE}: {error!r}") from None


def _are_texts(values: Any) -> bool:
    return all(isinstance(value, str) for value in values)
