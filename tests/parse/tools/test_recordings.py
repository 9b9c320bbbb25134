"""Real runs of real tools: the fraction never falls, and agrees with the time.

The limits are loose: a tool that tells its phases alone cannot know how long each takes.
"""

from __future__ import annotations

import pytest

from installcast.parse.tools.apt_status import AptStatus
from installcast.parse.tools.npm import NpmLog
from tests.parse.tools.running import highest, mean_error, readings, readings_of_file


@pytest.mark.parametrize(
    ("name", "tool", "begin", "end", "points"),
    [
        ("tools/apt-mariadb-pipe", "apt", 0.0, 1.35, 22),  # update
        ("tools/apt-mariadb-pipe", "apt", 2.35, 15.08, 8),  # install, all of it downloaded before
        ("apt-nginx-pipe", "apt", 1.42, 3.1, 18),
        ("apt-nginx-pty", "apt", 1.53, 3.52, 21),
        ("tools/dpkg-pipe", "dpkg", 0.0, 0.6, 22),
        ("tools/cargo-bar-pipe", "cargo", 0.0, 53.16, 18),
        ("tools/cmake-make-pipe", "cmake", 4.8, 55.45, 5),
        ("tools/cmake-ninja-pipe", "ninja", 4.5, 22.35, 6),
        ("tools/downloads-pty", "wget", 1.7, 3.78, 16),  # -q --show-progress
        ("tools/downloads-pty", "wget", 3.795, 6.05, 20),  # --progress=dot:mega
        ("tools/git-clone-pipe", "git", 9.52, 15.95, 16),
        ("git-clone-pty", "git", 11.6, 17.9, 14),
        ("tools/pip-flask-pipe", "pip", 3.8, 10.85, 19),
        ("tools/pip-scipy-pty", "pip", 11.9, 35.8, 15),
        ("tools/pnpm-pipe", "pnpm", 1.9, 5.0, 33),
        ("tools/pnpm-pty", "pnpm", 2.4, 5.22, 35),
        ("tools/uv-pipe", "uv", 0.17, 1.57, 27),
        ("tools/uv-pty", "uv", 0.8, 4.15, 18),
        ("tools/wget-curl-pipe", "wget", 0.0, 11.44, 3),
        ("tools/wget-curl-pipe", "curl", 11.45, 22.83, 13),
        ("tools/wget-curl-pty", "wget", 0.0, 11.44, 6),
        ("tools/wget-curl-pty", "curl", 11.45, 22.98, 13),
        ("bars-tqdm-rich-pty", "bar", 0.15, 3.15, 6),
        ("bars-tqdm-rich-pty", "bar", 3.88, 6.4, 6),
    ],
)
def test_fraction_agrees_with_time(name: str, tool: str, begin: float, end: float, points: float) -> None:
    """In each run the fraction rises with the time that has passed, and ends high."""
    found = readings(name)
    assert mean_error(found, tool, begin, end) <= points
    assert max(reading.fraction for time, reading in found if begin <= time <= end) > 0.7


def test_npm_log() -> None:
    """npm's debug log tells its progress from the first package that is looked up to its end."""
    found = readings_of_file("tools/npm-log", NpmLog().read)
    assert mean_error(found, "npm", 0.0, 4.75) <= 25
    assert highest(found, "npm") == 1.0


def test_apt_status() -> None:
    """apt's status file tells downloads and packages of each run."""
    found = readings_of_file("tools/apt-mariadb-status", AptStatus().read)
    assert mean_error(found, "apt", 2.7, 13.67) <= 12
    assert found[-1][1].fraction > 0.95


@pytest.mark.parametrize("name", ["npm-vite-react-pty", "tools/cargo-plain-pipe"])
def test_the_end_alone(name: str) -> None:
    """Tools that do not say how much there is to do are told when they are done."""
    found = [reading.fraction for _, reading in readings(name)]
    assert found[-1] == 1.0
    assert set(found[:-1]) <= {0.0}


def test_no_tool() -> None:
    """Plain make and compilers tell of no progress."""
    assert readings("fail-compile-error-pipe") == []
