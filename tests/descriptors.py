"""A shortage of file descriptors, in this process."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager


@contextmanager
def no_descriptors(left: int = 0) -> Iterator[None]:
    """Let the kernel refuse every further descriptor to this process, after ``left`` more."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    with ExitStack() as stack:
        for _ in range(left):
            stack.callback(os.close, os.open("/dev/null", os.O_RDONLY))
        first_refused = os.open("/dev/null", os.O_RDONLY)
        os.close(first_refused)
    resource.setrlimit(resource.RLIMIT_NOFILE, (first_refused, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
