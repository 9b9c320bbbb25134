"""What is due when: unfinished lines, heartbeats, and `live.json`, by a clock that passes when a test says so."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import datetime
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import pytest

from installcast.parse.observation import Observation
from installcast.parse.parser import Parser
from installcast.runner.channels import Channels
from installcast.runner.journal import Journal
from installcast.runner.live import LiveFile
from installcast.runner.recorder import Recorder

from .conftest import StartScript
from .scripts import RunningScript


class Bench:
    """A recorder whose time stands still."""

    def __init__(self, folder: Path, channels: Channels | None = None, used: float = 0.0) -> None:
        self.folder = folder
        processor_time = count(step=used)
        self.now = 1000.0
        self.command = ""
        self.parser = Parser(secrets=["hunter22"])
        journal = Journal(folder / "journal.jsonl", max_bytes=65_536, gap=self._gap, clock=lambda: self.now)
        self.recorder = Recorder(
            self.parser,
            journal,
            LiveFile(folder),
            wall_clock=lambda: 1_700_000_000 + self.now,
            channels=channels,
            cpu_clock=lambda: next(processor_time),
        )
        self.tick()

    def _gap(self, lines: int, size: int) -> str:
        return self.parser.gap(lines, size, 0.0)

    def tick(self, seconds: float = 0.0) -> float:
        """Let time pass; return in how many seconds the recorder wants to be called again."""
        self.now = round(self.now + seconds, 3)
        return round(self.recorder.tick(self.now, lambda: self.command) - self.now, 3)

    def output(self, data: bytes) -> None:
        self.recorder.output(data, self.now)

    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "journal.jsonl").read_text().splitlines()]

    def live(self) -> dict[str, Any]:
        values: dict[str, Any] = json.loads((self.folder / "live.json").read_text())
        return values

    def partial(self) -> str | None:
        body = self.live()["partial"]
        if body is None:
            return None
        message: str = json.loads("{" + body)["message"]
        return message


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.recorder.journal.close()


def test_a_line_is_on_record_at_once(bench: Bench) -> None:
    """Nothing waits for a timer that could be written now."""
    bench.output(b"one\ntwo\nthr")
    assert [record["message"] for record in bench.records()] == ["one", "two"]


def test_an_unfinished_line_is_shown_after_200_ms(bench: Bench) -> None:
    """Not sooner, since most are finished by then; and gone when it is finished."""
    bench.tick(0.5)
    bench.output(b"Password: ")
    assert bench.tick() == 0.2
    assert bench.partial() is None
    bench.tick(0.199)
    assert bench.partial() is None
    bench.tick(0.001)
    assert bench.partial() == "Password: "
    assert bench.live()["next_seq"] == 0
    bench.output(b"ok\n")
    bench.tick(0.15)
    assert bench.partial() is None
    assert bench.live()["next_seq"] == 1


def test_an_unfinished_line_stays_when_a_heartbeat_comes(bench: Bench) -> None:
    """It has the number of the next record, whatever was recorded since it was printed."""
    bench.command = "read answer"
    bench.tick(0.9)
    bench.output(b"one\nPassword: ")
    for _ in range(12):
        bench.tick(0.25)
    assert [record.get("kind") for record in bench.records()] == [None, "progress"]
    assert bench.partial() == "Password: "
    assert bench.live()["next_seq"] == 2


def test_a_redrawn_line_is_shown_ten_times_a_second(bench: Bench) -> None:
    """A bar moves while it is drawn, but no oftener than eyes can follow."""
    bench.tick(0.5)
    shown = set()
    for percent in range(100):
        bench.output(b"\r%d%%" % percent)
        bench.tick(0.01)
        shown.add(bench.partial())
    assert 9 <= len(shown) <= 12
    assert bench.records() == []


def test_the_beginning_of_a_secret_is_not_shown(bench: Bench) -> None:
    """An unfinished line holds back what may become a secret."""
    bench.output(b"it is hunt")
    bench.tick(0.25)
    assert bench.partial() == "it is "
    bench.output(b"er22")
    bench.tick(0.25)
    assert bench.partial() == "it is ***"


def test_what_goes_on_is_told_once_a_second_while_nothing_is_printed(bench: Bench) -> None:
    """A new command makes a record when nothing was printed for a second; the same one makes none."""
    bench.output(b"hello\n")
    bench.command = "apt-get update"
    for _ in range(9):
        bench.tick(0.1)
    assert len(bench.records()) == 1
    for _ in range(50):
        bench.tick(0.1)
    assert [(r["message"], r.get("kind")) for r in bench.records()] == [
        ("hello", None),
        ("apt-get update", "progress"),
    ]
    bench.command = "apt-get install"
    for _ in range(20):
        bench.tick(0.1)
    assert bench.records()[-1]["message"] == "apt-get install"
    assert len(bench.records()) == 3


def test_the_progress_that_moves_in_silence_is_told(bench: Bench) -> None:
    """A script that only reports percentages is seen to live."""
    for percent in (10, 20, 30):
        bench.recorder.reports(b'{"type":"progress","percent":%d}\n' % percent, b"", bench.now)
        for _ in range(12):
            bench.tick(0.1)
    assert [(r["progress"], r["kind"]) for r in bench.records()] == [
        (10, "progress"),
        (20, "progress"),
        (30, "progress"),
    ]


def test_messages_and_heartbeats_come_at_most_once_a_second(bench: Bench) -> None:
    """What scripts say of their progress and what the runner sees share one clock; what had to wait comes by itself."""
    for number in range(100):
        bench.command = f"command {number}"
        if number % 7 == 5:
            bench.recorder.reports(b'{"type":"progress","message":"m%d"}\n' % number, b"", bench.now)
        bench.tick(0.1)
    stamps = [datetime.fromisoformat(r["timestamp"]) for r in bench.records() if r.get("kind") == "progress"]
    assert len(stamps) >= 5
    assert all((later - former).total_seconds() >= 1 for former, later in pairwise(stamps))


def test_a_message_that_waits_comes_in_silence(bench: Bench) -> None:
    """A message soon after a heartbeat is on record a moment later, whatever the script does not say then."""
    bench.command = "make"
    for _ in range(11):
        bench.tick(0.1)
    assert bench.records()[-1]["message"] == "make"
    bench.tick(0.1)
    bench.recorder.reports(b'{"type":"progress","message":"Compiling"}\n', b"", bench.now)
    assert bench.records()[-1]["message"] == "make"
    for _ in range(20):
        bench.tick(0.1)
    assert bench.records()[-1]["message"] == "Compiling"


def test_no_heartbeat_while_lines_come(bench: Bench) -> None:
    """Who prints needs no other sign of life."""
    for number in range(50):
        bench.command = f"step {number}"
        bench.output(b"line\n")
        bench.tick(0.1)
    assert len(bench.records()) == 50


def test_heartbeats_go_on_over_the_limit(bench: Bench) -> None:
    """When lines are only kept for the end, it is still told that there is life."""
    bench.output(b"x" * 99 + b"\n" * 1000)
    bench.recorder.journal.full = True
    before = len(bench.records())
    for second in range(3):
        bench.command = f"command {second}"
        for _ in range(10):
            bench.output(b"more\n")
            bench.tick(0.1)
    assert [r["message"] for r in bench.records()[before:]][-2:] == ["command 1", "command 2"]


def test_the_activity_is_masked(bench: Bench) -> None:
    """A secret in a command line is shown nowhere."""
    bench.command = "mysql --password=hunter22"
    bench.tick(1.0)
    bench.tick(0.1)
    assert bench.live()["activity"] == "mysql --password=***"
    assert b"hunter22" not in (bench.folder / "journal.jsonl").read_bytes()


def test_live_json_tells_where_the_task_stands(bench: Bench) -> None:
    """Its keys are those that the design names, and the script's process while there is one."""
    bench.recorder.enter_phase("install", bench.now)
    bench.recorder.script_started(42, 4711, bench.now)
    bench.recorder.reports(b'{"type":"step","current":1,"total":4,"title":"Fetch"}\n', b"", bench.now)
    bench.tick(0.1)
    live = bench.live()
    assert set(live) == {
        "next_seq", "partial", "phase", "progress", "step", "current_step", "total_steps", "progress_basis",
        "activity", "eta_seconds", "stalled", "script",
    }  # fmt: skip
    assert (live["phase"], live["step"], live["current_step"], live["total_steps"]) == (
        "install",
        "Fetch",
        1,
        4,
    )
    assert live["script"] == {"pid": 42, "start_time": 4711}
    bench.recorder.script_ended()
    bench.tick(0.1)
    assert bench.live()["script"] is None


def test_live_json_is_always_one_line(bench: Bench) -> None:
    """A shorter text leaves nothing of a longer one behind."""
    bench.output(b"a long unfinished line " * 100)
    bench.tick(0.2)
    bench.output(b"\n")
    bench.tick(0.1)
    text = (bench.folder / "live.json").read_text()
    assert text.count("\n") == 1
    assert text.endswith("}\n")


def test_an_idle_recorder_sleeps(bench: Bench) -> None:
    """Without anything to tell it wants to be called once a second, not more."""
    bench.tick(1.0)
    assert bench.tick(0.2) == 0.8
    assert bench.tick(0.8) == 1.0


@pytest.fixture
def unpacking(start_script: StartScript) -> RunningScript:
    """A script that has begun with something that is known to take its time."""
    return start_script("cat gate1\ntar -xf gate2\ntrue\n")


@pytest.fixture
def channels(unpacking: RunningScript) -> Iterator[Channels]:
    channels = Channels(unpacking.tree)
    channels.prepare(["bash", str(unpacking.path)], {})
    yield channels
    channels.end()


def test_a_running_script_is_looked_at(unpacking: RunningScript, channels: Channels, tmp_path: Path) -> None:
    """From its start to its end, every 150 ms while it moves; what is seen is in `live.json` at once, without any output."""
    bench = Bench(tmp_path, channels)
    assert bench.tick(1.0) == 1.0, "nothing runs yet"
    bench.recorder.enter_phase("install", bench.now, script=channels.script_text)
    bench.recorder.script_started(unpacking.process.pid, 4711, bench.now)
    unpacking.waits_at("gate1")
    assert bench.tick() <= 0.15
    unpacking.open("gate1")
    unpacking.until(lambda: unpacking.tree.activity().startswith("tar"))
    assert bench.tick(0.15) <= 0.15
    bench.tick(0.1)
    assert bench.live()["step"] == "Extract: gate2"
    bench.recorder.script_ended()
    bench.tick(1.0)
    assert bench.tick() == 1.0


def test_looking_is_never_dear(unpacking: RunningScript, channels: Channels, tmp_path: Path) -> None:
    """A look that takes long is not repeated soon."""
    bench = Bench(tmp_path, channels, used=0.004)
    bench.recorder.script_started(unpacking.process.pid, 4711, bench.now)
    assert bench.tick() == 0.5


def test_a_fault_in_a_look(
    unpacking: RunningScript, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It costs that look, is told once, and ends nothing."""
    bench = Bench(tmp_path, FaultyChannels(unpacking.tree))
    bench.recorder.script_started(unpacking.process.pid, 4711, bench.now)
    for _ in range(30):
        bench.tick(0.1)
    bench.output(b"goes on\n")
    assert bench.records()[-1]["message"] == "goes on"
    assert capsys.readouterr().err.count("IndexError: a fault in looking") == 1


class FaultyChannels(Channels):
    """Channels with a fault of the kind that none should have."""

    def look(self) -> Observation:
        raise IndexError("a fault in looking")


class FaultyParser(Parser):
    """A parser with a fault of the kind that none should have."""

    def feed(self, data: bytes, now: float) -> list[str]:
        if b"poison" in data:
            raise IndexError("a fault in parsing")
        return super().feed(data, now)


def test_a_gap_shifts_no_index(tmp_path: Path) -> None:
    """What the parser counts and what the journal counts stay the same: the error still points at its line."""
    bench = Bench(tmp_path)
    bench.recorder.parser = FaultyParser()
    bench.output(b"before\n")
    bench.output(b"poison\n")
    bench.output(b"E: Unable to locate package nginx\n")
    index = bench.recorder.parser.diagnose(100).body_index
    assert index is not None
    seq = bench.recorder.journal.seq_of(index)
    assert seq is not None
    assert bench.records()[seq]["message"] == "E: Unable to locate package nginx"
    assert bench.recorder.note("WARN", "mine", bench.now) == 2
    bench.recorder.journal.close()


def test_a_disk_that_takes_nothing_is_told_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the log cannot be brought to the disk a record says so, at the next beat."""

    def fail(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fdatasync", fail)
    bench.output(b"one\n")
    bench.tick(1.0)
    bench.recorder.journal.close()  # which waits for the thread that syncs
    for _ in range(3):
        bench.tick(1.0)
    told = [record for record in bench.records() if "Input/output error" in record["message"]]
    assert [record["level"] for record in told] == ["WARN"]


def test_a_fault_in_parsing_never_ends_the_runner(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """What cannot be parsed is a gap; what comes after it is on record; the fault is told once, in the runner's own log."""
    bench = Bench(tmp_path)
    bench.recorder.parser = FaultyParser()
    for data in (b"before\n", b"poison\n", b"more poison\n", b"after\n"):
        bench.output(data)
    messages = [(record["message"], record.get("gap")) for record in bench.records()]
    assert [message for message, gap in messages if gap is None] == ["before", "after"]
    assert [gap for _, gap in messages if gap] == [{"lines": 1, "bytes": 7}, {"lines": 1, "bytes": 12}]
    assert capfd.readouterr().err.count("IndexError: a fault in parsing") == 1
    bench.recorder.journal.close()
