"""Commands about recipes: what there is, and a start for one's own."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from installcast.catalog import BrokenRecipe, Catalog, load_recipe
from installcast.catalog.recipe import KEY_PATTERN
from installcast.cli import exits, skeleton
from installcast.cli.invocation import Command, Group, Invocation, json_option, zh
from installcast.cli.kept import print_kept
from installcast.cli.references import catalog, complete_key
from installcast.cli.safe import plain
from installcast.cli.tables import Listing, print_facts, print_json
from installcast.cli.timelines import timeline
from installcast.errors import RecipeNotFoundError, ServiceUnreachableError


@zh("查看与编写软件定义")
@click.group(cls=Group)
def recipes() -> None:
    """What can be installed."""


recipes.add_command(timeline)


@zh("列出可安装的软件")
@recipes.command("list", cls=Command)
@json_option
@click.pass_obj
def list_recipes(invocation: Invocation, as_json: bool) -> None:
    """List the recipes. Without a running service: those of the folders, without what is installed."""
    entries = _entries(invocation)
    if as_json:
        for entry in entries:
            print_json(entry)
        return
    listing = Listing(invocation.say("columns.recipes"))
    for entry in entries:
        broken = entry.get("broken")
        summary = Text(plain(str(broken)), style="red") if broken else str(entry.get("summary") or "")
        root = invocation.say("root") if entry.get("requires_root") else ""
        installed = str(entry.get("installed_version") or "")
        versions = ", ".join(map(str, entry.get("versions") or []))
        listing.add(
            Text(plain(str(entry["key"])), style="bold"),
            versions,
            installed,
            _takes(invocation, entry),
            root,
            summary,
        )
    listing.print(invocation)


@zh("显示软件的参数与版本")
@recipes.command("show", cls=Command)
@click.argument("key", shell_complete=complete_key)
@json_option
@click.pass_obj
def show(invocation: Invocation, key: str, as_json: bool) -> None:
    """Show a recipe's versions and parameters."""
    entry = next((entry for entry in _entries(invocation) if entry["key"] == key), None)
    if entry is None:
        raise RecipeNotFoundError(field="key", key=key)
    if as_json:
        print_json(entry)
    else:
        _print_recipe(invocation, entry)


@zh("新建软件定义的骨架")
@recipes.command("new", cls=Command)
@click.argument("key")
@click.option(
    "--dir",
    "parent",
    type=click.Path(path_type=Path, file_okay=False),
    default=".",
    help="Where; default: here.",
)
@click.pass_obj
def new(invocation: Invocation, key: str, parent: Path) -> None:
    """Make a folder KEY with a commented recipe that works."""
    if not re.fullmatch(KEY_PATTERN, key):
        raise click.UsageError(f"{key!r} is no key: lower-case letters, digits and . _ - only, at most 48.")
    folder = parent / key
    try:
        folder.mkdir(parents=True, mode=0o755)
        for name, text in skeleton.FILES.items():
            path = folder / name
            path.write_text(text.replace("@KEY@", key), encoding="utf-8")
            if name.endswith(".sh"):
                path.chmod(0o755)
    except FileExistsError:
        raise click.UsageError(f"{folder} exists already.") from None
    except OSError as error:
        raise click.UsageError(f"{folder}: {error.strerror}.") from None
    # A recipe that others may write is refused; a generous umask must not make one.
    for path in (folder, *folder.iterdir()):
        path.chmod(stat.S_IMODE(path.stat().st_mode) & ~0o022)
    click.echo(invocation.say("recipe_made", folder=folder))
    click.echo(
        invocation.say("recipe_next", check=invocation.command("recipes", "check", str(folder))), err=True
    )
    listed = parent.resolve()
    if all(listed != each.resolve() for each in invocation.settings.recipes):
        click.echo(invocation.say("recipe_listed", folder=listed), err=True)


@zh("检查软件定义")
@recipes.command("check", cls=Command)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH…")
@click.pass_obj
def check(invocation: Invocation, paths: tuple[Path, ...]) -> int:
    """Check recipe folders, or folders of recipe folders; 2 when one is wrong."""
    failed = False
    for folder in _recipe_folders(paths):
        recipe = load_recipe(folder)
        problems = recipe.problems if isinstance(recipe, BrokenRecipe) else recipe.flaws
        if not problems:
            click.echo(invocation.say("recipe_good", folder=folder))
            continue
        failed = True
        for problem in problems:
            place = f"{folder / problem.file}:{problem.line}" if problem.line else str(folder / problem.file)
            key = f" {problem.key}:" if problem.key else ""
            click.echo(plain(f"{place}:{key} {problem.reason}"))
    return exits.USAGE if failed else exits.OK


def _recipe_folders(paths: tuple[Path, ...]) -> list[Path]:
    folders: list[Path] = []
    for path in paths:
        # A recipe's key is its folder's name, which "." hides.
        folder = Path(os.path.abspath(path))  # noqa: PTH100 - no symlinks resolved
        if folder.name == "recipe.yaml":
            folder = folder.parent
        if not folder.is_dir():
            raise click.UsageError(f"{path}: there is no such folder.")
        inside = [child for child in sorted(folder.iterdir()) if _holds_recipe(child)]
        if inside and not _holds_recipe(folder):
            folders += inside
        else:
            folders.append(folder)
    return folders


def _holds_recipe(folder: Path) -> bool:
    return (folder / "recipe.yaml").exists() or (folder / "install.sh").exists()


def _entries(invocation: Invocation) -> list[dict[str, Any]]:
    """Return the catalog as the service tells it, else as it lies in the folders."""
    try:
        with invocation.client() as client:
            return catalog(client)
    except ServiceUnreachableError:
        if invocation.server is not None:
            raise
    say = invocation.say
    return [recipe.describe(say.locale) for recipe in Catalog(invocation.settings.recipes)]


def _takes(invocation: Invocation, entry: Mapping[str, Any]) -> str:
    """Return how long an install of the default version takes, ``""`` while nobody knows."""
    default = next(iter(entry.get("versions") or []), "")
    seconds = (entry.get("expected_seconds") or {}).get(default, {}).get("install")
    return "" if seconds is None else invocation.say.duration(seconds)


def _all_that_takes(invocation: Invocation, entry: Mapping[str, Any]) -> str:
    say = invocation.say
    expected: Mapping[str, Mapping[str, float]] = entry.get("expected_seconds") or {}
    return ", ".join(
        f"{say.word('action', action)} {version}: {say.duration(seconds)}"
        for version, actions in expected.items()
        for action, seconds in actions.items()
    )


def _print_recipe(invocation: Invocation, entry: Mapping[str, Any]) -> None:
    say, out = invocation.say, invocation.out
    name = plain(str(entry.get("name") or entry["key"]))
    out.print(Text.assemble((plain(str(entry["key"])), "bold"), "  ", name if name != entry["key"] else ""))
    if entry.get("summary"):
        out.print(Text(plain(str(entry["summary"]))))
    if entry.get("broken"):
        out.print(Text(plain(str(entry["broken"])), style="red"))
    facts = (
        ("versions", ", ".join(map(str, entry.get("versions") or []))),
        ("installed", str(entry.get("installed_version") or "")),
        ("candidate", str(entry.get("candidate_version") or "")),
        ("tags", ", ".join(map(str, entry.get("tags") or []))),
        ("platforms", ", ".join(entry.get("platforms") or [])),
        ("actions", ", ".join(entry.get("actions") or [])),
        ("needs", say("root") if entry.get("requires_root") else ""),
        ("takes", _all_that_takes(invocation, entry)),
    )
    print_facts(invocation, [(say(f"field.{name}"), plain(value)) for name, value in facts])
    parameters = entry.get("parameters") or []
    if parameters:
        out.print()
        listing = Listing(say("columns.parameters"))
        for parameter in parameters:
            listing.add(
                Text(plain(str(parameter["name"])), style="bold"),
                _type(parameter),
                "" if parameter.get("default") is None else str(parameter["default"]),
                _about(invocation, parameter),
            )
        listing.print(invocation)
    if entry.get("keeps"):
        out.print()
        print_kept(out, say, entry, {})


def _type(parameter: Mapping[str, Any]) -> str:
    kind = str(parameter.get("type") or "string")
    low, high = parameter.get("minimum"), parameter.get("maximum")
    if low is not None or high is not None:
        kind += f" {'' if low is None else low}…{'' if high is None else high}"
    if parameter.get("choices"):
        kind = " | ".join(map(str, parameter["choices"]))
    return kind


def _about(invocation: Invocation, parameter: Mapping[str, Any]) -> str:
    say = invocation.say
    words = [say(word) for word in ("required", "secret") if parameter.get(word)]
    text = str(parameter.get("help") or parameter.get("title") or "")
    if text == parameter["name"]:
        text = ""
    return f"{text} ({', '.join(words)})".strip() if words else text
