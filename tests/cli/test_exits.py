"""Exit statuses: the contract's table, and what a task's end means."""

from __future__ import annotations

from typing import Any

import pytest

from installcast import errors
from installcast.api.sockets import PortInUseError
from installcast.cli import exits


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.InvalidInputError(field="port", reason="no"), 2),
        (errors.UnsupportedActionError(key="a", action="plan"), 2),
        (errors.ConfigurationError(field="log.x", reason="unknown key"), 2),
        (errors.TaskNotFoundError(task_id="x"), 3),
        (errors.GoneError(what="x"), 3),
        (errors.NotAuthenticatedError(reason="x"), 4),
        (errors.NotAllowedError(scope="admin"), 4),
        (errors.ServiceUnreachableError(where="x", reason="x", advice_en="x", advice_zh="x"), 5),
        (errors.DataFolderInUseError(path="x", pid=1), 125),
        (errors.DataFolderNotWritableError(path="x", reason="x"), 125),
        (PortInUseError(host="x", port=1), 125),
        (errors.RunnerStartError(task_id="x", reason="x"), 125),
    ],
)
def test_errors(error: errors.InstallcastError, status: int) -> None:
    """Each kind of failure has its status; what is a fault of the machine is 125, not wrong usage."""
    assert exits.of_error(error) == status


@pytest.mark.parametrize(
    ("http", "status"),
    [(400, 2), (401, 4), (403, 4), (404, 3), (409, 125), (422, 2), (500, 125), (502, 5), (503, 125)],
)
def test_answers_of_the_service(http: int, status: int) -> None:
    """An HTTP status means the same as the error behind it."""
    assert exits.of_error(errors.ServiceAnswerError(status=http, kind="x", reason="x")) == status


@pytest.mark.parametrize(
    ("task", "status"),
    [
        ({"status": "succeeded", "exit_code": 0}, 0),
        ({"status": "failed", "exit_code": 7}, 7),
        ({"status": "failed", "exit_code": 137}, 137),
        ({"status": "failed", "exit_code": 143, "error": {"code": "TIMEOUT"}}, 124),
        ({"status": "failed", "exit_code": 0, "error": {"code": "OOM_KILLED"}}, 1),
        ({"status": "failed", "exit_code": None}, 125),
        ({"status": "canceled", "exit_code": 143}, 143),
        ({"status": "canceled", "exit_code": None}, 143),
        ({"status": "interrupted", "exit_code": None}, 125),
        ({"status": "ended", "exit_code": None}, 0),
    ],
)
def test_ended_tasks(task: dict[str, Any], status: int) -> None:
    """The script's own status where it has one; a failure is never 0."""
    assert exits.of_task(task) == status
