"""What a long run saw: counts, figures and violations, as JSON for programs and a few lines for people."""

from __future__ import annotations

import json
import shutil
import stat
import time
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

REPORTS = Path(__file__).resolve().parents[2] / ".build/reports"
"""Where reports go, and what is needed to look into a violation."""

_LOG_BYTES = 200_000
"""Of the service's log, so much of the end is kept with a violation."""


class Violation(NamedTuple):
    """A promise that was not kept. ``evidence`` is a copy of the task's folder and the end of the service's log."""

    what: str
    task_id: str | None
    at: float
    """Seconds since the beginning."""
    evidence: str | None


class Report:
    """The report of the run ``name``, which ``seed`` decided."""

    def __init__(self, name: str, seed: int) -> None:
        self.name = name
        self.seed = seed
        self.faults: Counter[str] = Counter()
        self.outcomes: Counter[str] = Counter()
        self.answers: Counter[str] = Counter()
        """Refusals of requests, by status and type."""
        self.closes: Counter[str] = Counter()
        """Ends of viewers' connections, by protocol and close code."""
        self.tasks = 0
        self.records = 0
        self.viewer_records = 0
        self.viewer_bytes = 0
        self.gaps = 0
        self.figures: dict[str, Any] = {}
        self.violations: list[Violation] = []
        self._folder = REPORTS / name
        self._began = time.monotonic()
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)

    @property
    def elapsed(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._began

    def violation(
        self, what: str, *, task_id: str | None = None, folder: Path | None = None, log: Path | None = None
    ) -> None:
        """Note a violation, and keep ``folder`` and the end of ``log``."""
        evidence = self._folder / f"evidence-{len(self.violations)}"
        evidence.mkdir()
        if folder is not None and folder.is_dir():
            shutil.copytree(
                folder, evidence / folder.name, ignore=_not_regular, ignore_dangling_symlinks=True
            )
        if log is not None and log.exists():
            (evidence / log.name).write_bytes(log.read_bytes()[-_LOG_BYTES:])
        self.violations.append(Violation(what, task_id, round(self.elapsed, 3), str(evidence)))
        self.write()

    def write(self) -> Path:
        """Write the report, as far as it has come, and return where."""
        values = {
            name: value
            for name, value in vars(self).items()
            if not name.startswith("_") and name not in ("violations",)
        }
        values["seconds"] = round(self.elapsed, 1)
        values["violations"] = [violation._asdict() for violation in self.violations]
        path = self._folder / "report.json"
        path.write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n")
        return path

    def __str__(self) -> str:
        """Return the report for people."""
        lines = [
            f"{self.name}: {self.elapsed:.0f} s, seed {self.seed}: {len(self.violations)} violations",
            f"  tasks {self.tasks}: {_list(self.outcomes)}",
            f"  faults {sum(self.faults.values())}: {_list(self.faults)}",
            f"  records {self.records}, gaps {self.gaps}",
            f"  shown to viewers and compared: {self.viewer_records} records, {self.viewer_bytes} bytes",
            f"  viewers' connections ended: {_list(self.closes)}",
            f"  refusals: {_list(self.answers) or 'none'}",
            *(f"  {name}: {value}" for name, value in self.figures.items()),
            *(f"  VIOLATION at {v.at:.0f} s: {v.what} ({v.evidence})" for v in self.violations[:20]),
        ]
        return "\n".join(lines) + "\n"


def _list(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.most_common())


def _not_regular(folder: str, names: list[str]) -> list[str]:
    """Name what cannot be copied: reading a FIFO would never end."""
    return [
        name
        for name in names
        if not stat.S_ISREG(mode := (Path(folder) / name).lstat().st_mode) and not stat.S_ISDIR(mode)
    ]
