"""What an install would do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from installcast import Installcast, Settings
from installcast.errors import InstallcastError, RecipeNotFoundError, UnavailableError
from tests.tasks.recipes import Gate, write_recipe

PLAN = """
. "$INSTALLCAST_SH"
echo "+ nginx 1.22"
echo "~ libc6 2.36 → 2.37"
echo "- apache2 2.4"
echo "That is all."
result packages "+ nginx 1.22 …"
result disk "3 MB"
"""


def left_behind(engine: Installcast) -> list[Path]:
    """Return what lies in the folders of plans, tasks and software."""
    settings = engine.settings
    folders = (settings.data_dir / "plans", settings.tasks_dir, settings.software_dir)
    return [path for folder in folders if folder.is_dir() for path in folder.iterdir()]


async def test_what_checks_and_plan_say(engine: Installcast, recipes: Path) -> None:
    """The lines of precheck and plan, the packages that would change, and nothing is left."""
    write_recipe(
        recipes, "web", "touch /nowhere/ran\n", precheck='echo "port ok: $INSTALLCAST_ACTION"\n', plan=PLAN
    )
    answer = await engine.installer.plan({"key": "web"})
    changes = ["+ nginx 1.22", "~ libc6 2.36 → 2.37", "- apache2 2.4"]
    assert answer["ok"] is True
    assert answer["exit_code"] == 0
    assert [message["message"] for message in answer["messages"]] == [
        "port ok: install",
        *changes,
        "That is all.",
    ]
    assert answer["packages"] == changes
    assert answer["results"] == [{"name": "disk", "value": "3 MB", "secret": False}]
    assert left_behind(engine) == []
    assert (await engine.list_tasks())["tasks"] == []


async def test_a_check_that_fails(engine: Installcast, recipes: Path) -> None:
    """It says so, why, and the plan is not asked."""
    check = '. "$INSTALLCAST_SH"\ndie PORT_IN_USE "Choose another port."\n'
    write_recipe(recipes, "web", precheck=check, plan=PLAN, rollback="touch undone\n")
    answer = await engine.installer.plan({"key": "web"})
    assert (answer["ok"], answer["exit_code"], answer["packages"]) == (False, 1, [])
    assert answer["error"]["code"] == "PORT_IN_USE"


async def test_nothing_to_ask(engine: Installcast, recipes: Path) -> None:
    """A recipe without checks has nothing to say against it; a bad request is refused all the same."""
    write_recipe(recipes, "web")
    answer = await engine.installer.plan({"key": "web"})
    assert (answer["ok"], answer["messages"], answer["packages"]) == (True, [], [])
    with pytest.raises(RecipeNotFoundError):
        await engine.installer.plan({"key": "nothing"})
    with pytest.raises(InstallcastError) as caught:
        await engine.installer.plan({"key": "web", "nosuch": "1"})
    assert caught.value.field == "nosuch"


async def test_only_the_plan_names_packages(engine: Installcast, recipes: Path) -> None:
    """What looks like a change in the output of a check is none."""
    write_recipe(recipes, "web", precheck='echo "+ nginx 1.22"\n', plan="echo Nothing would change.\n")
    assert (await engine.installer.plan({"key": "web"}))["packages"] == []


async def test_an_upgrade_is_planned_as_one(engine: Installcast, recipes: Path) -> None:
    """The checks know which action is planned; one that the recipe lacks is refused."""
    write_recipe(recipes, "web", precheck='echo "$INSTALLCAST_ACTION"\n', upgrade="")
    answer = await engine.installer.plan({"key": "web"}, action="upgrade")
    assert [message["message"] for message in answer["messages"]] == ["upgrade"]
    write_recipe(recipes, "bare", precheck="")
    with pytest.raises(InstallcastError, match="upgrade"):
        await engine.installer.plan({"key": "bare"}, action="upgrade")


async def test_secrets_are_masked_and_gone(engine: Installcast, recipes: Path) -> None:
    """A check may use a secret; nobody sees it, and it is not kept."""
    declared = "parameters: [{name: password, secret: true}]\n"
    write_recipe(recipes, "web", declared=declared, precheck='echo "got $PASSWORD"\n')
    answer = await engine.installer.plan({"key": "web", "password": "correct-horse"})
    assert answer["messages"][0]["message"] == "got ***"
    assert "correct-horse" not in str(answer)


GATED_CHECK = 'echo here >"$GATE.told"\nread -r _ <"$GATE"\n'
GATE = 'parameters:\n  - {name: gate, env: GATE, type: string, pattern: "/.*"}\n'


async def test_whoever_leaves_ends_it(engine: Installcast, recipes: Path, gate: Callable[..., Gate]) -> None:
    """A plan that nobody waits for any more is ended, and its folder is gone."""
    opener = gate()
    write_recipe(recipes, "web", declared=GATE, precheck=GATED_CHECK)
    plan = asyncio.ensure_future(engine.installer.plan({"key": "web", "gate": str(opener.path)}))
    await asyncio.to_thread(opener.wait)
    plan.cancel()
    with pytest.raises(asyncio.CancelledError):
        await plan
    assert left_behind(engine) == []


async def test_the_end_of_the_engine_ends_it(
    settings: Callable[..., Settings], recipes: Path, gate: Callable[..., Gate]
) -> None:
    """A plan under way is told as interrupted, not as a result."""
    opener = gate()
    write_recipe(recipes, "web", declared=GATE, precheck=GATED_CHECK)
    async with Installcast(settings()) as engine:
        plan = asyncio.ensure_future(engine.installer.plan({"key": "web", "gate": str(opener.path)}))
        await asyncio.to_thread(opener.wait)
    with pytest.raises(UnavailableError):
        await plan
    assert left_behind(engine) == []
