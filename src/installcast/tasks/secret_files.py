"""Secrets on their way to a runner, and secret results on their way to their owner: files in memory, never on a disk.

They lie in a folder on tmpfs that only the service's user can read, one sub-folder a data folder, and are gone with a
reboot.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import logging
import os
import stat
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from installcast.errors import UnavailableError
from installcast.runner.spec import Secrets

logger = logging.getLogger("installcast.tasks")

_SECRETS = ".secrets"
_RESULTS = ".results"
_KEY_FILE = "digest.key"
_KEY_BYTES = 32
_MEMORY_FILESYSTEMS = frozenset({"tmpfs", "ramfs"})


class NoMemoryFolderError(UnavailableError):
    """There is no folder in memory that secrets could be handed over in."""

    type = "no_memory_folder"
    en = "Secrets need a folder in memory, and none of {tried} is on tmpfs and ours."
    zh = "传递机密需要内存目录，但 {tried} 均不是本用户的 tmpfs 目录。"


class SecretFiles:
    """The files of the tasks of one data folder. ``candidates`` are the places to try, the default ones by default."""

    def __init__(self, data_dir: Path, candidates: Collection[Path] | None = None) -> None:
        self._candidates = default_candidates() if candidates is None else candidates
        self._name = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
        self._folder: Path | None = None

    @property
    def folder(self) -> Path:
        """The folder, made where need be. Raises :class:`NoMemoryFolderError`."""
        if self._folder is None or not self._folder.is_dir():
            self._folder = self._make_folder()
        return self._folder

    def write(self, task_id: str, secrets: Secrets) -> Path:
        """Write what the runner of a task takes, mode 0600, and return where."""
        path = self._secrets(task_id)
        secrets.write(path)
        return path

    def has_secrets(self, task_id: str) -> bool:
        """Return whether the secrets of a task are still there: no runner has taken them, and no reboot."""
        return self._secrets(task_id).exists()

    def results_file(self, task_id: str) -> Path | None:
        """Return where a runner may put secret results, or ``None`` where there is no folder for them."""
        try:
            return self.folder / f"{task_id}{_RESULTS}"
        except NoMemoryFolderError:
            return None

    def take_results(self, task_id: str) -> list[dict[str, Any]]:
        """Return the secret results of a task, and forget them; none where a runner was killed while it wrote them."""
        path = self.results_file(task_id)
        if path is None:
            return []
        try:
            data = path.read_bytes()
            path.unlink()
        except FileNotFoundError:
            return []
        try:
            found = json.loads(data)
        except ValueError:  # whose words would show a part of them
            logger.error("%s: its secret results are lost: they were not written whole", task_id)
            return []
        return found if isinstance(found, list) else []

    def discard_secrets(self, task_id: str) -> None:
        """Forget the secrets of a task that will not take them any more."""
        self._unlink(f"{task_id}{_SECRETS}")

    def discard_results(self, task_id: str) -> None:
        """Forget the secret results of a task."""
        self._unlink(f"{task_id}{_RESULTS}")

    def clean(self, keep: Collection[str]) -> None:
        """Forget the secrets of all tasks but ``keep``: what a killed server left on its way to a task that never was."""
        with contextlib.suppress(NoMemoryFolderError):
            for path in self.folder.glob(f"*{_SECRETS}"):
                if path.name.removesuffix(_SECRETS) not in keep:
                    path.unlink(missing_ok=True)

    def digest(self, text: str) -> str:
        """Return a keyed hash of ``text`` that tells nothing of it to whoever reads the database: the key is in memory.

        Before it stands the name of the key, and a dot. Raises ``OSError`` when there is no room for a key.
        """
        key = self._digest_key()
        return f"{hashlib.sha256(key).hexdigest()[:16]}.{hmac.new(key, text.encode(), 'sha256').hexdigest()}"

    def _digest_key(self) -> bytes:
        path = self.folder / _KEY_FILE
        with contextlib.suppress(FileNotFoundError):
            key = path.read_bytes()
            if len(key) == _KEY_BYTES:  # a full tmpfs leaves an empty one, which everybody knows
                return key
        key = os.urandom(_KEY_BYTES)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as file:  # noqa: PTH123
            file.write(key)
        return key

    def close(self) -> None:
        """Leave no empty folder behind."""
        if self._folder is not None:
            with contextlib.suppress(OSError):
                if os.listdir(self._folder) == [_KEY_FILE]:  # noqa: PTH208 - names are all that is wanted
                    (self._folder / _KEY_FILE).unlink()
                self._folder.rmdir()

    def _unlink(self, name: str) -> None:
        with contextlib.suppress(NoMemoryFolderError):
            (self.folder / name).unlink(missing_ok=True)

    def _secrets(self, task_id: str) -> Path:
        return self.folder / f"{task_id}{_SECRETS}"

    def _make_folder(self) -> Path:
        for base in self._candidates:
            if filesystem_of(base) in _MEMORY_FILESYSTEMS:
                with contextlib.suppress(OSError):
                    for folder in (base, base / self._name):
                        folder.mkdir(mode=0o700, exist_ok=True)
                        _require_private(folder)
                    return base / self._name
        raise NoMemoryFolderError(tried=", ".join(map(str, self._candidates)))


def default_candidates() -> list[Path]:
    """Return where secrets may lie, best first."""
    places = [Path("/run/installcast")] if os.geteuid() == 0 else []
    if runtime_dir := os.environ.get("XDG_RUNTIME_DIR"):
        places.append(Path(runtime_dir) / "installcast")
    return [*places, Path(f"/dev/shm/installcast-{os.geteuid()}")]  # noqa: S108 - checked before it is used


def filesystem_of(path: Path) -> str:
    """Return the type of the file system that ``path`` lies on, or would lie on, as ``/proc/self/mountinfo`` has it."""
    real = os.path.realpath(path)
    best, found = "", ""
    for mount_point, kind in _mounts():
        inside = real == mount_point or real.startswith(mount_point.rstrip("/") + "/")
        # Of two mounts on one place the later one lies on top.
        if inside and len(mount_point) >= len(best):
            best, found = mount_point, kind
    return found


def _mounts() -> Iterator[tuple[str, str]]:
    # proc(5): 36 35 98:0 /root /mount/point options [optional fields] - type source super-options
    for line in (
        Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    ):
        before, _, after = line.partition(" - ")
        mount_point = before.split(" ")[4].encode("utf-8", "surrogateescape").decode("unicode_escape")
        yield mount_point, after.split(" ")[0]


def _require_private(folder: Path) -> None:
    """Raise ``PermissionError`` unless the folder is ours alone: /dev/shm is everybody's, and somebody may have been first."""
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o077:
        raise PermissionError(f"{folder} is not a folder that only we can use")
