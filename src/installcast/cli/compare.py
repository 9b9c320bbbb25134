"""The command that holds a failed task's log against that of one that succeeded."""

from __future__ import annotations

from typing import Any

import click
from rich.text import Text

from installcast.cli import exits
from installcast.cli.invocation import Command, Invocation, json_option, zh
from installcast.cli.references import complete_task, resolve
from installcast.cli.safe import plain
from installcast.cli.tables import print_json

# As in a unified diff: the earlier run is the old one.
SIGNS = (("common", " ", "dim"), ("there", "-", "green"), ("here", "+", "red"))


@zh("对比失败的任务与之前成功的一次，找出最先不同之处")
@click.command(cls=Command)
@click.argument("task", shell_complete=complete_task)
@click.argument("other", default="", shell_complete=complete_task)
@json_option
@click.pass_obj
def compare(invocation: Invocation, task: str, other: str, as_json: bool) -> int:
    """Show the first place where a failed TASK went another way than OTHER, or the last success of the same kind before it.

    Lines of the success begin with `-`, those of TASK with `+`. The exit status is 1 when there is nothing to show.
    """
    with invocation.client() as client:
        query = {"task_id": resolve(client, task), "with": resolve(client, other) if other else None}
        found = client.get("/v1/log/compare", **query)
    if as_json:
        print_json(found)
    elif found["place"] is not None:
        _print(invocation, found)
    if found["place"] is None:
        click.echo(invocation.say(f"compare_{found['reason']}"), err=True)
        return exits.NO_MATCH
    return exits.OK


def _print(invocation: Invocation, found: dict[str, Any]) -> None:
    out, place = invocation.out, found["place"]
    out.print(Text(f"--- {found['with']}", style="green"), soft_wrap=True)
    out.print(Text(f"+++ {found['task_id']}", style="red"), soft_wrap=True)
    for side, sign, style in SIGNS:
        for line in place[side]:
            out.print(
                Text(f"{sign} {line['line'] or '?'}: {plain(line['message'])}", style=style), soft_wrap=True
            )
    for version in place["versions"]:
        values = {name: plain(version[name]) for name in ("name", "here", "there")}
        out.print(Text(invocation.say("compare_version", **values)), soft_wrap=True)
    if place["differences"]:
        out.print(Text(invocation.say("compare_more", count=place["differences"])), soft_wrap=True)
