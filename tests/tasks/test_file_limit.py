"""The limit on open files: raised for the service, given back to what it starts, and no reason for a start to fail."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import uvloop

from installcast.catalog import Catalog
from installcast.runner.outcome import read_exit
from installcast.settings import Settings
from installcast.tasks.file_limit import with_file_limit
from installcast.tasks.folder import Order, prepare
from installcast.tasks.launcher import launch
from installcast.tasks.processes import runner_end
from tests.descriptors import no_descriptors
from tests.tasks.recipes import write_recipe

SOFT, HARD = 600, 3000


def run_with(limits: tuple[int, int], argv: list[str]) -> str:
    return subprocess.run(
        ["prlimit", f"--nofile={limits[0]}:{limits[1]}", *argv], check=True, capture_output=True, text=True
    ).stdout.strip()


def test_the_limit_is_raised_to_the_hard_one() -> None:
    """What it was before is returned, so that it can be given back."""
    code = (
        "import resource; from installcast.tasks.file_limit import raise_file_limit as r;"
        "print(r(), r(), resource.getrlimit(resource.RLIMIT_NOFILE))"
    )
    assert run_with((SOFT, HARD), [sys.executable, "-c", code]) == f"{SOFT} {HARD} ({HARD}, {HARD})"


@pytest.mark.parametrize(("soft", "seen"), [(None, str(HARD)), (SOFT, str(SOFT))])
def test_a_command_gets_the_limit(soft: int | None, seen: str) -> None:
    """The soft limit alone is set, and arguments arrive as they are."""
    argv = with_file_limit(["sh", "-c", 'echo "$(ulimit -S -n) $1"', "sh", "a 'b' $c"], soft)
    assert run_with((HARD, HARD), argv) == f"{seen} a 'b' $c"


@pytest.mark.parametrize(
    "loop_factory", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"]
)
@pytest.mark.parametrize("left", [0, 3])
def test_a_start_waits_until_there_are_descriptors(
    left: int,
    loop_factory: Callable[[], asyncio.AbstractEventLoop],
    tmp_path: Path,
    recipes: Path,
    settings: Callable[..., Settings],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Hardly a descriptor is left when a runner is to start: nothing fails, the log says so once, and it starts when it can."""
    write_recipe(recipes, "web")
    recipe = Catalog([recipes], builtin=None).get("web")
    folder = tmp_path / "data" / "tasks" / "web-1-x"
    folder.parent.mkdir(parents=True)
    order = Order(recipe, "install", recipe.check(None, {}))
    prepare(folder, order, settings(), secrets_file=None, results_file=None)

    async def start_in_a_shortage() -> None:
        with no_descriptors(left):
            start = asyncio.create_task(launch(folder, "session"))
            while not caplog.records:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0)
            assert not start.done()
        await start
        await runner_end(folder)

    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(start_in_a_shortage())
    outcome = read_exit(folder)
    assert outcome is not None
    assert outcome.status == "succeeded"
    (told,) = caplog.records
    assert told.getMessage().startswith("web-1-x waits for its start: ")
