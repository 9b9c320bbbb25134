"""Task ids and log file names."""

from __future__ import annotations

import re

import pytest

from installcast.tasks.task_id import TASK_ID_PATTERN, is_task_id, log_name, new_task_id, task_id_of_log


def test_an_id_says_key_version_and_time() -> None:
    """The ULID begins with the milliseconds, as its specification's example has it."""
    task_id = new_task_id("nginx", "1.20.2", 1469918176.385)
    assert re.fullmatch(r"nginx-1\.20\.2-01aryz6s41[0-9a-hjkmnp-tv-z]{16}", task_id)


@pytest.mark.parametrize("version", ["1.0+git~2-rc1", "V2", "9" * 48, "a" * 300, "~", "１２"])
def test_every_version_gives_a_good_id(version: str) -> None:
    """Whatever a version holds, the id fits its pattern."""
    task_id = new_task_id("k" * 48, version)
    assert re.fullmatch(TASK_ID_PATTERN, task_id)
    assert is_task_id(task_id)


def test_ids_differ() -> None:
    """Two ids of one millisecond are not the same."""
    assert new_task_id("nginx", "1", 1.0) != new_task_id("nginx", "1", 1.0)


@pytest.mark.parametrize("text", ["", "../x", "a/b", "A", "-a", "a" * 129, "a\n", "a\0", ".a"])
def test_what_is_no_id(text: str) -> None:
    """Nothing that could be a path, and nothing that is too long."""
    assert not is_task_id(text)


def test_log_names() -> None:
    """A log's name leads to its task; a task's id does, too; anything else leads nowhere."""
    assert log_name("nginx-1-abc") == "nginx-1-abc.log"
    assert task_id_of_log("nginx-1-abc.log") == "nginx-1-abc"
    assert task_id_of_log("nginx-1-abc") == "nginx-1-abc"
    assert task_id_of_log("../../etc/passwd") is None
    assert task_id_of_log(".log") is None
