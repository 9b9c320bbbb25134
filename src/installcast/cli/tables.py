"""What is not a log: lists of tasks and recipes, one task's state, a plan, and JSON for machines."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.table import Table
from rich.text import Text

from installcast.cli.ending import print_error, results_table, title_of
from installcast.cli.invocation import Invocation
from installcast.cli.lines import LineStyler
from installcast.cli.progress import Painter, Progress, stall_text, step_title, unix_time
from installcast.cli.safe import plain
from installcast.cli.watch import has_colour
from installcast.record import decode

STATUS_COLOUR: Mapping[str, str] = {
    "queued": "cyan",
    "running": "cyan",
    "succeeded": "green",
    "failed": "red",
    "canceled": "yellow",
    "interrupted": "yellow",
}
BAR_CELLS = 24


def print_json(values: Any) -> None:
    """Print one JSON object on one line of standard output, in UTF-8 whatever the locale (RFC 8259, 8.1)."""
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    sys.stdout.buffer.write(text.encode(errors="replace") + b"\n")
    sys.stdout.buffer.flush()


class Listing:
    """Rows under headings. ``headings`` is one text, with ``|`` between the columns."""

    def __init__(self, headings: str) -> None:
        self._rows = [[Text(heading, style="bold") for heading in headings.split("|")]]

    def add(self, *cells: str | Text) -> None:
        """Add a row."""
        self._rows.append([Text(plain(cell)) if isinstance(cell, str) else cell for cell in cells])

    def print(self, invocation: Invocation) -> None:
        """Print it. A terminal folds what does not fit, but not the first column, which is there to be copied; a pipe gets
        each row as one line."""
        out = invocation.out
        if out.is_terminal:
            table = Table.grid(padding=(0, 2))
            for index in range(len(self._rows[0])):
                table.add_column(overflow="fold", no_wrap=index == 0)
            for row in self._rows:
                table.add_row(*row)
            out.print(table)
            return
        widths = [max(cell.cell_len for cell in column) for column in zip(*self._rows, strict=True)]
        for row in self._rows:
            cells = zip(row, widths, strict=True)
            line = "  ".join(set_cell_size(cell.plain, width) for cell, width in cells)
            out.print(Text(line.rstrip()), soft_wrap=True)


def print_facts(invocation: Invocation, facts: Sequence[tuple[str, str | Text]]) -> None:
    """Print what is known of one thing, a line each; what is empty is left out."""
    facts = [(name, value) for name, value in facts if value]
    width = max((cell_len(name) for name, _ in facts), default=0)
    for name, value in facts:
        invocation.out.print(Text.assemble((set_cell_size(name, width), "dim"), "  ", value), soft_wrap=True)


def print_tasks(invocation: Invocation, tasks: Sequence[Mapping[str, Any]], *, now: float) -> None:
    """Print a line for each task. ``now`` is Unix time in seconds."""
    say = invocation.say
    listing = Listing(say("columns.tasks"))
    for task in tasks:
        status = str(task["status"])
        listing.add(
            str(task["task_id"]),
            say.word("action", str(task.get("action") or "")),
            Text(say.word("status", status), style=STATUS_COLOUR.get(status, "")),
            f"{task.get('progress') or 0} %",
            _step(task),
            _age(invocation, task, now),
            str(task.get("user") or ""),
        )
    listing.print(invocation)


def print_status(invocation: Invocation, task: Mapping[str, Any], *, now: float) -> None:
    """Print one task's state. ``now`` is Unix time in seconds."""
    say, out = invocation.say, invocation.out
    status = str(task["status"])
    action = say.word("action", str(task.get("action") or ""))
    out.print(Text.assemble((f"{action} ", "cyan"), (title_of(task), "bold")), soft_wrap=True)
    progress = Progress()
    progress.take_status(task)
    unicode = out.encoding.lower().replace("-", "") == "utf8"
    painter = Painter(say, colour=has_colour(invocation), unicode=unicode)
    shown = f"{painter.bar(progress, 0, BAR_CELLS)} {progress.percent} %" if progress.known else ""
    # The word of the interface stands beside the reader's own, so that both can be looked for.
    state = say.word("status", status)
    state = state if state == status else f"{state} ({status})"
    rows: list[tuple[str, str | Text]] = [
        ("task", plain(str(task["task_id"]))),
        ("status", Text(state, style=STATUS_COLOUR.get(status, ""))),
        ("progress", Text.from_ansi(shown)),
        ("step", _step(task)),
        ("phase", plain(say.word("phase", str(task.get("phase") or "")))),
        ("activity", plain(str(task.get("activity") or ""))),
        ("queue_position", str(task.get("queue_position") or "")),
        ("eta", say.duration(task["eta_seconds"]) if task.get("eta_seconds") is not None else ""),
        ("started", _moment(task.get("started_at"))),
        ("finished", _moment(task.get("finished_at"))),
        ("lasted", _lasted(invocation, task, now)),
        ("exit_code", str(task["exit_code"]) if task.get("exit_code") is not None else ""),
        ("after_state", say.word("after", str(task["after_state"])) if task.get("after_state") else ""),
        (
            "rollback",
            "" if task.get("rollback") in {None, "none"} else say.word("status", str(task["rollback"])),
        ),
        ("user", plain(str(task.get("user") or ""))),
    ]
    print_facts(invocation, [(say(f"field.{name}"), value) for name, value in rows])
    stalled = task.get("stalled")
    if stalled:
        out.print(Text(stall_text(say, stalled, now), style="yellow"), soft_wrap=True)
        if stalled.get("reason") == "waiting_for_input":
            way_out = say("stalled.way_out", command=invocation.command("cancel", str(task["task_id"])))
            out.print(Text(way_out, style="dim"), soft_wrap=True)
    for line in results_table(say, task):
        out.print(line, soft_wrap=True)
    if task.get("error"):
        print_error(out, say, task)


def print_plan(invocation: Invocation, key: str, answer: Mapping[str, Any]) -> None:
    """Print what an install of ``key`` would do: what the checks said, and which packages would change."""
    say, out = invocation.say, invocation.out
    line = LineStyler(colour=has_colour(invocation))
    for values in answer.get("messages") or []:
        record = decode(json.dumps(values))
        if record.kind is None and not record.final:
            sys.stdout.write(line(record) + "\n")
    sys.stdout.flush()
    packages = answer.get("packages")
    if packages:
        out.print(Text(say("plan.packages"), style="bold"))
        for package in packages.splitlines() if isinstance(packages, str) else packages:
            out.print(Text(f"  {plain(str(package))}"), soft_wrap=True)
    good = bool(answer.get("ok"))
    verdict = say("plan.good" if good else "plan.bad", key=plain(key))
    out.print(Text(verdict, style="bold green" if good else "bold red"), soft_wrap=True)
    if good and answer.get("expected_seconds") is not None:
        out.print(say("plan.takes", time=say.duration(float(answer["expected_seconds"]))), soft_wrap=True)
    if not good and answer.get("error"):
        print_error(out, say, answer)


def _step(task: Mapping[str, Any]) -> str:
    return step_title(
        str(task.get("step") or ""), int(task.get("current_step") or 0), int(task.get("total_steps") or 0)
    )


def _age(invocation: Invocation, task: Mapping[str, Any], now: float) -> str:
    created = task.get("created_at")
    return invocation.say.duration(max(0.0, now - unix_time(str(created)))) if created else ""


def _lasted(invocation: Invocation, task: Mapping[str, Any], now: float) -> str:
    if not task.get("started_at"):
        return ""
    end = unix_time(str(task["finished_at"])) if task.get("finished_at") else now
    return invocation.say.duration(max(0.0, end - unix_time(str(task["started_at"]))))


def _moment(value: Any) -> str:
    from datetime import datetime

    if not value:
        return ""
    return datetime.fromisoformat(str(value)).astimezone().strftime("%Y-%m-%d %H:%M:%S")
