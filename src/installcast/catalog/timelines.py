"""Timelines of runs of recipes as files: learned on this machine, or shipped with a recipe in its folder ``timelines``.

One file for each version and action, ``<version>-<action>.json``, holds the last runs, the newest first::

    {"format": 1, "key": "nginx", "version": "1.22.1", "action": "install",
     "runs": [{"recorded_at": "…Z", "machine": "…", "scripts": "…", "timeline": {…}}]}

``machine`` and ``scripts`` are sums that tell whether it was here, and of the scripts as they are now; both may be empty.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from pathlib import Path
from typing import Any, NamedTuple

from installcast.catalog.parameters import REQUESTED_ACTIONS
from installcast.catalog.source import Problem
from installcast.catalog.trust import TooManyFilesError, walk
from installcast.errors import raise_shortage
from installcast.parse.timeline import MAX_BYTES, Timeline
from installcast.runner.files import read_file

FORMAT = 1

SHIPPED_FOLDER = "timelines"

MAX_RUNS = 3
"""Of one version and action: enough that one run that had to wait for something does not count."""

MAX_FILE_BYTES = MAX_RUNS * (MAX_BYTES + 4096)

_MAX_HASHED_BYTES = 256 * 1024
"""A larger file of a recipe is a tarball rather than a script: its size will do."""

_SUFFIX = ".json"
_NO_SCRIPTS = "recipe.yaml"


class Run(NamedTuple):
    """One successful run."""

    timeline: Timeline
    recorded_at: str = ""
    """RFC 3339, UTC."""
    machine: str = ""
    scripts: str = ""


class RecordedRuns(NamedTuple):
    """The content of one file."""

    key: str
    version: str
    action: str
    runs: tuple[Run, ...]
    """The newest first, at least one."""

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        runs = [
            {
                "recorded_at": run.recorded_at,
                "machine": run.machine,
                "scripts": run.scripts,
                "timeline": json.loads(run.timeline.to_json()),
            }
            for run in self.runs
        ]
        return {
            "format": FORMAT,
            "key": self.key,
            "version": self.version,
            "action": self.action,
            "runs": runs,
        }

    def encode(self) -> bytes:
        """Return the file's content."""
        return json.dumps(self.to_dict(), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


class Shipped(NamedTuple):
    """A timeline in a recipe's folder."""

    path: Path
    seconds: float


def file_name(version: str, action: str) -> str:
    """Return the name of the file for a version that a recipe offers."""
    return f"{version}-{action}{_SUFFIX}"


def parse_name(name: str) -> tuple[str, str] | None:
    """Return version and action, ``None`` when ``name`` is none of :func:`file_name`."""
    version, _, action = name.removesuffix(_SUFFIX).rpartition("-")
    known = name.endswith(_SUFFIX) and version and not version.startswith(".") and action in REQUESTED_ACTIONS
    return (version, action) if known else None


def read_runs(path: Path) -> RecordedRuns:
    """Return what the file at ``path`` holds. Raises ``OSError``, and ``ValueError`` when it is damaged."""
    data = read_file(path, MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise ValueError(f"is larger than {MAX_FILE_BYTES} bytes")
    try:
        values = json.loads(data)
        if values["format"] != FORMAT:
            raise ValueError(f"format {values['format']!r}, this version knows {FORMAT}")
        key, version, action = values["key"], values["version"], values["action"]
        if path.name != file_name(version, action) or not isinstance(key, str):
            raise ValueError("is not what its name says")
        runs = tuple(_run(run) for run in values["runs"][:MAX_RUNS])
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"holds no runs of a recipe: {error!r}") from None
    if not runs:
        raise ValueError("holds no run")
    return RecordedRuns(key, version, action, runs)


def _run(values: dict[str, Any]) -> Run:
    texts = [values[name] for name in ("recorded_at", "machine", "scripts")]
    if not all(isinstance(text, str) and len(text) <= 64 for text in texts):
        raise ValueError("a sum or a time of a run is none")
    return Run(Timeline.from_json(json.dumps(values["timeline"], separators=(",", ":"))), *texts)


def read_shipped(folder: Path, key: str) -> tuple[dict[tuple[str, str], Shipped], tuple[Problem, ...]]:
    """Return what the recipe in ``folder`` ships, by version and action, and what is wrong with the rest."""
    shipped: dict[tuple[str, str], Shipped] = {}
    problems: list[Problem] = []
    try:
        names = sorted(os.listdir(folder / SHIPPED_FOLDER))  # noqa: PTH208 - names are all that is wanted
    except FileNotFoundError:
        return {}, ()
    except OSError as error:
        raise_shortage(error)
        return {}, (Problem(SHIPPED_FOLDER, str(error.strerror)),)
    for name in names:
        path = folder / SHIPPED_FOLDER / name
        place = parse_name(name)
        if place is None:
            reason = "is no timeline: VERSION-ACTION.json, such as 1.20.2-install.json"
            problems.append(Problem(f"{SHIPPED_FOLDER}/{name}", reason))
            continue
        try:
            recorded = read_runs(path)
            if recorded.key != key:
                raise ValueError(f"is of {recorded.key!r}")
            shipped[place] = Shipped(path, recorded.runs[0].timeline.duration)
        except OSError as error:
            raise_shortage(error)
            problems.append(Problem(f"{SHIPPED_FOLDER}/{name}", str(error.strerror)))
        except ValueError as error:
            problems.append(Problem(f"{SHIPPED_FOLDER}/{name}", str(error)))
    return shipped, tuple(problems)


def digest_scripts(folder: Path) -> str:
    """Return a sum of all files of the recipe in ``folder`` that scripts are, or use; ``""`` when they cannot be read."""
    total = hashlib.sha256()
    try:
        for name, status in sorted(walk(folder)):
            if (
                not stat.S_ISREG(status.st_mode)
                or name == _NO_SCRIPTS
                or name.startswith(f"{SHIPPED_FOLDER}/")
            ):
                continue
            total.update(f"{name}\0{status.st_size}\0".encode("utf-8", "surrogateescape"))
            if status.st_size <= _MAX_HASHED_BYTES:
                total.update(hashlib.sha256(read_file(folder / name, _MAX_HASHED_BYTES)).digest())
    except (OSError, TooManyFilesError):
        return ""
    return total.hexdigest()[:32]
