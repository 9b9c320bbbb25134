"""What is said when a watched task has ended: how, for how long, its results, and after a failure the cause and a hint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console, Group
from rich.panel import Panel
from rich.text import Text

from installcast.cli.progress import unix_time
from installcast.cli.safe import plain
from installcast.cli.text import Speaker

MARKS: Mapping[str, tuple[str, str]] = {
    "succeeded": ("✔", "green"),
    "failed": ("✖", "red"),
    "canceled": ("■", "yellow"),
    "interrupted": ("⚡", "yellow"),
    "ended": ("●", "cyan"),
}
WIDEST_CARD = 90


def title_of(task: Mapping[str, Any]) -> str:
    """Return what a task is about: its recipe and version."""
    return plain(f"{task.get('key') or task.get('task_id')} {task.get('version') or ''}").strip()


def summary(say: Speaker, task: Mapping[str, Any]) -> str:
    """Return the one sentence about the end of a task."""
    status = str(task["status"])
    action = say.word("action", str(task.get("action") or "install"))
    sentence = say(f"end.{status}", title=title_of(task), action=action, time=say.duration(_seconds(task)))
    code = task.get("exit_code")
    if status == "failed" and code:
        sentence += say("with_exit_code", code=code)
    return sentence


def print_ending(
    out: Console,
    err: Console,
    say: Speaker,
    task: Mapping[str, Any],
    *,
    cause: str | None,
    again: str | None,
    line: int | None = None,
    ways: Sequence[str] = (),
) -> None:
    """Print the end of a task: results where output goes, everything else where it can be seen.

    ``task`` is what ``GET /v1/log/status`` says, ``cause`` the line that shows the error, ``again`` the command that shows it,
    ``line`` its number, ``ways`` what can be done now.
    """
    status = str(task["status"])
    mark, colour = MARKS.get(status, ("●", "cyan"))
    # In a terminal all of it belongs together; into a file go the log and the results alone.
    notes = out if out.is_terminal else err
    if not _can_write(notes, mark):
        mark = "*"
    if notes.is_terminal:
        notes.print()
    notes.print(Text.assemble((f"{mark} ", f"bold {colour}"), (summary(say, task), "bold")), soft_wrap=True)
    for result in results_table(say, task):
        out.print(result, soft_wrap=True)
    if status == "failed" and task.get("error"):
        print_error(notes, say, task, cause=cause, again=again, line=line)
    rollback = task.get("rollback")
    if rollback in {"succeeded", "failed"}:
        style = "yellow" if rollback == "succeeded" else "bold red"
        notes.print(Text(say(f"rollback.{rollback}"), style=style), soft_wrap=True)
    if state := task.get("after_state"):
        notes.print(Text(say.word("after", str(state)), style="yellow"), soft_wrap=True)
    for way in ways:
        notes.print(Text(way, style="dim"), soft_wrap=True)


def results_table(say: Speaker, task: Mapping[str, Any]) -> list[Text]:
    """Return a line for each result that the scripts reported."""
    results = [result for result in task.get("results") or [] if isinstance(result, Mapping)]
    width = max((len(plain(str(result.get("name")))) for result in results), default=0)
    lines = []
    for result in results:
        value = result.get("value")
        shown = plain(str(value)) if value is not None else say("secret_result")
        name = plain(str(result.get("name"))).ljust(width)
        lines.append(
            Text.assemble("  ", (name, "bold"), "  ", (shown, "cyan" if value is not None else "dim"))
        )
    return lines


def print_error(
    console: Console,
    say: Speaker,
    task: Mapping[str, Any],
    *,
    cause: str | None = None,
    again: str | None = None,
    line: int | None = None,
) -> None:
    """Print the card of a failure: its code, the line that shows it, one sentence that says what to do. ``line`` is its number,
    ``again`` the command that shows it among others."""
    error = task["error"]
    code = Text(plain(str(error.get("code") or "")), style="bold red")
    hint = (error.get("hint_zh") if say.locale == "zh" else None) or error.get("hint")
    # A script that gave up with a hint printed that hint itself.
    said = bool(hint) and str(hint) in (cause or "")
    lines = [Text(plain(cause), style="red")] if cause and not said else []
    lines += [Text(plain(str(hint)))] if hint else []
    if console.is_terminal and lines:
        width = min(WIDEST_CARD, console.width)
        body = Group(*lines)
        console.print(Panel(body, title=code, title_align="left", border_style="red", width=width))
    else:
        for text in (code, *lines):
            console.print(text, soft_wrap=True)
    if again and error.get("seq") is not None:
        where = say("cause_lines") if line is None else say("cause_line", line=line)
        # Outside of the frame: a command has to be copied in one piece.
        console.print(Text(f"{where}:  {again}", style="dim"), soft_wrap=True)


def _seconds(task: Mapping[str, Any]) -> float:
    begin = task.get("started_at") or task.get("created_at")
    end = task.get("finished_at")
    return max(0.0, unix_time(str(end)) - unix_time(str(begin))) if begin and end else 0.0


def _can_write(console: Console, text: str) -> bool:
    try:
        text.encode(console.encoding)
    except UnicodeEncodeError:
        return False
    return True
