"""One call of the command line: its global options, and what follows from them."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from installcast.cli.text import Speaker
from installcast.settings import Settings, load_settings

if TYPE_CHECKING:
    # httpx and rich are half of the time that a command takes to start; some commands need neither.
    from rich.console import Console

    from installcast.cli.client import Client

PROGRAM = "installcast"

C = TypeVar("C", bound=click.Command)
WHOLE_SENTENCE = 500
TOKEN_VARIABLE = "INSTALLCAST_TOKEN"  # noqa: S105 - its name, not its value


def called_as() -> str:
    """Return the word that starts this program again: a path where the shell would not find it by its name."""
    this = Path(sys.argv[0])
    found = shutil.which(PROGRAM)
    if this.name != PROGRAM or (found and Path(found).samefile(this)):
        return PROGRAM
    return os.path.relpath(this) if this.is_relative_to(Path.cwd()) else str(this)


class Invocation:
    """The global options, which may stand before or after the command's name; the later one counts."""

    def __init__(self) -> None:
        self.config: Path | None = None
        self.data_dir: Path | None = None
        self.server: str | None = None
        self.overrides: dict[str, Any] = {}
        """Settings from a command's own flags, such as ``{"server": {"port": 8090}}``."""
        self.say = Speaker()

    @cached_property
    def settings(self) -> Settings:
        """The settings that hold for this call. Raises ``ConfigurationError``."""
        overrides = dict(self.overrides)
        if self.data_dir is not None:
            overrides["data_dir"] = self.data_dir
        return load_settings(self.config, overrides)

    @cached_property
    def out(self) -> Console:
        """Standard output, for what was asked for."""
        return _console(stderr=False)

    @cached_property
    def err(self) -> Console:
        """Standard error, for everything else."""
        return _console(stderr=True)

    def client(self) -> Client:
        """Return a client of the service: through its Unix socket, or at ``--server`` with the token of the environment."""
        from installcast.cli.client import Client

        if self.server is not None:
            return Client.over_http(self.server, token=os.environ.get(TOKEN_VARIABLE), say=self.say)
        return Client.over_socket(self.settings.socket_file, say=self.say, start=self.command("serve"))

    def command(self, *words: str) -> str:
        """Return a command line to be shown to a person, with the global options of this one."""
        options = []
        for option, value in (
            ("--config", self.config),
            ("--data-dir", self.data_dir),
            ("--server", self.server),
        ):
            if value is not None:
                options += [option, str(value)]
        return shlex.join([called_as(), *words, *options])


class Command(click.Command):
    """A command that takes the global options, too, and has a Chinese sentence beside the English one."""

    zh: str | None = None

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the own options, then the global ones."""
        return [*super().get_params(ctx), *GLOBAL_OPTIONS]

    def get_short_help_str(self, limit: int = 45) -> str:  # noqa: ARG002 - click would cut sentences in the middle
        """Return the sentence for the list of commands."""
        return self.zh if self.zh and _reads_chinese() else super().get_short_help_str(WHOLE_SENTENCE)

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sentence in Chinese first, where that is read."""
        if self.zh and _reads_chinese():
            formatter.write_paragraph()
            with formatter.indentation():
                formatter.write_text(self.zh)
        super().format_help_text(ctx, formatter)


class Group(click.Group):
    """A command with commands of its own."""

    command_class = Command
    zh: str | None = None

    def get_short_help_str(self, limit: int = 45) -> str:  # noqa: ARG002 - click would cut sentences in the middle
        """Return the sentence for the list of commands."""
        return self.zh if self.zh and _reads_chinese() else super().get_short_help_str(WHOLE_SENTENCE)


def zh(sentence: str) -> Callable[[C], C]:
    """Give a command its Chinese sentence."""

    def decorate(command: C) -> C:
        if isinstance(command, Command | Group):
            command.zh = sentence
        return command

    return decorate


def _global_option(
    flag: str, metavar: str, text: str, kind: click.ParamType[Any] | type | None
) -> click.Option:
    name = flag.removeprefix("--").replace("-", "_")

    def keep(ctx: click.Context, _param: click.Parameter, value: Any) -> None:
        invocation = ctx.ensure_object(Invocation)
        if value is not None:
            setattr(invocation, name, value)

    return click.Option([flag], metavar=metavar, help=text, type=kind, expose_value=False, callback=keep)


GLOBAL_OPTIONS: tuple[click.Option, ...] = (
    _global_option(
        "--config", "FILE", "Read this YAML file instead of the usual one.", click.Path(path_type=Path)
    ),
    _global_option("--data-dir", "DIR", "Where state lives.", click.Path(path_type=Path, file_okay=False)),
    _global_option("--server", "URL", f"Talk to this service, with the token in {TOKEN_VARIABLE}.", str),
)

json_option = click.option(
    "--json", "as_json", is_flag=True, help="One JSON object a line on standard output."
)


def _console(*, stderr: bool) -> Console:
    from rich.console import Console

    # Highlighting and markup would restyle what other programs wrote.
    return Console(stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=False)


def _reads_chinese() -> bool:
    return Speaker().locale == "zh"
