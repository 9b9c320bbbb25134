"""Wait for what a task says, by its log."""

from __future__ import annotations

from typing import Any

from installcast import Installcast, LogMessage


async def records_of(engine: Installcast, task_id: str) -> list[LogMessage]:
    """Return all records of a task, once it has ended."""
    stream = engine.logs.get(task_id)
    assert stream is not None
    return [message async for message in stream.follow()]


async def line_of(engine: Installcast, task_id: str, text: str) -> None:
    """Return when a task has printed ``text``."""
    stream = engine.logs.get(task_id)
    assert stream is not None
    async for message in stream.follow():
        if text in message.message:
            return
    raise AssertionError(f"{task_id} ended without {text!r}")


async def end_of(engine: Installcast, task_id: str) -> dict[str, Any]:
    """Return the status of a task when it has ended."""
    await records_of(engine, task_id)
    return await engine.status(task_id)
