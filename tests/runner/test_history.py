"""What a run leaves for the next, and what it takes from an earlier one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from installcast.parse.parser import Parser
from installcast.parse.timeline import MAX_BYTES, Timeline, sum_of
from installcast.runner.history import MIN_SECONDS, leave_timeline, read_history
from installcast.runner.spec import Secrets

from .conftest import MakeTask

BEGAN = 1_700_000_000.0


def parser_of(seconds: float) -> Parser:
    """A parser that has seen a run of this length."""
    parser = Parser()
    parser.enter_phase("install", BEGAN)
    for second in range(int(seconds)):
        parser.feed(b"line %d\n" % second, BEGAN + second)
    parser.feed(b"end\n", BEGAN + seconds)
    return parser


def test_what_is_left_is_read(tmp_path: Path) -> None:
    """A run leaves a file for its owner alone, which is the run again for whoever reads it."""
    parser = parser_of(10.0)
    leave_timeline(tmp_path, parser)
    path = tmp_path / "timeline.json"
    assert path.stat().st_mode & 0o777 == 0o600
    read = read_history(path)
    assert read is not None
    assert read.duration == pytest.approx(10.0)
    assert read == Timeline.from_json(parser.timeline().to_json())
    assert [found.name for found in tmp_path.iterdir()] == ["timeline.json"]


def test_a_short_run_leaves_nothing(tmp_path: Path) -> None:
    """The next one is over before anybody looks."""
    leave_timeline(tmp_path, parser_of(MIN_SECONDS - 0.1))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("obstacle", ["timeline.json", "timeline.json.tmp"])
def test_what_stands_in_the_way_is_set_aside(tmp_path: Path, obstacle: str) -> None:
    """A script that has put a folder there does no harm."""
    (tmp_path / obstacle / "inside").mkdir(parents=True)
    leave_timeline(tmp_path, parser_of(5.0))
    assert read_history(tmp_path / "timeline.json") is not None


def test_where_nothing_can_be_written_nothing_happens(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the folder there is no timeline, and no complaint."""
    leave_timeline(tmp_path / "gone", parser_of(5.0))
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"version":1,"duration":5}',
        b'{"version":1,"duration":1e999,"segments":[]}',
        b'{"version":1,"duration":' + b"9" * 400 + b',"segments":[]}',
        b'{"version":1,"duration":5,"segments":[[1]]}',
        b'{"version":1,"duration":5,"segments":{"a":1}}',
        b"[" * 50_000,
        b" " * (MAX_BYTES + 10),
    ],
    ids=lambda content: repr(content[:40]),
)
def test_a_damaged_history_is_passed_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    """It is as if there were none, and standard error says so in one line."""
    path = tmp_path / "history.json"
    path.write_bytes(content)
    assert read_history(path) is None
    said = capsys.readouterr().err
    assert said.startswith("installcast runner: history.json is passed over: ")
    assert said.count("\n") == 1


def test_no_history(capsys: pytest.CaptureFixture[str]) -> None:
    """A first run has none, which is nothing to speak of."""
    assert read_history(None) is None
    assert capsys.readouterr().err == ""


SLOW = "echo begin\nsleep 1.6\necho middle\nsleep 1.6\necho end\n"


def test_a_success_leaves_its_timeline(make_task: MakeTask) -> None:
    """It is there when the runner is gone, as long as the task was."""
    task = make_task(install=SLOW)
    outcome = task.run()
    timeline = Timeline.from_json((task.folder / "timeline.json").read_text())
    assert timeline.duration == pytest.approx(outcome.duration, abs=1.0)
    assert (task.folder / "runner.log").read_text() == ""


def test_a_failure_leaves_none(make_task: MakeTask) -> None:
    """What went wrong is nothing to expect."""
    task = make_task(install=SLOW + "exit 3\n")
    assert task.run().status == "failed"
    assert not (task.folder / "timeline.json").exists()


def test_a_task_with_a_history(make_task: MakeTask, tmp_path: Path) -> None:
    """The timeline of an earlier run is what the progress of the next is based on; a damaged one changes nothing."""
    first = make_task(install=SLOW)
    first.run()
    history = tmp_path / "history.json"
    history.write_bytes((first.folder / "timeline.json").read_bytes())
    second = make_task(install=SLOW, history_file=history)
    assert second.run().progress_basis == "history"
    history.write_text("{")
    third = make_task(install="echo hello\n", history_file=history)
    assert third.run().status == "succeeded"
    assert "is passed over" in (third.folder / "runner.log").read_text()


def test_no_secret_gets_into_a_timeline(make_task: MakeTask) -> None:
    """Neither a word of a command or of the output, nor the sum of a line that shows a secret."""
    secret = "correct-horse-battery"
    script = (
        f'echo "the password is $PASSWORD"\nsleep 1.6\n'
        f'env "TOKEN=$PASSWORD" sh -c "sleep 1.6; exit 0 $PASSWORD"\nmysql={secret}-again\necho plainword\n'
    )
    task = make_task(install=script, secrets=Secrets({"PASSWORD": secret}, (secret,)))
    assert task.run().status == "succeeded"
    text = (task.folder / "timeline.json").read_text()
    for word in (secret, "password", "plainword", "sleep", "echo"):
        assert word not in text
    numbers = {mark for segment in json.loads(text)["segments"] for mark in _integers(segment)}
    assert sum_of(f"the password is {secret}") not in numbers
    for line in script.splitlines():
        if secret in line:
            assert sum_of(line) not in numbers
            assert sum_of(f"install:{line}") not in numbers
    assert sum_of("the password is ***") in numbers


def _integers(values: object) -> set[int]:
    if isinstance(values, list):
        return {number for value in values for number in _integers(value)}
    return {values} if isinstance(values, int) else set()
