"""A service of this checkout, its recipes written by the test, and whatever was injected into it taken away at the end."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.service import Service, end_service

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
