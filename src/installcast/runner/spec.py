"""What a runner is told: ``task.json`` in the task's folder, and the secrets beside it on tmpfs.

The server writes both, the runner reads both; the format is described in ``docs/design.md``.
"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar, cast, get_args

from installcast.parse.progress import StepPlan
from installcast.runner.files import read_file

__all__ = ["Phase", "Secrets", "StepPlan", "TaskSpec", "read_spec", "take_secrets"]

Term = Literal["pipe", "pty"]

TASK_FILE = "task.json"
VERSION = 1
"""Of ``task.json``. A runner refuses a version that it does not know."""

_SINGLE_PHASES = ("rollback", "detect", "verify")
_PATHS = ("work_dir", "secrets_file", "results_file", "history_file")

_MAX_FILE_BYTES = 4 * 1024 * 1024
"""A description of a task is a few kilobytes; what is larger is none."""

_T = TypeVar("_T")


class Phase(NamedTuple):
    """One script of a task."""

    phase: str
    argv: tuple[str, ...]


class TaskSpec(NamedTuple):
    """``task.json``: all that a runner has to know, but for the secrets. Times in seconds, sizes in bytes."""

    task_id: str
    key: str
    software_version: str
    action: str
    phases: tuple[Phase, ...]
    """In order; the first that fails is the last that runs."""
    environment: dict[str, str]
    """The whole environment of the scripts, but for the secrets."""
    work_dir: Path
    """Where the scripts run. It must exist."""
    rollback: Phase | None = None
    """Runs when a task fails, is canceled or times out after its first changing phase began."""
    detect: Phase | None = None
    """Says after a failure whether it is installed: prints ``installed=VERSION``."""
    verify: Phase | None = None
    """Says after a failure whether what is installed works."""
    secrets_file: Path | None = None
    results_file: Path | None = None
    """Receives results that the script calls secret. Without it they are dropped."""
    timeout: float = 14_400
    kill_grace: float = 10
    term: Term = "pipe"
    max_line_bytes: int = 16_384
    max_bytes: int = 268_435_456
    steps: tuple[StepPlan, ...] = ()
    locale: str = "en"
    """Language of steps that appear by themselves: that of whoever asked for the task."""
    history_file: Path | None = None
    """Timeline of an earlier run, by which this one tells how far it is."""
    scripts_digest: str = ""
    """Of the recipe's scripts, for whoever keeps the timeline of this run: the runner makes nothing of it."""

    def write(self, folder: Path) -> None:
        """Write ``task.json`` into ``folder``, mode 0600, durably. Raises ``FileExistsError`` when there is one."""
        values = self._asdict()
        values["phases"] = [phase._asdict() for phase in self.phases]
        for name in _SINGLE_PHASES:
            values[name] = values[name] and values[name]._asdict()
        values["steps"] = [step._asdict() for step in self.steps]
        for name in _PATHS:
            values[name] = None if values[name] is None else str(values[name])
        _write_new(folder / TASK_FILE, {"version": VERSION, **values})


class Secrets(NamedTuple):
    """What must not lie on a disk: it travels in a file on tmpfs, and is gone as soon as the runner has read it."""

    environment: dict[str, str]
    """Further variables of the scripts."""
    mask: tuple[str, ...]
    """Values that no record may show."""

    def write(self, path: Path) -> None:
        """Write the file, mode 0600. Raises ``FileExistsError`` when there is one."""
        _write_new(path, {"environment": self.environment, "mask": list(self.mask)})


def read_spec(folder: Path) -> TaskSpec:
    """Return what ``task.json`` in ``folder`` says.

    Raises ``OSError`` when it cannot be read and ``ValueError`` with the key at fault when it cannot be right.
    """
    values = _read(folder / TASK_FILE)
    if values.get("version") != VERSION:
        raise ValueError(f"{TASK_FILE}: version {values.get('version')!r}, this runner knows {VERSION}")
    term = _take(values, "term", str, "pipe")
    if term not in get_args(Term):
        raise ValueError(f"{TASK_FILE}: term: expected pipe or pty, not {term!r}")
    phases = tuple(_phase(phase, "phases") for phase in _take(values, "phases", list))
    if not phases:
        raise ValueError(f"{TASK_FILE}: phases: expected at least one")
    return TaskSpec(
        task_id=_take(values, "task_id", str),
        key=_take(values, "key", str),
        software_version=_take(values, "software_version", str),
        action=_take(values, "action", str),
        phases=phases,
        environment=_environment(_take(values, "environment", dict), TASK_FILE),
        work_dir=Path(_take(values, "work_dir", str)),
        **{name: _phase(values[name], name) for name in _SINGLE_PHASES if values.get(name) is not None},
        secrets_file=_path(values, "secrets_file"),
        results_file=_path(values, "results_file"),
        timeout=_number(values, "timeout", 14_400),
        kill_grace=_number(values, "kill_grace", 10),
        term=cast("Term", term),
        max_line_bytes=_take(values, "max_line_bytes", int, 16_384),
        max_bytes=_take(values, "max_bytes", int, 268_435_456),
        steps=tuple(_step(step) for step in _take(values, "steps", list, [])),
        locale=_take(values, "locale", str, "en"),
        history_file=_path(values, "history_file"),
        scripts_digest=_take(values, "scripts_digest", str, ""),
    )


def take_secrets(path: Path) -> Secrets:
    """Return what ``path`` holds, and unlink it.

    Raises ``FileNotFoundError`` when it is gone and ``ValueError`` when it is broken.
    """
    try:
        values = _read(path)
    finally:
        with contextlib.suppress(OSError):  # the server removes it, too, when the task has ended
            path.unlink()
    mask = _take(values, "mask", list, [])
    if not all(isinstance(value, str) for value in mask):
        raise ValueError(f"{path.name}: mask: expected texts")
    return Secrets(_environment(_take(values, "environment", dict, {}), path.name), tuple(mask))


def _read(path: Path) -> dict[str, Any]:
    data = read_file(path, _MAX_FILE_BYTES + 1)
    try:
        values = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path.name}: {error}") from None
    if not isinstance(values, dict):
        raise ValueError(f"{path.name}: expected a JSON object")
    return values


def _write_new(path: Path, values: dict[str, Any]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 - of a descriptor
        json.dump(values, file, ensure_ascii=False)
        file.write("\n")
        file.flush()
        os.fsync(descriptor)


_MISSING: Any = object()


def _take(values: dict[str, Any], key: str, kind: type[_T], default: _T = _MISSING) -> _T:
    value = values.get(key, default)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"{TASK_FILE}: {key}: expected {kind.__name__}")
    return value


def _number(values: dict[str, Any], key: str, default: float) -> float:
    value = values.get(key, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
        raise ValueError(f"{TASK_FILE}: {key}: expected a number, not negative")
    return value


def _path(values: dict[str, Any], key: str) -> Path | None:
    return None if values.get(key) is None else Path(_take(values, key, str))


def _phase(values: Any, key: str) -> Phase:
    if not isinstance(values, dict):
        raise ValueError(f"{TASK_FILE}: {key}: expected an object")
    argv = _take(values, "argv", list)
    if not argv or not all(isinstance(word, str) and "\0" not in word for word in argv):
        raise ValueError(f"{TASK_FILE}: {key}: argv: expected texts, at least one")
    return Phase(_take(values, "phase", str), tuple(argv))


def _step(values: Any) -> StepPlan:
    if not isinstance(values, dict):
        raise ValueError(f"{TASK_FILE}: steps: expected objects")
    return StepPlan(_take(values, "title", str), _number(values, "weight", 1))


def _environment(values: dict[Any, Any], file: str) -> dict[str, str]:
    for name, value in values.items():
        if not name or "=" in name or "\0" in name or not isinstance(value, str) or "\0" in value:
            raise ValueError(f"{file}: environment: {name!r} cannot be a variable")
    return values
