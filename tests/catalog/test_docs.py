"""The page for authors of recipes tells everything that a recipe may say, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from installcast.catalog import Catalog
from installcast.catalog.parameters import PLAIN_STRING, Parameter
from installcast.catalog.recipe import ACTIONS, RecipeDocument
from installcast.catalog.variables import refusal
from installcast.runner.environment import script_environment

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ["recipes.md", "recipes.zh.md"]


def first_cells(page: str) -> list[str]:
    """Return the words in code style that stand in the first column of the page's tables, in order."""
    cells = re.findall(r"^\| ((?:`[^`|]+` ?)+)\|", (DOCS / page).read_text(), re.MULTILINE)
    return [word for cell in cells for word in re.findall(r"`([^`]+)`", cell)]


@pytest.mark.parametrize("page", PAGES)
def test_keys_actions_and_recipes(page: str) -> None:
    """Every key of the format, every action and every built-in recipe has its row."""
    documented = set(first_cells(page))
    assert documented >= set(RecipeDocument.model_fields)
    assert documented >= set(Parameter.model_fields)
    assert documented >= set(ACTIONS)
    assert documented >= {recipe.key for recipe in Catalog(())}


@pytest.mark.parametrize("page", PAGES)
def test_variables(page: str) -> None:
    """What a script gets to know by its environment is documented."""
    environment = script_environment(Path("/"), task_id="", key="", software_version="", action="")
    assert set(first_cells(page)) >= {name for name in environment if name.startswith("INSTALLCAST_")}


@pytest.mark.parametrize("page", PAGES)
def test_parameters_of_recipes(page: str) -> None:
    """The parameters that an install takes stand beside their recipe."""
    rows = dict(re.findall(r"^\| `([a-z]+)` \| (.*?) \|", (DOCS / page).read_text(), re.MULTILINE))
    for recipe in Catalog(()):
        names = [parameter["name"] for parameter in recipe.describe()["parameters"]]
        assert re.findall(r"`([a-z0-9]+)`", rows[recipe.key]) == names


@pytest.mark.parametrize("page", PAGES)
def test_plain_strings(page: str) -> None:
    """The characters that a plain string may hold are those of the code."""
    text = (DOCS / page).read_text()
    shown = re.search(r"`_ ([^`]+)`", text)
    assert shown
    assert re.fullmatch(PLAIN_STRING, shown[0].strip("`"))
    assert set(shown[1].split()) == set(".,:/@%+=~^-")


@pytest.mark.parametrize("page", PAGES)
def test_refused_variables(page: str) -> None:
    """Every name that the page calls refused is refused."""
    line = next(line for line in (DOCS / page).read_text().splitlines() if "`LD_*`" in line)
    names = [name.replace("*", "X") for name in re.findall(r"`([A-Z_*]+)`", line)]
    assert "PATH" in names
    assert all(refusal(name) for name in names)
