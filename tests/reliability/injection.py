"""Faults in a runner at each system call that leaves a trace in its task's folder: strace makes the n-th one fail, or kills."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from pathlib import Path
from typing import Literal, NamedTuple

from installcast.runner.probe import runner_argv
from installcast.runner.spec import read_spec

KILLABLE = (
    "openat",
    "mknodat",
    "fallocate",
    "write",
    "pwrite64",
    "ftruncate",
    "fsync",
    "fdatasync",
    "rename",
    "unlink",
)
DISK_CALLS = KILLABLE[KILLABLE.index("fallocate") :]
"""What a disk that fails answers with an error; names and inodes are mostly in memory."""

_FILES = (
    "",
    "run.lock",
    "started",
    "control",
    "output",
    "events",
    "progress",
    "live.json",
    "journal.jsonl",
    "exit.json",
    "exit.json.tmp",
    "runner.log",
    "runner.pid",
)
_SCRIPTS_WRITE = ("output", "progress")
"""A fault that only the runner is to meet does not count calls on these, which its scripts make, too."""

Fault = Literal["KILL", "EIO", "EIO from then on"]

_ACTIONS = {
    "KILL": "signal=KILL:when={}",
    "EIO": "error=EIO:when={}",
    "EIO from then on": "error=EIO:when={}+",
}


class Step(NamedTuple):
    """The ``number``-th time that one process of a runner makes the system call ``call`` on one of its files."""

    call: str
    number: int


class Traced(NamedTuple):
    """A runner that has ended, its scripts as well."""

    log: str
    """What strace saw."""
    folder: Path

    @property
    def was_hit(self) -> bool:
        """Whether the fault came to pass."""
        return "INJECTED" in self.log or "killed by SIGKILL" in self.log

    def steps(self) -> list[Step]:
        """Return all steps of the process that made the most of them: the runner, not the one that started it."""
        calls = Counter(re.findall(r"^(\d+) +(\w+)\(", self.log, re.MULTILINE))
        runner = Counter(pid for pid, _ in calls.elements()).most_common(1)[0][0]
        return [
            Step(call, number)
            for (pid, call), count in calls.items()
            if pid == runner
            for number in range(1, count + 1)
        ]


def run_traced(
    folder: Path, calls: tuple[str, ...], fault: Fault = "KILL", step: Step | None = None
) -> Traced:
    """Start the task in ``folder`` as a service would; return when all its processes are gone.

    ``calls`` are traced, and ``fault`` comes at ``step``, if there is one.
    """
    names = [name for name in _FILES if fault == "KILL" or name not in _SCRIPTS_WRITE]
    log = folder.with_name(f"{folder.name}.strace")
    argv = ["strace", "-f", "-q", "-o", str(log), "-e", f"trace={','.join(calls)}", "-e", "signal=KILL"]
    if step is not None:
        argv += ["-e", f"inject={step.call}:{_ACTIONS[fault].format(step.number)}"]
    if fault != "KILL":
        argv.append("--seccomp-bpf")  # under which a signal would get lost
    secrets = read_spec(folder).secrets_file
    for path in (*(folder / name for name in names), *([secrets] if secrets else [])):
        argv += ["-P", str(path)]
    subprocess.run([*argv, "--", *runner_argv(folder)], check=False, capture_output=True, timeout=60)
    text = log.read_text(errors="replace")
    log.unlink()
    return Traced(text, folder)
