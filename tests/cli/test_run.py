"""``installcast run``: a command without a service."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.reliability.mounts import MountNamespace

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


def test_it_goes_on_when_nobody_reads(runner: Service) -> None:
    """`run … | head -1`: the command comes to its end, all of it is in the log, and standard error says both."""
    gate = runner.gate("gate")
    script = f"echo one; read -r _ <{gate.path}; for i in $(seq 2000); do echo line $i; done; exit 7"
    running = runner.open("run", "--", "sh", "-c", script)
    running.wait_for("one")
    assert running.process.stdout is not None
    running.process.stdout.close()
    gate.open()
    assert running.process.stderr is not None
    told = running.process.stderr.read().decode()
    running.process.stderr.close()
    assert running.process.wait(30) == 7
    assert "goes on to its end" in told
    assert "Traceback" not in told
    (journal,) = runner.data_dir.glob("runs/*/journal.jsonl")
    assert str(journal) in told
    assert journal.read_text().count('"message":"line ') == 2000


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_it_goes_on_when_its_output_has_no_room(runner: Service, options: list[str]) -> None:
    """`run … > file` on a full disk: the command comes to its end, and its status is told."""
    with Path("/dev/full").open("w") as full:
        argv = runner.argv("run", *options, "--", "sh", "-c", "echo one; exit 3")
        done = subprocess.run(
            argv,
            env=runner.environment,
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=30,
        )
    assert done.returncode == 3
    assert b"No space left on device" in done.stderr


def test_it_goes_on_when_nobody_reads_anything(runner: Service) -> None:
    """`run … 2>&1 | head -1`: nothing can be said to anybody, and the command comes to its end all the same."""
    gate = runner.gate("gate")
    script = f"echo one; read -r _ <{gate.path}; echo two; exit 7"
    reading, writing = os.pipe()
    process = subprocess.Popen(
        runner.argv("run", "--", "sh", "-c", script),
        env=runner.environment,
        stdin=subprocess.DEVNULL,
        stdout=writing,
        stderr=writing,
    )
    os.close(writing)
    assert os.read(reading, 100) == b"one\n"
    os.close(reading)
    gate.open()
    assert process.wait(30) == 7
    (journal,) = runner.data_dir.glob("runs/*/journal.jsonl")
    assert '"message":"two"' in journal.read_text()


@pytest.mark.machine
def test_no_room_for_its_folder(runner: Service) -> None:
    """A full disk is told as such, with 125, and is no fault of ours."""
    runner.data_dir.mkdir()
    with MountNamespace() as namespace:
        namespace.run("mount", "-t", "tmpfs", "-o", "size=64k,nr_inodes=3,mode=700", "tmpfs", runner.data_dir)
        done = subprocess.run(
            [*namespace.prefix, *runner.argv("run", "--", "true")],
            env=runner.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
        )
    assert done.returncode == 125
    assert "No space left on device" in done.stderr
    assert "fault" not in done.stderr
