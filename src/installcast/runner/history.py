"""What an earlier run of the same recipe looked like, and what this one leaves for the next.

Both help the progress and nothing else, so neither can make a task fail.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from installcast.parse.parser import Parser
from installcast.parse.timeline import MAX_BYTES, Timeline
from installcast.runner.files import clear, put_in_place, read_file

HISTORY_FILE = "history.json"
"""The timeline that this run is held against, put into the task's folder when the task was accepted."""

TIMELINE_FILE = "timeline.json"
"""The timeline of this run, once it has succeeded."""

MIN_SECONDS = 3.0
"""A run that was shorter leaves none: the next one is over before anybody has looked at its bar."""


def read_history(path: Path | None) -> Timeline | None:
    """Return the timeline in ``path``; ``None`` without one, and for one that is damaged, which standard error tells."""
    if path is None:
        return None
    try:
        return Timeline.from_json(read_file(path, MAX_BYTES + 1).decode())
    except Exception as error:  # noqa: BLE001 - whatever is wrong with it, the task can do without
        print(f"installcast runner: {path.name} is passed over: {error}", file=sys.stderr)  # noqa: T201
        return None


def leave_timeline(folder: Path, parser: Parser) -> None:
    """Write what ``parser`` has learned from a task that succeeded.

    To be called when ``exit.json`` is in place: so there is none of a run that did not succeed, whenever the power is cut.
    It is not synced, since a damaged one is passed over.
    """
    temporary = folder / f"{TIMELINE_FILE}.tmp"
    try:
        timeline = parser.timeline()
        if timeline is None or timeline.duration < MIN_SECONDS:
            return
        clear(temporary)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        with open(os.open(temporary, flags, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123 - of a descriptor
            file.write(timeline.to_json())
        put_in_place(temporary, folder / TIMELINE_FILE)
    except OSError:  # a full disk, of which the journal tells
        with suppress(OSError):
            temporary.unlink()
    except Exception:  # noqa: BLE001 - a fault of ours in learning changes nothing about the task
        sys.__excepthook__(*sys.exc_info())
