"""The root command: global options, where the commands are, and how every failure ends."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.metadata import version
from io import TextIOWrapper

import click

from installcast.cli import exits
from installcast.cli.invocation import GLOBAL_OPTIONS, PROGRAM
from installcast.cli.safe import plain
from installcast.cli.text import Speaker
from installcast.cli.unread import discard
from installcast.errors import InstallcastError

COMMANDS: Mapping[str, str] = {
    # In the order in which a newcomer meets them. Loaded when asked for: `installcast ps` need not import all.
    "demo": "demo:demo",
    "serve": "serve:serve",
    "install": "tasks:install",
    "upgrade": "tasks:upgrade",
    "uninstall": "tasks:uninstall",
    "plan": "tasks:plan",
    "logs": "logs:logs",
    "search": "search:search",
    "compare": "compare:compare",
    "ps": "tasks:ps",
    "status": "tasks:status",
    "cancel": "tasks:cancel",
    "retry": "tasks:retry",
    "run": "run:run",
    "recipes": "recipes:recipes",
    "doctor": "doctor:doctor",
    "user": "admin:user",
    "login-link": "admin:login_link",
    "token": "admin:token",
    "config": "admin:config",
    "completion": "completion:completion",
    "man": "manual:man",
}


DISK_TROUBLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})
"""What a disk says on which something was to be written, ours or that of whoever reads our output. It is nobody's fault here."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are named."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import a command."""
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, name = place.split(":")
        command: click.Command = getattr(import_module(f"installcast.cli.{module}"), name)
        # click suggests near names out of this dictionary when one is not found.
        self.commands[cmd_name] = command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As usual, but an unknown name is compared with all names, not only with the loaded ones."""
        if args and args[0] not in COMMANDS:
            for name in COMMANDS:
                self.get_command(ctx, name)
        return super().resolve_command(ctx, args)


def _show_version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value:
        click.echo(f"{PROGRAM} {version(PROGRAM)}")
        ctx.exit()


@click.command(
    PROGRAM,
    cls=LazyGroup,
    params=list(GLOBAL_OPTIONS),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version.",
)
def cli() -> None:
    """Install software on this machine and watch it live: in this terminal, in the browser, from your own program."""


def main() -> None:
    """Run the command line of this process, then end the process."""
    for stream in (sys.stdout, sys.stderr):
        # A log in Chinese must not fail for a terminal that has no Chinese.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Carry out one command line and return its exit status. Whatever fails says so on standard error, in one place: here."""
    say = Speaker()
    try:
        status = cli.main(list(arguments), prog_name=PROGRAM, standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return exits.USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo(say("aborted"), err=True)
        return exits.INTERRUPTED
    except InstallcastError as error:
        click.echo(say("error", reason=plain(error.message(say.locale))), err=True)
        return exits.of_error(error)
    except (BrokenPipeError, SystemExit):
        # click ends the process itself when nobody reads its output any more, and for no other reason.
        discard(sys.stdout)
        return exits.BROKEN_PIPE
    except Exception as error:  # noqa: BLE001 - the edge of the process: nobody above could say it better
        if isinstance(error, OSError) and error.errno in DISK_TROUBLE:
            discard(sys.stdout)  # whose disk it may be
            where = f"{error.filename}: " if error.filename else ""
            click.echo(say("error", reason=plain(f"{where}{error.strerror}")), err=True)
            return exits.FAILED
        if os.environ.get("INSTALLCAST_TRACEBACK"):
            traceback.print_exc()
        reason = f"{type(error).__name__}: {error}"
        click.echo(say("error", reason=say("bug", reason=plain(reason))), err=True)
        return exits.FAILED
    return status if isinstance(status, int) else exits.OK
