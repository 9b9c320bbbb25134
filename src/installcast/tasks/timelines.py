"""What runs of recipes looked like, kept in the data folder so that the next run can tell how far it is.

``<folder>/<key>/<version>-<action>.json``, see :mod:`installcast.catalog.timelines`. It is a help for the progress and
nothing else: what is damaged is passed over, and what cannot be written is missing.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import logging
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from installcast.catalog import Recipe
from installcast.catalog.timelines import MAX_RUNS, RecordedRuns, Run, file_name, parse_name, read_runs
from installcast.parse.likeness import MIN_LIKENESS, commands_of, likeness
from installcast.parse.timeline import MAX_BYTES, Timeline
from installcast.record import timestamp
from installcast.runner.files import read_file
from installcast.runner.history import TIMELINE_FILE
from installcast.runner.spec import read_spec
from installcast.settings import Settings

logger = logging.getLogger("installcast.tasks")

UNUSED_DAYS = 180
"""After which a timeline goes that no run was held against."""

_ALIKE = 1.25
"""How many times as long as the shortest the longest run may have taken, so that the typical one promises an end."""

MAX_FILES = 50
"""Of one recipe: a nightly build that is installed under a new version each time must not fill the disk."""

_MACHINE_ID = Path("/etc/machine-id")
_APPLICATION = b"installcast timelines"


class Known(NamedTuple):
    """What is known of one version and action of a recipe."""

    version: str
    action: str
    seconds: float
    """That the next run is expected to take."""
    runs: int
    recorded_at: str
    """Of the newest, RFC 3339; ``""`` where a shipped one does not say."""
    shipped: bool
    here: bool
    """Whether it was recorded on this machine."""


class Timelines:
    """Those of one data folder. The methods read and write files; ``clock`` gives Unix time."""

    def __init__(
        self, settings: Settings, *, machine: str | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._folder = settings.timelines_dir
        self._machine = this_machine() if machine is None else machine
        self._clock = clock
        self._outlines: dict[Path, tuple[tuple[int, int, int], RecordedRuns | None]] = {}
        """What was read last of a file, and its state at that time."""

    # --- learning -----------------------------------------------------------------------------------------------

    def take(self, task_folder: Path, key: str, version: str, action: str) -> None:
        """Keep the timeline that a successful task has left in its folder, if it has. Raises nothing."""
        path = task_folder / TIMELINE_FILE
        try:
            timeline = Timeline.from_json(read_file(path, MAX_BYTES + 1).decode())
            run = Run(timeline, timestamp(self._clock()), self._machine, _digest_of(task_folder))
            self._keep(RecordedRuns(key, version, action, (run,)))
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            logger.warning("The timeline of %s is not kept: %s", task_folder.name, error)

    def _keep(self, recorded: RecordedRuns) -> None:
        path = self._path(recorded.key, recorded.version, recorded.action)
        earlier = self._load(path)
        runs = (*recorded.runs, *(earlier.runs if earlier else ()))[:MAX_RUNS]
        for folder in (self._folder, path.parent):
            folder.mkdir(mode=0o700, exist_ok=True)
        _replace(path, recorded._replace(runs=runs).encode())
        for least_used in sorted(self._files(recorded.key), key=_used_at)[:-MAX_FILES]:
            least_used.unlink(missing_ok=True)

    # --- using --------------------------------------------------------------------------------------------------

    def choose(
        self, recipe: Recipe, version: str, action: str, scripts: Iterable[tuple[str, bytes]]
    ) -> Timeline | None:
        """Return the timeline that a run of ``action`` is best held against, ``None`` where nothing is known. Raises nothing.

        Of those that were learned, then of those that the recipe ships: that of the same version, else of one that it offers
        as the same, else of one that takes the same steps. ``scripts`` are phases and texts of what will run: a run that has
        little in common with them does not count.
        """
        commands = commands_of(scripts)
        learned = self._learned(recipe.key)
        shipped = {place: found.path for place, found in recipe.timelines.items()}
        for paths in (learned, shipped):
            for path in self._nearest(paths, recipe, version, action):
                recorded = self._load(path)
                timeline = recorded and self._chosen(recorded.runs, recipe)
                if timeline is None or likeness(timeline, commands) < MIN_LIKENESS:
                    continue
                if paths is learned:
                    with contextlib.suppress(OSError):
                        os.utime(path)
                return timeline
        return None

    @staticmethod
    def _nearest(
        paths: Mapping[tuple[str, str], Path], recipe: Recipe, version: str, action: str
    ) -> list[Path]:
        found = [
            (other != version, not recipe.are_one(version, other), -_used_at(path), path)
            for (other, done), path in paths.items()
            if done == action and recipe.take_the_same_steps(action, version, other)
        ]
        return [path for *_, path in sorted(found)]

    def known(self, recipe: Recipe) -> list[Known]:
        """Return what is known of a recipe, by version and action. Raises nothing."""
        known: dict[tuple[str, str], Known] = {}
        for place, shipped in recipe.timelines.items():
            if recorded := self._outline(shipped.path):
                known[place] = self._known(recorded, recipe, shipped=True)
        for place, path in self._learned(recipe.key).items():
            if recorded := self._outline(path):
                known[place] = self._known(recorded, recipe, shipped=False)
        return [known[place] for place in sorted(known)]

    def expected_seconds(self, recipe: Recipe) -> dict[str, dict[str, float]]:
        """Return how long the actions of a recipe are expected to take: version → action → seconds. Raises nothing."""
        expected: dict[str, dict[str, float]] = {}
        for known in self.known(recipe):
            expected.setdefault(known.version, {})[known.action] = known.seconds
        return expected

    def _known(self, recorded: RecordedRuns, recipe: Recipe, *, shipped: bool) -> Known:
        run = self._typical(recorded.runs, recipe)
        return Known(
            version=recorded.version,
            action=recorded.action,
            seconds=round(run.timeline.duration, 1),
            runs=len(recorded.runs),
            recorded_at=recorded.runs[0].recorded_at,
            shipped=shipped,
            here=run.machine == self._machine,
        )

    def _chosen(self, runs: tuple[Run, ...], recipe: Recipe) -> Timeline:
        """Return the typical run; one that says so where others took another time, by a parameter for example."""
        seconds = [run.timeline.duration for run in self._fitting(runs, recipe)]
        is_typical = max(seconds) <= _ALIKE * min(seconds)
        return self._typical(runs, recipe).timeline._replace(is_typical=is_typical)

    def _fitting(self, runs: tuple[Run, ...], recipe: Recipe) -> list[Run]:
        """Return the runs of this machine and of the present scripts, where there are such."""
        here = [run for run in runs if run.machine == self._machine] or list(runs)
        return [run for run in here if run.scripts == recipe.scripts_digest] or here

    def _typical(self, runs: tuple[Run, ...], recipe: Recipe) -> Run:
        """Return the run of them that took neither most nor least, of two the newer."""
        fitting = self._fitting(runs, recipe)
        if len(fitting) < MAX_RUNS:
            return fitting[0]
        return sorted(fitting, key=lambda run: run.timeline.duration)[len(fitting) // 2]

    def export(self, recipe: Recipe, version: str, action: str) -> RecordedRuns | None:
        """Return what can be shipped with a recipe: one run, and nothing that tells of this machine. Raises nothing."""
        shipped = {place: found.path for place, found in recipe.timelines.items()}
        path = (shipped | self._learned(recipe.key)).get((version, action))
        recorded = self._load(path) if path else None
        if recorded is None:
            return None
        return recorded._replace(runs=(self._typical(recorded.runs, recipe)._replace(machine=""),))

    # --- forgetting ---------------------------------------------------------------------------------------------

    def forget(
        self, key: str, version: str | None = None, action: str | None = None
    ) -> list[tuple[str, str]]:
        """Remove what was learned of a recipe, or of one version or action of it; return what that was. Raises ``OSError``."""
        forgotten = []
        for place, path in self._learned(key).items():
            if version in (None, place[0]) and action in (None, place[1]):
                path.unlink(missing_ok=True)
                forgotten.append(place)
        return sorted(forgotten)

    def prune(self, used_before: float) -> None:
        """Remove what no run was held against since then, Unix time. What cannot be removed now is tried again next time."""
        try:
            folders = list(self._folder.iterdir())
        except OSError:
            return
        for folder in folders:
            for path in self._files(folder.name):
                if _used_at(path) < used_before:
                    with contextlib.suppress(OSError):
                        path.unlink()
            with contextlib.suppress(OSError):  # where it is not empty
                folder.rmdir()

    # --- files --------------------------------------------------------------------------------------------------

    def _path(self, key: str, version: str, action: str) -> Path:
        return self._folder / key / file_name(version, action)

    def _files(self, key: str) -> Sequence[Path]:
        try:
            return [path for path in (self._folder / key).iterdir() if not path.name.startswith(".")]
        except OSError:
            return ()

    def _learned(self, key: str) -> dict[tuple[str, str], Path]:
        """Return the files of a recipe by version and action."""
        return {place: path for path in self._files(key) if (place := parse_name(path.name)) is not None}

    def _load(self, path: Path) -> RecordedRuns | None:
        """Return what ``path`` holds, ``None`` where that is nothing of use."""
        try:
            return read_runs(path)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            logger.warning("%s is passed over: %s", path, error)
            return None

    def _outline(self, path: Path) -> RecordedRuns | None:
        """Return the same without what happened within the runs; read again when the file was written."""
        try:
            status = path.lstat()
        except OSError:
            self._outlines.pop(path, None)
            return None
        state = (status.st_ino, status.st_mtime_ns, status.st_size)
        known = self._outlines.get(path)
        if known is None or known[0] != state:
            recorded = self._load(path)
            runs = (
                [run._replace(timeline=run.timeline._replace(segments=())) for run in recorded.runs]
                if recorded
                else []
            )
            known = self._outlines[path] = (state, recorded._replace(runs=tuple(runs)) if recorded else None)
        return known[1]


def this_machine() -> str:
    """Return a sum that is another one on a machine of another identity, number of processors or kind of processor.

    machine-id(5) is told to nobody, only what can be derived from it. A clone of the machine has the same one, and the same
    speed if its processors are the same.
    """
    try:
        identity = _MACHINE_ID.read_bytes().strip()
    except OSError:  # many a container has none
        identity = b""
    facts = f"{os.cpu_count()}\0{os.uname().machine}\0{_processor()}".encode()
    return hmac.new(identity, b"\0".join((_APPLICATION, facts)), hashlib.sha256).hexdigest()[:32]


def _processor() -> str:
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8", errors="replace") as lines:
            return next(
                (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), ""
            )
    except OSError:
        return ""


def _digest_of(task_folder: Path) -> str:
    try:
        return read_spec(task_folder).scripts_digest
    except (OSError, ValueError):  # its script can remove the file
        return ""


def _used_at(path: Path) -> float:
    try:
        return path.lstat().st_mtime
    except OSError:
        return 0.0


def _replace(path: Path, data: bytes) -> None:
    """Write a file whole, mode 0600. Raises ``OSError``; then the old one is still there."""
    temporary = path.with_name(f".{path.name}")
    temporary.unlink(missing_ok=True)
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        with open(os.open(temporary, flags, 0o600), "wb") as file:  # noqa: PTH123 - of a descriptor
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
