"""Take a task, at most once, and leave the one who started us.

The first process ends with status 0 only when the runner holds the task's lock and has made ``started``: so its status
tells whether the task runs. ``Type=forking`` of systemd reads it in the same way.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from installcast.parse.parser import Parser
from installcast.record import timestamp
from installcast.runner import linux
from installcast.runner.cgroup import Cgroup, own_cgroup
from installcast.runner.channels import Channels
from installcast.runner.child import leave_reader
from installcast.runner.clock import WallClock
from installcast.runner.environment import EVENTS_FILE, PROGRESS_FILE, user
from installcast.runner.history import read_history
from installcast.runner.inputs import OUTPUT_FIFO, Control, ReportFile, open_output
from installcast.runner.journal import JOURNAL_FILE, Journal
from installcast.runner.live import LiveFile
from installcast.runner.loop import SignalPipe, Surroundings
from installcast.runner.memory import Memory, watch_memory
from installcast.runner.observe import Observer
from installcast.runner.outcome import ExitFile, Outcome, sync_folder
from installcast.runner.probe import (
    CONTROL_FIFO,
    LOCK_FILE,
    PID_FILE,
    STARTED_FILE,
    WRITE_LOCK,
    Started,
    this_boot,
)
from installcast.runner.recorder import Recorder
from installcast.runner.spec import Secrets, TaskSpec, read_spec, take_secrets
from installcast.runner.stall_watch import StallWatch
from installcast.runner.task import TaskRun
from installcast.runner.tree import ProcessTree, start_time

EXIT_OWN_FAILURE = 125
"""Exit status when the runner itself is at fault, not the script."""

RUNNER_LOG = "runner.log"
"""What a runner in the background says on standard error: nothing, but for a fault of its own."""

_EXIT_CANCELED = 130
"""Of a canceled script that ended well: what did not succeed must not look as if it had."""

_TAKEN = b"\0"
_USAGE = "usage: python -m installcast.runner [--foreground] TASK_FOLDER"


class CannotStartError(Exception):
    """The task cannot be run, or not by us. Nothing was run."""


class _Task(NamedTuple):
    """A task that is ours, ready to run."""

    run: TaskRun
    secrets: Secrets | None
    memory: Memory
    lock: int
    """Holds the lock as long as it is open: until this process is gone."""


def main(arguments: list[str]) -> int:
    """Run the task that ``arguments`` name. Returns the exit status of this process."""
    foreground = arguments[:1] == ["--foreground"]
    if len(arguments) != 1 + foreground or arguments[-1].startswith("-"):
        print(_USAGE, file=sys.stderr)  # noqa: T201
        return 2
    # Whatever the one who started us had open: a socket of his must not live on in what we install.
    _close_inherited()
    os.umask(0o022)  # of the scripts; all files of the task are made with modes of their own
    folder = Path(arguments[-1]).absolute()
    try:
        spec = _read_spec(folder)
        return _run_here(spec, folder) if foreground else _run_in_background(spec, folder)
    except CannotStartError as error:
        print(f"installcast runner: {error}", file=sys.stderr)  # noqa: T201
        return EXIT_OWN_FAILURE


def _close_inherited() -> None:
    # Not up to SC_OPEN_MAX, which may be -1 or a billion.
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208
        if int(name) > 2:
            with suppress(OSError):  # the one that listed them
                os.close(int(name))


def _run_here(spec: TaskSpec, folder: Path) -> int:
    """Return when the task has ended, with the exit status of its script."""
    signals = SignalPipe((signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP))
    return _exit_status(_carry_out(_take(spec, folder, signals, set())))


def _run_in_background(spec: TaskSpec, folder: Path) -> int:
    """Return 0 as soon as a process that belongs to nobody has taken the task."""
    read_end, write_end = os.pipe()
    if first := os.fork():
        os.close(write_end)
        os.waitpid(first, 0)
        with open(read_end, "rb") as report:  # noqa: PTH123 - of a descriptor
            said = report.read()
        if said == _TAKEN:
            return 0
        raise CannotStartError(said.decode(errors="replace") or f"it died; {folder / RUNNER_LOG} may say why")
    os.close(read_end)
    os.setsid()
    starters = {os.getppid(), os.getpid()}
    if os.fork():
        # The runner must not lead its session: a terminal that it opens would become a controlling one.
        os._exit(0)
    signals = SignalPipe((signal.SIGCHLD, signal.SIGTERM))
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        _leave_standard_descriptors(folder)
        task = _take(spec, folder, signals, starters)
    except CannotStartError as error:
        os.write(write_end, str(error).encode())
        return EXIT_OWN_FAILURE
    _tell_pid(folder)
    os.write(write_end, _TAKEN)
    os.close(write_end)
    _carry_out(task)
    return 0


def _take(spec: TaskSpec, folder: Path, signals: SignalPipe, starters: set[int]) -> _Task:
    """Make the task ours. ``starters`` are the processes that led to this one. Raises :class:`CannotStartError`."""
    try:
        os.chdir(spec.work_dir)
        lock = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.fcntl(lock, fcntl.F_OFD_SETLK, WRITE_LOCK)
    except BlockingIOError:
        raise CannotStartError(f"{folder.name} runs already") from None
    except OSError as error:
        raise _cannot_start(folder, error) from None
    if (folder / STARTED_FILE).exists():
        raise CannotStartError(f"{folder.name} has been run before; a task runs once")
    try:
        return _open(spec, folder, signals, lock, own_cgroup({os.getpid(), *starters}))
    except OSError as error:
        raise _cannot_start(folder, error) from None


def _open(spec: TaskSpec, folder: Path, signals: SignalPipe, lock: int, cgroup: Cgroup | None) -> _Task:
    """Open all that the task needs, and mark it as started. Raises ``OSError``."""
    control = Control(folder / CONTROL_FIFO)
    output = open_output(folder / OUTPUT_FIFO)
    events, progress = ReportFile(folder / EVENTS_FILE), ReportFile(folder / PROGRESS_FILE)
    live = LiveFile(folder)
    exit_file = ExitFile(folder)
    report_watch: int | None = None
    # A user has 128 of them, unless the machine is told otherwise, and others want some, too.
    with suppress(OSError):
        report_watch = linux.watch_writes([events.path, progress.path])
    parser = Parser(
        max_line_bytes=spec.max_line_bytes,
        steps=spec.steps,
        locale=spec.locale,
        history=read_history(spec.history_file),
    )
    wall_clock = WallClock()
    journal = Journal(
        folder / JOURNAL_FILE,
        max_bytes=spec.max_bytes,
        gap=lambda lines, size: parser.gap(lines, size, wall_clock()),
    )
    memory = watch_memory(cgroup, spec.task_id)
    linux.become_subreaper()
    # The last that can fail: what is not marked has not run, and may be tried again.
    _mark_started(folder, wall_clock())
    # Only now, since whoever is refused must not take them from the one who runs.
    secrets = _secrets(spec)
    for value in secrets.mask if secrets else ():
        parser.add_secret(value)
    tree = ProcessTree(cgroup)
    stalls = StallWatch(Observer(tree.processes), parser.plain, wall_clock)
    channels = Channels(tree, locale=spec.locale)
    surroundings = Surroundings(
        recorder=Recorder(parser, journal, live, wall_clock=wall_clock, stalls=stalls, channels=channels),
        channels=channels,
        tree=tree,
        memory=memory,
        signals=signals,
        control=control,
        events=events,
        progress=progress,
        report_watch=report_watch,
        kill_grace=spec.kill_grace,
        user=user()[0],
    )
    return _Task(TaskRun(spec, folder, output, surroundings, exit_file), secrets, memory, lock)


def _carry_out(task: _Task) -> Outcome:
    try:
        return task.run.run(task.secrets)
    finally:
        os.chdir("/")
        for descriptor in task.run.held_outputs:
            leave_reader(descriptor)
        task.memory.leave()


def _mark_started(folder: Path, now: float) -> None:
    """Make ``started``, durably: after a power cut, too, a task must not run a second time."""
    started = Started(
        pid=os.getpid(),
        start_time=start_time(os.getpid()),
        boot_id=this_boot(),
        started_at=timestamp(now),
    )
    path = folder / STARTED_FILE
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 - of a descriptor
            file.write(json.dumps(started._asdict()) + "\n")
            file.flush()
            os.fsync(descriptor)
        sync_folder(folder)
    except OSError:
        # It would say that something was run.
        with suppress(OSError):
            path.unlink()
        raise


def _tell_pid(folder: Path) -> None:
    """Tell systemd which process the unit stands for (``PIDFile=``): the one to be asked to end at a shutdown."""
    with suppress(OSError):
        descriptor = os.open(folder / PID_FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        os.write(descriptor, b"%d\n" % os.getpid())
        os.close(descriptor)


def _secrets(spec: TaskSpec) -> Secrets | None:
    """Return the secrets of the task, or ``None`` when they are lost."""
    if spec.secrets_file is None:
        return Secrets({}, ())
    try:
        return take_secrets(spec.secrets_file)
    except (OSError, ValueError):
        return None


def _leave_standard_descriptors(folder: Path) -> None:
    """Read nothing, print nothing; a fault of our own goes into a file."""
    try:
        nothing = os.open(os.devnull, os.O_RDWR)
        own_log = os.open(folder / RUNNER_LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        raise _cannot_start(folder, error) from None
    for descriptor, number in ((nothing, 0), (nothing, 1), (own_log, 2)):
        os.dup2(descriptor, number)
    os.close(nothing)
    os.close(own_log)


def _read_spec(folder: Path) -> TaskSpec:
    try:
        return read_spec(folder)
    except OSError as error:
        raise _cannot_start(folder, error) from None
    except ValueError as error:
        raise CannotStartError(str(error)) from None


def _cannot_start(folder: Path, error: OSError) -> CannotStartError:
    return CannotStartError(f"{error.filename or folder}: {error.strerror}")


def _exit_status(outcome: Outcome) -> int:
    if outcome.exit_code is None:
        return EXIT_OWN_FAILURE
    if outcome.status == "succeeded" or outcome.exit_code != 0:
        return outcome.exit_code
    return _EXIT_CANCELED
