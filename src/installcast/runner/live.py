"""``live.json``: what changes often and is worth nothing after the end. One line, rewritten in place, never synced."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from installcast.runner.files import is_at

LIVE_FILE = "live.json"


class LiveFile:
    """The file in ``folder``. It is a service to viewers: where it cannot be written, nothing happens."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / LIVE_FILE
        self._descriptor = self._open()
        self._written = b""

    def write(self, values: dict[str, Any]) -> None:
        """Write ``values``, if they have changed."""
        data = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        if data == self._written:
            return
        try:
            if not is_at(self._path, self._descriptor):  # a script knows where it is, and may have removed it
                replacement = self._open()
                os.close(self._descriptor)
                self._descriptor = replacement
            os.pwrite(self._descriptor, data, 0)
            if len(data) < len(self._written):
                os.ftruncate(self._descriptor, len(data))
        except OSError:
            return  # a full disk; the journal tells of it
        self._written = data

    def _open(self) -> int:
        # Not to wait for a reader, should a script have put a FIFO there.
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        return os.open(self._path, flags, 0o600)
