"""The parse path alone: bytes in, numbered records out, in lines per second of one core.

Beside it the least that a log in JSON costs: each line through ``json.dumps``, with nothing masked and nothing understood.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests import corpus

from benchmarks.report import Row, at_least, show
from installcast.parse.parser import Parser, StepPlan
from installcast.record import number, timestamp

LINES = 1_000_000
OTHER_LINES = 200_000
READ = 65_536
"""Bytes of one read: what a pipe holds."""

GOAL = 200_000
SECRETS = ("Sup3rS3cret!pass", "tok-8f14e45fceea167a", "hunter2 hunter2")
MORE_SECRETS = tuple(f"{secret}{index}" for index, secret in enumerate(SECRETS * 7))[:20]

_SCRIPT = b"#!/bin/sh\nmake -j2\nmake install\n"

_WORDS = [
    "Get:14", "http://deb.example/debian", "bookworm/main", "amd64", "libssl3", "amd64", "3.0.11-1", "[2019", "kB]",
    "Unpacking", "libxslt1.1:amd64", "(1.1.35-1)", "over", "Setting", "up", "Selecting", "previously", "unselected",
    "package", "nginx-common.", "Processing", "triggers", "for", "man-db", "gcc", "-c", "-pipe", "-O2", "-W", "-Wall",
    "src/core/ngx_log.c", "-o", "objs/src/core/ngx_log.o", "checking", "for", "getaddrinfo()", "...", "found",
    "Preparing", "to", "unpack", ".../archives/zlib1g-dev_1%3a1.2.13_amd64.deb", "install", "-m", "644",
    "share/doc/README", "/usr/local/share",
]  # fmt: skip
_TROUBLE = (
    "warning: unused parameter 'data' [-Wunused-parameter]",
    "E: Unable to locate package libexample-dev",
)


def plain_lines(count: int, *, distinct: int = 20_000) -> bytes:
    """Return ``count`` lines as installs print them, 60-100 characters, one in 200 of them trouble."""
    rolls = random.Random(1)
    lines = []
    for index in range(distinct):
        words: list[str] = []
        while sum(map(len, words)) + len(words) < 70:
            words.append(rolls.choice(_WORDS))
        lines.append(rolls.choice(_TROUBLE) if index % 200 == 0 else " ".join(words))
    return ("\n".join(lines) + "\n").encode() * (count // distinct)


def coloured_lines(count: int) -> bytes:
    """Return ``count`` lines with colours in each."""
    line = "\x1b[32m✓\x1b[39m \x1b[1m\x1b[2m142.42 kB\x1b[22m │ dist/assets/\x1b[36mindex-DhudOGD9.js\x1b[39m built\n"
    return line.encode() * count


def all_at_once_lines(count: int) -> bytes:
    """Return ``count`` lines with colours in each, in folds of a hundred, one in fifty of them with a secret."""
    lines: list[str] = []
    for index in range(10_000):
        if index % 100 == 0:
            lines.append(f"::group::Part {index // 100}")
        elif index % 100 == 99:
            lines.append("::endgroup::")
        elif index % 50 == 25:
            secret = MORE_SECRETS[index % len(MORE_SECRETS)]
            lines.append(f"\x1b[1mlogin\x1b[0m with \x1b[33m{secret}\x1b[0m now")
        else:
            lines.append(
                f"\x1b[32m✓\x1b[39m \x1b[1mbundled\x1b[22m example-data-{index} 2.41.3-1 into dist/assets/index.js"
            )
    return ("\n".join(lines) + "\n").encode() * (count // len(lines))


def recorded_lines(count: int) -> bytes:
    """Return at least ``count`` lines of recorded installs into pipes, some with a bar that is redrawn."""
    names = [name for name in corpus.names() if name.endswith("-pipe") and not name.startswith("weird")]
    data = b"".join(corpus.output(name) + b"\n" for name in names)
    return data * (count // data.count(b"\n") + 1)


def redrawn_bar(states: int) -> bytes:
    """Return a line that is redrawn ``states`` times, and then ended."""
    return (
        b"".join(
            b"Receiving objects: %3d%% (%d/15020)   \r" % (state % 100, state) for state in range(states)
        )
        + b"\n"
    )


def reads(data: bytes) -> Iterator[bytes]:
    """Cut ``data`` as a pipe would."""
    return (data[at : at + READ] for at in range(0, len(data), READ))


def records_per_second(data: bytes, secrets: tuple[str, ...]) -> float:
    """Parse ``data`` and number the records; return how many a second of processor time."""
    parser = Parser(secrets=secrets, steps=[StepPlan("Fetch"), StepPlan("Install")])
    parser.enter_phase("install", 0.0, script=_SCRIPT)
    parser.at_line(2, 0.0)
    count = 0
    began = time.process_time()
    for index, read in enumerate(reads(data)):
        bodies = parser.feed(read, index * 0.001)
        ("\n".join([number(seq, body) for seq, body in enumerate(bodies, count)]) + "\n").encode()
        count += len(bodies)
    return count / (time.process_time() - began)


def lines_per_second_with_json(data: bytes) -> float:
    """The least that a log in JSON costs: decode, split, ``json.dumps``."""
    count = 0
    began = time.process_time()
    for index, read in enumerate(reads(data)):
        now = timestamp(index * 0.001)
        for line in read.decode("utf-8", "replace").split("\n"):
            record = {
                "seq": count,
                "timestamp": now,
                "level": "INFO",
                "message": line,
                "progress": 0,
                "step": "",
            }
            json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()
            count += 1
    return count / (time.process_time() - began)


def rates(_: Path) -> list[Row]:
    """Return one row for each kind of output."""
    plain = plain_lines(LINES)
    began = time.process_time()
    records_per_second(redrawn_bar(OTHER_LINES), SECRETS)
    states = OTHER_LINES / (time.process_time() - began)
    return [
        at_least("parse: plain lines, 3 secrets", records_per_second(plain, SECRETS), "lines/s", GOAL),
        Row("parse: plain lines, 20 secrets", f"{records_per_second(plain, MORE_SECRETS):,.0f} lines/s"),
        Row("parse: plain lines, no secret", f"{records_per_second(plain, ()):,.0f} lines/s"),
        Row("the same, json.dumps alone", f"{lines_per_second_with_json(plain):,.0f} lines/s"),
        Row(
            "parse: recorded installs",
            f"{records_per_second(recorded_lines(OTHER_LINES), SECRETS):,.0f} lines/s",
        ),
        Row(
            "parse: colours in each line",
            f"{records_per_second(coloured_lines(OTHER_LINES), SECRETS):,.0f} lines/s",
        ),
        Row(
            "parse: colours, folds, 20 secrets",
            f"{records_per_second(all_at_once_lines(OTHER_LINES), MORE_SECRETS):,.0f} lines/s",
        ),
        Row("parse: states of a redrawn bar", f"{states:,.0f} states/s"),
    ]


if __name__ == "__main__":
    found = rates(Path())
    show("Parse path, one core", found)
    sys.exit(any(row.good is False for row in found))
