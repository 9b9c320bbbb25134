"""Azure Pipelines' logging commands: ``##[section]title`` and ``##vso[task.setprogress value=75;]Upload``.

Names and properties are written in any case. Some characters are escaped in values: ``%0D``, ``%0A``, ``%3B`` (``;``),
``%5D`` (``]``) and ``%AZP25`` (``%``).
"""

from __future__ import annotations

import re
from typing import NamedTuple

LINE_START = rb"[ \t]*##(?:\[[a-z]|vso\[)"
"""What such a line begins with, in lower case: an expression on bytes."""

SECRET_BEGINNINGS = ("##vso[task.setsecret", "##vso[task.setvariable")
"""In lower case: a line that begins so may announce a secret."""

_FORMAT = re.compile(r"##\[([A-Za-z]{1,20})\](.*)", re.ASCII)
_COMMAND = re.compile(r"##(?i:vso)\[([A-Za-z]{1,40}\.[A-Za-z]{1,40})(?:\s++([^\]]*))?\](.*)", re.ASCII)
_ESCAPED = re.compile(r"%(?:0D|0A|3B|5D|AZP25)", re.IGNORECASE)
_CHARACTERS = {"%0D": "\r", "%0A": "\n", "%3B": ";", "%5D": "]", "%AZP25": "%"}


class AzureCommand(NamedTuple):
    """``name`` is in lower case, such as ``section`` or ``task.setprogress``, and so are the keys of ``properties``."""

    name: str
    properties: dict[str, str]
    value: str

    @property
    def is_secret(self) -> bool:
        """Whether the value is to be masked from here on."""
        is_variable = self.name == "task.setvariable"
        return self.name == "task.setsecret" or (
            is_variable and self.properties.get("issecret", "").strip().lower() == "true"
        )


def read_azure(text: str) -> AzureCommand | None:
    """Return the command that a line is, or ``None``."""
    text = text.lstrip(" \t")
    if found := _FORMAT.fullmatch(text):
        return AzureCommand(found.group(1).lower(), {}, found.group(2))
    found = _COMMAND.fullmatch(text)
    if found is None:
        return None
    name, properties, value = found.groups()
    pairs = (pair.split("=", 1) for pair in (properties or "").split(";") if "=" in pair)
    return AzureCommand(
        name.lower(), {key.strip().lower(): _unescape(value) for key, value in pairs}, _unescape(value)
    )


def _unescape(text: str) -> str:
    return _ESCAPED.sub(lambda found: _CHARACTERS[found.group().upper()], text)
