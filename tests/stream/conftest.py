"""A running watcher, a manager, and a journal that grows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from installcast.stream.manager import InstallLogManager

from .journals import JournalWriter


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[JournalWriter]:
    """The runner's side of a journal."""
    writer = JournalWriter(tmp_path / "journal.jsonl")
    yield writer
    writer.close()


@pytest.fixture
async def logs() -> AsyncIterator[InstallLogManager]:
    """A manager that knows no ended tasks."""
    async with InstallLogManager() as manager:
        yield manager
