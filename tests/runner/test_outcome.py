"""The exit record: whole or not there."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from installcast.parse.parser import Parser
from installcast.runner.outcome import ExitFile, Outcome, read_exit

OUTCOME = Outcome(
    status="failed",
    exit_code=7,
    signal=None,
    phase="install",
    rollback="succeeded",
    error={"code": "X", "hint": "Do that.", "seq": 3, "hint_zh": "做那个。"},
    progress=40,
    step="Build",
    current_step=2,
    total_steps=3,
    progress_basis="script",
    last_seq=41,
    started_at="2026-01-02T03:04:05.000006Z",
    finished_at="2026-01-02T03:05:05.000006Z",
    duration=60.0,
    canceled_by=None,
    results=[{"name": "url", "value": "http://ü/", "secret": False}],
    final_record='"timestamp":"…"}',
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """Every field survives; nothing but the record is left, in a file of mode 0600."""
    ExitFile(tmp_path).write(OUTCOME)
    assert read_exit(tmp_path) == OUTCOME
    assert [path.name for path in tmp_path.iterdir()] == ["exit.json"]
    assert (tmp_path / "exit.json").stat().st_mode & 0o777 == 0o600
    assert json.loads((tmp_path / "exit.json").read_text())["version"] == 1


def test_the_space_is_taken_before(tmp_path: Path) -> None:
    """Until the end the space is held by a temporary file, and half of it is given back for the last records."""
    exit_file = ExitFile(tmp_path)
    temporary = tmp_path / "exit.json.tmp"
    taken = temporary.stat().st_blocks
    assert taken * 512 >= 100_000
    assert read_exit(tmp_path) is None
    exit_file.give_back()
    assert temporary.stat().st_blocks <= taken // 2
    exit_file.write(OUTCOME)
    assert read_exit(tmp_path) == OUTCOME


@pytest.mark.parametrize("call", ["pwrite", "ftruncate", "fsync", "rename"])
@pytest.mark.parametrize("times", [1, 2])
def test_a_fault_of_the_disk_is_survived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, times: int
) -> None:
    """What fails once or twice is done again, in a new file; nothing else is left."""
    exit_file = ExitFile(tmp_path)
    right = getattr(os, call)
    left = times

    def fail(*arguments: object) -> object:
        nonlocal left
        if left:
            left -= 1
            raise OSError(5, "Input/output error")
        return right(*arguments)

    monkeypatch.setattr(os, call, fail)
    exit_file.write(OUTCOME)
    assert left == 0
    assert read_exit(tmp_path) == OUTCOME
    assert [path.name for path in tmp_path.iterdir()] == ["exit.json"]


def test_a_disk_that_is_broken_leaves_no_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it cannot be written there is none, and the caller is told."""
    exit_file = ExitFile(tmp_path)

    def fail(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="Input/output"):
        exit_file.write(OUTCOME)
    assert read_exit(tmp_path) is None


@pytest.mark.parametrize("damage", ["removed", "replaced", "linked", "folder", "end is a folder"])
def test_a_script_cannot_write_the_end(tmp_path: Path, damage: str) -> None:
    """Whatever a script puts in the place of the file, the record is the runner's."""
    exit_file = ExitFile(tmp_path)
    temporary = tmp_path / "exit.json.tmp"
    if damage == "end is a folder":
        (tmp_path / "exit.json").mkdir()
    else:
        temporary.unlink()
    if damage == "replaced":
        temporary.write_text('{"status":"succeeded"}')
    elif damage == "linked":
        temporary.symlink_to(tmp_path / "elsewhere")
    elif damage == "folder":
        temporary.mkdir()
    exit_file.write(OUTCOME)
    assert read_exit(tmp_path) == OUTCOME
    assert not (tmp_path / "elsewhere").exists()


def test_a_record_of_an_older_runner_is_read(tmp_path: Path) -> None:
    """A runner that began before an upgrade says nothing of faults of the log."""
    ExitFile(tmp_path).write(OUTCOME)
    values = json.loads((tmp_path / "exit.json").read_text())
    del values["log_fault"], values["after_state"]
    (tmp_path / "exit.json").write_text(json.dumps(values))
    assert read_exit(tmp_path) == OUTCOME


@pytest.mark.parametrize("text", ['"', "\u4e2d", "x"])
def test_whatever_a_script_reports_fits_the_place(tmp_path: Path, text: str) -> None:
    """The longest results and the longest error that are kept fit what is left of the place at the end."""
    parser = Parser()
    events: list[dict[str, object]] = [
        {"type": "result", "name": f"r{number}", "value": text * 2048} for number in range(32)
    ]
    events += [{"type": "step", "current": 1, "total": 2, "title": text * 4000}]
    events += [{"type": "error", "code": "X" * 64, "hint": text * 4000}]
    parser.feed_events("".join(json.dumps(event) + "\n" for event in events).encode(), 0.0)
    error = parser.diagnose(1)
    outcome = OUTCOME._replace(
        error={"code": error.code, "hint": error.hint, "seq": 10**9, "hint_zh": error.hint_zh},
        step=parser.state.step,
        canceled_by="x" * 4096,
        results=[{**result._asdict()} for result in parser.results],
        final_record=parser.final("failed", 1, 0.0, error=error, message=text * 400),
    )
    exit_file = ExitFile(tmp_path)
    exit_file.give_back()
    place = (tmp_path / "exit.json.tmp").stat().st_size
    exit_file.write(outcome)
    assert (tmp_path / "exit.json").stat().st_size <= place


def test_a_record_may_be_larger_than_its_place(tmp_path: Path) -> None:
    """More results than were thought of are no reason to lose the end."""
    large = OUTCOME._replace(results=[{"name": "n", "value": "x" * 1000, "secret": False}] * 500)
    ExitFile(tmp_path).write(large)
    assert read_exit(tmp_path) == large


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"version":2}', '{"version":1,"status":"failed"}'])
def test_a_damaged_record_is_an_error(tmp_path: Path, text: str) -> None:
    """What cannot be read is told, and taken for nothing."""
    (tmp_path / "exit.json").write_text(text)
    with pytest.raises(ValueError, match=r".+"):
        read_exit(tmp_path)
