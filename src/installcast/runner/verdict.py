"""What a task ended as, and how its last record says so."""

from __future__ import annotations

from typing import NamedTuple

from installcast.parse.parser import Error
from installcast.runner.after import SENTENCES, AfterState
from installcast.runner.outcome import ExitStatus
from installcast.runner.spec import TaskSpec

_DONE = {"install": "installed", "upgrade": "upgraded", "uninstall": "removed"}


class Verdict(NamedTuple):
    """What a task ended as."""

    status: ExitStatus
    exit_code: int | None
    signal: int | None = None
    error: Error | None = None
    canceled_by: str | None = None


def last_words(
    spec: TaskSpec,
    verdict: Verdict,
    *,
    phase: str,
    seconds: float,
    left: AfterState | None,
    untold: tuple[int, int] | None,
) -> str:
    """Return the message of the last record. ``untold``: lines and bytes that are missing from the log, and no record says so."""
    what = f"{spec.key} {spec.software_version}".strip()
    missing = f" Lines missing from its log: {untold[0]} ({untold[1]} bytes)." if untold else ""
    if verdict.status == "succeeded":
        return f"{what}: {_DONE.get(spec.action, 'done')} in {_duration(seconds)}.{missing}"
    how: str = verdict.status
    if verdict.status == "failed":
        how = f"failed in {phase} (exit status {verdict.exit_code})"
    is_left = SENTENCES[left]
    return f"{what}: {spec.action} {how}{is_left and f'; {is_left}'}.{missing}"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
