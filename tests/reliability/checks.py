"""What has to be true of every accepted task, and of what a service leaves behind, whatever happened to it.

Each check yields sentences that say what is wrong; none means that all promises were kept.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from installcast.runner.outcome import EXIT_FILE
from installcast.runner.probe import is_running, read_exit

from .kinds import Kind, line

FINAL_STATES = {"succeeded", "failed", "canceled", "interrupted"}

_LINE = re.compile(r"line (\d+) \d+")
_NOTES = ("Canceled", "The time limit", "The rollback goes on", "Some processes", "The runner", "Nothing")
"""Beginnings of the runner's own words."""

_EXIT_TIMEOUT = 124


@dataclass
class Accepted:
    """A task that the service has taken, and what was done to it from outside."""

    task_id: str
    kind: Kind
    parameters: dict[str, str]
    cancel_asked: bool = False
    runner_killed: bool = False
    """Its runner, or the whole machine, died: it may be interrupted."""
    disk_was_full: bool = False
    """Lines may be missing, if a gap tells of them."""
    starved: bool = False
    """The service had no space or no descriptors to start it with: it may have ended for that, and nothing was run."""
    shown: list[tuple[str, bytes]] = field(default_factory=list)
    """What viewers were shown from the beginning to the end: protocol, bytes."""

    @property
    def count(self) -> int:
        """How many lines its script prints when nothing stops it."""
        return int(self.parameters["count"])

    @property
    def code(self) -> int:
        """The exit status that its script ends with when nothing stops it."""
        return int(self.parameters["code"])


class Witness(NamedTuple):
    """What the scripts of a task say of themselves."""

    begun: list[str]
    """Phases, in the order in which they began."""
    ended: dict[str, int]
    """Exit status by phase."""


def read_witness(folder: Path, task_id: str) -> Witness:
    """Return what the scripts of a task have said."""
    path = folder / task_id
    begun: list[str] = []
    ended: dict[str, int] = {}
    for words in map(str.split, path.read_text().splitlines() if path.exists() else ()):
        if words[0] == "begin":
            begun.append(words[1])
        else:
            ended[words[1]] = int(words[2])
    return Witness(begun, ended)


class Journal(NamedTuple):
    """A journal as it lies on the disk."""

    data: bytes
    records: list[dict[str, Any]]


def read_journal(folder: Path) -> Journal:
    """Return the journal of the task in ``folder``. Raises ``ValueError`` where it is no sequence of lines of JSON."""
    data = (folder / "journal.jsonl").read_bytes()
    if data and not data.endswith(b"\n"):
        raise ValueError(f"the journal ends in the middle of a record: {data[-80:]!r}")
    return Journal(data, [json.loads(text) for text in data.splitlines()])


def check_task(
    task: Accepted, folder: Path, witness: Witness, status: dict[str, Any], journal: Journal
) -> Iterator[str]:
    """Check an ended task: its journal, its end on disk and in the API (``status``), and what its scripts really did."""
    yield from _check_records(journal)
    final = journal.records[-1] if journal.records else {}
    if final.get("final") is not True:
        yield "the journal has no final record at its end"
        return
    yield from _check_end(final, folder, status)
    yield from _check_outcome(task, witness, status)
    yield from _check_rollback(task, witness, status)
    yield from _check_lines(task, witness, journal.records)
    for protocol, shown in task.shown:
        if shown != journal.data:
            yield f"a {protocol} viewer was shown {len(shown)} bytes that are not the {len(journal.data)} of the journal"


def _check_records(journal: Journal) -> Iterator[str]:
    """Check that a journal counts from 0 without a gap, that progress never falls, and that there is one final record."""
    progress = 0
    for expected, record in enumerate(journal.records):
        if record["seq"] != expected:
            yield f"record {expected} has the seq {record['seq']}"
            return
        if record["progress"] < progress:
            yield f"the progress falls from {progress} to {record['progress']} at seq {expected}"
        progress = record["progress"]
        succeeded = record.get("final") is True and record.get("status") == "succeeded"
        if (progress == 100) != succeeded:
            yield f"the progress is {progress} at seq {expected}, with status {record.get('status')}"
        if record.get("partial"):
            yield f"record {expected} is a partial one"
    finals = sum(record.get("final") is True for record in journal.records)
    if finals != 1:
        yield f"the journal has {finals} final records"


def _check_end(final: dict[str, Any], folder: Path, status: dict[str, Any]) -> Iterator[str]:
    """Check that the final record, ``exit.json`` and the API tell the same."""
    outcome = read_exit(folder)
    if outcome is None:
        yield f"there is no {EXIT_FILE}"
        return
    for name, record, told in (
        ("status", final["status"], status["status"]),
        ("exit_code", final["exit_code"], status["exit_code"]),
        ("seq", final["seq"], status["last_seq"]),
        ("progress", final["progress"], status["progress"]),
    ):
        on_disk = getattr(outcome, "last_seq" if name == "seq" else name)
        if not record == on_disk == told:
            yield f"{name}: the journal says {record}, {EXIT_FILE} {on_disk}, the API {told}"
    if not status["completed"] or status["status"] not in FINAL_STATES:
        yield f"the API does not call it completed: {status['status']}"
    if status["finished_at"] is None or (status["started_at"] or "") > status["finished_at"]:
        yield f"it ended at {status['finished_at']} and began at {status['started_at']}"


def _check_outcome(task: Accepted, witness: Witness, status: dict[str, Any]) -> Iterator[str]:
    """Check that the task ran at most once, and that its state is what really happened."""
    installs = witness.begun.count("install")
    ended = witness.ended.get("install")
    state, code = status["status"], status["exit_code"]
    if installs > 1:
        yield f"it ran {installs} times"
    match state:
        case "failed" if task.starved and status["error"]["code"] == "RUNNER_START_FAILED":
            if witness.begun:
                yield f"its runner did not start, and {_says(witness)}"
        case "succeeded" | "failed" if task.kind.times_out:
            if (state, code) != ("failed", _EXIT_TIMEOUT) or status["error"]["code"] != "TIMEOUT":
                yield f"it ran out of time, and is {state} ({code}, {status['error']})"
        case "succeeded" | "failed":
            if (installs, ended) != (1, code) or (state == "succeeded") != (code == 0):
                yield f"it is {state} ({code}) while its script {_says(witness)}; error {status['error']}"
            if code != task.code:
                yield f"its exit status is {code} instead of {task.code}"
        case "canceled":
            if not task.cancel_asked:
                yield "it is canceled and nobody asked for that"
        case "interrupted":
            if not (task.runner_killed or (task.starved and not witness.begun)):
                yield f"it is interrupted though nobody killed its runner ({status['error']}); its script {_says(witness)}"


def _says(witness: Witness) -> str:
    return f"says that it began {witness.begun} and ended {witness.ended}"


def _check_rollback(task: Accepted, witness: Witness, status: dict[str, Any]) -> Iterator[str]:
    undone = witness.begun.count("rollback")
    if undone > 1:
        yield f"its rollback ran {undone} times"
    if task.runner_killed:
        return
    ended_badly = task.kind.rollback and status["status"] in ("failed", "canceled")
    # A script that is canceled as it starts has no time to say that it began.
    due = ended_badly and ("install" in witness.begun or (status["status"] == "canceled" and undone == 1))
    expected = "succeeded" if due else "none"
    if status["rollback"] != expected or (expected == "succeeded") != (witness.ended.get("rollback") == 0):
        yield f"the rollback is {status['rollback']} instead of {expected}; its scripts: {_says(witness)}"


def _check_lines(task: Accepted, witness: Witness, records: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Check that each line that was printed stands in the journal, once and in order, or that a gap tells of it."""
    may_lose = task.disk_was_full or task.kind.drops_lines or task.runner_killed
    may_break_off = task.runner_killed or _was_stopped(records[-1])
    due = 1
    lost = 0
    for record in records:
        if gap := record.get("gap"):
            lost += gap["lines"]
            if not may_lose:
                yield f"a gap of {gap} at seq {record['seq']}"
        elif (
            record.get("kind") == "progress"
            or record.get("final")
            or (may_break_off and _is_piece(record["message"]))
        ):
            continue
        elif match := _LINE.fullmatch(record["message"]):
            number = int(match[1])
            if record["message"] != line(number):
                yield f"not what was printed: {record['message']!r} at seq {record['seq']}"
            missing = number - due
            if missing < 0 or missing > lost or (missing != lost and not task.disk_was_full):
                yield f"line {number} follows line {due - 1} at seq {record['seq']}, {lost} lines told as lost"
            due, lost = number + 1, 0
        elif not _may_say(task.kind, record):
            yield f"nobody printed {record['message'][:100]!r} at seq {record['seq']}"
    if task.kind.fills and witness.ended and not (task.runner_killed or task.disk_was_full):
        printed = sum(len(record["message"]) for record in records[:-1] if record["message"].startswith("x"))
        if printed != task.count * task.kind.fills:
            yield f"{printed} characters of {task.count * task.kind.fills} are in the journal"
    whole = task.count if "install" in witness.ended and not task.runner_killed else None
    printed = due - 1 + lost
    if task.kind.extra != ("*",) and _numbers(task.kind):
        if whole is not None and printed != whole and not (task.disk_was_full and lost >= whole - due + 1):
            yield f"{printed} of {whole} lines are in the journal"
        elif printed > task.count + (len(task.kind.extra) if lost else 0):
            # A gap counts what has no number, too: what the rollback printed, or said of a secret.
            yield f"{printed} lines are in the journal, {task.count} were asked for"


def _was_stopped(final: dict[str, Any]) -> bool:
    """Return whether a script was ended from outside, perhaps in the middle of a line."""
    return final["status"] in ("canceled", "interrupted") or final.get("error", {}).get("code") == "TIMEOUT"


def _is_piece(message: str) -> bool:
    """Return whether this is a part of a line in the middle of which somebody died, and no whole one."""
    whole = _LINE.fullmatch(message)
    return re.fullmatch(r"l?i?n?e?[\d ]*", message) is not None and not (
        whole and message == line(int(whole[1]))
    )


def _numbers(kind: Kind) -> bool:
    return "line" in kind.body or "steadily" in kind.body


def _may_say(kind: Kind, record: dict[str, Any]) -> bool:
    message: str = record["message"]
    if record["level"] != "INFO" and message.startswith(_NOTES):
        return True
    return any(
        message == said or (said.endswith("*") and message.startswith(said[:-1])) for said in kind.extra
    )


# --- what a service leaves behind ----------------------------------------------------------------------------------------


def check_leftovers(
    data_dir: Path, secrets: Path, rows: Iterable[dict[str, Any]], removed: Collection[str] = ()
) -> Iterator[str]:
    """Check that nothing is left over when all tasks have ended.

    ``secrets`` is the folder in memory, ``rows`` are all tasks of the API, ``removed`` the ids of those whose logs were old
    and are gone.
    """
    states = {row["task_id"]: row["status"] for row in rows}
    folders = {entry.name for entry in (data_dir / "tasks").iterdir()}
    for task_id, state in states.items():
        if state not in FINAL_STATES:
            yield f"{task_id} is {state} for ever"
    yield from (f"the folder {name} belongs to no task" for name in sorted(folders - states.keys()))
    for name in sorted(states.keys() - folders - set(removed)):
        yield f"the folder of {name} is gone"
    yield from (f"the log of {name} is old and was not removed" for name in sorted(folders & set(removed)))
    for folder in sorted(data_dir.glob("tasks/*")):
        yield from _check_folder(folder)
    yield from (f"a plan was left: {entry.name}" for entry in data_dir.glob("plans/*"))
    for pid, command in processes_naming(str(data_dir)):
        if " serve" not in command:
            yield f"process {pid} was left: {command[:200]}"
    yield from (f"a secret was left in memory: {entry.name}" for entry in secrets.glob("*.secrets*"))


async def settled(look: Callable[[], Iterable[str]], seconds: float) -> list[str]:
    """Return what ``look`` finds, when it finds nothing or after so many seconds: runners end a moment after their tasks."""
    deadline = time.monotonic() + seconds
    while True:
        found = list(look())
        if not found or time.monotonic() > deadline:
            return found
        await asyncio.sleep(0.1)


def _check_folder(folder: Path) -> Iterator[str]:
    if is_running(folder):
        yield f"{folder.name} is still locked"
    for temporary in folder.glob("*.tmp"):
        yield f"{folder.name}: {temporary.name} was left"
    for damaged in folder.glob("*.damaged"):
        yield f"{folder.name}: {damaged.name}"
    log = folder / "runner.log"
    if log.exists() and log.stat().st_size:
        yield f"{folder.name}: the runner met a fault of its own: {log.read_text()[-1000:]}"


def processes_naming(text: str) -> Iterator[tuple[int, str]]:
    """Yield pid and command line of all other processes whose command line contains ``text``."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue  # it has just ended
            if text in command:
                yield int(entry.name), command


def processes_of(task_id: str) -> Iterator[tuple[int, str]]:
    """Yield pid and command line of the processes that a task has started, as their environment tells."""
    mark = f"INSTALLCAST_TASK_ID={task_id}\0".encode()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if mark in (entry / "environ").read_bytes():
                    yield int(entry.name), (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue  # it has just ended, or is a kernel's


def check_secrets(roots: Iterable[Path], secrets: Collection[str]) -> Iterator[str]:
    """Check that no file below ``roots`` contains one of ``secrets``."""
    if not secrets:
        return
    pattern = re.compile("|".join(map(re.escape, secrets)).encode())
    for root in roots:
        for path in [root] if root.is_file() else root.rglob("*"):
            if path.is_file() and not path.is_symlink() and (found := pattern.search(path.read_bytes())):
                yield f"the secret {found[0].decode()} stands in {path}"


def check_log(log: Path, allowed: Collection[str] = ()) -> Iterator[str]:
    """Check that a service's log tells of no fault of its own. ``allowed`` may stand in the lines of a fault."""
    for entry in re.split(r"^(?=\d{4}-\d\d-\d\d )", log.read_text(errors="replace"), flags=re.MULTILINE):
        if "Traceback (most recent call last)" in entry and not any(words in entry for words in allowed):
            yield f"the service met a fault: {entry[:500]} … {entry[-1500:]}"
            return
