"""Output without end: both ends of it are kept, one record tells of what lies between, and nobody's memory grows."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.service import Service
from tests.tasks.recipes import GATE_PARAMETER, Gate, write_recipe

MIB = 1024 * 1024
LIMIT = 4 * MIB
"""Of a journal (``log.max_bytes_per_task``)."""

RUNNER_MIB, SERVER_MIB = 32, 24
"""What a runner may need at its most, and a server more than before, whatever is printed: the tail of a log, and buffers."""

FRAME = """
echo the very beginning
{output}
echo the very end
echo printed > "$GATE.told"
read -r x < "$GATE"
"""
LINE = "x" * 199
LINES = f"yes {LINE} | head -n {{}}"
ONE_LINE = "head -c {} /dev/zero | tr '\\0' x; echo"
BINARY = "head -c {} /dev/urandom; echo"
REDRAWN = f"yes {LINE} | head -n {{}} | tr '\\n' '\\r'; echo"


class Flood(NamedTuple):
    """What was seen of an install that prints without end."""

    records: list[dict[str, Any]]
    """By a viewer who was there from the beginning."""
    journal_bytes: int
    runner_mib: int
    server_mib: int
    """More than before."""


@pytest.fixture
def flood(new_service: Callable[..., Service], gate: Callable[[str], Gate]) -> Callable[[str], Flood]:
    """Run an install that prints what a shell command does; measure before it ends."""

    def run(output: str) -> Flood:
        service = new_service(log={"max_bytes_per_task": LIMIT})
        pause = gate("pause")
        script = FRAME.format(output=output)
        write_recipe(service.recipes, "flood", script, declared=f"parameters:\n{GATE_PARAMETER}")
        service.start()
        assert service.process is not None
        client = service.client()
        before = high_water(service.process.pid)
        task_id = client.install("flood", gate=str(pause.path))
        folder = service.data_dir / "tasks" / task_id
        with client.watch(task_id) as viewer, ThreadPoolExecutor(1) as pool:
            seen = pool.submit(lambda: [json.loads(frame) for frame in viewer])
            pause.wait()
            runner_mib = high_water(json.loads((folder / "started").read_text())["pid"])
            pause.open()
            records = seen.result()
        assert records == client.history(task_id)
        assert client.status(task_id)["status"] == "succeeded"
        server_mib = high_water(service.process.pid) - before
        return Flood(records, (folder / "journal.jsonl").stat().st_size, runner_mib, server_mib)

    return run


def high_water(pid: int) -> int:
    """Return the most memory that a process has had so far, in MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) // 1024


def check(flood: Flood) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Check what is true of all; return the printed records and the gap."""
    records = flood.records
    assert [record["seq"] for record in records] == list(range(len(records)))
    gaps = [record["gap"] for record in records if "gap" in record]
    printed = [record for record in records[:-1] if "gap" not in record and not record.get("kind")]
    assert printed[0]["message"] == "the very beginning"
    assert printed[-1]["message"] == "the very end"
    assert records[-1]["final"] is True
    assert len(gaps) == 1
    assert LIMIT / 2 < flood.journal_bytes <= LIMIT
    assert flood.runner_mib <= RUNNER_MIB
    assert flood.server_mib <= SERVER_MIB
    return printed, gaps[0]


@pytest.mark.parametrize(
    "lines", [500_000, pytest.param(50_000_000, marks=pytest.mark.soak)], ids=["100 MB", "10 GB"]
)
def test_many_lines(flood: Callable[[str], Flood], lines: int) -> None:
    """Head and tail are there, and the gap counts each line and each byte that is not."""
    printed, gap = check(flood(LINES.format(lines)))
    assert {record["message"] for record in printed[1:-1]} == {LINE}
    assert len(printed) - 2 + gap["lines"] == lines
    assert (len(printed) - 2) * 200 + gap["bytes"] == lines * 200


@pytest.mark.parametrize(
    "size", [50_000_000, pytest.param(1_000_000_000, marks=pytest.mark.soak)], ids=["50 MB", "1 GB"]
)
def test_one_line(flood: Callable[[str], Flood], size: int) -> None:
    """A line that does not end is cut into parts, which go the way of lines."""
    printed, gap = check(flood(ONE_LINE.format(size)))
    parts = printed[1:-1]
    assert all(record["continued"] for record in parts[:-1])
    assert sum(len(record["message"]) for record in parts) + gap["bytes"] == size


@pytest.mark.parametrize(
    "size", [8_000_000, pytest.param(200_000_000, marks=pytest.mark.soak)], ids=["8 MB", "200 MB"]
)
def test_what_is_no_text(flood: Callable[[str], Flood], size: int) -> None:
    """Bytes that mean nothing do no harm."""
    check(flood(BINARY.format(size)))


def test_a_bar_that_is_drawn_without_end(flood: Callable[[str], Flood]) -> None:
    """A line that is redrawn 300,000 times is one record, and nothing is missing."""
    records = flood(REDRAWN.format(300_000)).records
    printed = [record["message"] for record in records[:-1] if not record.get("kind")]
    assert printed == ["the very beginning", LINE, "the very end"]
