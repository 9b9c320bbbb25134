"""Files that tell how a recipe's runs go: their form, and what a recipe ships."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from installcast.catalog import Recipe, load_recipe
from installcast.catalog.timelines import (
    MAX_FILE_BYTES,
    MAX_RUNS,
    RecordedRuns,
    Run,
    digest_scripts,
    file_name,
    parse_name,
    read_runs,
)
from installcast.parse.timeline import Timeline
from tests.catalog.folders import make_recipe

DOCUMENT = 'key: web\nversions: [distro, "1.*"]\n'


def recorded(*seconds: float, version: str = "distro", key: str = "web") -> RecordedRuns:
    runs = tuple(Run(Timeline(second, ()), "2026-01-02T03:04:05.000000Z", "m", "s") for second in seconds)
    return RecordedRuns(key, version, "install", runs)


def ship(folder: Path, name: str, content: bytes) -> None:
    (folder / "timelines").mkdir(exist_ok=True)
    (folder / "timelines" / name).write_bytes(content)


def working(folder: Path) -> Recipe:
    recipe = load_recipe(folder)
    assert isinstance(recipe, Recipe), recipe.reason
    return recipe


@pytest.mark.parametrize("version", ["distro", "1.20.2", "2.0-rc1-install", "1~beta+2", "install"])
def test_names(version: str) -> None:
    """Version and action are found again in a file's name, whatever a version looks like."""
    for action in ("install", "upgrade", "uninstall"):
        assert parse_name(file_name(version, action)) == (version, action)


@pytest.mark.parametrize(
    "name",
    ["", "x", "distro-install", "distro.json", "-install.json", "distro-verify.json", ".x-install.json"],
)
def test_other_names(name: str) -> None:
    """What is none of these is none."""
    assert parse_name(name) is None


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """Every field survives."""
    path = tmp_path / "distro-install.json"
    path.write_bytes(recorded(5.5, 3.25).encode())
    assert read_runs(path) == recorded(5.5, 3.25)


def test_more_runs_than_are_kept_are_passed_over(tmp_path: Path) -> None:
    """The newest count."""
    path = tmp_path / "distro-install.json"
    path.write_bytes(recorded(*map(float, range(4, 10))).encode())
    assert [run.timeline.duration for run in read_runs(path).runs] == [4, 5, 6][:MAX_RUNS]


GOOD: dict[str, Any] = recorded(5.0).to_dict()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{",
        "[" * 40_000,
        json.dumps(GOOD | {"format": 2}),
        json.dumps(GOOD | {"version": "1.0"}),
        json.dumps(GOOD | {"action": "upgrade"}),
        json.dumps(GOOD | {"key": 1}),
        json.dumps(GOOD | {"runs": []}),
        json.dumps(GOOD | {"runs": {}}),
        json.dumps(GOOD | {"runs": [1]}),
        json.dumps(GOOD | {"runs": [GOOD["runs"][0] | {"machine": "x" * 100}]}),
        json.dumps(GOOD | {"runs": [GOOD["runs"][0] | {"recorded_at": None}]}),
        json.dumps(GOOD | {"runs": [GOOD["runs"][0] | {"timeline": {}}]}),
        " " * (MAX_FILE_BYTES + 1),
    ],
    ids=lambda content: repr(content[:60]),
)
def test_damaged_files(tmp_path: Path, content: str) -> None:
    """They are refused with a reason, and in no other way."""
    path = tmp_path / "distro-install.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=r"\w"):
        read_runs(path)


def test_a_recipe_ships_timelines(tmp_path: Path) -> None:
    """They are known by version and action, and say how long it takes."""
    folder = make_recipe(tmp_path, "web", DOCUMENT)
    ship(folder, "distro-install.json", recorded(12.34).encode())
    ship(folder, "1.20.2-install.json", recorded(130.0, version="1.20.2").encode())
    recipe = working(folder)
    assert set(recipe.timelines) == {("distro", "install"), ("1.20.2", "install")}
    assert recipe.flaws == ()
    expected = {"distro": {"install": 12.3}, "1.20.2": {"install": 130.0}}
    assert recipe.describe()["expected_seconds"] == expected


def test_a_bad_timeline_is_a_flaw_and_breaks_nothing(tmp_path: Path) -> None:
    """The recipe works, without it; what is wrong is told with the file."""
    folder = make_recipe(tmp_path, "web", DOCUMENT)
    ship(folder, "distro-install.json", b"{")
    ship(folder, "notes.txt", b"hello")
    ship(folder, "1.2-install.json", recorded(9.0, version="1.2", key="other").encode())
    recipe = working(folder)
    assert recipe.timelines == {}
    assert [flaw.file for flaw in recipe.flaws] == [
        f"timelines/{name}" for name in ("1.2-install.json", "distro-install.json", "notes.txt")
    ]
    (folder / "timelines/distro-install.json").unlink()
    (folder / "timelines/distro-install.json").mkdir()
    assert "timelines/distro-install.json" in {flaw.file for flaw in working(folder).flaws}


def test_the_digest_is_of_the_scripts(tmp_path: Path) -> None:
    """It changes with a script and with what a script uses; not with recipe.yaml, nor with a timeline."""
    folder = make_recipe(tmp_path, "web", DOCUMENT)
    before = digest_scripts(folder)
    (folder / "recipe.yaml").write_text(DOCUMENT + "timeout: 9\n")
    ship(folder, "distro-install.json", recorded(5.0).encode())
    assert digest_scripts(folder) == before == working(folder).scripts_digest
    (folder / "lib").mkdir()
    (folder / "lib/more.sh").write_text("true\n")
    with_library = digest_scripts(folder)
    assert with_library != before
    (folder / "install.sh").write_text("#!/bin/sh\necho other\n")
    assert digest_scripts(folder) not in {before, with_library}
    assert digest_scripts(folder / "missing") == ""


def test_large_files_count_by_their_size(tmp_path: Path) -> None:
    """A tarball in a recipe costs nothing to look at."""
    folder = make_recipe(tmp_path, "web", DOCUMENT)
    with (folder / "big.tar").open("wb") as file:
        file.truncate(50_000_000)
    before = digest_scripts(folder)
    with (folder / "big.tar").open("r+b") as file:
        file.write(b"x")
    assert digest_scripts(folder) == before
    with (folder / "big.tar").open("ab") as file:
        file.write(b"x")
    assert digest_scripts(folder) != before


def test_versions_that_are_alike(tmp_path: Path) -> None:
    """Those of one pattern are offered as one; a package and a build are not, and may declare other steps."""
    recipe = working(make_recipe(tmp_path, "web", DOCUMENT))
    assert recipe.are_one("1.20.2", "1.24.0")
    assert recipe.are_one("distro", "distro")
    assert not recipe.are_one("distro", "1.24.0")
    assert recipe.take_the_same_steps("install", "distro", "1.24.0")
    steps = "steps:\n  install: [{title: Unpack}]\n  install 1.*: [{title: Compile}]\n"
    other = working(make_recipe(tmp_path / "other", "web", DOCUMENT + steps))
    assert not other.take_the_same_steps("install", "distro", "1.24.0")
    assert other.take_the_same_steps("install", "1.20.2", "1.24.0")
    assert other.take_the_same_steps("uninstall", "distro", "1.24.0")
