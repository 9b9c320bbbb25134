"""Secrets on their way, in memory."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from installcast.runner.spec import Secrets, take_secrets
from installcast.tasks.secret_files import (
    NoMemoryFolderError,
    SecretFiles,
    default_candidates,
    filesystem_of,
)

SECRETS = Secrets({"PWD_OF_DB": "correct-horse"}, ("correct-horse",))


@pytest.fixture
def files(tmp_path: Path) -> Iterator[SecretFiles]:
    """The secrets of one data folder, where secrets really lie."""
    made = SecretFiles(tmp_path)
    yield made
    made.clean(keep=())
    made.close()


def test_they_lie_in_memory_and_are_ours_alone(files: SecretFiles) -> None:
    """The file is 0600 in a 0700 folder on tmpfs, and a runner can take it."""
    path = files.write("nginx-1-a", SECRETS)
    assert filesystem_of(path) in {"tmpfs", "ramfs"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert files.has_secrets("nginx-1-a")
    assert take_secrets(path) == SECRETS
    assert not files.has_secrets("nginx-1-a")


def test_data_folders_do_not_share(tmp_path: Path, files: SecretFiles) -> None:
    """Two services of one user do not clean up each other's secrets."""
    other = SecretFiles(tmp_path / "other")
    files.write("nginx-1-a", SECRETS)
    other.clean(keep=())
    assert files.has_secrets("nginx-1-a")
    other.close()


def test_clean_keeps_what_is_needed(files: SecretFiles) -> None:
    """Secrets of tasks that never were are removed, those of waiting ones stay."""
    files.write("nginx-1-a", SECRETS)
    files.write("nginx-1-b", SECRETS)
    files.clean(keep={"nginx-1-a"})
    assert files.has_secrets("nginx-1-a")
    assert not files.has_secrets("nginx-1-b")


def test_half_results_are_none(files: SecretFiles, caplog: pytest.LogCaptureFixture) -> None:
    """What a killed runner has left is said to be lost in the log, which shows nothing of it, and is gone."""
    path = files.results_file("nginx-1-a")
    assert path is not None
    path.write_text('[{"name": "password", "value": "hunt')
    assert files.take_results("nginx-1-a") == []
    assert not path.exists()
    assert "nginx-1-a: its secret results are lost" in caplog.text
    assert "hunt" not in caplog.text


def test_results_are_taken_once(files: SecretFiles) -> None:
    """The second one who asks gets nothing."""
    path = files.results_file("nginx-1-a")
    assert path is not None
    path.write_text(json.dumps([{"name": "password", "value": "hunter22"}]))
    assert files.take_results("nginx-1-a") == [{"name": "password", "value": "hunter22"}]
    assert files.take_results("nginx-1-a") == []
    assert files.take_results("nginx-1-b") == []


def test_the_digest_tells_nothing_without_its_key(tmp_path: Path, files: SecretFiles) -> None:
    """The same text has the same digest here, also after a restart of the server, and another one elsewhere."""
    other = SecretFiles(tmp_path / "other")
    assert files.digest("text") == SecretFiles(tmp_path).digest("text") != files.digest("other")
    assert other.digest("text") != files.digest("text")
    other.close()


def test_nothing_stays_behind(tmp_path: Path) -> None:
    """An empty folder is removed at the end, one with secrets of waiting tasks is not."""
    files = SecretFiles(tmp_path)
    path = files.write("nginx-1-a", SECRETS)
    files.close()
    assert path.exists()
    path.unlink()
    files.close()
    assert not path.parent.exists()


def test_a_disk_is_not_good_enough(tmp_path: Path) -> None:
    """Where no folder in memory can be had, secrets are refused and not written to a disk."""
    disk = Path("/proc/self")  # not in memory as tmpfs is, and there on every machine
    files = SecretFiles(tmp_path, [disk])
    with pytest.raises(NoMemoryFolderError, match=str(disk)):
        files.write("nginx-1-a", SECRETS)
    assert files.results_file("nginx-1-a") is None
    assert files.take_results("nginx-1-a") == []
    files.discard_secrets("nginx-1-a")
    files.clean(keep=())
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_somebody_else_made_is_not_used(tmp_path: Path) -> None:
    """In /dev/shm anybody may have been first: a link, or a folder that others can open, is passed over."""
    base = default_candidates()[-1]
    trap = base.with_name(f"{base.name}-test-{tmp_path.name}")
    trap.symlink_to(tmp_path)
    open_one = trap.with_name(f"{trap.name}-open")
    open_one.mkdir()
    open_one.chmod(0o755)
    try:
        with pytest.raises(NoMemoryFolderError):
            SecretFiles(tmp_path, [trap, open_one]).write("nginx-1-a", SECRETS)
        assert list(tmp_path.iterdir()) == []
    finally:
        trap.unlink()
        open_one.rmdir()


def test_file_systems() -> None:
    """The innermost mount counts, also of what does not exist yet."""
    assert filesystem_of(Path("/proc/self/status")) == "proc"
    assert filesystem_of(Path("/proc/no/such/file")) == "proc"


def test_an_empty_key_is_none(tmp_path: Path, files: SecretFiles) -> None:
    """A full tmpfs may have left one, which everybody would know."""
    (files.folder / "digest.key").touch()
    assert files.digest("text") == SecretFiles(tmp_path).digest("text")
    assert len((files.folder / "digest.key").read_bytes()) == 32
