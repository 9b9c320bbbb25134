"""How far programs are that read one big file: real ones, held up half-way by a pipe that is read by and by."""

from __future__ import annotations

import gzip
import os
import random
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from subprocess import PIPE

import pytest

from installcast.parse.reading import Reading
from installcast.runner.file_readers import FileReaders
from installcast.runner.tree import Process

from .conftest import StartScript
from .scripts import RunningScript

MIB = 1_048_576
SIZE = 4 * MIB

Files = Callable[[str], Path]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """Archives of four megabytes that cannot be packed any tighter."""
    folder = tmp_path_factory.mktemp("files")
    data = random.Random(1).randbytes(SIZE)
    (folder / "data.bin").write_bytes(data)
    with gzip.open(folder / "data.gz", "wb", compresslevel=1) as file:
        file.write(data)
    for name, mode in (("data.tar", "w"), ("data.tar.gz", "w:gz")):
        with tarfile.open(folder / name, mode) as archive:  # type: ignore[call-overload]
            archive.add(folder / "data.bin", "data.bin")
    return lambda name: folder / name


def half_read(script: RunningScript, *, locale: str = "en") -> Reading:
    """Take half of what comes through the gate, and return what is then seen of who has read it."""
    readers = FileReaders(locale)
    with (script.path.parent / "gate1").open("rb", buffering=0) as gate:
        taken = 0
        while taken < SIZE // 2:
            taken += len(gate.read(min(65_536, SIZE // 2 - taken)))
        own = Process.look_at(script.process.pid)

        def settled() -> Reading | None:
            reading = readers.look(own)
            # What it has read beyond what was taken is in pipes and buffers.
            return reading if reading is not None and reading.fraction >= 0.5 else None

        return script.until(settled)


@pytest.mark.parametrize(
    ("command", "tool", "title"),
    [
        ("gzip -dc {}/data.gz > gate1", "gzip", "Unpacking data.gz"),
        ("gzip -dc < {}/data.gz > gate1", "gzip", "Unpacking data.gz"),
        ("tar -xOf {}/data.tar > gate1", "tar", "Unpacking data.tar"),
        ("tar xzOf {}/data.tar.gz > gate1", "tar", "Unpacking data.tar.gz"),
        ("cd {}; gzip -dc data.tar.gz | tar xO > $OLDPWD/gate1", "gzip", "Unpacking data.tar.gz"),
        ("dd if={}/data.bin of=gate1 status=none", "dd", "Reading data.bin"),
        ("cp {}/data.bin gate1", "cp", "Copying data.bin"),
        ("(cat {}/data.bin) > gate1", "cat", "Reading data.bin"),
        ("env A=1 nice bash -c 'cat {}/data.bin > gate1; true'", "cat", "Reading data.bin"),
    ],
)
def test_half_of_a_file(start_script: StartScript, files: Files, command: str, tool: str, title: str) -> None:
    """What the kernel says of position and size is how far it is; its decompressor reads for tar."""
    script = start_script(command.format(files("")) + "\ntrue\n")
    reading = half_read(script)
    assert (reading.tool, reading.title) == (tool, title)
    assert 0.5 <= reading.fraction < 0.65


def test_the_command_itself(start_script: StartScript, files: Files) -> None:
    """Where there is no script, the program that was started is the one that reads."""
    script = start_script("", "bash", "-c", f"exec cat {files('data.bin')} > gate1 #")
    assert half_read(script).tool == "cat"


def test_titles_in_chinese(start_script: StartScript, files: Files) -> None:
    """Titles are for people, in their language."""
    script = start_script(f"gzip -dc {files('data.gz')} > gate1\ntrue\n")
    assert half_read(script, locale="zh").title == "解压 data.gz"


@pytest.mark.parametrize(
    "command",
    [
        "cat {0}/data.bin {0}/data.gz > gate1",  # the first of several
        "while true; do cat gate2; break; done < {0}/data.bin",  # somebody else's input
        "make -s -f - <<< 'all: ; @cat {0}/data.bin > gate1'",  # a part of a larger work
        "perl -pe 1 {0}/data.bin > gate1",  # not known to read to the end
        "tail -c +1 -f {0}/data.bin > gate1",
    ],
)
def test_what_is_not_the_whole_work(start_script: StartScript, files: Files, command: str) -> None:
    """A fraction of one file that is not the fraction of the work is not told."""
    script = start_script(command.format(files("")) + "\ntrue\n")
    readers = FileReaders()
    if "gate2" in command:
        script.waits_at("gate2")
    else:
        gate = os.open(script.path.parent / "gate1", os.O_RDONLY)
        assert len(os.read(gate, 65_536)) > 0
    own = Process.look_at(script.process.pid)
    assert [readers.look(own) for _ in range(3)] == [None] * 3


def test_two_side_by_side(start_script: StartScript, files: Files) -> None:
    """Of two readers one is told of, and stays the one: in turns they would look like one that begins again and again."""
    both = f"cat {files('data.bin')} > gate1 &\ngzip -dc {files('data.gz')} > gate2\n"
    script = start_script(both + "true\n")
    gates = [os.open(script.path.parent / gate, os.O_RDONLY) for gate in ("gate1", "gate2")]
    for gate in gates:
        os.read(gate, 65_536)
    readers, own = FileReaders(), Process.look_at(script.process.pid)
    first = script.until(lambda: readers.look(own))
    assert {reading.tool for _ in range(5) if (reading := readers.look(own))} == {first.tool}
    for gate in gates:
        os.close(gate)


_SEEKS = (
    "import sys; f = open(sys.argv[1], 'rb', 0)\nfor line in sys.stdin: f.seek(int(line)); print(flush=True)"
)


def test_a_reader_that_looks_at_the_end(files: Files) -> None:
    """Who leaps to the end of a file for a moment has not read it: the lower one of two looks counts."""
    command = ["unzip", "-c", _SEEKS, str(files("data.bin"))]
    child = subprocess.Popen(command, executable=sys.executable, stdin=PIPE, stdout=PIPE, text=True)
    readers, own, fractions = FileReaders(), Process(os.getpid(), ("pytest",)), []
    with child:
        assert child.stdin
        assert child.stdout
        for position in (SIZE // 4, SIZE, SIZE // 4, SIZE // 2, SIZE // 2):
            child.stdin.write(f"{position}\n")
            child.stdin.flush()
            child.stdout.readline()
            reading = readers.look(own)
            fractions.append(reading and reading.fraction)
    assert fractions == [None, 0.25, 0.25, 0.25, 0.5]
