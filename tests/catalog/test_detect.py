"""Whether something is installed is asked of the system, with a short memory."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from installcast.catalog import Detected, Detector, Recipe, load_recipe
from tests.catalog.folders import make_recipe


class Clock:
    """Time that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def detectable(root: Path, key: str, script: str) -> Recipe:
    """Return a recipe whose detect script is ``script``."""
    recipe = load_recipe(make_recipe(root, key, detect=f"#!/bin/bash\n{script}\n"))
    assert isinstance(recipe, Recipe)
    return recipe


async def test_answer(tmp_path: Path) -> None:
    """The script's own two lines count, whatever else it prints."""
    script = "echo noise; echo installed=1.2-3; echo candidate=5:1.3~rc1; echo installed=a b; echo $INSTALLCAST_ACTION"
    recipe = detectable(tmp_path, "r", script)
    assert await Detector(tmp_path).detect(recipe) == Detected("1.2-3", "5:1.3~rc1")


async def test_not_installed(tmp_path: Path) -> None:
    """An empty answer, or none, means: not installed. A recipe without a detect script says nothing."""
    detector = Detector(tmp_path)
    assert await detector.detect(detectable(tmp_path, "r", "echo installed=; echo candidate=2")) == Detected(
        None, "2"
    )
    assert await detector.detect(detectable(tmp_path, "s", "true")) == Detected()
    bare = load_recipe(make_recipe(tmp_path, "t"))
    assert isinstance(bare, Recipe)
    assert await detector.detect(bare) == Detected()


async def test_failure_is_told(tmp_path: Path) -> None:
    """A script that fails, or cannot be started, is a problem and no answer."""
    failing = detectable(tmp_path, "r", "echo installed=1; echo first >&2; echo last >&2; exit 3")
    assert await Detector(tmp_path).detect(failing) == Detected(problem="last")
    silent = detectable(tmp_path, "s", "exit 3")
    assert await Detector(tmp_path).detect(silent) == Detected(problem="exit status 3")
    (tmp_path / "u").mkdir()
    gone = detectable(tmp_path, "u/gone", "#")
    gone.scripts["detect"] = type(gone.scripts["detect"])("detect.sh", ("/no/such/shell",))
    assert "/no/such/shell" in str((await Detector(tmp_path).detect(gone)).problem)


async def test_too_slow(tmp_path: Path) -> None:
    """A script that takes too long is killed with all that it has started."""
    recipe = detectable(tmp_path, "r", f"sleep 600 & echo $! >{tmp_path}/pid; echo installed=1; wait")
    detected = await Detector(tmp_path, seconds=0.5).detect(recipe)
    assert "no answer within 0.5 s" in str(detected.problem)
    process = Path("/proc", (tmp_path / "pid").read_text().strip())
    # Killed, it may still wait to be reaped.
    assert not process.exists() or "\nState:\tZ" in (process / "status").read_text()


async def test_too_long(tmp_path: Path) -> None:
    """A script that never stops talking costs no memory."""
    detected = await Detector(tmp_path).detect(detectable(tmp_path, "r", "yes"))
    assert "bytes" in str(detected.problem)


async def test_memory(tmp_path: Path) -> None:
    """An answer counts for its lifetime, until the recipe changes, or until somebody says that it is no longer true."""
    clock = Clock()
    script = f"echo x >>{tmp_path}/asked; echo installed=$(wc -l <{tmp_path}/asked)"
    recipe = detectable(tmp_path, "r", script)
    detector = Detector(tmp_path, lifetime=30, clock=clock)

    async def version() -> str | None:
        return (await detector.detect(recipe)).installed_version

    assert [await version(), await version()] == ["1", "1"]
    clock.now = 30.0
    assert [await version(), await version()] == ["2", "2"]
    detector.invalidate("r")
    assert await version() == "3"
    recipe = Recipe(recipe.document, recipe.folder, recipe.scripts)
    assert await version() == "4"


async def test_asked_once_at_a_time(tmp_path: Path) -> None:
    """Those who ask at the same time share one answer."""
    recipe = detectable(
        tmp_path, "r", f"echo x >>{tmp_path}/asked; echo installed=$(wc -l <{tmp_path}/asked)"
    )
    detector = Detector(tmp_path)
    answers = await asyncio.gather(*(detector.detect(recipe) for _ in range(5)))
    assert set(answers) == {Detected("1")}


async def test_changed_while_asking(tmp_path: Path) -> None:
    """What a script found before a task changed it is not remembered."""
    asked, go = tmp_path / "asked", tmp_path / "go"
    os.mkfifo(asked)
    os.mkfifo(go)
    # Opening a named pipe waits for the other side: each knows where the other one stands.
    recipe = detectable(tmp_path, "r", f"echo asked >{asked}; echo installed=$(<{go})")
    detector = Detector(tmp_path)
    for version in ("1", "2"):
        asking = asyncio.create_task(detector.detect(recipe))
        await asyncio.to_thread(asked.read_text)
        detector.invalidate("r")
        await asyncio.to_thread(go.write_text, version)
        assert await asking == Detected(version)


async def test_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A detect script gets an environment built from nothing, and the helpers do it no harm."""
    script = """
. "$INSTALLCAST_SH"
. "$INSTALLCAST_LIB/debian.sh"
step 1 2
echo "installed=${HOSTILE:-unset}"
echo "candidate=$INSTALLCAST_PREFIX"
"""
    monkeypatch.setenv("HOSTILE", "set")
    detected = await Detector(tmp_path / "software").detect(detectable(tmp_path, "r", script))
    assert detected == Detected("unset", f"{tmp_path}/software/r")


async def test_all_at_once(tmp_path: Path) -> None:
    """Many recipes are asked side by side."""
    recipes = [detectable(tmp_path, f"r{number}", f"echo installed={number}") for number in range(6)]
    answers = await Detector(tmp_path).detect_all(recipes)
    assert {key: answer.installed_version for key, answer in answers.items()} == {
        f"r{n}": str(n) for n in range(6)
    }


async def test_no_longer_than_one_may_wait(tmp_path: Path) -> None:
    """What is not known in time is told as such and asked for in the background; until then the answer before stands."""
    clock, gate = Clock(), tmp_path / "gate"
    os.mkfifo(gate)
    slow = detectable(tmp_path, "slow", f"echo installed=$(<{gate})")
    unaware = load_recipe(make_recipe(tmp_path, "unaware"))
    assert isinstance(unaware, Recipe)
    detector = Detector(tmp_path, lifetime=30, clock=clock)

    async def told(seconds: float = 0) -> Detected:
        return (await detector.detect_within([slow, unaware], seconds))["slow"]

    assert await told() == Detected(is_detecting=True)
    assert await told() == Detected(is_detecting=True)
    await asyncio.to_thread(gate.write_text, "1")
    assert await told(30) == Detected("1")
    assert await told() == Detected("1")
    clock.now = 30
    assert await told() == Detected("1", is_detecting=True)
    await asyncio.to_thread(gate.write_text, "2")
    assert await told(30) == Detected("2")
    detector.invalidate("slow")
    assert await told() == Detected(is_detecting=True)
    await detector.close()
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "detect slow"]
