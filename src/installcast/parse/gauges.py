"""What all tools of one command say of themselves, as numbers that never fall."""

from __future__ import annotations

_FALL = 0.2
"""A tool whose fraction falls by so much has begun again."""

_DONE = 0.95
"""A tool that was so far is done when another one speaks."""


class Gauges:
    """Counts the runs of tools that follow each other, and joins those that speak side by side."""

    def __init__(self) -> None:
        self._runs = 0
        self._present: dict[str, float] = {}
        self._own_runs: dict[str, int] = {}

    def read(self, tool: str, fraction: float) -> tuple[float, float]:
        """Return how far this tool is, and all tools together: 1.25 is a quarter of the second run."""
        last = self._present.get(tool)
        if last is not None and fraction < last - _FALL:
            self._own_runs[tool] = self._own_runs.get(tool, 0) + 1
            self._begin()
        elif last is None and self._present and min(self._present.values()) >= _DONE:
            self._begin()
        fraction = max(fraction, self._present.get(tool, 0.0))
        self._present[tool] = fraction
        return self._own_runs.get(tool, 0) + fraction, self._runs + max(self._present.values())

    def _begin(self) -> None:
        self._runs += 1
        self._present.clear()
