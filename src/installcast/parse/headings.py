"""Lines that scripts and tools print above a part of their work.

``==> title`` (Homebrew, and many scripts by hand), ``-----> title`` (Heroku's buildpacks), ``TASK [role : title] ****``
(Ansible), and the bar of YunoHost's scripts, ``[####++++............] > Restarting services…``, where ``#`` is done, ``+`` is
begun and ``.`` is left.
"""

from __future__ import annotations

import re
from typing import NamedTuple

LINE_STARTS: tuple[bytes, ...] = (
    rb"(?:==|-----|=====)> \S",
    rb"(?:task|play|running handler) \[",
    rb"play recap \*",
    rb"info ?: \[[#+.]*\] > ",
    rb"\[[#+.]*\] > ",
)
"""What such a line begins with, in lower case: expressions on bytes."""

# `head` and `tail` print `==> name <==` above each of several files.
_ARROW = re.compile(r"(?:==|-----|=====)> (?!.*<==$)(\S.*)")
_ANSIBLE = re.compile(r"(?:TASK|PLAY|RUNNING HANDLER) \[(.*)\] \*{3,}")
_RECAP = re.compile(r"PLAY RECAP \*{3,}")
_YUNOHOST = re.compile(r"(?:Info ?: )?\[(#*)(\+*)(\.*)\] > (.*)", re.ASCII | re.IGNORECASE)
_SHORTEST_BAR = 8


class Heading(NamedTuple):
    """``title`` is ``""`` where one line ends what another has begun. ``percent`` is 0-100, where a bar tells it."""

    style: str
    title: str
    percent: float | None = None


def read_heading(text: str) -> Heading | None:
    """Return the heading that a line is, or ``None``."""
    if found := _ARROW.fullmatch(text):
        return Heading("arrow", found.group(1).strip())
    if found := _ANSIBLE.fullmatch(text):
        return Heading("ansible", found.group(1).strip())
    if _RECAP.fullmatch(text):
        return Heading("ansible", "")
    found = _YUNOHOST.fullmatch(text)
    if found is None:
        return None
    done, begun, left, title = found.groups()
    size = len(done) + len(begun) + len(left)
    return Heading("yunohost", title.strip(), 100 * len(done) / size) if size >= _SHORTEST_BAR else None
