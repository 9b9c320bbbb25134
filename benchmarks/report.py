"""The table that every benchmark fills."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from rich.console import Console
from rich.table import Table


class Row(NamedTuple):
    """One figure. ``good`` says whether it meets its goal; ``None`` where it has none."""

    what: str
    figure: str
    goal: str = ""
    good: bool | None = None


def at_most(what: str, value: float, unit: str, goal: float) -> Row:
    """Return the row of a figure that should be small."""
    return Row(what, f"{value:,.4g} {unit}", f"≤ {goal:,.4g} {unit}", value <= goal)


def at_least(what: str, value: float, unit: str, goal: float) -> Row:
    """Return the row of a figure that should be large."""
    return Row(what, f"{value:,.0f} {unit}", f"≥ {goal:,.0f} {unit}", value >= goal)


def percentile(values: Iterable[float], part: float) -> float:
    """Return the value below which ``part`` (0 to 1) of ``values`` lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def show(title: str, rows: Iterable[Row]) -> None:
    """Print a table."""
    table = Table(title=title, title_justify="left")
    table.add_column("what")
    table.add_column("figure", justify="right")
    table.add_column("goal", justify="right")
    table.add_column("")
    for row in rows:
        mark = "" if row.good is None else "yes" if row.good else "NO"
        table.add_row(row.what, row.figure, row.goal, mark)
    Console().print(table)
