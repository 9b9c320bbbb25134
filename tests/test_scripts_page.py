"""The page for script writers: every block of it is run, and does what the page says."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from installcast.parse.fd_protocol import MAX_EVENT_BYTES, BadEvent, read_event
from installcast.parse.outline import read_outline
from installcast.parse.reports import MAX_RESULTS, MAX_ROWS
from installcast.runner.outcome import Outcome
from tests.runner.conftest import SHELL_SOURCE, MakeTask, Task, make_task

__all__ = ["make_task"]

DOCS = Path(__file__).parents[1] / "docs"
PAGES = {"en": DOCS / "scripts.md", "zh": DOCS / "scripts.zh.md"}
NODE = Path(sys.executable).with_name("node")


def blocks_of(page: Path) -> list[tuple[str, str]]:
    """Return language and text of each block."""
    return re.findall(r"```(\w+)\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


BLOCKS = blocks_of(PAGES["en"])


class Done:
    """A block that was run as the script of a task."""

    def __init__(self, task: Task, outcome: Outcome) -> None:
        self.task = task
        self.outcome = outcome
        self.records = task.records()
        printed = [record for record in self.records if not record.get("final") and "kind" not in record]
        self.messages = [record["message"] for record in printed]
        self.results = {result["name"]: result["value"] for result in outcome.results}

    @property
    def step(self) -> tuple[int, int, str]:
        """The last one."""
        return self.outcome.current_step, self.outcome.total_steps, self.outcome.step

    def level_of(self, message: str) -> str:
        level: str = next(record["level"] for record in self.records if record["message"] == message)
        return level


def check_three_lines(done: Done) -> None:
    assert done.step == (2, 2, "Compile")


def check_whole_script(done: Done) -> None:
    assert done.step == (3, 3, "Finish")
    assert done.messages[-1] == "4 pages are there."
    assert done.results == {"folder": str(done.task.folder / "work")}
    assert len(list((done.task.folder / "work").glob("page-*.txt"))) == 4


def check_markers(done: Done) -> None:
    assert done.step == (2, 2, "Unpack")
    assert done.level_of("the disk is nearly full") == "WARN"
    inside = next(record for record in done.records if record["message"] == "3 files")
    assert inside["group"] == "Details"
    assert inside["current_step"] == 1


def check_secrets(done: Done) -> None:
    assert "The password is ***" in done.messages
    assert done.results == {"url": "http://localhost:8080/", "password": None}


def check_die(done: Done) -> None:
    assert done.outcome.exit_code == 1
    assert done.outcome.error is not None
    assert done.outcome.error["code"] == "LICENCE_MISSING"
    assert str(done.task.folder / "work") in done.outcome.error["hint"]
    assert "never reached" not in done.messages


def check_json_line(done: Done) -> None:
    assert done.step == (1, 2, "Fetch")


def check_python(done: Done) -> None:
    assert done.step == (1, 2, "Read")
    assert done.level_of("slow disk") == "WARN"
    assert done.results == {"url": "http://localhost:8080/"}


def check_javascript(done: Done) -> None:
    assert done.step == (1, 2, "Build")


def check_hard_places(done: Done) -> None:
    assert done.step == (2, 2, "Start")
    assert {"left", "right"} <= set(done.messages)
    # It did not wait for what goes on, which closed what it was given.
    assert done.outcome.duration < 15
    for status in Path("/proc").glob("[0-9]*/environ"):
        try:
            mine = f"INSTALLCAST_TASK_ID={done.task.folder.name}\0".encode() in status.read_bytes()
        except OSError:
            continue
        if mine:
            os.kill(int(status.parent.name), signal.SIGKILL)


def check_outside(done: Done) -> None:
    assert done.step == (1, 1, "Greet")
    assert done.results == {"greeting": "hello"}
    assert "greeting: hello" not in done.messages


CHECKS: dict[str, Callable[[Done], None]] = {
    # How a block begins, or what only it holds → what it does.
    'step 2 2 "Compile"': check_three_lines,
    "Check the folder": check_whole_script,
    "::group::": check_markers,
    "/dev/urandom": check_secrets,
    "LICENCE_MISSING": check_die,
    "printf '%s\\n' '{": check_json_line,
    "import contextlib": check_python,
    "require(": check_javascript,
    "Two at a time": check_hard_places,
    "step() { :; }": check_outside,
}

READ_ONLY = "apt-get install"
"""A block that is read, and not run: it would change this machine."""


def check_of(block: str) -> Callable[[Done], None] | None:
    found = [check for part, check in CHECKS.items() if part in block]
    assert len(found) <= 1, block
    return found[0] if found else None


def as_script(language: str, block: str, folder: Path) -> str:
    """Return a script that runs ``block``."""
    if language == "sh":
        return block
    program = folder / f"block.{language}"
    program.write_text(block)
    interpreter = sys.executable if language == "python" else NODE
    return f"exec {shlex.quote(str(interpreter))} {shlex.quote(str(program))}\n"


RUNNABLE = [
    pytest.param(language, block, id=block.splitlines()[0])
    for language, block in BLOCKS
    if language != "console" and READ_ONLY not in block
]


@pytest.mark.parametrize(("language", "block"), RUNNABLE)
def test_a_block_does_what_the_page_says(
    make_task: MakeTask, tmp_path: Path, language: str, block: str
) -> None:
    """Run as the script of a task, each block reports what stands beside it, and ends as it says."""
    check = check_of(block)
    assert check is not None, f"nobody says what this block does:\n{block}"
    results = tmp_path / "results"
    task = make_task(install=as_script(language, block, tmp_path), results_file=results)
    outcome = task.run()
    assert outcome.status == ("failed" if check is check_die else "succeeded"), task.messages()
    check(Done(task, outcome))
    if check is check_secrets:
        (secret,) = json.loads(results.read_text())
        assert secret["name"] == "password"
        assert secret["value"] not in task.journal().decode()


@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_a_script_that_is_run_by_hand(tmp_path: Path, shell: str) -> None:
    """Without Installcast the functions of the page take the place of ours."""
    block = next(block for _, block in BLOCKS if "step() { :; }" in block)
    done = subprocess.run(
        [shell, "-euc", block], env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("hello\ngreeting: hello\n", "")


def test_the_whole_script_by_the_command_line(tmp_path: Path) -> None:
    """The command that the page shows runs it, without a service and without a recipe."""
    (tmp_path / "install.sh").write_text(next(block for _, block in BLOCKS if "Check the folder" in block))
    ((_, console),) = [block for block in BLOCKS if block[0] == "console"]
    program, *arguments = shlex.split(console.removeprefix("$ "))
    assert program == "installcast"
    done = subprocess.run(
        [sys.executable, "-m", "installcast", "--data-dir", str(tmp_path / "data"), *arguments],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANG": "C.UTF-8"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "4 pages are there." in done.stdout
    assert f"folder  {tmp_path}" in done.stdout


@pytest.mark.parametrize("locale", PAGES)
def test_the_steps_of_a_script_that_says_none(locale: str) -> None:
    """The titles that the page shows are those that the script's commands have."""
    text = PAGES[locale].read_text(encoding="utf-8")
    ((block, shown),) = re.findall(rf"```sh\n([^`]*{READ_ONLY}[^`]*)```\n\n(.*?)\n\n", text, re.DOTALL)
    titles = [command.title for command in read_outline(block.encode(), locale=locale).commands]
    assert re.findall(r"\*\*(.*?)\*\*", shown.replace("\n", " ")) == [title for title in titles if title]


def test_both_languages_show_the_same_blocks() -> None:
    """The Chinese page has the blocks of the English one, in the same order."""
    assert blocks_of(PAGES["zh"]) == BLOCKS


@pytest.mark.parametrize("page", PAGES.values(), ids=lambda page: page.name)
def test_all_functions_and_events_are_there(page: Path) -> None:
    """Each function of the helpers and each type of event has its row, and the limits are those of the code."""
    text = page.read_text(encoding="utf-8")
    functions = re.findall(r"^([a-z]+)\(\)", SHELL_SOURCE.read_text(), re.MULTILINE)
    rows = re.findall(r"^\| `([a-z]+)[ `]", text, re.MULTILINE)
    assert set(functions) <= set(rows)
    samples: dict[str, dict[str, Any]] = {
        "step": {"current": 1, "total": 2, "title": "x"},
        "progress": {"percent": 1, "message": "x"},
        "secret": {"value": "x"},
        "log": {"level": "WARN", "message": "x"},
        "error": {"code": "X", "hint": "x"},
        "result": {"name": "x", "value": "x", "secret": True},
    }
    assert set(samples) <= set(rows)
    for kind, fields in samples.items():
        assert not isinstance(read_event(json.dumps({"type": kind, **fields}).encode()), BadEvent)
        row = next(line for line in text.splitlines() if line.startswith(f"| `{kind}` |"))
        assert all(f"`{name}`" in row for name in fields), row
    assert str(MAX_ROWS) in text
    assert f" {MAX_RESULTS} " in text.replace("，", " ") or f"to {MAX_RESULTS}." in text
    assert MAX_EVENT_BYTES >= 65_536
