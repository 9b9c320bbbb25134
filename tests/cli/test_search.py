"""Searching a log from the command line."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from installcast.cli.app import cli

from .conftest import Service


@pytest.fixture(scope="module")
def task_id(service: Service) -> str:
    """An ended task with a few lines."""
    done = service.run("install", "hello", "--param", "times=3", "--detach")
    task_id = done.stdout.strip()
    assert service.run("logs", "-f", task_id).returncode == 0
    return task_id


def test_lines_with_their_numbers(service: Service, task_id: str) -> None:
    """Whatever their case; as JSON with the places of the matches."""
    done = service.run("search", task_id, "HELLO WORLD")
    assert done.returncode == 0
    shown = done.stdout.splitlines()
    assert len(shown) == 3
    whole = service.run("logs", task_id).stdout.splitlines()
    assert [whole[int(line.partition(":")[0]) - 1] for line in shown] == ["hello world"] * 3
    found = [json.loads(line) for line in service.run("search", task_id, "o w", "--json").stdout.splitlines()]
    assert [(match["spans"], match["level"]) for match in found] == [([[4, 7]], "INFO")] * 3
    assert len(service.run("search", task_id, "^h.*d$", "--regex").stdout.splitlines()) == 3


def test_nothing_found_is_1(service: Service, task_id: str) -> None:
    """As with grep; said on standard error alone."""
    for words in (["HELLO WORLD", "--case-sensitive"], ["loud", "--level", "ERROR"], ["^ello", "-e"]):
        done = service.run("search", task_id, *words)
        assert (done.returncode, done.stdout, done.stderr) == (1, "", "Nothing matches.\n")


def test_levels(service: Service, task_id: str) -> None:
    """With a text or without."""
    assert "that was loud" in service.run("search", task_id, "loud", "--level", "warn").stdout
    lines = service.run("search", task_id, "--level", "WARN,ERROR").stdout.splitlines()
    assert len(lines) == 1


def test_no_such_task_is_3(service: Service) -> None:
    """As everywhere."""
    assert service.run("search", "nothing-1.0-0", "x").returncode == 3


def test_a_bad_expression_names_the_place() -> None:
    """In the words of the option's own argument."""
    result = CliRunner().invoke(cli, ["search", "x", "ab(c", "--regex"])
    assert result.exit_code == 2
    assert "TEXT: missing ), at character 3." in result.output
