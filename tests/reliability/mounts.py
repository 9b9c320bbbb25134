"""Mounts that nobody else sees: a mount namespace of its own, which takes them along when it ends."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

SMALLEST_BLOCK = 4096


class MountNamespace:
    """A mount namespace, kept alive by a process of its own. ``options`` are further ones of ``unshare``: ``--pid --fork
    --mount-proc`` for pids of its own.

    Its paths are seen from outside below :meth:`outside`; programs run in it when :attr:`prefix` is put before them.
    """

    def __init__(self, *options: str) -> None:
        command = ["unshare", "--mount", "--propagation", "private", *options]
        self._with_pids = "--pid" in options
        self._holder = subprocess.Popen(
            [*command, "sh", "-c", "echo $$; exec sleep infinity"], stdout=subprocess.PIPE, text=True
        )
        assert self._holder.stdout is not None
        assert self._holder.stdout.readline(), "no namespace: are we root?"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End every process in the namespace; its mounts and their loop devices go with the last one."""
        while inside := [pid for pid in self._processes() if pid != self._holder.pid]:
            for pid in inside:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
        self._holder.kill()
        self._holder.communicate()

    @property
    def prefix(self) -> list[str]:
        """What is put before a command so that it runs here; under the same pid, where the pids are the same."""
        spaces = [f"--mount=/proc/{self._holder.pid}/ns/mnt"]
        if self._with_pids:
            spaces.append(f"--pid=/proc/{self._holder.pid}/ns/pid_for_children")
        return ["nsenter", *spaces, "--"]

    def outside(self, path: Path) -> Path:
        """Return where others see ``path``."""
        return Path(f"/proc/{self._holder.pid}/root{path}")

    def run(self, *command: str | Path) -> str:
        """Run a command here; return what it prints."""
        done = subprocess.run(
            [*self.prefix, *map(str, command)], check=False, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, f"{command}: {done.stderr}"
        return done.stdout

    def _processes(self) -> Iterator[int]:
        own = Path(f"/proc/{self._holder.pid}/ns/mnt").readlink()
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    if (entry / "ns/mnt").readlink() == own:
                        yield int(entry.name)


def make_image(path: Path, kind: str, mebibytes: int) -> None:
    """Make a file system of the ``kind`` ``ext4`` or ``xfs`` in the file ``path``."""
    with path.open("wb") as file:
        file.truncate(mebibytes * 1024 * 1024)
    # Nothing kept back for root: full is full.
    options: Sequence[str] = ["-q", "-F", "-m", "0"] if kind == "ext4" else ["-q", "-f"]
    subprocess.run(
        [f"mkfs.{kind}", *options, str(path)],
        check=True,
        env={"PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"},
    )


def fill(folder: Path) -> Path:
    """Take all space of the file system that ``folder`` lies on; return the file that holds it."""
    ballast = folder / "ballast"
    with ballast.open("ab") as file:
        size, step = file.tell(), 64 * 1024 * 1024
        while step >= SMALLEST_BLOCK:
            try:
                os.posix_fallocate(file.fileno(), size, step)
                size += step
            except OSError:
                step //= 4
    return ballast
