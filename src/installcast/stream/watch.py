"""The kernel tells, nobody polls: one inotify descriptor for all files that streams follow.

A watched file need not exist yet, and may be replaced by another one of the same name: its folder is watched for
that, but for names only, since the other files in it may be written thousands of times a second. And since somebody may remove
the folder, or move it away, and a runner makes its own again, the folder above is watched, too.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
from collections.abc import Callable
from pathlib import Path

from asyncinotify import Event, Inotify, Mask, Watch

logger = logging.getLogger("installcast.stream")

_CONTENT = Mask.MODIFY
_NAMES = Mask.CREATE | Mask.MOVED_TO | Mask.ONLYDIR

FALLBACK_SECONDS = 1.0
"""How often a file is looked at that the kernel refuses to watch (limits ``fs.inotify.max_user_*``): late beats never."""

Changed = Callable[[], None]


class FileWatch:
    """Calls ``changed`` whenever the file at ``path`` is written, created or replaced, until it is closed.

    Several writes may become one call; a write is never without a call after it. The folder has to exist.
    """

    def __init__(self, watcher: Watcher, path: Path, changed: Changed) -> None:
        self.path = path
        self.changed = changed
        self._watcher = watcher

    def close(self) -> None:
        """Stop. A second call does nothing."""
        self._watcher.unwatch(self)


class Watcher:
    """Watches any number of files for one event loop. Start it before the first watch, close it at the end."""

    def __init__(self) -> None:
        self._inotify: Inotify | None = None
        self._task: asyncio.Task[None] | None = None
        self._fallback: asyncio.TimerHandle | None = None
        self._files: dict[Path, list[FileWatch]] = {}
        self._folders: dict[Path, int] = {}
        """How many files are watched in each folder, or in folders in it."""
        self._kernel: dict[Path, Watch] = {}
        """What the kernel watches: files that exist, and folders."""
        self._names: dict[int, set[Path]] = {}
        """The other way round, by watch descriptor: a file of two names has one."""

    def start(self) -> None:
        """Open the descriptor. Where the kernel has none left, files are looked at each second."""
        try:
            self._inotify = Inotify()
        except OSError as error:
            self._fall_back(error)
            return
        self._task = asyncio.get_running_loop().create_task(self._run(self._inotify), name="inotify")

    async def close(self) -> None:
        """Stop all watches."""
        self._files.clear()
        if self._fallback is not None:
            self._fallback.cancel()
            self._fallback = None
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None
        if self._inotify is not None:
            self._inotify.close()
            self._inotify = None

    def watch(self, path: Path, changed: Changed) -> FileWatch:
        """Begin to watch the file at ``path``. Look at the file once after this: what was written before is not told.

        Raises :class:`FileNotFoundError` when its folder does not exist.
        """
        if not path.parent.is_dir():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path.parent))
        watch = FileWatch(self, path, changed)
        watches = self._files.setdefault(path, [])
        watches.append(watch)
        if len(watches) == 1:
            for folder in (path.parent, path.parent.parent):
                self._folders[folder] = self._folders.get(folder, 0) + 1
            with contextlib.suppress(OSError):  # no more than a help
                self._add_watch(path.parent.parent, _NAMES)
            self._add(path.parent, _NAMES)
            self._add(path, _CONTENT)
        return watch

    def unwatch(self, watch: FileWatch) -> None:
        """End ``watch``."""
        watches = self._files.get(watch.path, [])
        if watch not in watches:
            return
        watches.remove(watch)
        if watches:
            return
        del self._files[watch.path]
        self._drop(watch.path)
        for folder in (watch.path.parent, watch.path.parent.parent):
            self._folders[folder] -= 1
            if self._folders[folder] == 0:
                del self._folders[folder]
                self._drop(folder)

    def _add(self, path: Path, mask: Mask) -> None:
        try:
            self._add_watch(path, mask)
        except (FileNotFoundError, NotADirectoryError):
            pass  # the folder above tells when it comes
        except OSError as error:
            self._fall_back(error)

    def _add_watch(self, path: Path, mask: Mask) -> None:
        if self._inotify is None:
            return
        watch = self._inotify.add_watch(path, mask)
        if self._kernel.get(path) is not watch:
            self._drop(path)
            self._kernel[path] = watch
            self._names.setdefault(watch.wd, set()).add(path)

    def _drop(self, path: Path) -> None:
        watch = self._kernel.pop(path, None)
        if watch is None:
            return
        names = self._names[watch.wd]
        names.remove(path)
        if names:
            return
        del self._names[watch.wd]
        if self._inotify is not None:
            with contextlib.suppress(OSError):  # the file is gone, and its watch with it
                self._inotify.rm_watch(watch)

    async def _run(self, inotify: Inotify) -> None:
        async for event in inotify:
            self._handle(event)

    def _handle(self, event: Event) -> None:
        if Mask.Q_OVERFLOW in event.mask:
            self._look_at_all()
            return
        watch = event.watch
        names = [] if watch is None else list(self._names.get(watch.wd, ()))
        for path in names:
            if Mask.IGNORED in event.mask:
                self._drop(path)
            elif event.name is None:
                self._tell(path)
            elif path / event.name in self._files:
                self._add(path / event.name, _CONTENT)
                self._tell(path / event.name)
            elif path / event.name in self._folders:
                self._look_at(path / event.name)

    def _tell(self, path: Path) -> None:
        for watch in tuple(self._files.get(path, ())):
            try:
                watch.changed()
            except Exception:
                # One log's trouble must not end the news of all others.
                logger.exception("%s cannot be followed", path)

    def _look_at(self, folder: Path) -> None:
        """Watch a folder that has come back, and what is in it."""
        self._add(folder, _NAMES)
        for path in [path for path in self._files if path.parent == folder]:
            self._add(path, _CONTENT)
            self._tell(path)

    def _look_at_all(self) -> None:
        for path in tuple(self._files):
            self._add(path.parent, _NAMES)
            self._add(path, _CONTENT)
            self._tell(path)

    def _fall_back(self, error: OSError) -> None:
        if self._fallback is None:
            logger.warning(
                "Logs are looked at once a second only: inotify refuses (%s); raise fs.inotify.max_user_watches and "
                "max_user_instances",
                error.strerror,
            )
            self._schedule_fallback()

    def _schedule_fallback(self) -> None:
        self._fallback = asyncio.get_running_loop().call_later(FALLBACK_SECONDS, self._look_again)

    def _look_again(self) -> None:
        self._schedule_fallback()
        self._look_at_all()
