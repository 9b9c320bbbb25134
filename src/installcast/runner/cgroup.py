"""A task's own control group, where it has one: as a systemd unit. It kills all that is in it at once.

Source of the files: Linux ``Documentation/admin-guide/cgroup-v2.rst``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class Cgroup:
    """A cgroup that nobody but this runner is in. Scripts run in a child of it, since the runner must outlive them."""

    def __init__(self, path: Path) -> None:
        """Make the child. Raises ``OSError`` when we may not."""
        self._path = path
        self._scripts = path / "scripts"
        self._scripts.mkdir(exist_ok=True)
        self._runner_is_outside = True

    @contextmanager
    def inside(self) -> Iterator[None]:
        """What is started meanwhile belongs to the scripts, from its first instruction on."""
        with suppress(OSError):
            (self._scripts / "cgroup.procs").write_text("0")
        try:
            yield
        finally:
            self._runner_is_outside = False
            with suppress(OSError):
                (self._path / "cgroup.procs").write_text("0")
                self._runner_is_outside = True

    def kill(self) -> None:
        """Send SIGKILL to all scripts and whatever they started, in one go, where the kernel can (Linux 5.14)."""
        if self._runner_is_outside:
            with suppress(OSError):
                (self._scripts / "cgroup.kill").write_text("1")

    @property
    def memory_events(self) -> Path:
        """Where the kernel counts its out-of-memory kills; there is no such file without a memory controller."""
        return self._path / "memory.events"


def own_cgroup(own_pids: set[int]) -> Cgroup | None:
    """Return the cgroup of this process when no other than ``own_pids`` is in it, and we may make children of it."""
    path = path_of_this_process("")
    if path is None:
        return None
    try:
        members = {int(pid) for pid in (path / "cgroup.procs").read_text().split()}
        return Cgroup(path) if members <= own_pids else None
    except OSError:
        return None


def path_of_this_process(controller: str) -> Path | None:
    """Return the cgroup of this process in the hierarchy of ``controller`` (version 1), or in that of version 2 (``""``)."""
    memberships = [line.split(":", 2) for line in Path("/proc/self/cgroup").read_text().splitlines()]
    own = next((path for _, names, path in memberships if controller in names.split(",")), None)
    if own is None:
        return None
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        fields, _, kind = line.partition(" - ")
        root, mount_point = fields.split()[3:5]
        system, _, options = kind.split(" ", 2)
        right = controller in options.split(",") if controller else system == "cgroup2"
        if right and system.startswith("cgroup") and f"{own}/".startswith(f"{root.rstrip('/')}/"):
            return Path(mount_point + own[len(root.rstrip("/")) :])
    return None
