"""`task.json` and the secrets beside it: what the server writes is what the runner reads, and nothing else passes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from installcast.runner.spec import Phase, Secrets, StepPlan, TaskSpec, read_spec, take_secrets

FULL = TaskSpec(
    task_id="nginx-1.20.2-x",
    key="nginx",
    software_version="1.20.2",
    action="install",
    phases=(Phase("precheck", ("/bin/bash", "a b")), Phase("install", ("/bin/bash", "ü"))),
    environment={"PATH": "/bin", "EMPTY": "", "TEXT": "a\nb ü"},
    work_dir=Path("/work"),
    rollback=Phase("rollback", ("/bin/true",)),
    secrets_file=Path("/run/x.secrets"),
    results_file=Path("/run/x.results"),
    timeout=1.5,
    kill_grace=0,
    term="pty",
    max_line_bytes=1000,
    max_bytes=100_000,
    steps=(StepPlan("Fetch", 2), StepPlan("Build", 0.5)),
    locale="zh",
    history_file=Path("/tasks/x/history.json"),
    scripts_digest="0123abcd",
)


def minimal() -> dict[str, Any]:
    return {
        "version": 1,
        "task_id": "x",
        "key": "x",
        "software_version": "",
        "action": "install",
        "phases": [{"phase": "install", "argv": ["/bin/true"]}],
        "environment": {},
        "work_dir": "/",
    }


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """Every field survives, in a file that only its owner can read."""
    FULL.write(tmp_path)
    assert read_spec(tmp_path) == FULL
    assert (tmp_path / "task.json").stat().st_mode & 0o777 == 0o600


def test_a_description_is_not_replaced(tmp_path: Path) -> None:
    """A second one for the same folder is refused."""
    FULL.write(tmp_path)
    with pytest.raises(FileExistsError):
        FULL.write(tmp_path)


def test_what_may_be_left_out(tmp_path: Path) -> None:
    """The optional fields have the defaults of the settings."""
    (tmp_path / "task.json").write_text(json.dumps(minimal()))
    spec = read_spec(tmp_path)
    assert (spec.rollback, spec.secrets_file, spec.results_file, spec.steps) == (None, None, None, ())
    assert (spec.timeout, spec.kill_grace, spec.term) == (14_400, 10, "pipe")
    assert (spec.max_line_bytes, spec.max_bytes) == (16_384, 268_435_456)
    assert (spec.locale, spec.history_file, spec.scripts_digest) == ("en", None, "")


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"version": 2}, "version"),
        ({"version": None}, "version"),
        ({"task_id": 7}, "task_id"),
        ({"phases": []}, "phases"),
        ({"phases": ["install"]}, "phases"),
        ({"phases": [{"phase": "install", "argv": []}]}, "argv"),
        ({"phases": [{"phase": "install", "argv": ["a\0b"]}]}, "argv"),
        ({"phases": [{"argv": ["/bin/true"]}]}, "phase"),
        ({"rollback": []}, "rollback"),
        ({"environment": {"A=B": "c"}}, "environment"),
        ({"environment": {"A": 1}}, "environment"),
        ({"environment": {"": "c"}}, "environment"),
        ({"timeout": -1}, "timeout"),
        ({"timeout": True}, "timeout"),
        ({"term": "vt100"}, "term"),
        ({"max_bytes": "many"}, "max_bytes"),
        ({"steps": [{"weight": 1}]}, "title"),
        ({"secrets_file": 3}, "secrets_file"),
    ],
)
def test_what_cannot_be_right_is_refused_by_its_key(tmp_path: Path, change: dict[str, Any], key: str) -> None:
    """A wrong description stops the start, and the error names the key."""
    (tmp_path / "task.json").write_text(json.dumps(minimal() | change))
    with pytest.raises(ValueError, match=key):
        read_spec(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{", "\xff"])
def test_what_is_no_json_object_is_refused(tmp_path: Path, text: str) -> None:
    """A torn or foreign file is an error that names the file."""
    (tmp_path / "task.json").write_text(text)
    with pytest.raises(ValueError, match=r"task\.json"):
        read_spec(tmp_path)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    """A description is a file of the folder itself."""
    (tmp_path / "elsewhere").write_text(json.dumps(minimal()))
    (tmp_path / "task.json").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic"):
        read_spec(tmp_path)


def test_secrets_are_taken_once(tmp_path: Path) -> None:
    """Reading the secrets removes their file."""
    path = tmp_path / "x.secrets"
    secrets = Secrets({"DB_PASSWORD": "correct horse"}, ("correct horse", "ü" * 9))
    secrets.write(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert take_secrets(path) == secrets
    assert not path.exists()
    with pytest.raises(FileNotFoundError):
        take_secrets(path)


def test_broken_secrets_are_removed_too(tmp_path: Path) -> None:
    """Half a secret on tmpfs is a secret."""
    path = tmp_path / "x.secrets"
    path.write_text('{"environment":{"A":"b"},"mask":["abc')
    with pytest.raises(ValueError, match=r"x\.secrets"):
        take_secrets(path)
    assert not path.exists()
