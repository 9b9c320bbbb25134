"""Recipes from the command line."""

from __future__ import annotations

import json
import os
from pathlib import Path

from .conftest import Service


def test_list_and_show(service: Service) -> None:
    """What can be installed, with parameters and versions."""
    assert "hello" in service.run("recipes", "list").stdout
    entries = {
        entry["key"]: entry
        for entry in map(json.loads, service.run("recipes", "list", "--json").stdout.splitlines())
    }
    assert entries["hello"]["versions"] == ["2.0", "1.*"]
    shown = service.run("recipes", "show", "hello").stdout
    assert "times" in shown
    assert "integer 1…9" in shown
    assert service.run("recipes", "show", "nothing").returncode == 3


def test_list_without_a_service(own_service: Service) -> None:
    """The folders tell, too."""
    own_service.stop()
    done = own_service.run("recipes", "list")
    assert done.returncode == 0
    assert "hello" in done.stdout


def test_new_makes_a_recipe_that_works(own_service: Service) -> None:
    """The skeleton passes the check, whatever the umask, and installs."""
    service = own_service
    old = os.umask(0o002)
    try:
        made = service.run("recipes", "new", "mine", "--dir", str(service.folder / "recipes"))
    finally:
        os.umask(old)
    assert made.returncode == 0, made.stderr
    assert "`recipes`" not in made.stderr
    elsewhere = service.run("recipes", "new", "mine", "--dir", str(service.folder / "elsewhere"))
    assert f"once {service.folder / 'elsewhere'} is listed in `recipes`" in elsewhere.stderr
    folder = service.folder / "recipes/mine"
    checked = service.run("recipes", "check", str(folder))
    assert checked.returncode == 0, checked.stdout
    done = service.run("install", "mine", "--param", "greeting=good morning")
    assert done.returncode == 0, done.stderr
    assert "good morning" in done.stdout
    assert "It is there." in done.stdout
    assert service.run("recipes", "new", "mine", "--dir", str(service.folder / "recipes")).returncode == 2
    assert service.run("recipes", "new", "Not A Key").returncode == 2


def test_check_names_file_line_and_key(service: Service, tmp_path: Path) -> None:
    """As compilers do, so that editors jump there; a folder of recipes is checked as a whole."""
    recipe = tmp_path / "odd/recipe.yaml"
    recipe.parent.mkdir()
    recipe.write_text("key: odd\ntimeout: soon\ncolour: red\n")
    (recipe.parent / "install.sh").write_text("#!/bin/sh\n")
    done = service.run("recipes", "check", str(tmp_path))
    assert done.returncode == 2
    assert f"{recipe}:2: timeout: " in done.stdout
    assert f"{recipe}:3: colour: unknown key" in done.stdout
    assert service.run("recipes", "check", str(tmp_path / "missing")).returncode == 2
