"""A script that damages the files of its own task: the runner does not fail, and the end is told all the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, NamedTuple

import pytest

from tests.service import Client, Service
from tests.tasks.recipes import GATE_PARAMETER, Gate, write_recipe

SCRIPT = """
task=$(dirname "$INSTALLCAST_EVENTS")
seq -f 'before %.0f' 100
read -r x < "$GATE"
{damage}
read -r -t 1.5 x <> <(:)
seq -f 'after %.0f' 100
exit {code}
"""
UNSEEN = """
task=$(dirname "$INSTALLCAST_EVENTS")
{damage}
echo damaged
echo >"$GATE.told"
read -r x <"$GATE"
echo end
"""
"""Of two that ran, the second one would wait for ever."""
BEFORE = [f"before {number}" for number in range(1, 101)]
AFTER = [f"after {number}" for number in range(1, 101)]

REPAIRED = {
    "journal removed": 'rm "$task/journal.jsonl"',
    "journal replaced": 'echo mine > "$task/x"; mv "$task/x" "$task/journal.jsonl"',
    "journal made a folder": 'rm "$task/journal.jsonl"; mkdir "$task/journal.jsonl"',
    "journal made a link": 'ln -sf /dev/null "$task/journal.jsonl"',
    "something appended to the journal": 'printf \'{"seq":100,\' >> "$task/journal.jsonl"',
    "live.json removed": 'rm "$task/live.json"',
    "live.json emptied": ': > "$task/live.json"',
    "the place of the end removed": 'rm "$task/exit.json.tmp"',
    "the place of the end replaced": 'rm "$task/exit.json.tmp"; mkdir "$task/exit.json.tmp"',
    "an end written": """echo '{"version":1,"status":"succeeded"}' > "$task/exit.json"; """
    """cp "$task/exit.json" "$task/exit.json.tmp" """,
    "reports removed": 'rm "$task/events" "$task/progress"',
    "pipes removed": 'rm "$task/output" "$task/control"',
    "the locks removed": 'rm "$task/run.lock" "$task/started"',
    "the lock replaced": 'rm "$task/run.lock"; : > "$task/run.lock"',
    "its whole folder removed": 'cd /; rm -rf "$task"',
    "all files removed but the locks": 'cd "$task"; rm -rf journal.jsonl *.json* events progress output control work recipe lib',
}
"""What a script may do without a line being lost for those who watch, and for those who come later."""


CUT_OFF = [': > "$task/journal.jsonl"', 'truncate -s 1000 "$task/journal.jsonl"']


class Vandal(NamedTuple):
    """What was seen of one install, and what was found afterwards."""

    seen: list[dict[str, Any]]
    later: list[dict[str, Any]]
    status: dict[str, Any]

    def printed(self) -> list[str]:
        """Return what the install printed, as it was seen."""
        return [
            record["message"]
            for record in self.seen[:-1]
            if record["phase"] == "install" and not record.get("kind") and "gap" not in record
        ]


@pytest.fixture
def run_all(new_service: Callable[..., Service], gate: Callable[[str], Gate]) -> Callable[..., list[Vandal]]:
    """Run installs at once, each with a viewer, ``others`` being their further scripts; damage is done when all are watched."""

    def run(installs: list[str], others: list[dict[str, str]]) -> list[Vandal]:
        service = new_service(runner={"max_parallel": len(installs)})
        for number, (script, further) in enumerate(zip(installs, others, strict=True)):
            declared = f"parameters:\n{GATE_PARAMETER}"
            write_recipe(service.recipes, f"vandal{number}", script, declared=declared, **further)
        service.start()
        client = service.client()
        gates = [gate(f"gate{number}") for number in range(len(installs))]
        task_ids = [client.install(f"vandal{n}", gate=str(made.path)) for n, made in enumerate(gates)]
        with ExitStack() as stack:
            viewers = [stack.enter_context(client.watch(task_id)) for task_id in task_ids]
            seen = [[json.loads(viewer.recv(timeout=60)) for _ in BEFORE] for viewer in viewers]
            for made in gates:
                made.open()
            for viewer, records in zip(viewers, seen, strict=True):
                records += [json.loads(frame) for frame in viewer]
        found = [(client.history(task_id), client.status(task_id)) for task_id in task_ids]
        return [Vandal(records, *rest) for records, rest in zip(seen, found, strict=True)]

    return run


def test_what_is_repaired(run_all: Callable[..., list[Vandal]]) -> None:
    """Viewers see every line, and so does who comes later; the status is the script's own."""
    codes = [0 if "removed" in how else 7 for how in REPAIRED]
    installs = [
        SCRIPT.format(damage=damage, code=code) for damage, code in zip(REPAIRED.values(), codes, strict=True)
    ]
    # Where all is removed the verification is, too: a script that saws at its own branch cannot be helped.
    others = [
        {} if "all files" in how or "whole folder" in how else {"verify": "echo checked >&3; echo checked\n"}
        for how in REPAIRED
    ]
    for how, code, checks, vandal in zip(REPAIRED, codes, others, run_all(installs, others), strict=True):
        assert (vandal.status["status"], vandal.status["exit_code"]) == (
            "failed" if code else "succeeded",
            code,
        ), how
        assert vandal.printed() == [*BEFORE, *AFTER], how
        assert vandal.later == vandal.seen, how
        assert [record["seq"] for record in vandal.seen] == list(range(len(vandal.seen))), how
        assert ("checked" in [record["message"] for record in vandal.seen]) == bool(checks), how
        assert vandal.seen[-1]["final"] is True, how


def test_a_journal_that_was_cut_off(run_all: Callable[..., list[Vandal]]) -> None:
    """What is gone is told; whoever watches sees all that follows, at its number, and the end."""
    installs = [SCRIPT.format(damage=damage, code=0) for damage in CUT_OFF]
    for seen, later, status in (vandals := run_all(installs, [{}] * len(installs))):
        assert [record["seq"] for record in seen] == list(range(len(seen)))
        gaps = [record["gap"] for record in seen if "gap" in record]
        assert len(gaps) == 1
        kept = {record["seq"] for record in later}
        assert later == [record for record in seen if record["seq"] in kept]
        assert len(later) == len(seen) - gaps[0]["lines"]
        assert status["status"] == "succeeded"
    assert all(vandal.printed() == [*BEFORE, *AFTER] for vandal in vandals)


def begin(service: Service, opener: Gate, damage: str) -> tuple[Client, str]:
    """Start a task that does ``damage`` to its folder; return when that is done, and the task waits for ``opener``."""
    write_recipe(
        service.recipes, "vandal", UNSEEN.format(damage=damage), declared=f"parameters:\n{GATE_PARAMETER}"
    )
    service.start()
    client = service.client()
    task_id = client.install("vandal", gate=str(opener.path))
    opener.wait()
    return client, task_id


@pytest.mark.parametrize(
    "damage", ['rm "$task/control"', 'rm "$task/control"; : > "$task/control"', 'cd /; rm -rf "$task"']
)
def test_a_cancel_is_heard(
    new_service: Callable[..., Service], gate: Callable[[str], Gate], damage: str
) -> None:
    """Whatever became of the way that commands take, a cancel ends the script: the runner mends the way."""
    service = new_service()
    opener = gate("gate")
    client, task_id = begin(service, opener, damage)
    client.data("POST", f"/v1/soft/tasks/{task_id}/cancel")
    assert client.finish(task_id)["status"] == "canceled"
    assert client.history(task_id)[-1]["status"] == "canceled"


@pytest.mark.parametrize("damage", ['rm "$task/run.lock" "$task/started"', 'cd /; rm -rf "$task"'])
def test_what_says_that_it_runs_is_gone(
    new_service: Callable[..., Service], gate: Callable[[str], Gate], damage: str
) -> None:
    """A new server, too, sees that it runs: it is not run again, nothing of its recipe runs beside it, its end is its own."""
    service = new_service()
    opener = gate("gate")
    client, task_id = begin(service, opener, damage)
    for _ in range(2):
        status, error = client.error(
            "POST", "/v1/soft/install", json={"key": "vandal", "gate": str(opener.path)}
        )
        assert (status, error["type"]) == (409, "task_active")
        assert client.status(task_id)["status"] == "running"
        service.kill()
        service.start()
    opener.open()
    end = client.finish(task_id)
    assert (end["status"], end["exit_code"]) == ("succeeded", 0)
    assert [record["message"] for record in client.history(task_id)][:-1] == ["damaged", "end"]


@pytest.mark.parametrize("damage", ['cd /; rm -rf "$task"', 'mv "$task" "$GATE.aside"'])
def test_viewers_go_on_live(
    new_service: Callable[..., Service], gate: Callable[[str], Gate], damage: str
) -> None:
    """Whoever watches when the task's folder goes away sees what is printed afterwards as it comes, not at the end."""
    service = new_service()
    opener = gate("gate")
    script = f'echo begun\nread -r x <"$GATE"\n{UNSEEN.format(damage=damage)}'
    write_recipe(service.recipes, "vandal", script, declared=f"parameters:\n{GATE_PARAMETER}")
    service.start()
    client = service.client()
    task_id = client.install("vandal", gate=str(opener.path))
    with client.watch(task_id) as viewer:
        assert json.loads(viewer.recv(timeout=30))["message"] == "begun"
        opener.open()
        opener.wait()  # and now for the next one, before which nothing ends
        while json.loads(viewer.recv(timeout=30))["message"] != "damaged":
            pass
        opener.open()
        assert json.loads(list(viewer)[-1])["status"] == "succeeded"
