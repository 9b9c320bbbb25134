"""Task folders with real scripts, and real runners for them."""

from __future__ import annotations

import fcntl
import json
import os
import select
import shutil
import signal
import struct
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

import installcast.runner
from installcast.runner import stand_ins
from installcast.runner.environment import SHELL_HELPERS, script_environment
from installcast.runner.linux import watch_writes
from installcast.runner.outcome import Outcome
from installcast.runner.probe import is_running, read_exit, runner_argv, send_cancel
from installcast.runner.spec import Phase, Secrets, TaskSpec

from .scripts import RunningScript

SHELL = Path(installcast.runner.__file__).with_name("shell")
SHELL_SOURCE = SHELL / "installcast.sh"

_READ_LOCK = struct.pack("hhqqi4x", fcntl.F_RDLCK, os.SEEK_SET, 0, 0, 0)


def wait_until(
    condition: Callable[[], Any], watched: list[Path], seconds: float = 20, why_not: Callable[[], str] = str
) -> Any:
    """Wait until ``condition`` is true, with a look each time that one of ``watched`` is written; return its value."""
    watch = watch_writes(watched)
    poll = select.poll()
    poll.register(watch, select.POLLIN)
    try:
        while not (value := condition()):
            assert poll.poll(seconds * 1000), f"nothing was written for too long; {why_not()}"
            os.read(watch, 4096)
    finally:
        os.close(watch)
    return value


class Task:
    """A task's folder, the scripts in it, and the runner that carries them out."""

    def __init__(
        self, folder: Path, scripts: dict[str, str], *, secrets: Secrets | None, **options: Any
    ) -> None:
        self.folder = folder
        self.left_behind: list[int] = []
        """Leaders of process groups that the test has let live."""
        self._foreground: subprocess.Popen[str] | None = None
        program: Path | None = options.pop("program", None)
        self._argv = runner_argv(folder)
        if program is not None:
            self._argv = [
                str(program / "__main__.py") if word.endswith("__main__.py") else word for word in self._argv
            ]
        for name in ("recipe", "lib", "work"):
            (folder / name).mkdir(parents=True)
        shutil.copy(SHELL_SOURCE, folder / SHELL_HELPERS)
        phases = {phase: self._script(phase, text) for phase, text in scripts.items()}
        rollback = phases.pop("rollback", None)
        detect, check = phases.pop("detect", None), phases.pop("check", None)
        environment = script_environment(
            folder, task_id=folder.name, key="thing", software_version="1.0", action="install"
        )
        environment |= options.pop("environment", {})
        if secrets is not None:
            options["secrets_file"] = folder.with_name(folder.name + ".secrets")
            secrets.write(options["secrets_file"])
        self.spec = TaskSpec(
            task_id=folder.name,
            key="thing",
            software_version="1.0",
            action="install",
            phases=tuple(phases.values()),
            rollback=rollback,
            detect=detect and detect._replace(phase="verify"),
            verify=check and check._replace(phase="verify"),
            environment=environment,
            work_dir=folder / "work",
            **options,
        )
        self.spec.write(folder)

    def _script(self, phase: str, text: str) -> Phase:
        path = self.folder / "recipe" / f"{phase}.sh"
        path.write_text(text)
        return Phase(phase, ("/bin/bash", str(path)))

    # --- the runner ----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the runner in the background."""
        answer = self.try_to_start()
        assert answer.returncode == 0, answer.stderr

    def try_to_start(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self._argv, capture_output=True, text=True, check=False, timeout=30)

    def start_in_foreground(self) -> subprocess.Popen[str]:
        self._foreground = subprocess.Popen(runner_argv(self.folder, foreground=True), text=True)
        return self._foreground

    def run(self) -> Outcome:
        """Start the runner and wait for its end."""
        self.start()
        return self.wait()

    def wait(self) -> Outcome:
        """Wait until the runner is gone; return what it left."""
        self.wait_until_released()
        outcome = read_exit(self.folder)
        assert outcome is not None, self._own_log()
        return outcome

    def wait_until_released(self) -> None:
        """Wait until no runner holds the lock: the kernel wakes us."""
        with (self.folder / "run.lock").open() as lock:
            fcntl.fcntl(lock, fcntl.F_OFD_SETLKW, _READ_LOCK)

    def wait_for(self, condition: Callable[[], Any], *paths: str, seconds: float = 20) -> Any:
        """Wait until ``condition`` is true, with a look each time that one of ``paths`` is written; return its value."""
        watched = [self.folder / path for path in paths or ("journal.jsonl", "live.json")]
        return wait_until(condition, watched, seconds, self._own_log)

    def wait_for_line(self, text: str) -> None:
        """Wait until a record of this message is in the journal."""
        self.wait_for(lambda: text in self.messages())

    def pid(self) -> int:
        """Return the pid of the runner."""
        pid: int = json.loads((self.folder / "started").read_text())["pid"]
        return pid

    def kill_runner(self) -> None:
        """Kill the runner as a crash would."""
        os.kill(self.pid(), signal.SIGKILL)
        self.wait_until_released()

    # --- what it left --------------------------------------------------------------------------------------------------

    def journal(self) -> bytes:
        return (self.folder / "journal.jsonl").read_bytes()

    def records(self) -> list[dict[str, Any]]:
        """Return the finished records."""
        return [json.loads(line) for line in self.journal().split(b"\n")[:-1]]

    def messages(self) -> list[str]:
        return [record["message"] for record in self.records()]

    def live(self) -> dict[str, Any]:
        """Return what ``live.json`` says, nothing while it is being written."""
        with suppress(ValueError):
            values: dict[str, Any] = json.loads((self.folder / "live.json").read_bytes().partition(b"\n")[0])
            return values
        return {}

    def work_text(self, name: str) -> str:
        return (self.folder / "work" / name).read_text().strip()

    def _own_log(self) -> str:
        return f"the runner says: {(self.folder / 'runner.log').read_text()!r}"

    def clean_up(self) -> None:
        """Leave nothing running."""
        if is_running(self.folder):
            send_cancel(self.folder, "the test")
            self.wait_until_released()
        if self._foreground is not None:
            self._foreground.wait(timeout=30)
        for leader in self.left_behind:
            with suppress(ProcessLookupError):
                os.killpg(leader, signal.SIGKILL)


MakeTask = Callable[..., Task]


@pytest.fixture
def make_task(tmp_path: Path) -> Iterator[MakeTask]:
    """Make a task folder: ``make_task(install="echo hi", verify="…", timeout=5)``; each phase is a bash script."""
    tasks: list[Task] = []

    def make(*, secrets: Secrets | None = None, folder: Path | None = None, **arguments: Any) -> Task:
        names = ("precheck", "install", "verify", "upgrade", "uninstall", "rollback", "detect", "check")
        scripts = {name: arguments.pop(name) for name in names if name in arguments}
        arguments.setdefault("kill_grace", 5)
        task = Task(folder or tmp_path / f"thing-1.0-{len(tasks)}", scripts, secrets=secrets, **arguments)
        tasks.append(task)
        return task

    yield make
    for task in tasks:
        task.clean_up()


@contextmanager
def open_folder() -> Iterator[Path]:
    """Make a folder that everybody may enter. (pytest keeps its own ones closed, and closes them again and again.)"""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def is_alive(pid: int) -> bool:
    """Return whether the process exists and is no zombie."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


StartScript = Callable[..., RunningScript]


@pytest.fixture
def start_script(tmp_path: Path) -> Iterator[StartScript]:
    """Start scripts: ``start_script("cat gate1")``, by ``bash`` unless a command follows."""
    scripts: list[RunningScript] = []

    def start(text: str, *command: str, environment: dict[str, str] | None = None) -> RunningScript:
        folder = tmp_path / f"script-{len(scripts)}"
        folder.mkdir()
        scripts.append(RunningScript(folder, text, *command, environment=environment))
        return scripts[-1]

    yield start
    for script in scripts:
        script.clean_up()


_REAL = """#!/bin/sh
echo "${0##*/}:$*"
for number in 3 4 5 6 7 8 9; do
    if [ -e /proc/$$/fd/$number ]; then readlink /proc/$$/fd/$number; fi
done
exit 7
"""


@pytest.fixture
def real(tmp_path: Path) -> Path:
    """A folder with an apt-get and an apt that say how they were called, what they have open, and end with 7."""
    folder = tmp_path / "real"
    folder.mkdir()
    for name in ("apt-get", "apt"):
        (folder / name).write_text(_REAL)
        (folder / name).chmod(0o755)
    return folder


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The package in a folder that everybody may enter."""
    with open_folder() as folder:
        shutil.copytree(SHELL, folder / "shell")
        monkeypatch.setattr(stand_ins, "__file__", str(folder / "stand_ins.py"))
        yield folder / "shell/stand_ins/apt"
