"""The number of a line, as pages show it: from 1, and counted among what was printed."""

from __future__ import annotations

from typing import Any

from installcast.cli.client import Client


class Numbering:
    """Tells the lines of a task's log from their records, by what the service says printed nothing."""

    def __init__(self, unprinted: list[list[int]] | None, next_seq: int) -> None:
        self._unprinted = unprinted
        self._next_seq = next_seq

    @classmethod
    def of(cls, client: Client, task_id: str) -> Numbering:
        """Ask the service. Raises what :meth:`Client.get` raises."""
        found: dict[str, Any] = client.get("/v1/log/steps", task_id=task_id, numbering="true")
        return cls(found["unprinted"], found["next_seq"])

    def reaches(self, seq: int) -> bool:
        """Return whether the service had read record ``seq`` when it was asked."""
        return seq < self._next_seq

    def line(self, seq: int) -> int | None:
        """Return the number of the line that record ``seq`` is, ``None`` where too much is unknown to tell."""
        if self._unprinted is None:
            return None
        return seq + 1 - sum(min(count, seq - first) for first, count in self._unprinted if first < seq)
