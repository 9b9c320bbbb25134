"""The channels by which a script is seen from outside while it runs, joined to one observation.

Nothing of this can stop a script: its processes are looked at in ``/proc``, files are read, and the little that is put into
its environment leaves it as it would be without us (:mod:`installcast.runner.stand_ins`, :mod:`installcast.runner.apt_status`).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from installcast.parse.observation import Observation
from installcast.runner.apt_status import STATUS_VARIABLE, AptStatusFile
from installcast.runner.file_readers import FileReaders
from installcast.runner.npm_log import NpmLogFile
from installcast.runner.package_logs import PackageLogs
from installcast.runner.script_file import ScriptFile, find_script
from installcast.runner.script_position import ScriptPosition
from installcast.runner.stand_ins import search_path
from installcast.runner.tree import Process, ProcessTree

SHORTEST_PAUSE, LONGEST_PAUSE = 0.15, 1.0
"""Seconds between two looks."""

_PATIENCE = 0.125
"""The pause, as a share of the time in which nothing has changed: what comes next is seen late by so much at most."""

_MAX_LOAD = 0.008
"""Share of a processor that looking may take: a large tree is looked at less often."""


class Channels:
    """Looks at one script after the other of the task whose processes are ``tree``. ``locale`` is the language of titles."""

    def __init__(self, tree: ProcessTree, *, locale: str = "en") -> None:
        self._tree = tree
        self._locale = locale
        self._script: ScriptFile | None = None
        self._position: ScriptPosition | None = None
        self._packages: PackageLogs | None = None
        self._npm = NpmLogFile()
        self._readers = FileReaders(locale)

    def prepare(self, argv: Sequence[str], environment: dict[str, str]) -> dict[str, str]:
        """A script is about to start by ``argv``. Returns its environment: ``environment``, and what makes tools tell more."""
        self.end()
        path = environment.get("PATH", "")
        self._script = find_script(argv, path)
        self._position = ScriptPosition(self._script) if self._script else None
        self._readers = FileReaders(self._locale)
        status: AptStatusFile | None = None
        ours: dict[str, str] = {}
        longer_path = search_path(path, self.script_text or b"") if path else path
        if longer_path != path:
            with suppress(OSError):
                status = AptStatusFile()
                ours = {"PATH": longer_path, STATUS_VARIABLE: status.path}
        self._packages = PackageLogs(status)
        return environment | ours

    @property
    def script_text(self) -> bytes | None:
        """What the script says, its beginning if it is very long; ``None`` when it is no shell script, or not in a file."""
        return self._script.text if self._script is not None else None

    def look(self) -> Observation:
        """Return what is seen now."""
        chain = self._tree.chain()
        shell = (self._position.shell(chain) if self._position else None) or next(iter(chain), 0)
        processes = [Process.look_at(pid) for pid in chain[chain.index(shell) :]] if shell in chain else []
        if not processes:
            return Observation()
        own, *others = processes
        below = [process for process in others if process.argv and process.argv != own.argv]
        reading = (
            self._npm.look(below)
            or (self._packages.look(below) if self._packages else None)
            or self._readers.look(own)
        )
        return Observation(
            offset=self._position.offset(chain) if self._position else None,
            commands=tuple(process.words for process in below),
            readings=(reading,) if reading is not None else (),
        )

    def end(self) -> None:
        """The script has ended."""
        self._script = self._position = None
        self._npm.close()
        if self._packages is not None:
            self._packages.close()
            self._packages = None


class Pace:
    """How often to look: often while something changes, seldom while nothing does, never for more than a small share of a
    processor."""

    def __init__(self) -> None:
        self._last: Observation | None = None
        self._changed_at = 0.0

    def pause(self, seen: Observation, now: float, used: float) -> float:
        """Return the seconds until the next look. ``used`` is the processor time that this one took."""
        if seen != self._last:
            self._last, self._changed_at = seen, now
        patient = min(_PATIENCE * (now - self._changed_at), LONGEST_PAUSE)
        return max(SHORTEST_PAUSE, patient, used / _MAX_LOAD)
