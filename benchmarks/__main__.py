"""Run every benchmark and print one table: ``python -m benchmarks``, or some: ``python -m benchmarks runner history``."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import fanout, history, parse_path, report, requests, runner, viewer

BENCHMARKS: dict[str, Callable[[Path], list[report.Row]]] = {
    "parse": parse_path.rates,
    "runner": runner.measure,
    "requests": requests.answers,
    "fanout": fanout.viewers,
    "history": history.pages,
    "viewer": viewer.pages,
}


def main(names: list[str]) -> int:
    """Run the named benchmarks, all without a name; return 1 when a goal was missed."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"unknown: {' '.join(unknown)}; there are: {' '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    rows: list[report.Row] = []
    for name in names or BENCHMARKS:
        print(f"{name} …", file=sys.stderr)
        with tempfile.TemporaryDirectory(prefix="installcast-bench-") as base:
            rows += BENCHMARKS[name](Path(base))
    load = os.getloadavg()[0]
    report.show(f"Installcast, {os.cpu_count()} cores, load {load:.1f}", rows)
    return 1 if any(row.good is False for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
