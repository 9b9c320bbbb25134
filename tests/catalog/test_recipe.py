"""A request, checked against its recipe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installcast.catalog import BrokenRecipe, Recipe, load_recipe
from installcast.catalog.recipe import matches
from installcast.errors import (
    InvalidInputError,
    InvalidParameterError,
    RootRequiredError,
    UnknownParameterError,
    UnknownVersionError,
    UnsupportedActionError,
    UnsupportedPlatformError,
)
from tests.catalog.folders import SCRIPT, make_recipe

DOCUMENT = """\
key: r
name: {en: Thing, zh: 东西}
versions: [distro, "1.*"]
platforms: [debian, rhel]
requires_root: true
parameters:
  - {name: port, env: PORT, type: integer, minimum: 1, maximum: 65535, default: 80, actions: [install]}
  - {name: user, env: DB_USER, required: true}
  - {name: note}
  - {name: empty, default: ""}
  - {name: pwd, env: DB_PASSWORD, secret: true}
  - {name: purge, type: boolean, default: false, actions: [uninstall]}
steps:
  install: [{title: A}]
  install 1.*: [{title: B}, {title: C}]
  uninstall: [{title: D}]
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    loaded = load_recipe(make_recipe(tmp_path, "r", DOCUMENT, upgrade=SCRIPT, uninstall=SCRIPT))
    assert isinstance(loaded, Recipe)
    return loaded


def test_request(recipe: Recipe) -> None:
    """What was given and the defaults become variables; secrets stand apart; what was not given appears nowhere."""
    checked = recipe.check("1.20.2", {"user": "alice", "pwd": "correct horse", "port": "8080"})
    assert checked.version == "1.20.2"
    assert checked.environment == {"PORT": "8080", "DB_USER": "alice", "EMPTY": ""}
    assert checked.secret_environment == {"DB_PASSWORD": "correct horse"}
    assert checked.public_parameters == {"port": "8080", "user": "alice", "empty": ""}


@pytest.mark.parametrize("nothing", [None, ""])
def test_empty_fields(recipe: Recipe, nothing: Any) -> None:
    """A form sends its empty fields: they count as not given."""
    checked = recipe.check(nothing, {"user": "alice", "port": nothing, "pwd": nothing, "note": nothing})
    assert checked.version == "distro"
    assert checked.public_parameters == {"port": "80", "user": "alice", "empty": ""}
    assert checked.secret_environment == {}
    with pytest.raises(InvalidParameterError, match="user: is required"):
        recipe.check(None, {"user": nothing})


def test_unknown_parameter(recipe: Recipe) -> None:
    """A parameter that is not declared is refused by its name, and the declared ones are told."""
    with pytest.raises(UnknownParameterError) as caught:
        recipe.check(None, {"user": "a", "colour": ""})
    assert caught.value.field == "colour"
    assert "port, user, note" in str(caught.value)


def test_actions_of_parameters(recipe: Recipe) -> None:
    """A parameter counts for its own actions; an uninstall requires none."""
    assert recipe.check(None, {}, "uninstall").public_parameters == {"empty": "", "purge": "false"}
    assert "port" not in recipe.check(None, {"user": "a"}, "upgrade").public_parameters
    with pytest.raises(InvalidParameterError, match="port: has no meaning for upgrade"):
        recipe.check(None, {"user": "a", "port": 81}, "upgrade")
    with pytest.raises(InvalidParameterError, match="purge: has no meaning for install"):
        recipe.check(None, {"user": "a", "purge": "true"})


@pytest.mark.parametrize(
    "version", ["2.0", "1", "distro ", "DISTRO", "1.*", "1.0;x", "1." + "0" * 60, "../1.0", "1.0\n", 1]
)
def test_unknown_version(recipe: Recipe, version: Any) -> None:
    """A version that is not offered, or could not be one, is refused."""
    with pytest.raises(UnknownVersionError) as caught:
        recipe.check(version, {"user": "a"})
    assert caught.value.field == "version"
    assert "distro, 1.*" in str(caught.value)
    assert isinstance(caught.value, InvalidInputError)


def test_pattern_without_default(tmp_path: Path) -> None:
    """Where the first version is a pattern, somebody has to say which one."""
    recipe = load_recipe(make_recipe(tmp_path, "r", "key: r\nversions: ['3.*']\n"))
    assert isinstance(recipe, Recipe)
    with pytest.raises(UnknownVersionError):
        recipe.check(None, {})
    assert recipe.check("3.1", {}).version == "3.1"


@given(st.text("12.+*ab", max_size=6))
def test_patterns_are_plain(version: str) -> None:
    """Only the star means something in a pattern."""
    assert matches(version, "1.*") == version.startswith("1.")
    assert matches(version, "1.2") == (version == "1.2")


def test_unsupported_action(recipe: Recipe) -> None:
    """An action without a script is refused."""
    with pytest.raises(UnsupportedActionError, match="no verify"):
        recipe.check(None, {}, "verify")


def test_platform(recipe: Recipe) -> None:
    """ID and ID_LIKE of os-release count; a recipe that needs root says so to anybody else."""
    recipe.check_platform({"ID": "debian"}, 0)
    recipe.check_platform({"ID": "linuxmint", "ID_LIKE": "ubuntu debian"}, 0)
    with pytest.raises(UnsupportedPlatformError, match=r"made for debian, rhel; this system is Alpine Linux"):
        recipe.check_platform({"ID": "alpine", "PRETTY_NAME": "Alpine Linux"}, 0)
    with pytest.raises(RootRequiredError):
        recipe.check_platform({"ID": "debian"}, 1000)


def test_steps(recipe: Recipe) -> None:
    """Steps are those of the action and version; an upgrade takes those of the install."""
    titles = {
        (action, version): [step.title_in("zh") for step in recipe.steps_for(action, version)]
        for action in ("install", "upgrade", "uninstall", "verify")
        for version in ("distro", "1.2")
    }
    assert titles == {
        ("install", "distro"): ["A"],
        ("install", "1.2"): ["B", "C"],
        ("upgrade", "distro"): ["A"],
        ("upgrade", "1.2"): ["B", "C"],
        ("uninstall", "distro"): ["D"],
        ("uninstall", "1.2"): ["D"],
        ("verify", "distro"): [],
        ("verify", "1.2"): [],
    }


def test_description(recipe: Recipe) -> None:
    """A recipe is described in the reader's language, a broken one with the same keys and the reason."""
    described = recipe.describe("zh")
    assert described["name"] == "东西"
    assert described["actions"] == ["install", "upgrade", "uninstall"]
    assert [parameter["name"] for parameter in described["parameters"]] == [
        "port",
        "user",
        "note",
        "empty",
        "pwd",
    ]
    assert described["broken"] is None
    broken = BrokenRecipe("b", recipe.folder, ()).describe("zh")
    assert broken.keys() == described.keys()
