"""The built wheel in an environment of its own, a service started from it, and a client that knows only the contract."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.service import Client, Service, end_service

REPOSITORY = Path(__file__).parents[2]
RECIPES = Path(__file__).parent / "recipes"


@pytest.fixture(scope="session")
def command(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `installcast` command of the built wheel, installed with its dependencies and nothing else."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(folder),
        str(REPOSITORY),
    ]
    subprocess.run(build, check=True, capture_output=True)
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    pip = [str(folder / "venv/bin/pip"), "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *map(str, folder.glob("*.whl"))], check=True, capture_output=True)
    return folder / "venv/bin/installcast"


@pytest.fixture
def start_service(
    command: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Service]]:
    """Start a service with the given settings."""
    started: list[Service] = []

    def start(**config: Any) -> Service:
        service = Service(command, tmp_path_factory.mktemp("s"), config, recipes=RECIPES)
        started.append(service)
        service.start()
        return service

    yield start
    for service in started:
        end_service(service)


@pytest.fixture(scope="module")
def service(command: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service for the tests of a module that leave it as they found it."""
    service = Service(command, tmp_path_factory.mktemp("s"), {"runner": {"max_parallel": 8}}, recipes=RECIPES)
    service.start()
    yield service
    end_service(service)


@pytest.fixture(scope="module")
def client(service: Service) -> Client:
    """A user who may install and read."""
    return service.client()
