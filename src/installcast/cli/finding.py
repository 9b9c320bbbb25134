"""What a look at the machine brings."""

from __future__ import annotations

from typing import Literal, NamedTuple

State = Literal["good", "note", "bad"]
"""``bad`` keeps the service from working; ``note`` is worth knowing, and says what to do."""


class Finding(NamedTuple):
    """One thing that was looked at."""

    name: str
    state: State
    message: str
