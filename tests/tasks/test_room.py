"""Whether there is room for a task is known before one is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from installcast.errors import NoRoomError, StorageFailedError
from installcast.tasks.room import require_room
from tests.reliability.mounts import MountNamespace


def test_there_is_room(tmp_path: Path) -> None:
    """A disk with space passes."""
    require_room((tmp_path,))


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    """It is told, and no path is."""
    with pytest.raises(StorageFailedError) as caught:
        require_room((tmp_path, tmp_path / "gone"))
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.machine
@pytest.mark.parametrize(
    ("options", "kind"),
    [("size=256k", NoRoomError), ("size=64m,nr_inodes=20", NoRoomError), ("ro", StorageFailedError)],
)
def test_there_is_none(tmp_path: Path, options: str, kind: type[Exception]) -> None:
    """Too little space, too few names, and a disk that is mounted read-only are told, wherever among the folders."""
    with MountNamespace() as namespace:
        namespace.run("mount", "-t", "tmpfs", "-o", options, "tmpfs", tmp_path)
        with pytest.raises(kind):
            require_room((Path("/"), namespace.outside(tmp_path)))
