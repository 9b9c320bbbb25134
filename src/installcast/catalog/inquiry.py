"""Run a script that answers a question and changes nothing: is it installed, what would change.

Such a script is asked by people who wait for a page, so it gets seconds, and its answer is bounded. It is no task: there is
no runner, no journal, and whatever it has started is killed with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from installcast.catalog.loader import SHELL_LIBRARY
from installcast.catalog.recipe import Recipe
from installcast.runner import environment as environment_module
from installcast.runner.environment import script_environment

MAX_ANSWER_BYTES = 256 * 1024
"""The longest real answer, the plan of npm's four hundred packages, has 15 KiB."""

_END_SECONDS = 1.0
"""For what is left in the pipes of a script that was killed."""

_SHELL_HELPERS = Path(environment_module.__file__).parent / "shell/installcast.sh"


@dataclass(frozen=True)
class Answer:
    """What a script printed. ``exit_code`` is ``None`` when it was killed because it took too long or said too much."""

    exit_code: int | None
    output: str
    errors: str = ""


def inquiry_environment(recipe: Recipe, action: str, software_dir: Path, version: str = "") -> dict[str, str]:
    """Return the variables for a script of ``recipe`` that answers a question, built from nothing."""
    environment = script_environment(
        recipe.folder, task_id="", key=recipe.key, software_version=version, action=action
    )
    return environment | {
        "INSTALLCAST_SH": str(_SHELL_HELPERS),
        "INSTALLCAST_LIB": str(SHELL_LIBRARY),
        "INSTALLCAST_PREFIX": str(software_dir / recipe.key),
        "INSTALLCAST_PYTHON": sys.executable,
        # The helpers write into a file; this is none, so they keep still.
        "INSTALLCAST_EVENTS": os.devnull,
    }


async def ask(argv: Sequence[str], environment: Mapping[str, str], seconds: float) -> Answer:
    """Run ``argv`` and return its answer within ``seconds``. Raises ``OSError`` when it cannot be started."""
    process = await asyncio.create_subprocess_exec(
        *argv, stdin=DEVNULL, stdout=PIPE, stderr=PIPE, cwd="/", env=dict(environment), start_new_session=True
    )
    assert process.stdout is not None  # noqa: S101 - for the type checker: PIPE was asked for
    assert process.stderr is not None  # noqa: S101
    streams = process.stdout, process.stderr
    readers = [asyncio.ensure_future(_read(stream)) for stream in streams]
    try:
        async with asyncio.timeout(seconds):
            output, errors = await asyncio.gather(*readers)
            exit_code = await process.wait()
    except (TimeoutError, _TooLongError):
        return Answer(None, "", f"no answer within {seconds:g} s and {MAX_ANSWER_BYTES} bytes")
    finally:
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        await _end(process, streams)
    return Answer(exit_code, output.decode(errors="replace"), errors.decode(errors="replace"))


async def _read(stream: asyncio.StreamReader) -> bytes:
    data = b""
    while chunk := await stream.read(65_536):
        data += chunk
        if len(data) > MAX_ANSWER_BYTES:
            raise _TooLongError
    return data


class _TooLongError(Exception):
    pass


async def _end(process: asyncio.subprocess.Process, streams: Iterable[asyncio.StreamReader]) -> None:
    # Its session is its own, so the group holds what it has started, even after its end.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    # asyncio waits for the ends of the pipes, which it does not see while a stream is full. The time is for one who has
    # left the session and holds a pipe.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_END_SECONDS):
            for stream in streams:
                while await stream.read(65_536):
                    pass
            await process.wait()
