"""Run one script to its end: read what it says, heed commands, keep the time, and stop it where it has to be stopped.

One thread that sleeps in ``poll(2)`` until a descriptor or a time tells it to go on. SIGCHLD, SIGTERM and SIGINT arrive
as bytes in a pipe.
"""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Literal, NamedTuple

from installcast.runner.channels import Channels
from installcast.runner.child import Script
from installcast.runner.inputs import OUTPUT_BYTES, Control, ReportFile
from installcast.runner.memory import Memory
from installcast.runner.recorder import Recorder
from installcast.runner.tree import ProcessTree

DRAIN_SECONDS = 2.0
"""After a script's exit, to read what is left: a daemon that inherited the output never ends it."""

_LAST_REPORT_READS = 64
"""What a script reported and nobody has read yet when it ends: 4 MiB of it are still heard."""

_PLACE_SECONDS = 1.0
"""Between two looks whether commands still find their way: a script may have removed the FIFO. The recorder's beat wakes us."""

StopReason = Literal["canceled", "timeout", "interrupted"]


class Stop(NamedTuple):
    """Why a script was stopped; ``by`` is the user who canceled, ``body_index`` that of the record that says so."""

    reason: StopReason
    by: str | None = None
    body_index: int | None = None


class ScriptEnd(NamedTuple):
    """How a script ended."""

    exit_code: int
    """Its own, 128+N for the signal N."""
    signal: int | None
    stop: Stop | None
    output_held: bool
    """Something that lives on holds its output."""
    late_stop: Stop | None = None
    """What was wanted after the script had ended by itself, while its last output was read."""


class SignalPipe:
    """Signals of this process, as bytes in a pipe."""

    def __init__(self, numbers: tuple[signal.Signals, ...]) -> None:
        self.descriptor, write_end = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
        for number in numbers:
            signal.signal(number, _leave_to_the_pipe)

    def read(self) -> bytes:
        """Return the numbers of the signals that have come."""
        with suppress(BlockingIOError):
            return os.read(self.descriptor, 4096)
        return b""


class Surroundings(NamedTuple):
    """What all scripts of a task have in common."""

    recorder: Recorder
    channels: Channels
    tree: ProcessTree
    memory: Memory
    signals: SignalPipe
    control: Control
    events: ReportFile
    progress: ReportFile
    report_watch: int | None
    """Descriptor that is readable when a report was written; without one, reports are read at every beat."""
    kill_grace: float
    user: str
    """Who cancels by SIGINT."""


class ScriptRun:
    """One script under way. ``deadline`` is a monotonic time, ``drain_seconds`` the longest wait for its last output."""

    def __init__(
        self,
        surroundings: Surroundings,
        script: Script,
        *,
        deadline: float,
        heeds_cancel: bool = True,
        drain_seconds: float = DRAIN_SECONDS,
    ) -> None:
        self._surroundings = surroundings
        self._recorder = surroundings.recorder
        self._tree = surroundings.tree
        self._script = script
        self._deadline = deadline
        self._heeds_cancel = heeds_cancel
        self._drain_seconds = drain_seconds
        self._stop: Stop | None = None
        self._late_stop: Stop | None = None
        self._kill_at = float("inf")
        self._gone = False  # of a stopped script: nothing is left of its tree
        self._drain_until = float("inf")
        self._output_ended = False
        self._more_reports = False
        self._place_at = 0.0
        self._poll = select.poll()
        self._handlers: dict[int, Callable[[float], None]] = {
            script.output: self._read_output,
            surroundings.control.descriptor: self._read_commands,
            surroundings.signals.descriptor: self._read_signals,
        }
        if surroundings.report_watch is not None:
            self._handlers[surroundings.report_watch] = partial(self._read_watch, surroundings.report_watch)
        for descriptor in self._handlers:
            self._poll.register(descriptor, select.POLLIN)

    def wait(self) -> ScriptEnd:
        """Return when the script has ended and its output is read, or when it was stopped and nothing of it is left."""
        while True:
            now = time.monotonic()
            if now >= self._deadline and self._stop is None and self._tree.status is None:
                self._begin_stop(Stop("timeout"), now)
            if now >= self._kill_at and not self._gone:
                self._kill(now)
            if self._is_over(now):
                return self._end(now)
            due = self._recorder.tick(now, self._tree.activity)
            if now >= self._place_at:
                self._place_at = now + _PLACE_SECONDS
                self._surroundings.control.keep_place()
            if self._more_reports or self._surroundings.report_watch is None:
                self._read_reports(now)
                due = now if self._more_reports else due
            deadline = self._deadline if self._stop is None and self._tree.status is None else due
            wake_at = min(due, deadline, self._kill_at, self._drain_until)
            for descriptor, _ in self._poll.poll(max(0.0, wake_at - now) * 1000):
                self._handlers[descriptor](time.monotonic())

    def _is_over(self, now: float) -> bool:
        ended = self._gone if self._stop else self._tree.status is not None
        return ended and (self._output_ended or now >= self._drain_until)

    def _end(self, now: float) -> ScriptEnd:
        for _ in range(_LAST_REPORT_READS):
            if not self._read_reports(now):
                break
        else:
            left = self._surroundings.events.discard() + self._surroundings.progress.discard()
            if left:
                self._recorder.note("WARN", f"{left} bytes of reports came too late to be read.", now)
        status = self._tree.status
        # Without a status it hangs in the kernel, SIGKILL notwithstanding.
        code = -signal.SIGKILL if status is None else os.waitstatus_to_exitcode(status)
        return ScriptEnd(
            exit_code=128 - code if code < 0 else code,
            signal=-code if code < 0 else None,
            stop=self._stop,
            output_held=not self._output_ended,
            late_stop=self._late_stop,
        )

    # --- what comes in -----------------------------------------------------------------------------------------------

    def _read_output(self, now: float) -> None:
        if self._more_reports and self._read_reports(now):
            return  # among those that are left may be a secret which this output shows: it waits in the FIFO
        try:
            data = os.read(self._script.output, OUTPUT_BYTES)
        except BlockingIOError:
            return
        except OSError:  # a terminal says EIO where a pipe says end of file
            data = b""
        reported = self._surroundings.events.unread() + self._surroundings.progress.unread()
        while (read := self._read_reports(now)) and reported > read:
            reported -= read
        if data:
            self._recorder.output(data, now)
        else:
            self._output_ended = True
            self._poll.unregister(self._script.output)

    def _read_watch(self, descriptor: int, now: float) -> None:
        with suppress(BlockingIOError):
            os.read(descriptor, 4096)
        self._read_reports(now)

    def _read_reports(self, now: float) -> int:
        """Read a bounded part of what was reported; return its size in bytes."""
        events, progress = self._surroundings.events.read(), self._surroundings.progress.read()
        self._more_reports = bool(events or progress)
        self._recorder.reports(events, progress, now)
        return len(events) + len(progress)

    def _read_commands(self, now: float) -> None:
        for command in self._surroundings.control.read():
            if command.command != "cancel":
                continue
            if self._heeds_cancel:
                self._begin_stop(Stop("canceled", command.by), now)
            else:
                self._recorder.note("WARN", "The rollback goes on: it cannot be canceled.", now)

    def _read_signals(self, now: float) -> None:
        numbers = self._surroundings.signals.read()
        if signal.SIGCHLD in numbers:
            self._reap(now)
        if signal.SIGTERM in numbers or signal.SIGHUP in numbers:
            self._begin_stop(Stop("interrupted"), now)
        elif signal.SIGINT in numbers and self._heeds_cancel:
            self._begin_stop(Stop("canceled", self._surroundings.user), now)

    def _reap(self, now: float) -> None:
        running = self._tree.status is None
        self._tree.reap()
        if running and self._tree.status is not None:
            self._recorder.script_ended()
            self._drain_until = now + self._drain_seconds
        if self._stop and not self._gone and self._tree.is_empty():
            self._finish_stop(now)

    # --- the stop ----------------------------------------------------------------------------------------------------

    def _begin_stop(self, stop: Stop, now: float) -> None:
        if self._stop is not None:
            return
        if self._tree.status is not None:
            # The script has its result, and what it left running is meant to live on: only what would follow is stopped.
            self._late_stop = self._late_stop or stop
            return
        self._stop = stop._replace(body_index=self._recorder.note("WARN", _announcement(stop), now))
        self._tree.terminate()
        self._kill_at = now + self._surroundings.kill_grace
        self._reap(now)

    def _kill(self, now: float) -> None:
        if not self._tree.kill():
            self._recorder.note("WARN", "Some processes could not be killed.", now)
        self._recorder.script_ended()
        self._finish_stop(now)

    def _finish_stop(self, now: float) -> None:
        self._gone = True
        self._kill_at = float("inf")
        self._drain_until = now + self._drain_seconds


def _announcement(stop: Stop) -> str:
    if stop.reason == "timeout":
        return "The time limit is reached: ending all processes of this task."
    if stop.reason == "interrupted":
        return "The runner was told to end: ending all processes of this task."
    return (
        f"Canceled by {stop.by}: ending all processes of this task."
        if stop.by
        else "Canceled: ending all processes of this task."
    )


def _leave_to_the_pipe(number: int, frame: object) -> None:
    """Take a signal, so that its number is written into the pipe."""
