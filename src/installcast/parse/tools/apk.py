"""apk of Alpine Linux: ``(3/12) Installing pcre2 (10.42-r1)``, each as it begins, and ``OK: 12 MiB in 30 packages``."""

from __future__ import annotations

import re

from installcast.parse.reading import Reading
from installcast.parse.tools.run import Run, between

LINE_STARTS = (
    rb"\( {0,3}\d{1,4}/\d{1,4}\) (?:installing|upgrading|purging|replacing|downgrading|reinstalling) \S+ \(",
    rb"ok: \d+ [mk]ib in \d+ packages",
    rb"ok: \d+ distinct packages available",
    rb"fetch \w+://\S+apkindex",
)

_LINE = re.compile(r"\( *(\d+)/(\d+)\) (\w+) (\S+) \(", re.ASCII)

_INDEXES, _INSTALLED = 0.1, 0.97


class Apk:
    """``apk add``, ``upgrade`` or ``del``."""

    def __init__(self) -> None:
        self._run = Run("apk")

    def read(self, text: str) -> Reading | None:
        """Read a line."""
        if found := _LINE.match(text):
            number, total = int(found.group(1)), max(int(found.group(2)), 1)
            if number == 1 and self._run.fraction > _INDEXES:
                self._run.begin()
            return self._run.at(
                between(_INDEXES, _INSTALLED, (number - 0.5) / total), f"{found.group(3)} {found.group(4)}"
            )
        if text.startswith("fetch "):
            return self._run.begin() if self._run.fraction > _INDEXES else self._run.at(0.0)
        return self._run.at(1.0) if text.startswith("OK: ") else None
