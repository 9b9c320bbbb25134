"""The limit on open files: high for the service, which has a connection for each viewer, and as it was for what it starts.

Some programs close every descriptor up to the limit, one by one, or use ``select``, which knows 1024 of them: a raised limit
must not reach the scripts.
"""

from __future__ import annotations

import resource
from collections.abc import Sequence

MOST = 65_536
"""What is asked for at most: some systems allow a thousand million, and the kernel's table of them takes memory."""


def raise_file_limit() -> int:
    """Raise the soft limit of this process as far as it may go; return what it was before."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST if hard == resource.RLIM_INFINITY else min(hard, MOST)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return soft


def with_file_limit(argv: Sequence[str], soft: int | None) -> list[str]:
    """Return a command that runs ``argv`` under the limit ``soft``, under the present one where that is ``None``.

    A shell sets it: between fork and exec of a program with threads, Python code may not run.
    """
    if soft is None:
        return list(argv)
    limit = "unlimited" if soft == resource.RLIM_INFINITY else str(soft)
    return ["/bin/sh", "-c", f'ulimit -S -n {limit} && exec "$@"', "sh", *argv]
