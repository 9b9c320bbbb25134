"""The manual page and the completion of shells that a wheel brings along."""

from __future__ import annotations

from pathlib import Path

import click

from installcast.cli.app import COMMANDS, cli
from installcast.cli.manual import manual_page, shared_files

SHARE = Path(__file__).parents[2] / "share"


def test_what_is_shipped_is_current() -> None:
    """`make man` was run after the last change of a command or an option."""
    shipped = {path.relative_to(SHARE): path.read_text() for path in SHARE.rglob("*") if path.is_file()}
    assert shipped == shared_files(cli)


def test_every_command_is_on_the_page() -> None:
    """With its sub-commands, and nothing in it is taken for a request of troff."""
    page = manual_page(cli)
    assert all(rf"\fBinstallcast {name.replace('-', chr(92) + '-')}" in page for name in COMMANDS)
    assert r"\fBinstallcast user add\fR NAME" in page
    requests = {line.split(" ")[0] for line in page.splitlines() if line.startswith((".", "'"))}
    assert requests == {".TH", ".SH", ".SS", ".TP", ".PP", ".B"}


def test_text_that_troff_would_read() -> None:
    """A line that begins with a dot or an apostrophe, and backslashes, are printed as they are."""

    @click.group()
    def program() -> None:
        """.hidden"""

    @program.command()
    def one() -> None:
        """'quoted' C:\\path"""

    page = manual_page(program)
    assert "\n\\&.hidden\n" in page
    assert "\n\\&'quoted' C:\\epath\n" in page
