"""A service of this checkout, its recipes written by the test, and whatever was injected into it taken away at the end."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.service import Service, end_service
from tests.tasks.recipes import Gate

COMMAND = Path(sys.executable).with_name("installcast")


@pytest.fixture
def new_service(tmp_path: Path) -> Iterator[Callable[..., Service]]:
    """Make a service that is not started yet; write its recipes to ``service.recipes``. ``config`` are its settings."""
    made: list[Service] = []

    def make(*, prefix: Sequence[str] = (), **config: Any) -> Service:
        folder = tmp_path / f"s{len(made)}"
        folder.mkdir()
        made.append(Service(COMMAND, folder, config, prefix=prefix))
        return made[-1]

    yield make
    for service in made:
        if service.process is not None:
            end_service(service)


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Callable[[str], Gate]]:
    """Make gates by name: what a script waits for until the test lets it go on."""
    gates: list[Gate] = []

    def make(name: str = "gate") -> Gate:
        gates.append(Gate(tmp_path / name))
        return gates[-1]

    yield make
    for made in gates:
        made.close()
