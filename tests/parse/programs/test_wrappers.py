"""Commands that run another one."""

from __future__ import annotations

import shlex

import pytest

from installcast.parse.programs.wrappers import is_wrapper, unwrap


@pytest.mark.parametrize(
    ("command", "inside"),
    [
        ("make", "make"),
        ("A=1 B=2 make x", "make x"),
        ("sudo make", "make"),
        ("sudo -EH -u app -- env A=1 -u B make x", "make x"),
        ("timeout 60 make", "make"),
        ("timeout -k 5 --signal=KILL 1m make", "make"),
        ("nice -n 10 ionice -c 3 make -j4", "make -j4"),
        ("nohup setsid make", "make"),
        ("flock -w 10 /var/lock/x make", "make"),
        ("chroot /mnt make", "make"),
        ("runuser -u postgres -- psql -c x", "psql -c x"),
        ("stdbuf -oL make", "make"),
        ("xargs -n 1 rm -f", "rm -f"),
        ("retry make", "make"),
        ("retry 5 10 make", "make"),
        ("retry -t 5 -- make", "make"),
        ("run_cmd apt-get update", "apt-get update"),
        ("run_step 'Installing packages' apt-get install x", "apt-get install x"),
        ("run hello", "run hello"),
        ("sudo", "sudo"),
        ("command -v make", "command -v make"),
        ("exec", "exec"),
        ("", ""),
    ],
)
def test_unwrap(command: str, inside: str) -> None:
    """What is inside comes out, with its own options."""
    assert " ".join(unwrap(shlex.split(command))[0]) == inside


@pytest.mark.parametrize(
    ("command", "limit"),
    [("timeout 90 make", 90), ("timeout 1.5m make", 90), ("make", None), ("timeout x make", None)],
)
def test_limit(command: str, limit: float | None) -> None:
    """A time limit is told."""
    assert unwrap(command.split())[1] == limit


def test_is_wrapper() -> None:
    """Programs that run others are known by their names, functions are not."""
    assert is_wrapper("/usr/bin/sudo")
    assert not is_wrapper("retry")
