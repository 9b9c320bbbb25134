"""Which file the script of a phase is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from installcast.runner.script_file import MAX_SCRIPT_BYTES, find_script

PATH = "/usr/bin:/bin"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with some scripts in it."""
    monkeypatch.chdir(tmp_path)
    for name, text in {
        "install.sh": "echo hello\n",
        "run": "#!/usr/bin/env bash\necho hello\n",
        "setup.py": "#!/usr/bin/python3\nprint()\n",
        "plain.txt": "hello\n",
        "bash": "echo not a shell\n",
    }.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    return tmp_path


@pytest.mark.parametrize(
    "argv",
    [
        ("/bin/bash", "install.sh"),
        ("bash", "-eux", "install.sh", "--prefix", "/opt"),
        ("/usr/bin/env", "bash", "install.sh"),
        ("sudo", "-E", "env", "A=1", "bash", "install.sh"),
        ("timeout", "10", "dash", "install.sh"),
        ("nice", "-n", "5", "sh", "./install.sh"),
    ],
)
def test_a_shell_and_a_script(folder: Path, argv: tuple[str, ...]) -> None:
    """Behind shells, wrappers, their options and assignments, the first file is the script."""
    script = find_script(argv, PATH)
    assert script is not None
    assert script.text == b"echo hello\n"
    assert script.size == 11
    assert script.identity[0] == (folder / "install.sh").stat().st_ino


@pytest.mark.parametrize("argv", [("./run",), ("./run", "install.sh"), ("nice", "./run")])
def test_a_script_that_names_its_shell(folder: Path, argv: tuple[str, ...]) -> None:
    """A script that can be run is known by its first line."""
    script = find_script(argv, PATH)
    assert script is not None
    assert script.text.startswith(b"#!/usr/bin/env bash")


@pytest.mark.parametrize(
    "argv",
    [
        ("/bin/bash", "-c", "install.sh"),
        ("bash", "-ec", "echo hi", "install.sh"),
        ("./setup.py",),
        ("python3", "setup.py"),
        ("make", "install.sh"),
        ("cat", "plain.txt"),
        ("bash", "missing.sh"),
        ("bash",),
        ("/bin/true",),
        ("bash", "/dev/null"),
        ("bash", "a\0b"),
        (),
    ],
)
def test_what_is_no_shell_script(folder: Path, argv: tuple[str, ...]) -> None:
    """Words of the command, scripts of other languages, operands of programs, and what is no file are none."""
    assert find_script(argv, PATH) is None


def test_a_program_on_the_path(folder: Path) -> None:
    """A script is found by its name as a program is."""
    assert find_script(("run",), f"/nowhere:{folder}") is not None
    assert find_script(("run",), PATH) is not None, (
        "or in the working directory, where nothing on the path has its name"
    )


def test_a_long_script(folder: Path) -> None:
    """Of an archive that begins as a script the beginning is read, and its size is known."""
    with (folder / "installer.run").open("wb") as file:
        file.write(b"#!/bin/sh\nexit\n")
        os.truncate(file.fileno(), 3 * MAX_SCRIPT_BYTES)
    script = find_script(("sh", "installer.run"), PATH)
    assert script is not None
    assert (len(script.text), script.size) == (MAX_SCRIPT_BYTES, 3 * MAX_SCRIPT_BYTES)


def test_a_fifo_is_not_waited_for(folder: Path) -> None:
    """Something that would block whoever opens it is passed over."""
    os.mkfifo(folder / "fifo.sh")
    assert find_script(("bash", "fifo.sh"), PATH) is None
