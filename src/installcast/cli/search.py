"""The command that searches a log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click
from rich.text import Text

from installcast.cli import exits
from installcast.cli.client import Client
from installcast.cli.invocation import Command, Invocation, json_option, zh
from installcast.cli.numbering import Numbering
from installcast.cli.references import complete_task, resolve
from installcast.cli.safe import plain
from installcast.cli.tables import print_json
from installcast.stream.expressions import MAX_CHARACTERS, BadExpressionError, Expression

PAGE = 1000
LEVELS = ("INFO", "WARN", "ERROR", "SUCCESS")
LEVEL_STYLE = {"WARN": "yellow", "ERROR": "red", "SUCCESS": "green"}


@zh("在任务日志中搜索")
@click.command(cls=Command)
@click.argument("task", shell_complete=complete_task)
@click.argument("text", default="")
@click.option("--regex", "-e", is_flag=True, help="TEXT is a regular expression, in the syntax of RE2.")
@click.option("--case-sensitive", "-s", is_flag=True, help="Tell capitals from small letters.")
@click.option(
    "--level",
    metavar="L[,L]",
    default="",
    help="Only these levels: INFO, WARN, ERROR, SUCCESS. TEXT may be left out then.",
)
@json_option
@click.pass_obj
def search(
    invocation: Invocation,
    task: str,
    text: str,
    regex: bool,
    case_sensitive: bool,
    level: str,
    as_json: bool,
) -> int:
    """Show the lines of a task's log that hold TEXT, with their numbers on its page. The exit status is 1 where there is none."""
    _check(text, level, regex=regex)
    query = {
        "q": text or None,
        "regex": str(regex).lower(),
        "case_sensitive": str(case_sensitive).lower(),
        "level": level or None,
    }
    found = False
    with invocation.client() as client:
        task_id = resolve(client, task)
        numbering: Numbering | None = None
        for match in _matches(client, task_id, query):
            found = True
            if as_json:
                print_json(match)
            else:
                # Asked for behind the first page of matches, so that it reaches as far as they do.
                if numbering is None or not numbering.reaches(match["seq"]):
                    numbering = Numbering.of(client, task_id)
                _print_match(invocation, match, numbering.line(match["seq"]))
    if not found:
        click.echo(invocation.say("no_match"), err=True)
    return exits.OK if found else exits.NO_MATCH


def _check(text: str, level: str, *, regex: bool) -> None:
    """Raise ``click.UsageError`` for what the service would refuse: nothing is asked for then."""
    for name in level.split(",") if level else ():
        if name.strip().upper() not in LEVELS:
            raise click.UsageError(f"--level: {name!r} is no level; there are {', '.join(LEVELS)}.")
    if not text and not level:
        raise click.UsageError("TEXT is missing; it may be left out beside --level.")
    if len(text) > MAX_CHARACTERS:
        raise click.UsageError(f"TEXT: at most {MAX_CHARACTERS} characters.")
    if regex:
        try:
            Expression(text, regex=True)
        except BadExpressionError as error:
            raise click.UsageError(f"TEXT: {error.message().removeprefix('q: ')}") from None


def _matches(client: Client, task_id: str, query: dict[str, str | None]) -> Iterator[dict[str, Any]]:
    start: int | None = 0
    while start is not None:
        page = client.get("/v1/log/search", task_id=task_id, limit=PAGE, **query, **{"from": start})
        yield from page["matches"]
        start = page["next_from"]


def _print_match(invocation: Invocation, match: dict[str, Any], line: int | None) -> None:
    number = LEVEL_STYLE.get(match["level"], "dim")
    text = Text()
    position = 0
    for start, end in match["spans"]:
        text.append(plain(match["message"][position:start]))
        text.append(plain(match["message"][start:end]), style="bold red")
        position = end
    text.append(plain(match["message"][position:]))
    invocation.out.print(Text.assemble((f"{line or '?'}: ", number), text), soft_wrap=True)
