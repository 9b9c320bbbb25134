"""The root command, its global options and help."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from installcast.cli.app import COMMANDS, cli
from installcast.cli.invocation import Invocation

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str) -> None:
    """Each has help, in which the global options stand, too."""
    result = CliRunner().invoke(cli, [name, "--help"])
    assert result.exit_code == 0, result.output
    assert "Usage:" in result.output


def test_chinese_help(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Chinese is read, the list of commands is Chinese."""
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    output = CliRunner().invoke(cli, ["--help"]).output
    assert "列出任务" in output
    assert "列出任务" in CliRunner().invoke(cli, ["ps", "--help"]).output


def test_an_unknown_command_suggests_a_near_one() -> None:
    """A slip of the finger is no riddle, and it is wrong usage."""
    result = CliRunner().invoke(cli, ["instal"])
    assert result.exit_code == 2
    assert "install" in result.output.partition("instal'")[2]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--data-dir", "/somewhere", "config", "check", "--json"],
        ["config", "check", "--json", "--data-dir", "/somewhere"],
    ],
)
def test_global_options_stand_before_or_after_the_command(arguments: list[str]) -> None:
    """Both places mean the same."""
    result = CliRunner().invoke(cli, arguments)
    assert json.loads(result.output)["data_dir"] == "/somewhere"


def test_the_later_place_counts() -> None:
    """What stands nearer to the end was typed later."""
    result = CliRunner().invoke(
        cli, ["--data-dir", "/one", "config", "check", "--json", "--data-dir", "/two"]
    )
    assert json.loads(result.output)["data_dir"] == "/two"


def test_a_command_line_for_people_keeps_the_global_options() -> None:
    """What is shown to be typed works when it is typed."""
    invocation = Invocation()
    invocation.data_dir = Path("/a folder")
    assert invocation.command("logs", "-f", "x") == "installcast logs -f x --data-dir '/a folder'"


@pytest.mark.parametrize(
    "arguments",
    [
        ["install"],
        ["install", "a", "b"],
        ["logs", "x", "--since", "-1"],
        ["token"],
        ["token", "--sub", "a", "--ttl", "soon"],
        ["token", "--sub", "a", "--ttl", "0"],
        ["serve", "--port", "70000"],
        ["completion", "tcsh"],
        ["run"],
        ["--server", "localhost:80", "ps"],
        ["search", "x", "(", "--regex"],
        ["search", "x"],
        ["search", "x", "y", "--level", "loud"],
        ["search", "x", "y" * 1001],
    ],
)
def test_wrong_usage_is_2(arguments: list[str]) -> None:
    """Nothing is sent anywhere for a command line that cannot be meant."""
    assert CliRunner().invoke(cli, arguments).exit_code == 2


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell: str) -> None:
    """Each shell gets a script that asks this program."""
    output = CliRunner().invoke(cli, ["completion", shell]).output
    assert "_INSTALLCAST_COMPLETE" in output


def test_the_shell_is_offered_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Completion knows commands that were not loaded yet."""
    monkeypatch.setenv("_INSTALLCAST_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "installcast re")
    monkeypatch.setenv("COMP_CWORD", "1")
    result = CliRunner().invoke(cli, prog_name="installcast")
    assert result.output.split() == ["plain,retry", "plain,recipes"]


def leaves(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    """Yield every command that does something, with its words."""
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            below = command.get_command(click.Context(command), name)
            assert below is not None
            yield from leaves(below, f"{path} {name}")
    else:
        yield path, command


@pytest.mark.parametrize("page", ["cli.md", "cli.zh.md"])
def test_every_command_and_option_is_documented(page: str) -> None:
    """The page of the command line has each command and, near it, each of its options."""
    text = (DOCS / page).read_text()
    for path, command in leaves(cli, "installcast"):
        rows = re.findall(rf"^\| `{path}[ `].*$", text, re.MULTILINE)
        assert len(rows) == 1, path
        for parameter in command.params:
            for option in parameter.opts if isinstance(parameter, click.Option) else []:
                assert option in rows[0], f"{path} {option}"
