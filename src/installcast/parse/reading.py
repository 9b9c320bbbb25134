"""What a tool, its files or the kernel tell of how far the tool has come."""

from __future__ import annotations

from typing import NamedTuple


class Reading(NamedTuple):
    """How far one run of ``tool`` is with its whole work: ``fraction`` is 0-1, and of all its phases together."""

    tool: str
    fraction: float
    title: str = ""
    """What it is busy with, in words, where it says so."""
