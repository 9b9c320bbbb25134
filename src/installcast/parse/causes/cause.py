"""What a cause of failure is, and how its hint is filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

Kind = Literal[
    "disk", "memory", "network", "integrity", "package", "permission", "missing", "archive", "file", "build", "service",
    "prompt", "script", "app", "platform", "end",
]  # fmt: skip
"""What sort of trouble it is: decides which later trouble it may have brought about. ``end`` is a tool's word that it
failed, which tells no cause by itself."""

UNKNOWN = "UNKNOWN"

_LONGEST_PARTICULAR = 160


class Cause(NamedTuple):
    """How lines tell one cause, and what a person can do about it.

    Each of ``patterns`` is searched on lines that contain one of ``words``, which are in lower case. Its named groups are the
    particulars of the hints: ``{name}`` stands for one, and a part in ``[`` and ``]`` is left out where one of its
    particulars is not known. ``code`` may be ``UNKNOWN``: then the line is the best one, and the hint says more than nothing.

    ``is_general``: gives way to any other cause of the same trouble. ``certain``: at exit status 0, too, this was a failure,
    not one of the complaints that scripts expect. ``reach``: so many lines before it may lie the trouble that it sums up.
    """

    code: str
    kind: Kind
    words: tuple[str, ...]
    patterns: tuple[str, ...]
    hint: str
    hint_zh: str
    is_general: bool = False
    certain: bool = False
    reach: int = 0


_OPTIONAL = re.compile(r"\[([^\]]*)\]")
_PLACE = re.compile(r"\{(\w+)\}")


def fill_in(template: str, particulars: Mapping[str, str]) -> str:
    """Return the hint with its particulars; parts that lack one are left out."""

    def part(found: re.Match[str]) -> str:
        names = _PLACE.findall(found.group(1))
        return found.group(1) if all(particulars.get(name) for name in names) else ""

    return _PLACE.sub(
        lambda found: _short(particulars.get(found.group(1), "")), _OPTIONAL.sub(part, template)
    )


def _short(text: str) -> str:
    text = " ".join(text.split()).rstrip(".,;:")
    return text if len(text) <= _LONGEST_PARTICULAR else text[: _LONGEST_PARTICULAR - 1] + "…"
