"""``installcast run``: a command without a service."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Service


@pytest.fixture
def runner(tmp_path: Path, short_folder: Path) -> Service:
    """The command line on a data folder without a service."""
    folder = tmp_path / "r"
    folder.mkdir()
    return Service(folder)


def test_it_shows_the_lines_and_returns_the_status(runner: Service) -> None:
    """Both streams in one log; the command's own status."""
    done = runner.run("run", "--name", "try it", "--", "sh", "-c", "echo here; echo there >&2; exit 5")
    assert done.returncode == 5, done.stderr
    assert done.stdout.splitlines()[:2] == ["here", "there"]
    assert "journal.jsonl" in done.stderr


@pytest.mark.parametrize(
    ("command", "status"),
    [(["true"], 0), (["sh", "-c", "kill -9 $$"], 137), (["no-such-command"], 127), (["/etc/hostname"], 126)],
)
def test_exit_status(runner: Service, command: list[str], status: int) -> None:
    """As a shell would say it."""
    assert runner.run("run", "--", *command).returncode == status


def test_its_time_may_be_limited(runner: Service) -> None:
    """124 when it is over."""
    assert runner.run("run", "--timeout", "1s", "--", "sleep", "60").returncode == 124


def test_it_sees_what_the_caller_sees(runner: Service, tmp_path: Path) -> None:
    """Folder and environment are the caller's own, but for the token of our service; the input is empty."""
    script = "pwd; echo $FRUIT; echo token=$INSTALLCAST_TOKEN; cat; echo end"
    environment = {"FRUIT": "pear", "INSTALLCAST_TOKEN": "very-secret"}
    done = runner.run(
        "run", "--", "sh", "-c", script, cwd=tmp_path, environment=environment, input="not read"
    )
    assert done.stdout.splitlines()[:4] == [str(tmp_path), "pear", "token=", "end"]


def test_its_environment_lies_on_no_disk(runner: Service, tmp_path: Path) -> None:
    """What the caller's variables hold is written nowhere, and what is named like a secret shows in no line."""
    environment = {"FRUIT": "pear-and-plum", "MY_API_KEY": "s3cr3t-value", "SHORT_TOKEN": "abc"}
    script = "echo $FRUIT | tr a-z A-Z; echo key=$MY_API_KEY short=$SHORT_TOKEN"
    done = runner.run("run", "--", "sh", "-c", script, environment=environment)
    assert done.stdout.splitlines()[0] == "PEAR-AND-PLUM"
    assert done.stdout.splitlines()[1].endswith("short=abc")
    assert "s3cr3t-value" not in done.stdout
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"PEAR-AND-PLUM" in written
    assert b"pear-and-plum" not in written
    assert b"s3cr3t-value" not in written


def test_a_variable_that_is_no_text_is_left_out(runner: Service) -> None:
    """The command runs without it."""
    done = runner.run("run", "--", "sh", "-c", "echo odd=$ODD", environment={"ODD": "a\udcffb"})
    assert done.stdout.splitlines()[0] == "odd="


def test_json(runner: Service) -> None:
    """The records, to the final one."""
    done = runner.run("run", "--json", "--", "echo", "hi")
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert records[0]["message"] == "hi"
    assert records[-1]["final"] is True


def test_results_and_steps(runner: Service) -> None:
    """A script reports as in a recipe; a secret result is shown to the one who runs it."""
    script = '. "$INSTALLCAST_SH"; step 1 1 "Do it"; echo doing; result url http://x/; result --secret pwd open-sesame'
    done = runner.run("run", "--", "sh", "-c", script)
    assert "  url  http://x/" in done.stdout
    assert "  pwd  open-sesame" in done.stdout


def test_control_c_cancels(runner: Service) -> None:
    """In the foreground there is nobody who could go on with it: the command and its children end."""
    watching = runner.open("run", "--", "sh", "-c", "echo ready; sleep 600 & wait")
    watching.wait_for("ready")
    watching.interrupt()
    assert watching.finish() == 143
    assert "canceled" in watching.err
