"""Wait for what another process does, and tells nobody."""

from __future__ import annotations

import time
from collections.abc import Callable

_PAUSE_SECONDS = 0.01


def until(condition: Callable[[], object], what: str, seconds: float = 30.0) -> None:
    """Return when ``condition`` holds, which means ``what``; fail after so many seconds."""
    give_up_at = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up_at, f"waited {seconds:g} s in vain for {what}"
        time.sleep(_PAUSE_SECONDS)
