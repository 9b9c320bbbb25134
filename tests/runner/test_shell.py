"""The shell helpers: what they report is what was said, in every shell, and they never fail."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from .conftest import SHELL_SOURCE

SHELLS = [["dash"], ["bash"], ["bash", "--posix"], ["busybox", "sh"]]

available = [shell for shell in SHELLS if shell[0] != "busybox" or shutil.which("busybox")]


@pytest.fixture(params=available, ids=" ".join)
def shell(request: pytest.FixtureRequest) -> list[str]:
    """A POSIX shell."""
    command: list[str] = request.param
    return command


def run(
    shell: list[str], events: Path | None, script: str, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    variables = {"PATH": "/usr/bin:/bin", "INSTALLCAST_SH": str(SHELL_SOURCE), **environment}
    if events is not None:
        variables["INSTALLCAST_EVENTS"] = str(events)
    return subprocess.run(
        [*shell, "-c", f'set -eu\n. "$INSTALLCAST_SH"\n{script}', "script", *arguments],
        env=variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def events_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


@pytest.fixture
def events(tmp_path: Path) -> Path:
    path = tmp_path / "events"
    path.touch()
    return path


def test_each_word_makes_its_event(shell: list[str], events: Path) -> None:
    """step, progress, secret, warn and result, in their usual forms."""
    answer = run(
        shell,
        events,
        """
        step 2 5 "Compile"
        step "Only a title"
        progress 35
        progress 99.5 "nearly there"
        secret "hunter22" "swordfish"
        warn the disk is full
        result url http://localhost/
        result --secret password "p w"
        echo reached
        """,
    )
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "reached\n", "")
    assert events_of(events) == [
        {"type": "step", "current": 2, "total": 5, "title": "Compile"},
        {"type": "step", "title": "Only a title"},
        {"type": "progress", "percent": 35, "message": ""},
        {"type": "progress", "percent": 99.5, "message": "nearly there"},
        {"type": "secret", "value": "hunter22"},
        {"type": "secret", "value": "swordfish"},
        {"type": "log", "level": "WARN", "message": "the disk is full"},
        {"type": "result", "name": "url", "value": "http://localhost/"},
        {"type": "result", "name": "password", "value": "p w", "secret": 1},
    ]


@pytest.mark.parametrize("locale", ["C", "C.UTF-8", "POSIX"])
@pytest.mark.parametrize(
    "text",
    [
        'quotes " and \' and back\\slash \\" \\n \\\\',
        "line\none\r\nand two\n\n",
        "tab\tbell\x07escape\x1b[31m\x01\x1f\x7f",
        "中文 ü ✓ 🚀 \u0081\u0085\u0088 \u2028",
        "$(id) `id` ${HOME} $HOME ! # % & * ? [a-z] ~ {a,b} ; | < >",
        "-n -e --secret %s %d \\c",
        "",
        " leading and trailing ",
        "x" * 20_000,
    ],
)
def test_every_text_arrives_as_it_is(shell: list[str], events: Path, text: str, locale: str) -> None:
    """Whatever a text holds, its JSON says the same, in any locale."""
    answer = run(shell, events, 'secret "$1"; result name "$1"', text, LC_ALL=locale)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert [event["value"] for event in events_of(events)] == [text, text]


def test_what_is_no_number_is_no_json_number(shell: list[str], events: Path) -> None:
    """Numbers that JSON does not know become texts, so that the line stays readable."""
    run(shell, events, 'for n in 08 .5 5. 1.2.3 1e5 -3 "4 5" "" x 007 0 100 0.5; do progress "$n"; done')
    assert [event["percent"] for event in events_of(events)] == [
        "08", ".5", "5.", "1.2.3", "1e5", "-3", "4 5", "", "x", "007", 0, 100, 0.5,
    ]  # fmt: skip


def test_die_reports_and_ends(shell: list[str], events: Path) -> None:
    """die says why, and ends the script with 1."""
    answer = run(shell, events, 'die NO_LICENCE "Buy one, or \\"borrow\\" it."; echo never')
    assert (answer.returncode, answer.stdout, answer.stderr) == (1, "", "")
    assert events_of(events) == [{"type": "error", "code": "NO_LICENCE", "hint": 'Buy one, or "borrow" it.'}]


def test_die_without_a_code(shell: list[str], events: Path) -> None:
    """A single word to die is the hint."""
    assert run(shell, events, 'die "Out of luck."').returncode == 1
    assert events_of(events) == [{"type": "error", "code": "SCRIPT_ERROR", "hint": "Out of luck."}]


ALL_WORDS = 'step 1 2 "a"; progress 3; secret abcdef; warn w; result n v; result --secret n v; echo reached'


@pytest.mark.parametrize("where", ["missing", "folder", "nowhere/file", "unset", "/proc/version"])
def test_where_the_file_cannot_be_written_nothing_happens(
    shell: list[str], tmp_path: Path, where: str
) -> None:
    """Outside of a task, or as another user, the helpers are silent and do not fail."""
    (tmp_path / "folder").mkdir()
    path = None if where == "unset" else tmp_path / where
    answer = run(shell, path, ALL_WORDS)
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "reached\n", "")
    assert not (tmp_path / "missing").exists()


def test_die_without_a_file_is_read_by_people(shell: list[str]) -> None:
    """Where nobody hears the event, the reason is a line on standard error."""
    answer = run(shell, None, 'die NO_LICENCE "Buy one."')
    assert (answer.returncode, answer.stderr) == (1, "NO_LICENCE: Buy one.\n")


@pytest.mark.parametrize("options", ["-f", "-x", "-C", "-a", "-v"])
def test_options_of_the_script_do_no_harm(shell: list[str], events: Path, options: str) -> None:
    """Neither do a strange IFS, a folder full of files, and variables that are called like ours."""
    script = f"""
    set {options}
    IFS=:/1
    text=mine rest=mine line=mine head=mine special=mine
    step 1 2 "a:b/1 *"
    [ "$text$rest$line$head$special" = mineminemineminemine ]
    [ "$IFS" = :/1 ]
    echo reached
    """
    answer = run(shell, events, script)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout == "reached\n"
    assert events_of(events) == [{"type": "step", "current": 1, "total": 2, "title": "a:b/1 *"}]


def test_the_helpers_work_in_functions_and_pipelines(shell: list[str], events: Path) -> None:
    """They may be called from anywhere, at the same time, and each event stays whole."""
    answer = run(
        shell,
        events,
        """
        many() { i=0; while [ $i -lt 20 ]; do progress "$i" "$1"; i=$((i + 1)); done; }
        many a & many b & many c | cat
        wait
        """,
    )
    assert answer.returncode == 0
    assert sorted(event["message"] for event in events_of(events)) == ["a"] * 20 + ["b"] * 20 + ["c"] * 20
