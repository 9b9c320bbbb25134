"""An engine on a data folder of its own, with the recipes that a test writes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from installcast import Installcast, Settings
from tests.tasks.systemd_stub import SystemdStub


@pytest.fixture
def recipes(tmp_path: Path) -> Path:
    """The folder that recipes are written to."""
    folder = tmp_path / "recipes"
    folder.mkdir()
    return folder


@pytest.fixture
def settings(tmp_path: Path, recipes: Path) -> Callable[..., Settings]:
    """Make settings for the test's folders; keywords are sections."""

    def make(**sections: Any) -> Settings:
        return Settings(data_dir=tmp_path / "data", recipes=(recipes,), **sections)

    return make


@pytest.fixture
async def engine(settings: Callable[..., Settings]) -> AsyncIterator[Installcast]:
    """An engine that runs."""
    async with Installcast(settings()) as running:
        yield running


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SystemdStub:
    """A systemd that does as it is told; and no time is lost between two calls."""
    stub = SystemdStub(tmp_path / "bin")
    monkeypatch.setattr("installcast.tasks.units.SEARCH_PATH", f"{stub.folder}:/usr/bin:/bin")
    monkeypatch.setattr("installcast.tasks.launcher._PAUSES", (0.0, 0.0))
    # Where root looks for it, and where others do.
    monkeypatch.setattr("installcast.tasks.units._MARK", stub.folder)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "systemd").mkdir()
    (tmp_path / "systemd/private").touch()
    return stub
