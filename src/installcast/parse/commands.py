"""What a command does, in words, and how long that takes as a rule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from installcast.parse.programs.job import title_of
from installcast.parse.shell.part import Part, total
from installcast.parse.shell.parts import Survey

MIN_SECONDS = 0.001


class Work(NamedTuple):
    """``title`` is ``""`` for what nobody wants to see as a step; ``seconds`` is more than 0."""

    title: str
    seconds: float


def describe(words: Sequence[str], *, locale: str = "en") -> Work:
    """Tell what the simple command with these words does, or the process with these arguments.

    Of what it is wrapped in (``sudo``, ``env``, ``timeout``, ``bash -c``) nothing is told, but what is inside. A title names
    no secrets: what may be one is left out. Never raises.
    """
    if len(words) == 1 and " " in words[0]:
        words = words[0].split()  # programs such as npm write their own title over their arguments
    return work_of(Survey().command(words), locale)


def work_of(parts: Sequence[Part], locale: str) -> Work:
    """Join the parts of a command: the longest of them gives the title."""
    if not parts:
        return Work("", MIN_SECONDS)
    named = [part for part in parts if part.job.phrase is not None]
    title = title_of(max(named, key=lambda part: part.seconds).job, locale) if named else ""
    return Work(title, max(total(parts), MIN_SECONDS))
