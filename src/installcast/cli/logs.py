"""Commands that read logs."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from typing import Any

import click
from rich.text import Text

from installcast.cli import exits
from installcast.cli.client import Client
from installcast.cli.follow import Line
from installcast.cli.invocation import Command, Invocation, json_option, zh
from installcast.cli.lines import LineStyler
from installcast.cli.references import complete_task, resolve
from installcast.cli.safe import plain
from installcast.cli.screen import JsonScreen, PlainScreen, Screen
from installcast.cli.tables import print_json
from installcast.cli.watch import has_colour, state_of, watch
from installcast.record import decode

PAGE = 5000
"""Records asked for at a time: some 1 MB."""

task_argument = click.argument("task", shell_complete=complete_task)


@zh("显示任务的日志；-f 持续跟踪")
@click.command(cls=Command)
@task_argument
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


@zh("在任务日志中搜索")
@click.command(cls=Command)
@task_argument
@click.argument("text")
@click.option("--regex", "-e", is_flag=True, help="TEXT is a regular expression.")
@click.option("--case-sensitive", "-s", is_flag=True, help="Tell capitals from small letters.")
@click.option(
    "--level",
    type=click.Choice(["INFO", "WARN", "ERROR", "SUCCESS"], case_sensitive=False),
    help="Only this level.",
)
@json_option
@click.pass_obj
def search(
    invocation: Invocation,
    task: str,
    text: str,
    regex: bool,
    case_sensitive: bool,
    level: str | None,
    as_json: bool,
) -> None:
    """Show the lines of a task's log that hold TEXT, with their record numbers."""
    try:
        pattern = re.compile(text if regex else re.escape(text), 0 if case_sensitive else re.IGNORECASE)
    except re.error as error:
        raise click.UsageError(f"{text!r} is no regular expression: {error}.") from None
    found = False
    with invocation.client() as client:
        task_id = resolve(client, task)
        for match in _matches(client, task_id, pattern, level):
            found = True
            if as_json:
                print_json(match)
            else:
                _print_match(invocation, match)
    if not found:
        click.echo(invocation.say("no_match"), err=True)


def _pages(client: Client, task_id: str, since: int) -> Iterator[list[Line]]:
    offset: int | None = since
    while offset is not None:
        page = client.get("/v1/log/history", task_id=task_id, offset=offset, limit=PAGE)
        texts = [json.dumps(values, ensure_ascii=False, separators=(",", ":")) for values in page["messages"]]
        yield [Line(decode(text), text) for text in texts]
        # A page without records is the end, whatever it says: the log was removed while it was read.
        offset = page["next_offset"] if texts else None


def _matches(
    client: Client, task_id: str, pattern: re.Pattern[str], level: str | None
) -> Iterator[dict[str, Any]]:
    for line in client.lines("/v1/log/download", task_id=task_id, format="jsonl"):
        record = decode(line)
        if record.kind == "progress" or (level is not None and record.level != level):
            continue
        spans = [[match.start(), match.end()] for match in pattern.finditer(record.message) if match.group()]
        if spans:
            yield {"seq": record.seq, "level": record.level, "message": record.message, "spans": spans}


def _print_match(invocation: Invocation, match: dict[str, Any]) -> None:
    out = invocation.out
    message = Text()
    position = 0
    for start, end in match["spans"]:
        message.append(plain(match["message"][position:start]))
        message.append(plain(match["message"][start:end]), style="bold red")
        position = end
    message.append(plain(match["message"][position:]))
    out.print(Text.assemble((f"{match['seq']}: ", "dim"), message), soft_wrap=True)
