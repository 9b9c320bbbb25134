"""Completion for shells."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from installcast.cli.invocation import PROGRAM, Command, zh

SHELLS = ("bash", "zsh", "fish")
VARIABLE = f"_{PROGRAM.upper()}_COMPLETE"


@zh("输出 shell 补全脚本")
@click.command(cls=Command)
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    bash: installcast completion bash > ~/.local/share/bash-completion/completions/installcast

    zsh: installcast completion zsh > a file _installcast in a folder of $fpath

    fish: installcast completion fish > ~/.config/fish/completions/installcast.fish
    """
    click.echo(completion_script(ctx.find_root().command, shell))


def completion_script(root: click.Command, shell: str) -> str:
    """Return the script that makes ``shell`` complete the commands of ``root``."""
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"There is no completion for {shell}.")
    # click asks bash for its version here and raises where there is no bash; the script itself is the same everywhere.
    values = {"complete_func": f"_{PROGRAM}_completion", "complete_var": VARIABLE, "prog_name": PROGRAM}
    script: str = kind(root, {}, PROGRAM, VARIABLE).source_template % values
    return script
