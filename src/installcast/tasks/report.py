"""A task as the outside sees it: what the database knows, what its runner says, where it stands in the queue."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from installcast.stream.log_stream import LogStream
from installcast.tasks.queue import Queue
from installcast.tasks.state import TaskStatus
from installcast.tasks.store import Task

_TOLD_LIVE = ("phase", "step", "current_step", "total_steps", "progress_basis")


def describe(
    task: Task, stream: LogStream | None, queue: Queue, expected_seconds: float | None = None
) -> dict[str, Any]:
    """Return ``task`` with the keys of ``GET /v1/log/status``. ``stream`` is its log, where that is at hand."""
    values: dict[str, Any] = {
        "task_id": task.task_id,
        "key": task.key,
        "version": task.version,
        "action": task.action,
        "status": task.status.value,
        "phase": task.phase,
        "completed": task.status.is_final,
        "progress": task.progress,
        "step": task.step,
        "current_step": task.current_step,
        "total_steps": task.total_steps,
        "eta_seconds": None,
        "progress_basis": task.progress_basis,
        "activity": "",
        "stalled": None,
        "queue_position": None,
        "waits_for": None,
        "results": list(task.results),
        "exit_code": task.exit_code,
        "error": task.error,
        "rollback": task.rollback,
        "after_state": task.after_state,
        "created_at": task.created_at,
        "started_at": task.started_at,
        "finished_at": task.finished_at,
        "seconds": _lasted(task),
        "expected_seconds": expected_seconds,
        "last_seq": task.last_seq,
        "viewers": len(stream.clients) if stream else 0,
        "user": task.user,
    }
    if task.status is TaskStatus.QUEUED:
        values["queue_position"] = queue.position(task.task_id)
        if blocked := queue.blocked(task.task_id):
            values["waits_for"] = blocked._asdict()
            values["activity"] = f"waits for {blocked.lock}, which {blocked.key} is using"
        elif obstacle := queue.obstacle(task.task_id):
            values["activity"] = f"waits: {obstacle}"
    elif task.status is TaskStatus.RUNNING and stream is not None:
        values |= _running(stream)
    return values


def _lasted(task: Task) -> float | None:
    """Return the seconds from start to end, ``None`` before the end, and where it never began."""
    if task.started_at is None or task.finished_at is None:
        return None
    began, ended = (datetime.fromisoformat(text) for text in (task.started_at, task.finished_at))
    # The clock may have been set back meanwhile.
    return max(0.0, round((ended - began).total_seconds(), 1))


def _running(stream: LogStream) -> dict[str, Any]:
    state = stream.state
    values = {key: state[key] for key in _TOLD_LIVE if key in state}
    values |= {key: state[key] for key in ("activity", "eta_seconds", "stalled") if key in state}
    if not state and (last := stream.last_message):
        # Found again after a restart, and the runner has said nothing since.
        values = {
            "phase": last.phase,
            "step": last.step,
            "current_step": last.current_step,
            "total_steps": last.total_steps,
        }
    return values | {
        "progress": stream.progress,
        "last_seq": stream.next_seq - 1 if stream.next_seq else None,
    }
