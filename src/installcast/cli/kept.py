"""What an uninstall leaves on the machine, and what it was told to delete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.text import Text

from installcast.catalog.parameters import says_yes
from installcast.cli.safe import plain
from installcast.cli.text import Speaker


def print_kept(out: Console, say: Speaker, entry: Mapping[str, Any], parameters: Mapping[str, str]) -> None:
    """Print what an uninstall with ``parameters`` keeps of a recipe, and what it deletes because of them.

    ``entry`` is the recipe as the catalog lists it. Nothing is printed where the recipe says nothing.
    """
    kept: list[str] = []
    deleted: dict[str, list[str]] = {}
    for item in entry.get("keeps") or []:
        text, unless = str(item["text"]), item.get("unless")
        if unless is None:
            kept.append(text)
        elif says_yes(parameters.get(unless)):
            deleted.setdefault(str(unless), []).append(text)
        else:
            kept.append(say("keeps.unless", text=text, parameter=unless))
    if kept:
        _print_block(out, Text(say("keeps"), style="bold"), kept)
    for parameter, texts in deleted.items():
        _print_block(out, Text(plain(say("keeps.deletes", parameter=parameter)), style="bold red"), texts)


def _print_block(out: Console, heading: Text, texts: list[str]) -> None:
    out.print(heading)
    for text in texts:
        out.print(Text(f"  {plain(text)}"), soft_wrap=True)
