"""The results of a task on their way to ``exit.json``. Values of secret ones go to a file on tmpfs, for their owner alone."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from installcast.parse.fd_protocol import Result


def hand_over(results: Sequence[Result], secret_file: Path | None) -> tuple[list[dict[str, Any]], str | None]:
    """Return the results as ``exit.json`` has them, and why the secret ones are lost, ``None`` when they are not."""
    secret = [{"name": result.name, "value": result.value} for result in results if result.secret]
    lost: str | None = None
    if secret and secret_file is not None:
        try:
            _write_whole(secret_file, json.dumps(secret, ensure_ascii=False).encode())
        except (OSError, ValueError) as error:
            # Of the latter kind the words would tell the value.
            lost = str(error.strerror) if isinstance(error, OSError) else "they cannot be written as text"
    shown = [
        {"name": result.name, "value": None if result.secret else result.value, "secret": result.secret}
        for result in results
    ]
    return shown, lost


def _write_whole(path: Path, data: bytes) -> None:
    """Make the file ``path``, mode 0600, or leave none. Raises ``OSError``."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 - of a descriptor
            file.write(data)
    except OSError:
        path.unlink()
        raise
