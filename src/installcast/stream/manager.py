"""All streams of one server: those of active tasks for as long as they run, those of ended ones while somebody looks."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from installcast.stream.log_stream import LogStream, OnFinal
from installcast.stream.watch import Watcher

MAX_ENDED = 256
"""How many streams of ended tasks are kept at hand: a few KB each, and opening one again costs less than a millisecond."""

FindEnded = Callable[[str], tuple[Path, str] | None]
"""Returns log file and software name of a task that has ended, or ``None`` when there is no such task."""


class InstallLogManager:
    """Holds the :class:`LogStream` of each task. Use it as an async context manager, in one event loop.

    ``find_ended`` says where the log of a task lies that has ended and is not at hand.
    """

    def __init__(self, find_ended: FindEnded | None = None) -> None:
        self._find_ended = find_ended
        self._watcher = Watcher()
        self._active: dict[str, LogStream] = {}
        self._ended: OrderedDict[str, LogStream] = OrderedDict()

    async def __aenter__(self) -> Self:
        """Begin to watch."""
        self._watcher.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close all streams: their viewers end and are told to come back."""
        await asyncio.gather(*(stream.close() for stream in self))
        await self._watcher.close()
        self._active.clear()
        self._ended.clear()

    def create_log_stream(
        self,
        task_id: str,
        log_file: Path | str,
        soft_name: str,
        *,
        live_file: Path | None = None,
        on_final: OnFinal | None = None,
    ) -> LogStream:
        """Follow ``log_file``, a journal, which need not exist yet; its folder has to.

        ``live_file`` tells what is not a record (``live.json``). ``on_final`` is awaited with the last record before it
        is published. A second call for the same task returns the stream that there is.

        Raises :class:`FileNotFoundError` without the folder, :class:`ValueError` when the task has another log file.
        """
        path = Path(log_file)
        stream = self._at_hand(task_id)
        if stream is not None:
            if stream.log_file != path:
                raise ValueError(f"the log of {task_id} is {stream.log_file}, not {path}")
            return stream
        stream = LogStream(task_id, path, soft_name, live_file=live_file, on_final=on_final)
        stream.start(self._watcher)
        self._active[task_id] = stream
        self._retire()
        return stream

    def discard(self, task_id: str) -> None:
        """Forget the stream of an ended task, which is deleted."""
        self._retire()
        self._ended.pop(task_id, None)

    def get(self, task_id: str) -> LogStream | None:
        """Return the stream of a task, opened where need be, or ``None`` when the task has no log."""
        return self._at_hand(task_id) or self._open_ended(task_id)

    def __iter__(self) -> Iterator[LogStream]:
        """Iterate over the streams at hand, those of active tasks first."""
        return iter([*self._active.values(), *self._ended.values()])

    def __len__(self) -> int:
        """Return how many streams are at hand."""
        return len(self._active) + len(self._ended)

    def __contains__(self, task_id: object) -> bool:
        """Tell whether the stream of a task is at hand."""
        return task_id in self._active or task_id in self._ended

    def _at_hand(self, task_id: str) -> LogStream | None:
        if task_id in self._ended:
            self._ended.move_to_end(task_id)
            return self._ended[task_id]
        return self._active.get(task_id)

    def _open_ended(self, task_id: str) -> LogStream | None:
        found = self._find_ended(task_id) if self._find_ended else None
        if found is None:
            return None
        stream = LogStream(task_id, *found)
        stream.seal()
        self._ended[task_id] = stream
        self._retire()
        return stream

    def _retire(self) -> None:
        """Keep ended streams apart, and drop the ones that nobody has asked for longest."""
        for task_id in [task_id for task_id, stream in self._active.items() if stream.is_completed]:
            self._ended[task_id] = self._active.pop(task_id)
        for task_id in list(self._ended)[: max(0, len(self._ended) - MAX_ENDED)]:
            if not self._ended[task_id].clients:
                del self._ended[task_id]
