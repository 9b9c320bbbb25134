"""Threads for what blocks, started before they are needed."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

THREADS = 16
"""For disks and name look-ups: as many as may hang at a time before others have to wait."""


def started_threads(count: int = THREADS) -> ThreadPoolExecutor:
    """Return an executor whose threads run already.

    A pool starts each one when it is first needed, which may be when there is no memory for one any more, or the user may
    have no further process: an end could not be stored then. Raises ``RuntimeError`` when that is so now.
    """
    pool = ThreadPoolExecutor(count, thread_name_prefix="installcast")
    all_run = threading.Barrier(count)
    for _ in range(count):
        pool.submit(all_run.wait)
    return pool
