"""What is seen of a running script from outside, and how often it is looked at."""

from __future__ import annotations

import os
import random
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from installcast.parse.observation import Observation
from installcast.parse.reading import Reading
from installcast.runner.apt_status import STATUS_VARIABLE
from installcast.runner.channels import LONGEST_PAUSE, SHORTEST_PAUSE, Channels, Pace
from installcast.runner.tree import ProcessTree

from .conftest import MakeTask, StartScript
from .scripts import RunningScript

PATH = "/usr/local/bin:/usr/bin:/bin"


Watch = Callable[[RunningScript], Channels]


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Make the channels of a script that has been started."""
    made: list[Channels] = []

    def make(script: RunningScript) -> Channels:
        made.append(Channels(script.tree))
        made[-1].prepare(["bash", str(script.path)], {"PATH": PATH})
        return made[-1]

    yield make
    for channels in made:
        channels.end()


def test_where_it_stands_and_what_it_runs(start_script: StartScript, watch: Watch) -> None:
    """The position, and the commands from the script's child down to the innermost one, without copies of the shell."""
    script = start_script("echo one\n(env A=1 bash -c 'cat gate1; true' sh)\ntrue\n")
    channels = watch(script)
    script.waits_at("gate1")
    seen = channels.look()
    assert seen.offset == script.end_of("(env A=1 bash -c 'cat gate1; true' sh)")
    assert seen.commands == (("bash", "-c", "cat gate1; true", "sh"), ("cat", "gate1"))
    assert seen.readings == ()
    assert channels.script_text == script.text


def test_how_far_a_tool_is(start_script: StartScript, watch: Watch, tmp_path: Path) -> None:
    """A reader of a big file tells how far it is."""
    big = tmp_path / "big"
    big.write_bytes(random.Random(1).randbytes(2_000_000))
    script = start_script(f"dd if={big} of=gate1 status=none\ntrue\n")
    channels = watch(script)
    gate = os.open(script.path.parent / "gate1", os.O_RDONLY)
    os.read(gate, 65_536)
    (reading,) = script.until(lambda: channels.look().readings)
    assert (reading.tool, reading.title) == ("dd", "Reading big")
    os.close(gate)


def test_a_program_with_a_title(start_script: StartScript, watch: Watch) -> None:
    """A program that has put a title in place of its arguments is taken for a command of these words."""
    script = start_script("(exec -a 'npm install left-pad' bash -c 'read x < gate1')\ntrue\n")
    channels = watch(script)
    script.until(lambda: "npm" in script.tree.activity())
    # bash has arguments beside its name; npm has none any more.
    assert channels.look().commands[0][0] == "npm install left-pad"


def test_a_command_that_is_no_script(start_script: StartScript) -> None:
    """Without a script there is no position, but what runs is seen."""
    script = start_script("", "bash", "-c", "cat gate1; true")
    channels = Channels(script.tree)
    channels.prepare(["bash", "-c", "cat gate1; true"], {"PATH": PATH})
    script.waits_at("gate1")
    assert channels.look() == Observation(None, (("cat", "gate1"),))
    assert channels.script_text is None
    channels.end()


def test_nothing_runs() -> None:
    """Before the first script and after the last there is nothing to see."""
    channels = Channels(ProcessTree())
    assert channels.look() == Observation()
    channels.prepare(["true"], {})
    assert channels.look() == Observation()
    channels.end()


def test_a_script_that_is_over(start_script: StartScript, watch: Watch) -> None:
    """A look that comes too late sees nothing, and does no harm."""
    script = start_script("true\n")
    channels = watch(script)
    script.process.wait()
    assert channels.look().commands == ()


# --- what a script is given -------------------------------------------------------------------------------------------


def test_the_environment(package: Path, real: Path) -> None:
    """The path to the stand-ins and the file for apt's status come together or not at all."""
    channels = Channels(ProcessTree())
    given = channels.prepare(["true"], {"PATH": str(real), "A": "1"})
    assert given.pop(STATUS_VARIABLE).startswith(f"/proc/{os.getpid()}/fd/")
    assert given == {"PATH": f"{package}:{real}", "A": "1"}
    assert channels.prepare(["true"], {"PATH": "/nowhere"}) == {"PATH": "/nowhere"}
    assert channels.prepare(["true"], {"A": "1"}) == {"A": "1"}
    channels.end()


def test_a_kernel_without_files_in_memory(package: Path, real: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there can be no such file, the environment stays as it is."""

    def refuse(name: str) -> int:
        raise OSError(38, name)

    monkeypatch.setattr(os, "memfd_create", refuse)
    channels = Channels(ProcessTree())
    assert channels.prepare(["true"], {"PATH": str(real)}) == {"PATH": str(real)}
    channels.end()


def test_descriptors_are_given_back(start_script: StartScript) -> None:
    """Script after script, nothing stays open."""
    before = len(list(Path("/proc/self/fd").iterdir()))
    channels = Channels(ProcessTree())
    for _ in range(3):
        channels.prepare(["true"], {"PATH": PATH})
    channels.end()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


# --- how often --------------------------------------------------------------------------------------------------------

MAKE = Observation(10, (("make",),))


def test_often_while_something_changes() -> None:
    """As long as each look shows something new, the next one comes soon."""
    pace = Pace()
    for second in range(20):
        assert pace.pause(Observation(second), float(second), 0.0) == SHORTEST_PAUSE


def test_seldom_while_nothing_does() -> None:
    """The longer nothing has changed, the longer the pause, up to a second; a change makes it short again."""
    pace = Pace()
    pauses = [pace.pause(MAKE, float(second), 0.0) for second in range(20)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[4], pauses[-1]) == (SHORTEST_PAUSE, 0.5, LONGEST_PAUSE)
    reading = MAKE._replace(readings=(Reading("tar", 0.5),))
    assert pace.pause(reading, 20.0, 0.0) == SHORTEST_PAUSE


def test_never_for_more_than_a_share_of_a_processor() -> None:
    """A look that takes long is followed by a pause that makes it cheap."""
    assert Pace().pause(MAKE, 0.0, 0.01) == pytest.approx(1.25)


# --- in a real runner -------------------------------------------------------------------------------------------------


def test_a_script_that_prints_nothing_moves(make_task: MakeTask, tmp_path: Path) -> None:
    """While a silent script unpacks a file, its progress rises with what was read, and its step is the command."""
    (tmp_path / "data").write_bytes(random.Random(1).randbytes(8_000_000))
    with tarfile.open(tmp_path / "software.tar", "w") as archive:
        archive.add(tmp_path / "data", "data")
    os.mkfifo(tmp_path / "gate")
    task = make_task(install=f"tar -xOf {tmp_path}/software.tar > {tmp_path}/gate\ntrue\n")
    task.start()

    def reached(progress: int) -> dict[str, Any]:
        seen: dict[str, Any] = task.wait_for(
            lambda: task.live().get("progress", 0) > progress and task.live(), "live.json"
        )
        return seen

    with (tmp_path / "gate").open("rb") as gate:
        gate.read(1_000_000)
        first = reached(1)
        assert "software.tar" in first["step"]
        gate.read(6_000_000)
        assert reached(75)["progress_basis"] == "tool"
        gate.read()
    assert task.wait().status == "succeeded"
