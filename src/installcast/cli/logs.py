"""The command that shows a log."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import click

from installcast.cli import exits
from installcast.cli.client import Client
from installcast.cli.follow import Line
from installcast.cli.invocation import Command, Invocation, json_option, zh
from installcast.cli.lines import LineStyler
from installcast.cli.references import complete_task, resolve
from installcast.cli.screen import JsonScreen, PlainScreen, Screen
from installcast.cli.watch import has_colour, state_of, watch
from installcast.record import decode

PAGE = 5000
"""Records asked for at a time: some 1 MB."""


@zh("显示任务的日志；-f 持续跟踪")
@click.command(cls=Command)
@click.argument("task", shell_complete=complete_task)
@click.option("--follow", "-f", is_flag=True, help="Stay until the task ends; exit with its script's status.")
@click.option("--since", metavar="N", type=click.IntRange(min=0), default=0, help="Begin with record N.")
@click.option("--tail", "-n", metavar="N", type=click.IntRange(min=0), help="Begin with the last N records.")
@click.option("--timestamps", "-t", is_flag=True, help="Show when each line was printed.")
@json_option
@click.pass_obj
def logs(
    invocation: Invocation,
    task: str,
    follow: bool,
    since: int,
    tail: int | None,
    timestamps: bool,
    as_json: bool,
) -> int:
    """Show a task's log. TASK is an id, the beginning of one, a recipe's key (its newest task) or `latest`."""
    with invocation.client() as client:
        task_id = resolve(client, task)
        if tail is not None:
            last_seq = state_of(client, task_id)["last_seq"]
            since = max(since, (-1 if last_seq is None else int(last_seq)) + 1 - tail)
        if follow:
            return watch(invocation, client, task_id, since=since, as_json=as_json, timestamps=timestamps)
        screen: Screen = JsonScreen(sys.stdout.buffer)
        if not as_json:
            line = LineStyler(colour=has_colour(invocation), timestamps=timestamps)
            screen = PlainScreen(sys.stdout, sys.stderr, invocation.say, line)
        for page in _pages(client, task_id, since):
            screen.show(page)
        screen.close()
    return exits.OK


def _pages(client: Client, task_id: str, since: int) -> Iterator[list[Line]]:
    offset: int | None = since
    while offset is not None:
        page = client.get("/v1/log/history", task_id=task_id, offset=offset, limit=PAGE)
        texts = [json.dumps(values, ensure_ascii=False, separators=(",", ":")) for values in page["messages"]]
        yield [Line(decode(text), text) for text in texts]
        # A page without records is the end, whatever it says: the log was removed while it was read.
        offset = page["next_offset"] if texts else None
