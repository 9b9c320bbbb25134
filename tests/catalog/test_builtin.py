"""The recipes that come with Installcast are read without a fault, and speak both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from installcast.catalog import BUILTIN_RECIPES, SHELL_LIBRARY, Catalog, Recipe

KEYS = ["httpie", "mariadb", "memcached", "nginx", "nodejs", "php", "postgresql", "redis"]


def test_all_are_there() -> None:
    """The catalog holds what is promised, and all of it works."""
    recipes = list(Catalog())
    assert [recipe.key for recipe in recipes] == KEYS
    assert [recipe.describe()["broken"] for recipe in recipes] == [None] * len(KEYS)


@pytest.mark.parametrize("key", KEYS)
def test_actions(key: str) -> None:
    """Each can do everything, and tells the system's root only where it has to."""
    recipe = Catalog().get(key)
    assert set(recipe.scripts) == {
        *("precheck", "install", "verify", "upgrade", "rollback", "uninstall", "detect", "plan")
    }
    assert recipe.requires_root == (key != "httpie")
    assert recipe.locks == (("dpkg",) if recipe.requires_root else ())


@pytest.mark.parametrize("key", KEYS)
def test_both_languages(key: str) -> None:
    """Every text of a recipe is there in English and in Chinese."""
    document = Catalog().get(key).document
    texts = [document.name, document.summary]
    texts += [step.title for steps in document.steps.values() for step in steps]
    texts += [parameter.title for parameter in document.parameters]
    texts += [parameter.help for parameter in document.parameters if parameter.help]
    assert all(set(text) == {"en", "zh"} and all(text.values()) for text in texts)


@pytest.mark.parametrize("key", KEYS)
def test_announced_steps(key: str) -> None:
    """The steps that a script announces are those that the recipe declares: their titles stand there only."""
    recipe = Catalog().get(key)
    totals = {len(steps) for steps in recipe.document.steps.values()}
    for script in recipe.folder.glob("*.sh"):
        for current, total in re.findall(r"^ *step (\d+) (\d+)(?: |$)", script.read_text(), re.MULTILINE):
            assert int(total) in totals, script
            assert int(current) <= int(total), script


@pytest.mark.parametrize("path", [*BUILTIN_RECIPES.glob("*/*.sh"), *SHELL_LIBRARY.glob("*.sh")], ids=str)
def test_script_habits(path: Path) -> None:
    """A script stops at the first failure; no pipe feeds a reader that leaves early, which would be such a failure."""
    text = path.read_text()
    sourced = text.startswith("# shellcheck shell=bash")
    assert sourced or "\nset -euo pipefail\n" in text
    assert sourced != bool(path.stat().st_mode & 0o100)
    assert not re.search(r"\| *(grep -\w*q|head)\b", text)


def test_parameters_reach_their_action() -> None:
    """A port is a matter of the install, purging one of the uninstall."""
    recipe = Catalog().get("nginx")
    assert isinstance(recipe, Recipe)
    described = recipe.describe("zh")
    assert [parameter["name"] for parameter in described["parameters"]] == [
        "port",
        "mirror",
        "tarball",
        "sha256",
    ]
    assert [parameter["name"] for parameter in described["action_parameters"]["uninstall"]] == ["purge"]
    assert described["parameters"][0]["title"] == "端口"
    assert recipe.steps_for("install", "distro") != recipe.steps_for("install", "1.20.2")
    assert recipe.steps_for("upgrade", "1.20.2") == recipe.steps_for("install", "1.20.2")


def test_people_learn_what_it_is_and_what_an_uninstall_keeps() -> None:
    """Every recipe says so in both languages, and what `purge` deletes as the script does it."""
    for recipe in Catalog():
        assert isinstance(recipe, Recipe)
        texts = [*recipe.document.tags, *(kept.text for kept in recipe.document.keeps)]
        assert recipe.document.tags
        assert recipe.document.keeps
        assert all(set(text) == {"en", "zh"} for text in texts), recipe.key
    postgresql = Catalog().get("postgresql").describe("zh")
    assert postgresql["tags"] == ["数据库"]
    assert postgresql["keeps"][0] == {"text": "/var/lib/postgresql 中的数据库", "unless": "purge"}
