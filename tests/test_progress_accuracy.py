"""The command that measures how right progress and causes are, on recordings made here."""

from __future__ import annotations

import base64
import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).parents[1] / "benchmarks" / "progress_accuracy.py"
SCRIPT = "#!/bin/bash\nset -e\n./configure\nmake\n"


def record(folder: Path, seconds: float, *, exit_code: int = 0, packed: bool = False) -> None:
    """Write a recording: configure takes a tenth of the time, each other tenth prints a line."""
    folder.mkdir()
    (folder / "script.sh").write_text(SCRIPT)
    (folder / "meta.json").write_text(json.dumps({"exit": exit_code, "wall_seconds": seconds}))
    (folder / "truth_lines.json").write_text(json.dumps([[0.0, 2], [0.0, 3], [seconds / 10, 4]]))
    lines = [(tenth * seconds / 10, f"cc -c part-{'x' * tenth}.c\n") for tenth in range(1, 10)]
    cause = None
    if exit_code:
        cause = "part.c:3:1: error: unknown type name 'word'"
        lines.append((seconds - 0.1, f"{cause}\n"))
    labels = {"error_cause": "COMPILE_ERROR" if cause else None, "first_error_line": cause}
    (folder / "labels.json").write_text(json.dumps(labels))
    capture = "".join(
        json.dumps({"t": t, "fd": "out", "data": base64.b64encode(text.encode()).decode()}) + "\n"
        for t, text in lines
    ).encode()
    if packed:
        (folder / "capture.jsonl.gz").write_bytes(gzip.compress(capture))
    else:
        (folder / "capture.jsonl").write_bytes(capture)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    return subprocess.run(
        [sys.executable, str(PROGRAM), *arguments], text=True, capture_output=True, timeout=120
    )


def test_each_recording_alone_and_after_each_other(tmp_path: Path) -> None:
    """Others can score it: samples, cause and errors of each recording, alone and with an earlier run, never its own."""
    record(tmp_path / "made--pipe", 20.0)
    record(tmp_path / "made--pty", 40.0, packed=True)
    record(tmp_path / "broken--pipe", 10.0, exit_code=2)
    found: list[dict[str, Any]] = json.loads(run("--corpus", str(tmp_path), "--json").stdout)
    assert sorted((each["name"], each["earlier"] or "") for each in found) == [
        ("broken--pipe", ""),
        ("made--pipe", ""),
        ("made--pipe", "made--pty"),
        ("made--pty", ""),
        ("made--pty", "made--pipe"),
    ]
    for each in found:
        times = [t for t, _, _ in each["samples"]]
        shown = [progress for _, progress, _ in each["samples"]]
        assert times == sorted(times)
        assert shown == sorted(shown)
        assert shown[-1] < 100
    twice = next(each for each in found if each["name"] == "made--pty" and each["earlier"])
    assert max(abs(progress - 100 * t / 40) for t, progress, _ in twice["samples"][:-1]) < 15
    assert {basis for _, progress, basis in twice["samples"] if progress} == {"history"}
    broken = next(each for each in found if each["name"] == "broken--pipe")
    assert (broken["code"], broken["line"]) == (
        "COMPILE_ERROR",
        "part.c:3:1: error: unknown type name 'word'",
    )
    assert broken["error_lines"] == [broken["line"]]


def test_tables_for_people(tmp_path: Path) -> None:
    """Without --json it prints what was measured, half by half and in all."""
    record(tmp_path / "made--pipe", 20.0)
    record(tmp_path / "made--pty", 20.0)
    shown = run("--corpus", str(tmp_path)).stdout
    assert "with an earlier run: mean error" in shown
    assert "falls" in shown


def test_a_folder_without_recordings(tmp_path: Path) -> None:
    """It says so, and fails."""
    answer = run("--corpus", str(tmp_path))
    assert answer.returncode == 2
    assert "no recordings" in answer.stderr
