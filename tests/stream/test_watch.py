"""What the kernel tells about files that do not exist yet, are written, replaced, and go away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from asyncinotify import Inotify

from installcast.stream import watch as watch_module
from installcast.stream.watch import Watcher


class Told:
    """Counts calls, and lets a test wait for the next one."""

    def __init__(self) -> None:
        self.count = 0
        self._event = asyncio.Event()

    def __call__(self) -> None:
        self.count += 1
        self._event.set()

    async def next(self) -> None:
        async with asyncio.timeout(10):
            await self._event.wait()
        self._event.clear()


@pytest.fixture
async def watcher() -> AsyncIterator[Watcher]:
    watcher = Watcher()
    watcher.start()
    yield watcher
    await watcher.close()


async def test_writes_are_told(watcher: Watcher, tmp_path: Path) -> None:
    """Each write to an existing file is followed by a call."""
    path = tmp_path / "f"
    path.touch()
    told = Told()
    watcher.watch(path, told)
    for _ in range(3):
        with path.open("a") as file:
            file.write("x")
        await told.next()


async def test_a_fault_of_one_ends_no_other(watcher: Watcher, tmp_path: Path) -> None:
    """Whoever cannot take the news does not keep it from others, then or later."""

    def fail() -> None:
        raise RuntimeError("out of order")

    path = tmp_path / "f"
    path.touch()
    told = Told()
    watcher.watch(path, fail)
    watcher.watch(path, told)
    for _ in range(2):
        with path.open("a") as file:
            file.write("x")
        await told.next()


async def test_a_file_that_comes_later(watcher: Watcher, tmp_path: Path) -> None:
    """A file may be created after the watch began; its creation and its writes are told."""
    told = Told()
    watcher.watch(tmp_path / "f", told)
    file = (tmp_path / "f").open("ab", buffering=0)
    await told.next()
    file.write(b"x")
    await told.next()
    file.close()


async def test_a_file_that_is_replaced(watcher: Watcher, tmp_path: Path) -> None:
    """After a rename over the file, and after it was deleted and made again, the new one is watched."""
    path = tmp_path / "f"
    path.write_text("old")
    told = Told()
    watcher.watch(path, told)
    (tmp_path / "new").write_text("new")
    (tmp_path / "new").rename(path)
    await told.next()
    with path.open("a") as file:
        file.write("x")
    await told.next()
    path.unlink()
    with path.open("w") as file:
        await told.next()
        file.write("x")
    await told.next()


async def test_other_files_of_the_folder_are_not_told(watcher: Watcher, tmp_path: Path) -> None:
    """Writing to a neighbour calls nobody."""
    told, neighbour = Told(), Told()
    (tmp_path / "f").touch()
    watcher.watch(tmp_path / "f", told)
    (tmp_path / "other").write_text("x")
    watcher.watch(tmp_path / "third", neighbour)
    (tmp_path / "third").write_text("x")
    await neighbour.next()
    assert told.count == 0


async def test_several_watch_one_file(watcher: Watcher, tmp_path: Path) -> None:
    """One who leaves does not make the others blind, not even by another name of the same file."""
    path, other_name = tmp_path / "f", tmp_path / "g"
    path.touch()
    other_name.hardlink_to(path)
    first, second, third = Told(), Told(), Told()
    leaving = watcher.watch(path, first)
    watcher.watch(path, second)
    watcher.watch(other_name, third)
    leaving.close()
    leaving.close()
    path.write_text("x")
    await second.next()
    await third.next()
    assert first.count == 0


async def test_a_closed_watch_frees_the_kernels(watcher: Watcher, tmp_path: Path) -> None:
    """When the last watch of a folder is closed, the kernel watches nothing any more."""
    watches = [watcher.watch(tmp_path / name, Told()) for name in "abc"]
    (tmp_path / "a").touch()
    for watch in watches:
        watch.close()
    fence = Told()
    other = tmp_path / "folder"
    other.mkdir()
    fence_watch = watcher.watch(other / "f", fence)
    (other / "f").touch()
    await fence.next()
    fence_watch.close()
    assert watcher._kernel == {}
    assert watcher._names == {}


async def test_a_deleted_folder(watcher: Watcher, tmp_path: Path) -> None:
    """A folder may go away under its watch."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "f").touch()
    watch = watcher.watch(folder / "f", Told())
    (folder / "f").unlink()
    folder.rmdir()
    told = Told()
    watcher.watch(tmp_path / "g", told)
    (tmp_path / "g").touch()
    await told.next()
    watch.close()
    assert set(watcher._kernel) <= {tmp_path.parent, tmp_path, tmp_path / "g"}


@pytest.mark.parametrize("how", ["removed", "moved away"])
async def test_a_folder_that_comes_back(watcher: Watcher, tmp_path: Path, how: str) -> None:
    """What is in it is told at once, and what is written afterwards, though somebody still has a file of the old one open."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "f").touch()
    told, fence = Told(), Told()
    watch = watcher.watch(folder / "f", told)
    watcher.watch(tmp_path / "fence", fence)
    kept = (folder / "f").open("rb")
    if how == "removed":
        (folder / "f").unlink()
        folder.rmdir()
    else:
        folder.rename(tmp_path / "elsewhere")
    (tmp_path / "fence").touch()
    await fence.next()
    folder.mkdir()
    (folder / "f").touch()
    await told.next()
    for _ in range(2):
        with (folder / "f").open("a") as file:
            file.write("x")
        await told.next()
    kept.close()
    watch.close()
    assert set(watcher._kernel) <= {tmp_path.parent, tmp_path, tmp_path / "fence"}


async def test_a_missing_folder_is_refused(watcher: Watcher, tmp_path: Path) -> None:
    """Without the folder nothing could ever be told."""
    with pytest.raises(FileNotFoundError):
        watcher.watch(tmp_path / "none" / "f", Told())


async def test_without_inotify_files_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Where the kernel refuses, a warning says so and files are looked at by the clock."""

    def refuse(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Inotify, "add_watch", refuse)
    monkeypatch.setattr(watch_module, "FALLBACK_SECONDS", 0.01)
    watcher = Watcher()
    watcher.start()
    told = Told()
    with caplog.at_level(logging.WARNING):
        watcher.watch(tmp_path / "f", told)
    assert "max_user_watches" in caplog.text
    await told.next()
    await told.next()
    await watcher.close()
