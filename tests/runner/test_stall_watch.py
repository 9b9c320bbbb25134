"""Where a stall is told: in `live.json`, in the log, and how it ends."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from installcast.parse.parser import Parser
from installcast.runner.journal import Journal
from installcast.runner.live import LiveFile
from installcast.runner.observe import Observer
from installcast.runner.probe import send_cancel
from installcast.runner.recorder import Recorder
from installcast.runner.stall_watch import StallWatch

from .conftest import MakeTask
from .test_package_locks import FRONTEND, Hold, hold  # noqa: F401 - a fixture

WAITS = b"Waiting for cache lock: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process %d (python)...\n"
UNIX_TIME = 1_700_000_000.0


class Bench:
    """A recorder whose script says what a test lets it say, by a clock that a test moves."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = 0.0
        parser = Parser(secrets=["hunter22"])
        journal = Journal(
            folder / "journal.jsonl", max_bytes=65_536, gap=lambda lines, size: parser.gap(lines, size, 0.0)
        )

        def wall_clock() -> float:
            return UNIX_TIME + self.now

        observer = Observer(list, root=str(folder))
        stalls = StallWatch(observer, parser.plain, wall_clock)
        self.recorder = Recorder(parser, journal, LiveFile(folder), wall_clock=wall_clock, stalls=stalls)
        self.recorder.script_started(os.getpid(), 1, self.now)

    def pass_time(self, seconds: int, command: str = "make") -> None:
        for _ in range(seconds):
            self.now += 1.0
            self.recorder.tick(self.now, lambda: command)

    def output(self, data: bytes) -> None:
        self.recorder.output(data, self.now)

    def stalled(self) -> dict[str, Any] | None:
        self.recorder.tick(self.now + 0.2, str)
        values: dict[str, Any] = json.loads((self.folder / "live.json").read_text())
        stalled: dict[str, Any] | None = values["stalled"]
        return stalled

    def lines(self) -> list[tuple[str, str]]:
        """Return level and message of all records but those of kind progress."""
        records = map(json.loads, (self.folder / "journal.jsonl").read_text().splitlines())
        return [(record["level"], record["message"]) for record in records if "kind" not in record]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.recorder.journal.close()


def test_a_wait_for_a_lock(bench: Bench, hold: Hold) -> None:  # noqa: F811
    """It is told with its holder while it lasts; the log says once that it began and, before what follows, that it is over."""
    holder = hold(bench.folder / FRONTEND[1:], "fcntl.lockf(file, fcntl.LOCK_EX)")
    for _ in range(3):
        bench.output(WAITS % holder.pid)
        bench.pass_time(1)
    stalled = bench.stalled()
    assert stalled is not None
    assert (stalled["reason"], stalled["pid"], stalled["since"]) == (
        "package_lock",
        holder.pid,
        "2023-11-14T22:13:20.000000Z",
    )
    assert stalled["command"].startswith("python")
    assert stalled["detail"] == f"{stalled['command']} (pid {holder.pid})"
    assert stalled["detail_zh"] == f"{stalled['command']}（pid {holder.pid}）"
    bench.output(b"Reading package lists...\n")
    assert bench.stalled() is None
    said = WAITS.decode().strip() % holder.pid
    assert bench.lines() == [
        ("INFO", said),
        ("WARN", f"Waiting for the package lock: held by {stalled['detail']}."),
        ("INFO", said),
        ("INFO", said),
        ("INFO", "The wait for the package lock is over after 3 s."),
        ("INFO", "Reading package lists..."),
    ]


def test_a_lock_that_is_free_again(bench: Bench, hold: Hold) -> None:  # noqa: F811
    """The kernel's word ends the wait, too, before anything is printed."""
    holder = hold(bench.folder / FRONTEND[1:], "fcntl.lockf(file, fcntl.LOCK_EX)")
    bench.output(WAITS % holder.pid)
    bench.pass_time(1)
    assert bench.stalled() is not None
    holder.communicate()
    bench.pass_time(1)
    assert bench.stalled() is None
    assert bench.lines()[-1] == ("INFO", "The wait for the package lock is over after 2 s.")


def test_a_question(bench: Bench) -> None:
    """A question without an answer is told, and put on record, since it stands in no record itself."""
    bench.output(b"hunter22 is set.\nDelete the data of hunter22? [y/N] ")
    bench.pass_time(5)
    stalled = bench.stalled()
    assert stalled is not None
    assert (stalled["reason"], stalled["detail"]) == ("waiting_for_input", "Delete the data of ***? [y/N]")
    assert bench.lines()[1:] == [
        (
            "WARN",
            "It seems to wait for an answer, which nobody can give: Delete the data of ***? [y/N]",
        )
    ]
    bench.output(b"y\n")
    assert bench.stalled() is None
    assert bench.lines()[2:] == [("INFO", "Delete the data of ***? [y/N] y")]


def test_a_real_read_from_a_terminal(make_task: MakeTask) -> None:
    """Who reads a terminal where nobody types is found by the runner, and named."""
    task = make_task(install="echo ready; read -r answer <&2", term="pty")
    task.start()
    stalled = task.wait_for(lambda: task.live().get("stalled"))
    assert stalled["reason"] == "waiting_for_input"
    assert stalled["command"] == f"bash {task.folder}/recipe/install.sh"
    assert stalled["pid"] == task.live()["script"]["pid"]
    send_cancel(task.folder, "alice")
    assert task.wait().status == "canceled"
    assert any(message.startswith("It seems to wait for an answer") for message in task.messages())


def test_silence(bench: Bench) -> None:
    """After a minute the silence is told with what runs, masked; the log says nothing of it, and any report ends it."""
    bench.output(b"compiling\n")
    bench.pass_time(61, "cc -Dkey=hunter22")
    stalled = bench.stalled()
    assert stalled is not None
    assert (stalled["reason"], stalled["command"], stalled["pid"]) == ("silent", "cc -Dkey=***", None)
    assert stalled["detail"] == "all its processes sleep: cc -Dkey=***"
    bench.recorder.reports(b'{"type":"progress","percent":10}\n', b"", bench.now)
    assert bench.stalled() is None
    assert bench.lines() == [("INFO", "compiling")]


def test_nothing_is_told_between_scripts(bench: Bench) -> None:
    """A stall ends with its script."""
    bench.pass_time(61)
    assert bench.stalled() is not None
    bench.recorder.script_ended()
    assert bench.stalled() is None
    bench.pass_time(61)
    assert bench.stalled() is None
