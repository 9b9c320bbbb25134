"""The command line in a terminal."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess

import pytest

from .conftest import LIMIT, Service

SCRIPT = 'echo "[1/2] Begin"; echo one; echo "[2/2] End"; printf "\\033[32mtwo\\033[0m\\nWARNING: three\\n"'
HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"
COLOUR = re.compile(r"\x1b\[(?:\d+;)*[39]\d[;m]")
ERASE = "\x1b[J"


class Terminal:
    """A command in a terminal of its own, and all that it has written there."""

    def __init__(self, service: Service, *arguments: str, **environment: str) -> None:
        self._leader, follower = pty.openpty()
        self._process = subprocess.Popen(
            service.argv(*arguments),
            env=service.environment | {"TERM": "xterm-256color"} | environment,
            stdin=follower,
            stdout=follower,
            stderr=follower,
            start_new_session=True,
        )
        os.close(follower)
        self._written = b""

    @property
    def written(self) -> str:
        """What stands there so far, escapes and all."""
        return self._written.decode(errors="replace")

    def wait_for(self, text: str, count: int = 1) -> None:
        """Read until ``text`` was written ``count`` times."""
        while self.written.count(text) < count:
            assert self._read(), self.written

    def press(self, text: str) -> None:
        """Type."""
        os.write(self._leader, text.encode())

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self._process.send_signal(signal.SIGINT)

    def finish(self) -> int:
        """Read to the end; return the exit status."""
        while self._read():
            pass
        os.close(self._leader)
        return self._process.wait(LIMIT)

    def _read(self) -> bool:
        try:
            data = os.read(self._leader, 65536)
        except OSError:  # EIO: the last one has closed the terminal
            return False
        self._written += data
        return True


def in_terminal(service: Service, *arguments: str, **environment: str) -> tuple[str, int]:
    """Run a command in a terminal to its end; return what it wrote, and its status."""
    terminal = Terminal(service, *arguments, **environment)
    status = terminal.finish()
    return terminal.written, status


@pytest.fixture(scope="module")
def command_line(tmp_path_factory: pytest.TempPathFactory) -> Service:
    """The command line without a service."""
    return Service(tmp_path_factory.mktemp("t"))


def test_lines_scroll_above_a_block_that_leaves(command_line: Service) -> None:
    """Lines stay, the block is gone at the end, the cursor is back, and the summary comes last."""
    written, status = in_terminal(command_line, "run", "--name", "job", "--", "sh", "-c", SCRIPT)
    assert status == 0
    assert written.count(HIDE) == written.count(SHOW) == 1
    after = written.rpartition(ERASE)[2]
    assert after.startswith(SHOW)
    assert "job: run succeeded in" in after
    assert "━" not in after
    assert "── install" not in written
    for line in ("one\r\n", "\x1b[32mtwo\x1b[0m", "● [2/2] End"):
        assert line in written


def test_no_color_means_no_colour(command_line: Service) -> None:
    """The block still works; nothing is coloured."""
    written, _ = in_terminal(command_line, "run", "--", "sh", "-c", SCRIPT, NO_COLOR="1")
    assert "two" in written
    assert not COLOUR.search(written)


def test_a_dumb_terminal_gets_plain_lines(command_line: Service) -> None:
    """Nothing is painted where the cursor cannot move."""
    written, _ = in_terminal(command_line, "run", "--", "sh", "-c", SCRIPT, TERM="dumb")
    assert "one\r\n[2/2] End\r\ntwo\r\nWARNING: three\r\n" in written
    assert "\x1b" not in written


def test_json_is_json_in_a_terminal_too(command_line: Service) -> None:
    """What was asked for does not depend on where it goes."""
    written, _ = in_terminal(command_line, "run", "--json", "--", "echo", "hi")
    assert written.startswith('{"seq":0,')
    assert "\x1b" not in written.replace("\\u001b", "")


def test_escapes_of_a_script_do_not_reach_the_terminal(command_line: Service) -> None:
    """A script that clears the screen and sets the title does not."""
    evil = r"printf 'a\033]0;owned\007b\033[2Jc\n'"
    written, _ = in_terminal(command_line, "run", "--", "sh", "-c", evil)
    assert "owned" not in written
    assert "\x1b[2J" not in written


def test_a_failure_is_a_card(command_line: Service) -> None:
    """Framed, with the hint."""
    script = '. "$INSTALLCAST_SH"; die NO_LUCK "Try again on another day."'
    written, status = in_terminal(command_line, "run", "--", "sh", "-c", script)
    assert status == 1
    assert "╭─" in written
    assert "Try again on another day." in written


def test_control_c_cancels_a_run_and_gives_the_cursor_back(command_line: Service) -> None:
    """The terminal is left as it was found."""
    terminal = Terminal(command_line, "run", "--", "sh", "-c", "echo ready; exec sleep 600")
    terminal.wait_for("ready\r\n")
    terminal.interrupt()
    assert terminal.finish() == 143
    assert terminal.written.count(HIDE) == terminal.written.count(SHOW) == 1


def test_a_missing_secret_is_asked_for(service: Service) -> None:
    """In a terminal, twice, without showing it; the log masks it."""
    terminal = Terminal(service, "install", "locked")
    terminal.wait_for("pwd (not shown)")
    terminal.press("open-sesame\n")
    terminal.wait_for("Repeat")
    terminal.press("open-sesame\n")
    assert terminal.finish() == 0, terminal.written
    assert "a password of 11 characters: ***" in terminal.written
    assert "sesame" not in terminal.written


def test_installing_in_a_terminal(service: Service) -> None:
    """What is done, its steps and its results."""
    written, status = in_terminal(service, "install", "hello")
    assert status == 0
    for text in ("hello 2.0", "● [1/2] Think", "● [2/2] Speak", "install succeeded in", "42"):
        assert text in written


def test_leaving_in_a_terminal(service: Service) -> None:
    """Ctrl-C: the block goes, the cursor comes back, and it says how to come back oneself."""
    gate = service.gate("terminal")
    terminal = Terminal(service, "install", "gate", "--param", gate.param)
    terminal.wait_for("before the gate")
    terminal.interrupt()
    assert terminal.finish() == 130
    assert "Detached" in terminal.written.rpartition(SHOW)[2]
    gate.open()
    service.run("logs", "-f", "gate")


def test_phases_are_told_where_no_step_tells_them(service: Service) -> None:
    """A verification is announced, in the reader's language; the install that was asked for is not."""
    verify = service.folder / "recipes/hello/verify.sh"
    verify.write_text("#!/bin/sh\necho it is there\n")
    verify.chmod(0o755)
    try:
        written, status = in_terminal(service, "install", "hello", LANG="zh_CN.UTF-8")
    finally:
        verify.unlink()
    assert status == 0
    assert "── 验证" in written
    assert "── 安装" not in written
