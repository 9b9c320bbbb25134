"""Section 2 of the contract: the record, on disk and on the wire alike."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.service import Client, Service

KEYS = ["seq", "timestamp", "level", "message", "progress", "step", "current_step", "total_steps"]
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


@pytest.fixture(scope="module")
def records(client: Client) -> list[dict[str, Any]]:
    """The log of a script that says all that a script may say."""
    return client.records(client.install("chatter", port="8081"))


def test_keys_stand_in_the_agreed_order(records: list[dict[str, Any]]) -> None:
    """Every record begins with the eight keys of the contract, in their order."""
    for record in records:
        assert list(record)[:8] == KEYS


def test_seq_has_no_gap(records: list[dict[str, Any]]) -> None:
    """Records are numbered 0, 1, 2 …"""
    assert [record["seq"] for record in records] == list(range(len(records)))


def test_values_have_the_agreed_types(records: list[dict[str, Any]]) -> None:
    """Timestamps are RFC 3339 UTC with microseconds, levels are the four, numbers are numbers."""
    for record in records:
        assert TIMESTAMP.fullmatch(record["timestamp"])
        assert record["level"] in {"INFO", "WARN", "ERROR", "SUCCESS"}
        assert 0 <= record["progress"] <= 100
        assert type(record["current_step"]) is int


def test_progress_never_falls_and_100_is_the_last_word(records: list[dict[str, Any]]) -> None:
    """Progress rises only, and 100 stands on the final record of a success and nowhere else."""
    progress = [record["progress"] for record in records]
    assert progress == sorted(progress)
    assert [record["seq"] for record in records if record["progress"] == 100] == [records[-1]["seq"]]


def test_the_final_record_says_how_it_ended(records: list[dict[str, Any]]) -> None:
    """Exactly the last record is final, with status and exit code, at the level SUCCESS."""
    assert [record["seq"] for record in records if record.get("final")] == [len(records) - 1]
    last = records[-1]
    assert (last["status"], last["exit_code"], last["level"]) == ("succeeded", 0, "SUCCESS")


def test_steps_said_by_the_script_are_on_its_lines(records: list[dict[str, Any]]) -> None:
    """A line carries the step in which it was printed."""
    line = next(record for record in records if record["message"] == "red and bold")
    assert (line["step"], line["current_step"], line["total_steps"]) == ("Prepare", 1, 3)


def test_colours_are_kept_apart_from_the_text(records: list[dict[str, Any]]) -> None:
    """`message` is plain, `ansi` has the colours."""
    line = next(record for record in records if record["message"] == "red and bold")
    assert line["ansi"].startswith("\x1b[31mred\x1b[")


def test_a_redrawn_line_is_one_record(records: list[dict[str, Any]]) -> None:
    """Of a bar drawn with carriage returns the last state is kept."""
    lines = [record["message"] for record in records if record["message"].startswith("fetch")]
    assert lines == ["fetch 100%"]


def test_terminal_tricks_are_stripped(records: list[dict[str, Any]]) -> None:
    """No escape sequence and no control character but tab is left."""
    line = next(record for record in records if record["message"].startswith("clear"))
    assert line["message"] == "clear  screen, tab\there"
    for record in records:
        assert not re.search(r"[\x00-\x08\x0a-\x1f\x7f]", record["message"])


def test_a_script_cannot_forge_a_record(records: list[dict[str, Any]]) -> None:
    """A record printed by a script is a line of text, and its end ends nothing."""
    line = next(record for record in records if "forged" in record["message"])
    assert line["level"] != "SUCCESS"
    assert "final" not in line
    assert records.index(line) < len(records) - 1


def test_a_warning_of_the_script_is_a_record(records: list[dict[str, Any]]) -> None:
    """`warn` of the shell helpers makes a WARN record."""
    assert any(r["level"] == "WARN" and r["message"] == "the disk is nearly full" for r in records)


def test_the_last_line_needs_no_newline(records: list[dict[str, Any]]) -> None:
    """What stands after the last newline is not lost."""
    assert "no newline at the end" in [record["message"] for record in records]


def test_disk_wire_and_history_are_the_same_bytes(client: Client, service: Service) -> None:
    """The journal, the plain frames and the downloaded JSON lines are byte for byte the same."""
    task_id = client.install("chatter")
    with client.watch(task_id) as viewer:
        frames = [frame.encode() if isinstance(frame, str) else frame for frame in viewer]
    answer = client.http.get("/v1/log/download", params={"task_id": task_id, "format": "jsonl"})
    assert answer.content == b"".join(frame + b"\n" for frame in frames)
    journals = [path for path in service.data_dir.rglob("*.jsonl") if task_id in str(path)]
    assert [path.read_bytes() for path in journals] == [answer.content]
    assert client.history(task_id) == [json.loads(frame) for frame in frames]


def test_a_secret_is_masked_however_it_is_printed(client: Client, service: Service) -> None:
    """A secret parameter, split over two writes or in base64, is on no record and in no file."""
    secret = "correct-horse-battery"
    task_id = client.install("secretive", pwd=secret)
    client.finish(task_id)
    text = client.http.get("/v1/log/download", params={"task_id": task_id}).text
    assert "the password is ***" in text
    assert secret not in text
    assert "Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5" not in text
    for path in service.folder.rglob("*"):
        if path.is_file():
            assert secret.encode() not in path.read_bytes(), path


def test_a_failure_says_why(client: Client) -> None:
    """The final record of a failure is an ERROR with code, hint and the seq of the cause."""
    records = client.records(client.install("failing", how="die"))
    last = records[-1]
    assert (last["level"], last["status"], last["exit_code"]) == ("ERROR", "failed", 1)
    assert last["error"]["code"] == "NO_LICENCE"
    assert "Put the licence file" in last["error"]["hint"]
    assert "seq" in last["error"]
    assert last["progress"] < 100


def test_phases_are_told(client: Client) -> None:
    """A record says in which phase it was read; a failed install is rolled back."""
    task_id = client.install("failing")
    records = client.records(task_id)
    phases = {record["message"]: record.get("phase") for record in records}
    assert phases["about to fail"] == "install"
    assert phases["rolled back"] == "rollback"
    assert client.status(task_id)["rollback"] == "succeeded"
