"""The block at the foot of the terminal."""

from __future__ import annotations

from typing import Any

import pytest
from rich.cells import cell_len

from installcast.cli.progress import Painter, Progress, clock, coarse, step_title
from installcast.cli.text import Speaker
from installcast.record import LogMessage, timestamp

NOW = 1_800_000_000.0


def running(**values: Any) -> Progress:
    """Return a task that has been running for 83 s."""
    progress = Progress()
    progress.take_status({"status": "running", "started_at": timestamp(NOW - 83), **values})
    return progress


def block(progress: Progress, *, width: int = 80, locale: Any = "en", frame: int = 0) -> list[str]:
    """Return the lines without colours."""
    return Painter(Speaker(locale), colour=False, unicode=True).block(
        progress, now=NOW, frame=frame, width=width
    )


def test_step_time_and_bar() -> None:
    """The step on the left, the time on the right, the bar below with its percentage and the time that is left."""
    step = {"step": "Compile", "current_step": 2, "total_steps": 5}
    headline, bar = block(running(progress=50, progress_basis="script", eta_seconds=61, **step))
    assert headline.split() == ["⠋", "[2/5]", "Compile", "1:23"]
    assert bar.count("━") == pytest.approx(bar.count("─"), abs=1)
    assert bar.endswith(" 50 %   about 1 min left")


def test_unknown_progress_shows_no_number() -> None:
    """Where nothing is known, a light moves and no percentage is shown."""
    first, later = (block(running(), frame=frame)[1] for frame in (10, 12))
    assert "%" not in first
    assert first != later


def test_progress_never_falls() -> None:
    """An older state that arrives late does not move the bar back."""
    progress = running(progress=40, progress_basis="tool")
    progress.take_status({"status": "running", "progress": 30, "progress_basis": "tool"})
    assert progress.percent == 40


def test_a_queued_task_says_where_it_stands() -> None:
    """Waiting is told as waiting."""
    progress = Progress()
    progress.take_status({"status": "queued", "queue_position": 3})
    assert "waiting for its turn, number 3" in block(progress)[0]
    assert "排队等待中，第 3 位" in block(progress, locale="zh")[0]


@pytest.mark.parametrize(
    ("reason", "detail", "english", "chinese"),
    [
        (
            "package_lock",
            "apt-get (pid 42)",
            "waits for the package lock: apt-get (pid 42), 5 s",
            "正在等待软件包锁：apt-get (pid 42)，已 5 秒",
        ),
        ("package_lock", "", "waits for the package lock, 5 s", "正在等待软件包锁，已 5 秒"),
        (
            "waiting_for_input",
            "Go on? [Y/n]",
            "seems to wait for an answer that nobody can give: Go on? [Y/n], 5 s",
            "似乎在等待无人能给出的输入：Go on? [Y/n]，已 5 秒",
        ),
        ("silent", "cc", "silent for 5 s: cc", "已 5 秒 没有输出：cc"),
        ("of_a_newer_service", "x", "of_a_newer_service", "of_a_newer_service"),
    ],
)
def test_a_stalled_task_says_why(reason: str, detail: str, english: str, chinese: str) -> None:
    """Why it does not go on, and for how long, is told in the place of the activity."""
    stalled = {"reason": reason, "since": timestamp(NOW - 5), "detail": detail}
    assert block(running(stalled=stalled), width=110)[2] == f"  {english}"
    assert block(running(stalled=stalled), width=110, locale="zh")[2] == f"  {chinese}"


def test_a_reason_in_the_reader_s_language() -> None:
    """Where the service says it in Chinese, too, that is shown."""
    stalled = {"reason": "silent", "since": None, "detail": "asleep", "detail_zh": "休眠"}
    assert block(running(stalled=stalled), locale="zh")[2] == "  已 ? 没有输出：休眠"


def test_the_activity_of_a_step_ends_with_it() -> None:
    """What was going on in one step is not said of the next."""
    progress = running()
    progress.take_record(
        LogMessage(4, timestamp(NOW), "INFO", "pip install", step="Install", kind="progress")
    )
    assert progress.activity == "pip install"
    progress.take_record(LogMessage(5, timestamp(NOW), "INFO", "1.0", step="Verify"))
    assert progress.activity == ""


def test_an_unfinished_line_is_shown_until_it_is_finished() -> None:
    """A bar that a tool redraws stands above ours, and leaves when its line is done."""
    progress = running()
    progress.take_record(LogMessage(4, timestamp(NOW), "INFO", "12 % [==>   ]", partial=True))
    assert block(progress)[0].startswith("12 % [==>   ]")
    progress.take_record(LogMessage(4, timestamp(NOW), "INFO", "done"))
    assert len(block(progress)) == 2


@pytest.mark.parametrize("width", [10, 20, 40, 79, 80, 81, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    """Otherwise it would wrap, and the next painting would leave rubbish behind; wide characters count twice."""
    progress = running(
        progress=55, progress_basis="tool", eta_seconds=3600, step="编译软件包" * 20, activity="编译" * 80
    )
    for line in block(progress, width=width, locale="zh"):
        assert cell_len(line) < width - 1, "no room for an echoed ^C"


def test_escapes_of_a_script_do_not_reach_the_block() -> None:
    """Step, activity and unfinished line are cleaned like all other text."""
    progress = running(step="\x1b[2Jgone", current_step=1, total_steps=1, activity="x\x1b]0;t\x07y")
    assert "\x1b" not in "".join(block(progress))


@pytest.mark.parametrize(("seconds", "shown"), [(0, "0:00"), (83.9, "1:23"), (3725, "1:02:05"), (-3, "0:00")])
def test_clock(seconds: float, shown: str) -> None:
    """A running time reads like a stopwatch."""
    assert clock(seconds) == shown


@pytest.mark.parametrize(("seconds", "shown"), [(-9, 5), (2, 5), (23, 25), (61, 60), (100, 90), (1700, 1800)])
def test_coarse(seconds: float, shown: int) -> None:
    """A guess does not pretend to be exact."""
    assert coarse(seconds) == shown


@pytest.mark.parametrize(
    ("step", "shown"),
    [(("Go", 1, 3), "[1/3] Go"), (("Go", 2, 0), "[2] Go"), (("Go", 0, 0), "Go"), (("", 1, 3), "[1/3]")],
)
def test_step_title(step: tuple[str, int, int], shown: str) -> None:
    """The number in front, as far as it is known."""
    assert step_title(*step) == shown
