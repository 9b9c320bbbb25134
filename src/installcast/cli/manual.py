"""The manual page, made from the commands themselves: section 1, in the macros of man(7)."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import click

from installcast.cli.completion import SHELLS, completion_script
from installcast.cli.invocation import GLOBAL_OPTIONS, PROGRAM, Command, zh

_EXIT_STATUSES = (
    ("0", "All went well; of search: something was found."),
    ("1", "search found nothing."),
    ("2", "The command line or a setting is wrong."),
    ("3", "There is no such task, recipe or user."),
    ("4", "Not allowed."),
    ("5", "The service cannot be reached."),
    ("124", "The task was stopped since its time was over."),
    ("125", "Installcast itself failed."),
    (
        "other",
        "Of install, upgrade, uninstall, run and logs -f: that of the script, 128 and N after signal N.",
    ),
)
_FILES = (
    ("/etc/installcast/config.yaml", "Settings of a service that root runs."),
    ("~/.config/installcast/config.yaml", "Settings of anybody else's."),
    ("/var/lib/installcast", "State of a service that root runs: its database, its key, the logs of tasks."),
    ("~/.local/share/installcast", "State of anybody else's."),
)
_ENVIRONMENT = (
    ("INSTALLCAST_TOKEN", "The token for a service that --server names."),
    (
        "INSTALLCAST_SECTION__KEY",
        "A setting, such as INSTALLCAST_LOG__LOG_RETENTION_DAYS=30; it wins over the file.",
    ),
    ("NO_COLOR", "Where it is set, nothing is coloured."),
)


@zh("输出手册页（man）")
@click.command(cls=Command)
@click.pass_context
def man(ctx: click.Context) -> None:
    """Print the manual page: installcast man | man -l -"""
    root = ctx.find_root().command
    assert isinstance(root, click.Group)  # noqa: S101 - what the commands are found in
    click.echo(manual_page(root), nl=False)


def shared_files(root: click.Group) -> dict[Path, str]:
    """Return what lies below ``share/`` of a prefix, place → content: the manual page, and completion for each shell."""
    scripts = {shell: completion_script(root, shell) + "\n" for shell in SHELLS}
    return {
        Path("man/man1", f"{PROGRAM}.1"): manual_page(root),
        Path("bash-completion/completions", PROGRAM): scripts["bash"],
        Path("zsh/site-functions", f"_{PROGRAM}"): scripts["zsh"],
        Path("fish/vendor_completions.d", f"{PROGRAM}.fish"): scripts["fish"],
    }


def manual_page(root: click.Group) -> str:
    """Return the page for the command ``root`` with all its commands."""
    return "\n".join(_lines(root)) + "\n"


def _lines(root: click.Group) -> Iterator[str]:
    yield f'.TH {PROGRAM.upper()} 1 "" "Installcast {version(PROGRAM)}" "User Commands"'
    yield from (".SH NAME", rf"{PROGRAM} \- run software installs and watch them live")
    yield from (".SH SYNOPSIS", f".B {PROGRAM}", r"[\fIOPTIONS\fR] \fICOMMAND\fR [\fIARGUMENTS\fR]")
    yield from (".SH DESCRIPTION", *_paragraphs(root.help))
    yield ".SH OPTIONS"
    yield "These may stand before or behind the name of a command."
    with click.Context(root, info_name=PROGRAM) as ctx:
        yield from _options(ctx, [*GLOBAL_OPTIONS, *root.params])
        yield ".SH COMMANDS"
        yield from _commands(root, ctx)
    for title, entries in (
        ("EXIT STATUS", _EXIT_STATUSES),
        ("ENVIRONMENT", _ENVIRONMENT),
        ("FILES", _FILES),
    ):
        yield f".SH {title}"
        for term, text in entries:
            yield from (".TP", rf"\fB{_text(term)}\fR", _text(text))
    yield from (".SH SEE ALSO", "systemctl(1), journalctl(1)")


def _commands(group: click.Group, parent: click.Context) -> Iterator[str]:
    for name in group.list_commands(parent):
        command = group.get_command(parent, name)
        if command is None or command.hidden:
            continue
        with click.Context(command, info_name=name, parent=parent) as ctx:
            if isinstance(command, click.Group):
                yield from _commands(command, ctx)
                continue
            usage = " ".join(piece for piece in command.collect_usage_pieces(ctx) if piece != "[OPTIONS]")
            yield from (".SS", rf"\fB{_text(ctx.command_path)}\fR {_text(usage)}".rstrip())
            yield from _paragraphs(command.help)
            yield from _options(ctx, command.params)


def _options(ctx: click.Context, parameters: list[click.Parameter]) -> Iterator[str]:
    seen: set[str] = set()
    for parameter in parameters:
        record = parameter.get_help_record(ctx)
        if isinstance(parameter, click.Option) and record is not None and record[0] not in seen:
            seen.add(record[0])
            yield from (".TP", rf"\fB{_text(record[0])}\fR", _text(record[1]))


def _paragraphs(help_text: str | None) -> Iterator[str]:
    for number, paragraph in enumerate(inspect.cleandoc(help_text or "").split("\n\n")):
        if number:
            yield ".PP"
        yield _text(" ".join(paragraph.replace("\b", "").split()))


def _text(text: str) -> str:
    """Escape what troff would take for its own: backslashes, hyphens that are to be copied, and a control at the start."""
    escaped = text.replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{escaped}" if escaped.startswith((".", "'")) else escaped
