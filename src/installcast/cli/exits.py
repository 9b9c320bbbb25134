"""Exit statuses: one table for errors, one for answers of the service, and how a task's end becomes one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from installcast.errors import (
    ConfigurationError,
    GoneError,
    InstallcastError,
    InvalidInputError,
    NotAllowedError,
    NotAuthenticatedError,
    NotFoundError,
    ServiceAnswerError,
    ServiceUnreachableError,
    TooLargeError,
)

OK = 0
NO_MATCH = 1
"""Of ``search``, as of ``grep``: all went well, and nothing was found."""
USAGE = 2
NOT_FOUND = 3
NOT_ALLOWED = 4
UNREACHABLE = 5
TIMED_OUT = 124
FAILED = 125
"""Installcast itself could not do it: neither the script nor the command line is to blame."""

SIGNALED = 128
"""To this the number of the signal is added, as shells do."""
INTERRUPTED = SIGNALED + 2
"""Ctrl-C, in this terminal."""
BROKEN_PIPE = SIGNALED + 13
"""Whoever read our output has gone (``… | head``)."""

ERROR_STATUS: tuple[tuple[type[InstallcastError], int], ...] = (
    (ConfigurationError, USAGE),
    (InvalidInputError, USAGE),
    (TooLargeError, USAGE),
    (NotFoundError, NOT_FOUND),
    (GoneError, NOT_FOUND),
    (NotAuthenticatedError, NOT_ALLOWED),
    (NotAllowedError, NOT_ALLOWED),
    (ServiceUnreachableError, UNREACHABLE),
)

MACHINE_IN_THE_WAY = frozenset(
    {"data_folder_in_use", "data_folder_not_writable", "data_folder_unusable", "port_in_use"}
)
"""The ``type`` of configuration errors that are no mistake: nothing is written wrongly, the machine is not free for it."""

HTTP_STATUS: Mapping[int, int] = {
    400: USAGE,
    401: NOT_ALLOWED,
    403: NOT_ALLOWED,
    404: NOT_FOUND,
    410: NOT_FOUND,
    413: USAGE,
    422: USAGE,
    # A proxy says so, in front of a service that is gone.
    502: UNREACHABLE,
    504: UNREACHABLE,
}

TIMEOUT_CODE = "TIMEOUT"
"""The ``error.code`` of a task that was stopped because its time was over."""


def of_error(error: InstallcastError) -> int:
    """Return the exit status for an error."""
    if isinstance(error, ServiceAnswerError):
        return HTTP_STATUS.get(error.status, FAILED)
    if error.type in MACHINE_IN_THE_WAY:
        return FAILED
    for kind, status in ERROR_STATUS:
        if isinstance(error, kind):
            return status
    return FAILED


def of_task(task: Mapping[str, Any]) -> int:
    """Return the exit status for an ended task, given its status or its last record: the script's own where it has one."""
    status = task.get("status")
    if status in {"succeeded", "ended"}:
        return OK
    error = task.get("error")
    if isinstance(error, Mapping) and error.get("code") == TIMEOUT_CODE:
        return TIMED_OUT
    exit_code = task.get("exit_code")
    if isinstance(exit_code, int) and 0 < exit_code < 256:
        return exit_code
    if exit_code == 0:
        # The script said "fine" and was overruled, for example by an out-of-memory kill.
        return 1
    if status == "canceled":
        return SIGNALED + 15
    return FAILED
