"""All streams of a server: found by task id, opened on demand, dropped when nobody looks."""

from __future__ import annotations

from pathlib import Path

import pytest

from installcast.stream import manager as manager_module
from installcast.stream.manager import InstallLogManager

from .journals import JournalWriter, final, write_journal


async def test_streams_are_held_by_task(logs: InstallLogManager, writer: JournalWriter) -> None:
    """A stream is made once for a task, and found by its id."""
    stream = logs.create_log_stream("one", str(writer.path), "nginx")
    assert logs.create_log_stream("one", writer.path, "nginx") is stream
    assert (logs.get("one"), logs.get("two")) == (stream, None)
    assert (list(logs), len(logs), "one" in logs, "two" in logs) == ([stream], 1, True, False)
    assert (stream.task_id, stream.soft_name, stream.log_file) == ("one", "nginx", writer.path)
    assert "one" in repr(stream)
    with pytest.raises(ValueError, match="not"):
        logs.create_log_stream("one", writer.path.with_name("other"), "nginx")


async def test_the_folder_has_to_exist(logs: InstallLogManager, tmp_path: Path) -> None:
    """A log in a folder that does not exist could never be followed."""
    with pytest.raises(FileNotFoundError):
        logs.create_log_stream("one", tmp_path / "none" / "journal.jsonl", "nginx")
    assert len(logs) == 0


async def test_ended_tasks_are_opened_on_demand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams of ended tasks are opened when asked for; the ones that nobody asked for longest are dropped."""
    monkeypatch.setattr(manager_module, "MAX_ENDED", 3)
    for number in range(6):
        write_journal(tmp_path / f"{number}.jsonl", f"task {number}", final())

    def find(task_id: str) -> tuple[Path, str] | None:
        path = tmp_path / f"{task_id}.jsonl"
        return (path, "nginx") if path.exists() else None

    async with InstallLogManager(find) as logs:
        assert logs.get("none") is None
        for number in range(6):
            stream = logs.get(str(number))
            assert stream is not None
            assert stream.is_completed
            assert [record.seq async for record in stream.follow()] == [0, 1]
            assert logs.get("0") is not None
        assert len(logs) == 3
        assert "0" in logs
        assert "5" in logs
        logs.discard("5")
        assert "5" not in logs


async def test_an_active_stream_becomes_an_ended_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream that is completed counts among the ended ones, and is dropped like them."""
    monkeypatch.setattr(manager_module, "MAX_ENDED", 2)
    async with InstallLogManager() as logs:
        for number in range(5):
            write_journal(tmp_path / f"{number}.jsonl", final())
            logs.create_log_stream(str(number), tmp_path / f"{number}.jsonl", "nginx")
        assert sorted(stream.task_id for stream in logs) == ["3", "4"]


async def test_a_stopped_manager_holds_nothing(writer: JournalWriter) -> None:
    """After the end nothing is held or watched."""
    async with InstallLogManager() as logs:
        stream = logs.create_log_stream("one", writer.path, "nginx")
    assert len(logs) == 0
    assert stream.is_closed
