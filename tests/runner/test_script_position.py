"""Where in its script a shell stands: told by the kernel, believed only where it can be right."""

from __future__ import annotations

import subprocess

import pytest

from installcast.runner.script_file import find_script
from installcast.runner.script_position import ScriptPosition

from .conftest import StartScript
from .scripts import RunningScript

PATH = "/usr/bin:/bin"

_LONG = "# a comment that fills the script, so that it does not fit into one block\n" * 300


def position_of(script: RunningScript) -> ScriptPosition:
    found = find_script(["bash", str(script.path)], PATH)
    assert found is not None
    return ScriptPosition(found)


def test_the_end_of_the_command_that_runs(start_script: StartScript) -> None:
    """Command after command, the position is the end of the last line of the one under way."""
    script = start_script("echo one\ncat gate1\ncat \\\n  gate2\n(cd / && true; cd - && cat gate3)\n" + _LONG)
    position = position_of(script)
    assert position.offset(script.waits_at("gate1")) == script.end_of("cat gate1")
    script.open("gate1")
    assert position.offset(script.waits_at("gate2")) == script.end_of("  gate2")
    script.open("gate2")
    chain = script.waits_at("gate3")
    assert position.offset(chain) == script.end_of("(cd / && true; cd - && cat gate3)")
    assert position.shell(chain) == script.process.pid


@pytest.mark.parametrize(
    "command",
    [("env", "bash"), ("nice", "bash"), ("timeout", "60", "bash"), ("bash", "-c", 'bash "$0"; true')],
)
def test_a_shell_behind_other_programs(start_script: StartScript, command: tuple[str, ...]) -> None:
    """The shell that has the script open is looked for, not the process that was started."""
    script = start_script("cat gate1\ntrue\n", *command)
    assert position_of(script).offset(script.waits_at("gate1")) == script.end_of("cat gate1")


def test_a_small_limit_on_open_files(start_script: StartScript) -> None:
    """Where bash has another number for its script, that is found."""
    script = start_script("cat gate1\ntrue\n", "bash", "-c", 'ulimit -n 40; exec bash "$0"')
    assert position_of(script).offset(script.waits_at("gate1")) == script.end_of("cat gate1")


def test_the_end_of_the_file_says_nothing(start_script: StartScript) -> None:
    """There stands the last command, and every function that it calls."""
    script = start_script('main() {\n  cat gate1\n  cat gate2\n}\nmain "$@"\n')
    assert position_of(script).offset(script.waits_at("gate1")) is None


def test_a_shell_that_has_read_ahead(start_script: StartScript) -> None:
    """A command of the shell's own, beside a child in the background, has moved on in the file: that is no position."""
    script = start_script("exec 4<>gate2\ncat gate1 &\necho > reached\nread line <&4\n" + _LONG)
    position = position_of(script)
    chain = script.waits_at("gate1")
    script.until((script.path.parent / "reached").exists)
    # It may still be on its way from the one line to the next.
    script.until(lambda: position.offset(chain) is None)


def test_without_a_child(start_script: StartScript) -> None:
    """A shell that runs nothing but itself reads, or has read, as far as it likes."""
    script = start_script("exec 4<>gate1\necho > reached\nread line <&4\n" + _LONG)
    script.until((script.path.parent / "reached").exists)
    assert position_of(script).offset([script.process.pid]) is None


def test_another_shell(start_script: StartScript) -> None:
    """dash reads eight kilobytes ahead and leaves it at that."""
    script = start_script("cat gate1\n" + _LONG, "dash")
    assert position_of(script).offset(script.waits_at("gate1")) is None


def test_another_script(start_script: StartScript) -> None:
    """A shell that runs something else has nothing to say about this one."""
    one, other = start_script("cat gate1\ntrue\n"), start_script("cat gate2\ntrue\n")
    position = position_of(one)
    assert position.offset(other.waits_at("gate2")) is None
    assert position.offset(one.waits_at("gate1")) is not None


def test_a_script_that_is_over() -> None:
    """Processes that have ended are nothing to look at."""
    ended = subprocess.Popen(["true"])
    ended.wait()
    found = find_script(["bash", __file__], PATH)
    assert found is not None
    assert ScriptPosition(found).offset([ended.pid]) is None
