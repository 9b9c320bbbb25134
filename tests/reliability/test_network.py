"""A network that drops, delays and resets: whatever it does, a viewer ends up with every record once, to the byte."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import cast

import pytest

from tests.service import Service
from tests.tasks.recipes import write_recipe

from .tcp_proxy import BadNetwork
from .viewers import Viewer

LINES = """
for i in $(seq 1 {fast}); do echo "fast $i $((i * i * i)) 安装"; done
for i in $(seq 1 {slow}); do echo "slow $i"; sleep 0.02; done
for i in $(seq 1 {fast}); do echo "last $i $((i * i * i)) 安装"; done
"""


def journal_of(service: Service, task_id: str) -> bytes:
    return (service.data_dir / "tasks" / task_id / "journal.jsonl").read_bytes()


@pytest.mark.parametrize(
    ("viewers", "fast", "slow"),
    [(2, 8000, 100), pytest.param(10, 200_000, 6000, marks=[pytest.mark.soak, pytest.mark.timeout(900)])],
    ids=["fast", "soak"],
)
async def test_viewers_on_a_bad_network(
    new_service: Callable[..., Service], viewers: int, fast: int, slow: int
) -> None:
    """Plain and v2 viewers have the journal's bytes, cut, delayed and split at any byte while an install prints fast and slow."""
    seed = int(os.environ.get("SOAK_SEED") or random.randrange(2**32))
    sys.stdout.write(f"SOAK_SEED={seed}\n")
    service = new_service(log={"max_clients_per_task": 1000})
    write_recipe(service.recipes, "prints", LINES.format(fast=fast, slow=slow))
    service.start()
    client = service.client()
    async with BadNetwork(service.port, random.Random(seed)) as network:
        task_id = client.install("prints")
        behind = cast("Service", SimpleNamespace(port=network.port))
        watching = [
            Viewer(behind, client.token, task_id, protocol)
            for protocol in ("plain", "v2")
            for _ in range(viewers)
        ]
        await asyncio.gather(*(viewer.watch() for viewer in watching))
    journal = journal_of(service, task_id)
    for viewer in watching:
        assert viewer.collected == journal
        if viewer.protocol == "v2":
            assert viewer.end is not None
            assert viewer.end["last_seq"] == viewer.next_seq - 1
    sys.stdout.write(f"{network.broken} connections broken, {len(journal)} bytes each\n")
    assert network.broken >= 5 * len(watching)


async def test_the_command_line_on_a_bad_network(new_service: Callable[..., Service]) -> None:
    """`installcast logs -f --json --server` prints each record once, across many broken connections, and exits with 0."""
    service = new_service(log={"max_clients_per_task": 100})
    write_recipe(service.recipes, "prints", LINES.format(fast=300, slow=60))
    service.start()
    client = service.client()
    async with BadNetwork(service.port, random.Random(3), least=5000, most=40_000) as network:
        task_id = client.install("prints")
        answer = await asyncio.to_thread(
            service.run,
            *("--server", f"http://127.0.0.1:{network.port}", "logs", "-f", task_id, "--json"),
            environment={"INSTALLCAST_TOKEN": client.token},
        )
    assert answer.returncode == 0, answer.stderr
    records = [line for line in answer.stdout.splitlines() if line.startswith('{"seq":')]
    assert records == journal_of(service, task_id).decode().splitlines()
    sys.stdout.write(f"{network.broken} connections broken\n")
    assert network.broken > 3
