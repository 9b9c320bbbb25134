"""What a process and its children have used, as the kernel counts it."""

from __future__ import annotations

from pathlib import Path


def tree(pid: int) -> list[int]:
    """Return a process and all that it has started."""
    found = [pid]
    try:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            for child in (thread / "children").read_text().split():
                found += tree(int(child))
    except OSError:
        pass  # ended meanwhile
    return found


def cpu_seconds(pids: list[int]) -> float:
    """Return the time that the living threads of these processes have been on a processor, by the scheduler's own clock.

    See Documentation/scheduler/sched-stats.rst of the kernel: the first number of ``schedstat`` is in nanoseconds.
    """
    total = 0
    for pid in pids:
        try:
            for thread in Path(f"/proc/{pid}/task").iterdir():
                total += int((thread / "schedstat").read_text().split()[0])
        except OSError:
            continue
    return total / 1e9


def memory_kib(pids: list[int]) -> int:
    """Return the memory in KiB that these processes have for themselves: anonymous, resident."""
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                total += int(line.split()[1])
    return total
