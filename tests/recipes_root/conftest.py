"""A machine to install on, which is thrown away at the end."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from installcast import Installcast
from installcast.settings import Settings
from tests.recipes_root.machine import Machine

_SEEN = pytest.StashKey[list[str]]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave these tests out, counted, where they would change the machine itself."""
    if os.environ.get("THROWAWAY_STAGE") == "running":
        return
    here = Path(__file__).parent
    config.hook.pytest_deselected(items=[item for item in items if item.path.is_relative_to(here)])
    items[:] = [item for item in items if not item.path.is_relative_to(here)]


@pytest.fixture
async def machine(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Machine]:
    """An engine with a data folder of its own."""
    seen = request.config.stash.setdefault(_SEEN, [])
    async with Installcast(Settings(data_dir=tmp_path / "data")) as engine:
        yield Machine(engine, seen)


@pytest.fixture
def port() -> int:
    """A port that is free."""
    return _free_port()


@pytest.fixture
def other_port(port: int) -> int:
    """Another port that is free."""
    while (other := _free_port()) == port:
        pass
    return other


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def nginx_tarball(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source of the packaged nginx, as ``apt-get source`` brings it, checked by its signed index.

    apt works with lists and settings of its own here: the machine's sources stay as they are.
    """
    folder = tmp_path_factory.mktemp("source")
    for name in ("parts", "lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True)
    lines = [line for file in _source_files() for line in _deb_src(file.read_text())]
    (folder / "parts/source.sources").write_text("\n".join(lines) + "\n")
    options = {
        "Dir::Etc::SourceList": "/dev/null",
        "Dir::Etc::SourceParts": str(folder / "parts"),
        "Dir::State::Lists": str(folder / "lists"),
        "Dir::Cache": str(folder / "cache"),
        "APT::Sandbox::User": "root",
    }
    apt = ["apt-get", "-q", *(f"-o{name}={value}" for name, value in options.items())]
    subprocess.run([*apt, "update"], check=True, capture_output=True)
    subprocess.run(
        [*apt, "source", "--download-only", "--tar-only", "nginx"],
        check=True,
        capture_output=True,
        cwd=folder,
    )
    return next(folder.glob("nginx_*.orig.tar.gz"))


def _source_files() -> list[Path]:
    """Return the files that name the distribution's own archive, in the format of deb822."""
    return [
        file
        for file in Path("/etc/apt/sources.list.d").glob("*.sources")
        if file.stem in ("debian", "ubuntu")
    ]


def _deb_src(text: str) -> list[str]:
    return ["Types: deb-src" if line.startswith("Types:") else line for line in text.splitlines()]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the table for the docs."""
    if seen := config.stash.get(_SEEN, []):
        terminalreporter.section("what was seen")
        for line in (
            "| recipe | version | install | install over it | upgrade | uninstall |",
            "|---|---|---|---|---|---|",
            *seen,
        ):
            terminalreporter.write_line(line)
