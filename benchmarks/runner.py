"""The runner as a real process: a script of a million lines, the time to its first record, its memory.

Beside it what a user would take instead: the same script into a file by the shell.
"""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from benchmarks.report import Row, at_least, at_most, percentile
from installcast.record import decode
from installcast.runner.environment import script_environment
from installcast.runner.probe import is_running, read_exit, read_started, runner_argv
from installcast.runner.spec import Phase, Secrets, TaskSpec

LINES = 1_000_000
LINE = "gcc -c -pipe -O2 -W -Wall -Iobjs -o objs/src/core/example.o src/core/example.c"
TOOL_LINE = "Unpacking libexample-data (2.41.3-1) over (2.41.2-4) of the archive ..."
"""From which progress is read."""
STARTS = 20


def prepare(folder: Path, script: str, *, secrets: tuple[str, ...] = ()) -> Path:
    """Return the folder of a task that runs ``script``."""
    (folder / "work").mkdir(parents=True)
    (folder / "lib").mkdir()
    path = folder / "install.sh"
    path.write_text(script)
    secrets_file = folder.with_name(folder.name + ".secrets")
    Secrets({}, secrets).write(secrets_file)
    environment = script_environment(
        folder, task_id=folder.name, key="bench", software_version="1", action="install"
    )
    TaskSpec(
        task_id=folder.name,
        key="bench",
        software_version="1",
        action="install",
        phases=(Phase("install", ("/bin/bash", str(path))),),
        environment=environment,
        work_dir=folder / "work",
        secrets_file=secrets_file,
        max_bytes=1 << 30,
    ).write(folder)
    return folder


def anonymous_mib(pid: int) -> float:
    """Return a process's anonymous memory in MiB, as the kernel counts it."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1024
    raise LookupError("no RssAnon")


def throughput(base: Path) -> list[Row]:
    """A script that prints a million lines, through parse, mask and journal; memory at its start and at its most."""
    began = time.perf_counter()
    with (base / "plain.log").open("wb") as log:
        subprocess.run(["/bin/bash", "-c", _printing(LINE)], stdout=log, check=True)
    floor = LINES / (time.perf_counter() - began)
    rate, memory = _through_runner(base / "lines", LINE)
    tool_rate, _ = _through_runner(base / "tool-lines", TOOL_LINE)
    return [
        at_least("1,000,000 lines through the runner, 3 secrets", rate, "lines/s", 200_000),
        Row("  lines of dpkg instead, each read for progress", f"{tool_rate:,.0f} lines/s"),
        Row("  the same script into a file by the shell", f"{floor:,.0f} lines/s"),
        at_most("  anonymous memory meanwhile, at its most", memory, "MiB", 40),
    ]


def _printing(line: str) -> str:
    return f"yes '{line}' | head -n {LINES}\n"


def _through_runner(task: Path, line: str) -> tuple[float, float]:
    """Return lines per second, and MiB at the most."""
    folder = prepare(task, _printing(line), secrets=("correct-horse", "battery-staple", "tr0ub4dor&3"))
    began = time.perf_counter()
    process = subprocess.Popen(runner_argv(folder, foreground=True))
    memory: list[float] = []
    while process.poll() is None:
        time.sleep(0.05)
        started = read_started(folder)
        if started is not None and is_running(folder):
            memory.append(anonymous_mib(process.pid))
    rate = LINES / (time.perf_counter() - began)
    outcome = read_exit(folder)
    assert outcome is not None
    assert outcome.status == "succeeded"
    assert outcome.last_seq >= LINES
    return rate, max(memory)


def starts(base: Path) -> list[Row]:
    """From the launch of a runner to its script's first record, and the memory of a quiet one."""
    waits: list[float] = []
    memory: list[float] = []
    for index in range(STARTS):
        folder = prepare(base / f"start-{index}", "echo first\nsleep 0.3\n")
        began = time.time()
        process = subprocess.Popen(runner_argv(folder, foreground=True))
        journal = folder / "journal.jsonl"
        while not (journal.exists() and journal.stat().st_size):
            time.sleep(0.001)
        waits.append(time.time() - began)
        memory.append(anonymous_mib(process.pid))
        process.wait()
        assert "first" in [decode(line).message for line in journal.read_bytes().splitlines()]
    return [
        at_most("runner: launch to first record, median", percentile(waits, 0.5) * 1000, "ms", 200),
        at_most("runner: anonymous memory, median", percentile(memory, 0.5), "MiB", 20),
    ]


def measure(base: Path) -> list[Row]:
    """Measure in ``base``, an empty folder."""
    return [*throughput(base), *starts(base)]
