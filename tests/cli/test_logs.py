"""Reading logs from the command line."""

from __future__ import annotations

import pytest

from .conftest import Service


@pytest.fixture(scope="module")
def task_id(service: Service) -> str:
    """An ended task with a few lines."""
    done = service.run("install", "hello", "--param", "times=3", "--detach")
    task_id = done.stdout.strip()
    assert service.run("logs", "-f", task_id).returncode == 0
    return task_id


def test_logs_show_the_text(service: Service, task_id: str) -> None:
    """Plain lines without -f, the whole log."""
    assert service.run("logs", task_id).stdout.splitlines().count("hello world") == 3


def test_logs_begin_where_asked(service: Service, task_id: str) -> None:
    """--since counts records, --tail from the end; both agree with the sequence numbers."""
    everything = service.run("logs", task_id, "--json").stdout.splitlines()
    assert service.run("logs", task_id, "--json", "--since", "2").stdout.splitlines() == everything[2:]
    assert service.run("logs", task_id, "--json", "--tail", "2").stdout.splitlines() == everything[-2:]
    assert (
        service.run("logs", task_id, "--json", "--follow", "--since", "2").stdout.splitlines()
        == everything[2:]
    )
    assert service.run("logs", task_id, "--json", "--since", "9999").stdout == ""


def test_json_is_the_same_live_and_from_history(service: Service, task_id: str) -> None:
    """Both ways give the same bytes."""
    assert (
        service.run("logs", task_id, "--json").stdout == service.run("logs", "-f", task_id, "--json").stdout
    )


def test_timestamps(service: Service, task_id: str) -> None:
    """With -t each line begins with its time."""
    line = next(line for line in service.run("logs", task_id, "-t").stdout.splitlines() if "hello" in line)
    assert line[10] == "T"
    assert line.endswith("Z hello world")


def test_a_reader_that_leaves_is_no_failure(service: Service, task_id: str) -> None:
    """`… | head` ends quietly."""
    watching = service.open("logs", task_id, "--json")
    assert watching.process.stdout is not None
    watching.process.stdout.close()
    assert watching.process.stderr is not None
    with watching.process.stderr as errors:
        assert errors.read() == b""
    assert watching.process.wait(30) in {0, 141}
