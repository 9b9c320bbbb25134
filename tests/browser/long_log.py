"""A task with a log of any length, written as its runner would have: nobody waits for a million lines to be printed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from installcast.record import LogMessage, body, timestamp
from tests.service import Service

STEPS = 5
WARN_EACH = 10_007
ERROR_LINE = 3
UNPRINTED_EACH = 100
"""Before so many lines, there is a record that printed nothing."""


class LongLog(NamedTuple):
    """An ended task. Its line n reads `line n`, but for the last one."""

    task_id: str
    lines: int


def with_long_log(service: Service, lines: int) -> LongLog:
    """Return a task of `service` whose log has `lines` lines and the last record; the service is started anew."""
    client = service.client("root", "admin")
    with client.http:
        task_id = client.install("noisy")
        client.finish(task_id)
    service.stop()
    journal = service.data_dir / "tasks" / task_id / "journal.jsonl"
    last = json.loads(journal.read_bytes().splitlines()[-1])
    write(journal, lines, last)
    service.start()
    return LongLog(task_id, lines)


def write(journal: Path, lines: int, last: dict[str, object]) -> None:
    """Write `lines` lines in five steps, and the record `last`."""
    seq = 0
    with journal.open("w", encoding="utf-8") as file:
        for begin in range(1, lines + 1, UNPRINTED_EACH):
            step = (begin - 1) * STEPS // lines + 1
            state = LogMessage(
                0, timestamp(begin), "INFO", "", 10, f"Step {step}", step, STEPS, phase="install"
            )
            before, _, after = body(state).partition('"message":"')
            block = [f'{{"seq":{seq},{body(state._replace(message="busy", kind="progress"))}\n']
            for line in range(begin, min(begin + UNPRINTED_EACH, lines + 1)):
                seq += 1
                block.append(f'{{"seq":{seq},{before}"message":"line {line}{after}\n')
                if line == ERROR_LINE or line % WARN_EACH == 0:
                    block[-1] = block[-1].replace("INFO", "ERROR" if line == ERROR_LINE else "WARN", 1)
            seq += 1
            file.write("".join(block))
        last.update(seq=seq, error=None)
        file.write(json.dumps(last, separators=(",", ":"), ensure_ascii=False) + "\n")
