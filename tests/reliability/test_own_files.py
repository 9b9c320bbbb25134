"""A script that damages the files of its own task: the runner does not fail, and the end is told all the same."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.service import Service
from tests.tasks.recipes import GATE_PARAMETER, Gate, write_recipe

NewService = Callable[..., Service]
NewGate = Callable[[str], Gate]

SCRIPT = """
task=$(dirname "$INSTALLCAST_EVENTS")
seq -f 'before %.0f' 100
read -r x < "$GATE"
{damage}
read -r -t 1.5 x <> <(:)
seq -f 'after %.0f' 100
exit {code}
"""
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
    "all files removed but the locks": 'cd "$task"; rm -rf journal.jsonl *.json* events progress output control work recipe lib',
}
"""What a script may do without a line being lost for those who watch, and for those who come later."""


@pytest.mark.parametrize("how", REPAIRED)
def test_what_is_repaired(new_service: NewService, gate: NewGate, how: str) -> None:
    """Viewers see every line, and so does who comes later; the status is the script's own."""
    service = new_service()
    pause = gate("gate")
    code = 0 if "removed" in how else 7
    script = SCRIPT.format(damage=REPAIRED[how], code=code)
    write_recipe(service.recipes, "vandal", script, declared=f"parameters:\n{GATE_PARAMETER}")
    service.start()
    client = service.client()
    task_id = client.install("vandal", gate=str(pause.path))
    with client.watch(task_id) as viewer:
        seen = [json.loads(viewer.recv(timeout=30)) for _ in BEFORE]
        pause.open()
        seen += [json.loads(frame) for frame in viewer]
    status = client.status(task_id)
    assert (status["status"], status["exit_code"]) == ("failed" if code else "succeeded", code)
    assert seen == client.history(task_id)
    assert [record["seq"] for record in seen] == list(range(len(seen)))
    assert [r["message"] for r in seen if not r.get("kind")][:-1] == [*BEFORE, *AFTER]
    assert seen[-1]["final"] is True


@pytest.mark.parametrize("damage", [': > "$task/journal.jsonl"', 'truncate -s 1000 "$task/journal.jsonl"'])
def test_a_journal_that_was_cut_off(new_service: NewService, gate: NewGate, damage: str) -> None:
    """What is gone is told; whoever watches sees all that follows, at its number, and the end."""
    service = new_service()
    pause = gate("gate")
    script = SCRIPT.format(damage=damage, code=0)
    write_recipe(service.recipes, "vandal", script, declared=f"parameters:\n{GATE_PARAMETER}")
    service.start()
    client = service.client()
    task_id = client.install("vandal", gate=str(pause.path))
    with client.watch(task_id) as viewer:
        seen = [json.loads(viewer.recv(timeout=30)) for _ in BEFORE]
        pause.open()
        seen += [json.loads(frame) for frame in viewer]
    assert [record["seq"] for record in seen] == list(range(len(seen)))
    assert [r["message"] for r in seen if not r.get("kind") and "gap" not in r][:-1] == [*BEFORE, *AFTER]
    gaps = [record["gap"] for record in seen if "gap" in record]
    assert len(gaps) == 1
    later = client.history(task_id)
    assert later == [record for record in seen if record["seq"] in {found["seq"] for found in later}]
    assert len(later) == len(seen) - gaps[0]["lines"]
    assert client.status(task_id)["status"] == "succeeded"
