"""What a real npm writes into its debug log while it runs."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from installcast.parse.reading import Reading
from installcast.runner.npm_log import NpmLogFile
from installcast.runner.tree import Process

from .conftest import StartScript
from .scripts import RunningScript

PATH = f"{Path(sys.executable).parent}:/usr/bin:/bin"


def seen(script: RunningScript, log: NpmLogFile) -> Reading | None:
    return log.look([Process.look_at(pid) for pid in script.tree.chain()])


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package that waits at a gate while it is installed."""
    folder = tmp_path / "package"
    folder.mkdir()
    os.mkfifo(folder / "gate")
    scripts = {"install": f"cat {folder}/gate"}
    (folder / "package.json").write_text(
        json.dumps({"name": "waits", "version": "1.0.0", "scripts": scripts})
    )
    return folder


def test_an_install(start_script: StartScript, package: Path, tmp_path: Path) -> None:
    """The log is found by what npm has open, read from its beginning, and let go of when npm has ended."""
    script = start_script(
        f"echo '{{}}' > package.json\nnpm install --offline --no-audit {package} > /dev/null\ncat gate1\n",
        environment={"PATH": PATH, "HOME": str(tmp_path)},
    )
    log = NpmLogFile()

    def building() -> Reading | None:
        reading = seen(script, log)
        return reading if reading is not None and reading.fraction > 0.8 else None

    reading = script.until(building)
    assert reading.tool == "npm"
    assert "waits@1.0.0" in reading.title
    (package / "gate").write_text("")
    script.waits_at("gate1")
    assert seen(script, log) is None
    log.close()


def test_other_programs(start_script: StartScript, tmp_path: Path) -> None:
    """A program that is no npm has no such log, whatever it has open."""
    folder = tmp_path / "_logs"
    folder.mkdir()
    (folder / "x-debug-0.log").write_text("0 verbose exit 0\n")
    script = start_script(f"cat gate1 5< {folder}/x-debug-0.log\ntrue\n")
    script.waits_at("gate1")
    assert seen(script, NpmLogFile()) is None


def test_an_npm_without_a_log(start_script: StartScript) -> None:
    """One that has not opened its log yet, or keeps none, tells nothing."""
    script = start_script("(exec -a npm cat gate1)\ntrue\n")
    script.until(lambda: script.tree.activity().startswith("npm"))
    assert seen(script, NpmLogFile()) is None
