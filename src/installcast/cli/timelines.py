"""What earlier runs of a recipe tell: show it, make a file of it that the recipe can ship, forget it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import click
from rich.text import Text

from installcast.cli.client import Client
from installcast.cli.invocation import Command, Invocation, json_option, zh
from installcast.cli.references import complete_key
from installcast.cli.safe import plain
from installcast.cli.tables import Listing, print_json

PATH = "/v1/soft/timelines"
ACTIONS = ("install", "upgrade", "uninstall")
STANDARD_OUTPUT = Path("-")


@zh("显示、导出或清除以往执行的时间线（用于进度和剩余时间）")
@click.command("timeline", cls=Command)
@click.argument("key", shell_complete=complete_key)
@click.option("--version", metavar="V", help="Only of this version.")
@click.option("--action", type=click.Choice(ACTIONS), help="Only of this action.")
@click.option(
    "--export",
    metavar="FILE",
    type=click.Path(path_type=Path, allow_dash=True),
    help="Write one as a file that a recipe can ship: FILE.json, a folder (made, gets VERSION-ACTION.json), or - for standard"
    " output.",
)
@click.option("--forget", is_flag=True, help="Remove what was learned; what the recipe ships stays.")
@json_option
@click.pass_obj
def timeline(
    invocation: Invocation,
    key: str,
    version: str | None,
    action: str | None,
    export: Path | None,
    forget: bool,
    as_json: bool,
) -> None:
    """Show what earlier runs tell about how long the next one takes; export it; forget it."""
    if forget and export is not None:
        raise click.UsageError("--forget and --export do not go together.")
    with invocation.client() as client:
        if forget:
            _forget(invocation, client, key, version, action, as_json=as_json)
            return
        known = [
            entry
            for entry in client.get(PATH, key=key)["timelines"]
            if version in (None, entry["version"]) and action in (None, entry["action"])
        ]
        if export is not None:
            _export(invocation, client, key, known, export)
        elif as_json:
            for entry in known:
                print_json({"key": key, **entry})
        else:
            _show(invocation, key, known)


def _show(invocation: Invocation, key: str, known: Sequence[Mapping[str, Any]]) -> None:
    say = invocation.say
    if not known:
        click.echo(say("timeline.none", key=plain(key)), err=True)
        return
    listing = Listing(say("columns.timelines"))
    for entry in known:
        source = "shipped" if entry["shipped"] else "here" if entry["here"] else "elsewhere"
        listing.add(
            Text(plain(str(entry["version"])), style="bold"),
            say.word("action", str(entry["action"])),
            say.duration(float(entry["seconds"])),
            str(entry["runs"]),
            str(entry["recorded_at"])[:10],
            say(f"timeline.{source}"),
        )
    listing.print(invocation)


def _export(
    invocation: Invocation, client: Client, key: str, known: Sequence[Mapping[str, Any]], target: Path
) -> None:
    if len(known) > 1:
        # Which one is meant: of several actions, the install.
        known = [entry for entry in known if entry["action"] == "install"] or known
    if len(known) != 1:
        places = ", ".join(f"--version {entry['version']} --action {entry['action']}" for entry in known)
        hint = f"one of: {places}" if known else "none is known"
        raise click.UsageError(f"--export writes one timeline; {hint}.")
    version, action = str(known[0]["version"]), str(known[0]["action"])
    content = client.get(f"{PATH}/export", key=key, version=version, action=action)
    if target == STANDARD_OUTPUT:
        print_json(content)
        return
    try:
        if target.suffix != ".json" or target.is_dir():
            target.mkdir(parents=True, exist_ok=True)
            target /= f"{version}-{action}.json"
        target.write_text(json.dumps(content, separators=(",", ":")) + "\n", encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"{target}: {error.strerror}.") from None
    click.echo(invocation.say("timeline.exported", path=target), err=True)


def _forget(
    invocation: Invocation,
    client: Client,
    key: str,
    version: str | None,
    action: str | None,
    *,
    as_json: bool,
) -> None:
    query = {"key": key, "version": version, "action": action}
    answer = client.delete(
        f"{PATH}?{urlencode({name: text for name, text in query.items() if text is not None})}"
    )
    if as_json:
        print_json(answer)
        return
    for entry in answer["forgotten"]:
        click.echo(f"{entry['version']} {entry['action']}")
    click.echo(invocation.say("timeline.forgotten", count=len(answer["forgotten"])), err=True)
