"""How soon ``POST /v1/soft/install`` answers: the task is in the database, its secrets on tmpfs, its runner on its way."""

from __future__ import annotations

import time
from pathlib import Path

import httpx

from benchmarks.peers.installcast import InstallcastPeer
from benchmarks.report import Row, at_most, percentile

REQUESTS = 40
IDLE_LIMIT = 30.0
"""Seconds that a task of one line may take."""


def answers(base: Path) -> list[Row]:
    """Measure in ``base``, an empty folder. The service rests between the requests, as it does between two people."""
    waits: list[float] = []
    with InstallcastPeer(base) as service:
        (base / "recipes/lines/install.sh").write_text("#!/bin/sh\necho done\n")
        with httpx.Client(base_url=service.url, headers=service.headers) as client:
            for _ in range(REQUESTS):
                began = time.perf_counter()
                answer = client.post("/v1/soft/install", json={"key": "lines"})
                waits.append((time.perf_counter() - began) * 1000)
                assert answer.status_code == 202, answer.text
                status_url = answer.json()["data"]["status_url"]
                deadline = time.monotonic() + IDLE_LIMIT
                while not client.get(status_url).json()["data"]["completed"]:
                    assert time.monotonic() < deadline
                    time.sleep(0.02)
    return [
        at_most("POST /v1/soft/install answers, median", percentile(waits, 0.5), "ms", 50),
        Row("  p95", f"{percentile(waits, 0.95):.4g} ms"),
    ]
