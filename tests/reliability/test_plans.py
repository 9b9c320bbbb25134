"""A plan whose service was killed: nothing of it stays."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import httpx

from installcast.tasks.processes import runner_lives
from tests.service import Service
from tests.tasks.recipes import Gate, write_recipe
from tests.until import until


def test_a_plan_ends_with_its_answer_lost(
    new_service: Callable[..., Service], gate: Callable[[str], Gate]
) -> None:
    """The next service ends what still runs of it, and the one after that finds nothing but an empty folder."""
    opener = gate("gate")
    service = new_service(runner={"kill_grace": 1})
    write_recipe(
        service.recipes, "web", precheck=f"echo >{opener.path}.told\nread -r _ <{opener.path}\nexit 1\n"
    )
    service.start()
    client = service.client()

    def ask() -> None:
        try:
            client.http.post("/v1/soft/plan", json={"key": "web"})
        except httpx.TransportError:
            lost.set()

    lost = threading.Event()
    asking = threading.Thread(target=ask)
    asking.start()
    opener.wait()
    service.kill()
    asking.join()
    assert lost.is_set()
    (plan,) = plans_of(service)
    assert runner_lives(plan)
    service.start()
    until(lambda: not runner_lives(plan), "the end of the plan")
    service.kill()
    service.start()
    assert plans_of(service) == []


def plans_of(service: Service) -> list[Path]:
    """Return the folders of plans."""
    return list((service.data_dir / "plans").iterdir())
