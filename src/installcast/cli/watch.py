"""Watch one task from a record to its end, and turn the end into an exit status."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Mapping
from typing import Any

import click
from rich.text import Text

from installcast.cli import exits
from installcast.cli.client import Client
from installcast.cli.ending import print_ending, title_of
from installcast.cli.follow import PATIENCE, Follower, Line
from installcast.cli.invocation import Invocation
from installcast.cli.lines import LineStyler
from installcast.cli.numbering import Numbering
from installcast.cli.progress import Progress
from installcast.cli.references import catalog
from installcast.cli.screen import JsonScreen, PlainScreen, Screen
from installcast.cli.terminal import TerminalScreen
from installcast.errors import NotFoundError, ServiceAnswerError, ServiceUnreachableError
from installcast.record import LogMessage


def watch(
    invocation: Invocation,
    client: Client,
    task_id: str,
    *,
    since: int = 0,
    as_json: bool = False,
    timestamps: bool = False,
    patience: float = PATIENCE,
    left: Callable[[], None] | None = None,
) -> int:
    """Show the task's log from record ``since`` until it ends; return the exit status that its end means.

    Ctrl-C leaves; the task goes on, and ``left`` tells so. Without it: the commands to come back with, which a service
    that ends with this command would not answer. Raises what :class:`Follower` raises.
    """
    screen: Screen | None = None
    final: LogMessage | None = None
    follower = Follower(client, task_id, since=since, patience=patience)
    try:
        try:
            task = state_of(client, task_id)
            screen = open_screen(invocation, task, as_json=as_json, timestamps=timestamps)
            for events in follower:
                screen.show(events)
                for event in events:
                    if isinstance(event, Line) and event.record.final:
                        final = event.record
            task = _ended(client, task_id, task, final, reveal=not as_json)
        finally:
            if screen is not None:
                screen.close()
    except KeyboardInterrupt:
        if left is not None:
            left()
        else:
            _say_how_to_come_back(invocation, task_id, follower.next_seq, as_json=as_json)
        return exits.INTERRUPTED
    except (ServiceUnreachableError, ServiceAnswerError):
        if screen is not None and left is None:
            command = invocation.command("logs", "-f", task_id, "--since", str(follower.next_seq))
            click.echo(invocation.say("come_back", command=command), err=True)
        raise
    if not as_json:
        _print_end(invocation, client, task, with_command=left is None)
    return exits.of_task(task)


def open_screen(
    invocation: Invocation, task: Mapping[str, Any], *, as_json: bool, timestamps: bool = False
) -> Screen:
    """Return where the task is shown: NDJSON where asked for, painted on a terminal, else plain lines."""
    say = invocation.say
    if as_json:
        return JsonScreen(sys.stdout.buffer)
    out = invocation.out
    if not can_paint(invocation):
        return PlainScreen(sys.stdout, sys.stderr, say, LineStyler(timestamps=timestamps))
    progress = Progress()
    progress.take_status(task)
    action = say.word("action", str(task.get("action") or ""))
    out.print(
        Text.assemble((f"{action} ", "cyan"), (title_of(task), "bold"), (f"  {task['task_id']}", "dim")),
        soft_wrap=True,
    )
    return TerminalScreen(sys.stdout, say, progress, colour=has_colour(invocation), timestamps=timestamps)


def can_paint(invocation: Invocation) -> bool:
    """Whether standard output is a terminal on which the cursor can be moved."""
    return sys.stdout.isatty() and not invocation.out.is_dumb_terminal


def has_colour(invocation: Invocation) -> bool:
    """Whether colours are wanted and possible; ``NO_COLOR`` says no."""
    return invocation.out.color_system is not None and not invocation.out.no_color


def state_of(client: Client, task_id: str, *, reveal: bool = False) -> Mapping[str, Any]:
    """Return a task's state. Secret results are told once: ``reveal`` asks for them, to show them to a person."""
    state: Mapping[str, Any] = client.get("/v1/log/status", task_id=task_id, reveal=str(reveal).lower())
    return state


def _ended(
    client: Client, task_id: str, before: Mapping[str, Any], final: LogMessage | None, *, reveal: bool
) -> Mapping[str, Any]:
    """Return the state of the ended task. Its last record says enough where the service has just gone away."""
    try:
        return state_of(client, task_id, reveal=reveal)
    except (ServiceUnreachableError, NotFoundError):
        if final is None:
            raise
        return {
            **before,
            "status": final.status,
            "exit_code": final.exit_code,
            "error": final.error,
            "after_state": final.after_state,
            "finished_at": final.timestamp,
        }


def _print_end(
    invocation: Invocation, client: Client, task: Mapping[str, Any], *, with_command: bool
) -> None:
    cause = None
    again = line = None
    error = task.get("error") or {}
    seq = error.get("seq")
    if isinstance(seq, int):
        if with_command:
            line = _line_at(client, str(task["task_id"]), seq)
            again = invocation.command("logs", str(task["task_id"]), "--since", str(max(0, seq - 5)))
        cause = _message_at(client, str(task["task_id"]), seq)
    ways = _ways_on(invocation, client, task) if with_command else []
    print_ending(
        invocation.out, invocation.err, invocation.say, task, cause=cause, again=again, line=line, ways=ways
    )


def _ways_on(invocation: Invocation, client: Client, task: Mapping[str, Any]) -> list[str]:
    """Return what can be done after an end that is none to be content with."""
    if task["status"] not in ("failed", "canceled", "interrupted") or not task.get("key"):
        return []
    say, key = invocation.say, str(task["key"])
    ways = [say("after.retry", command=invocation.command("retry", str(task["task_id"])))]
    if task.get("after_state") == "partly" and task.get("action") != "uninstall":
        with contextlib.suppress(ServiceUnreachableError, ServiceAnswerError):
            if any(one["key"] == key and "uninstall" in one["actions"] for one in catalog(client)):
                ways.append(say("after.uninstall", command=invocation.command("uninstall", key)))
    return ways


def _message_at(client: Client, task_id: str, seq: int) -> str | None:
    try:
        page = client.get("/v1/log/history", task_id=task_id, offset=seq, limit=1)
    except (ServiceUnreachableError, ServiceAnswerError):
        return None
    return str(page["messages"][0]["message"]) if page["messages"] else None


def _line_at(client: Client, task_id: str, seq: int) -> int | None:
    try:
        return Numbering.of(client, task_id).line(seq)
    except (ServiceUnreachableError, ServiceAnswerError):
        return None


def _say_how_to_come_back(invocation: Invocation, task_id: str, next_seq: int, *, as_json: bool) -> None:
    words = ["logs", "-f", task_id, "--since", str(next_seq), *(["--json"] if as_json else [])]
    click.echo("", err=True)
    click.echo(invocation.say("detached", command=invocation.command(*words)), err=True)
    click.echo(invocation.say("detached.cancel", command=invocation.command("cancel", task_id)), err=True)
