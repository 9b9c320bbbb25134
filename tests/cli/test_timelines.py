"""Learned timelines through a real service: a recipe of some seconds is run again and again, and the second run knows more."""

from __future__ import annotations

import json
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from installcast.runner.spec import read_spec
from tests.until import until

from .conftest import Service

SCRIPT = """\
#!/bin/bash
set -e
for part in kernel libraries programs manual sources tests examples headers fonts icons sounds themes; do
    echo "Unpacking the $part"
    sleep 0.5
done
echo "Ready"
"""


def write_recipe(folder: Path, key: str = "steady") -> Path:
    """Write a recipe that takes some seconds to install and to remove."""
    home = folder / key
    home.mkdir(mode=0o755)
    for action in ("install", "uninstall"):
        script = home / f"{action}.sh"
        script.write_text(SCRIPT)
        script.chmod(0o755)
    return home


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    """A service that has installed `steady` once."""
    folder = Path(tempfile.mkdtemp(prefix="ic-"))
    service = Service(folder)
    write_recipe(folder / "recipes")
    service.start()
    done = service.run("install", "steady")
    assert done.returncode == 0, done.stderr
    yield service
    service.close()
    shutil.rmtree(folder)


def status(service: Service, task: str) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(service.run("status", task, "--json").stdout)
    return values


def known(service: Service, *options: str) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for line in service.run("recipes", "timeline", "steady", "--json", *options).stdout.splitlines()
    ]


def test_the_second_run_knows_how_long_it_takes(service: Service) -> None:
    """While it runs, its progress is based on the first one, and the remaining time is told."""
    assert status(service, "latest")["progress_basis"] != "history"
    task = service.run("install", "steady", "--detach").stdout.strip()
    seen: list[dict[str, Any]] = []
    transport = httpx.HTTPTransport(uds=str(service.data_dir / "installcast.sock"))
    with httpx.Client(base_url="http://localhost", transport=transport) as client:

        def look() -> bool:
            seen.append(client.get("/v1/log/status", params={"task_id": task}).json()["data"])
            return seen[-1]["completed"] or seen[-1]["eta_seconds"] is not None

        until(look, "a remaining time")
    middle = seen[-1]
    assert (middle["status"], middle["progress_basis"]) == ("running", "history")
    assert 0 < middle["eta_seconds"] <= 10
    assert 0 < middle["progress"] < 100
    assert service.run("logs", "-f", task).returncode == 0
    assert status(service, task)["progress_basis"] == "history"


def test_its_files_are_for_the_service_alone(service: Service) -> None:
    """One file a version and action, 0600 in folders of 0700."""
    home = service.data_dir / "timelines"
    files = [path for path in home.rglob("*") if path.is_file()]
    assert [str(path.relative_to(home)) for path in files] == ["steady/latest-install.json"]
    assert [stat.S_IMODE(path.stat().st_mode) for path in (home, home / "steady", *files)] == [
        0o700,
        0o700,
        0o600,
    ]


def test_people_are_told_how_long_it_takes(service: Service) -> None:
    """In the list, by the recipe, and in a table of what is known."""
    (entry,) = known(service)
    assert (entry["version"], entry["action"], entry["here"], entry["shipped"]) == (
        "latest",
        "install",
        True,
        False,
    )
    assert 5 <= entry["seconds"] < 15
    row = next(
        line for line in service.run("recipes", "list").stdout.splitlines() if line.startswith("steady")
    )
    assert f"{entry['seconds']} s" in row
    assert "takes about" in service.run("recipes", "show", "steady").stdout
    table = service.run("recipes", "timeline", "steady").stdout
    assert "this machine" in table
    chinese = service.run("recipes", "timeline", "steady", environment={"LANG": "zh_CN.UTF-8"}).stdout
    assert "本机" in chinese
    assert "takes about" in service.run("plan", "steady").stdout
    nothing = service.run("recipes", "timeline", "hello")
    assert (nothing.returncode, nothing.stdout) == (0, "")
    assert "Nothing is known yet" in nothing.stderr
    assert service.run("recipes", "timeline", "nosuch").returncode == 3


def test_what_is_shipped_helps_a_fresh_service(service: Service, tmp_path: Path) -> None:
    """Exported into the recipe's folder, it is what the first run on another service is held against."""
    printed = service.run("recipes", "timeline", "steady", "--export", "-")
    assert json.loads(printed.stdout)["runs"][0]["machine"] == ""
    folder = Path(tempfile.mkdtemp(prefix="ic-"))
    fresh = Service(folder)
    try:
        recipe = write_recipe(folder / "recipes")
        exported = service.run("recipes", "timeline", "steady", "--export", str(recipe / "timelines"))
        assert exported.returncode == 0, exported.stderr
        assert (recipe / "timelines/latest-install.json").read_text() == printed.stdout
        assert fresh.run("recipes", "check", str(recipe)).returncode == 0
        fresh.start()
        assert [entry["shipped"] for entry in known(fresh)] == [True]
        assert fresh.run("install", "steady").returncode == 0
        assert status(fresh, "latest")["progress_basis"] == "history"
        assert [entry["here"] for entry in known(fresh)] == [True]
    finally:
        fresh.close()
        shutil.rmtree(folder)


def test_a_bad_file_is_named_by_the_check(service: Service, tmp_path: Path) -> None:
    """`recipes check` refuses what the catalog passes over."""
    recipe = write_recipe(tmp_path)
    (recipe / "timelines").mkdir(mode=0o755)
    bad = recipe / "timelines/latest-install.json"
    bad.write_text("{")
    done = service.run("recipes", "check", str(recipe))
    assert done.returncode == 2
    assert done.stdout.startswith(f"{bad}: ")


def test_export_says_which_one(service: Service, tmp_path: Path) -> None:
    """One file is one timeline; where none or several are meant, that is wrong usage."""
    for arguments in (
        ("steady", "--version", "9", "--export", "-"),
        ("hello", "--export", "-"),
        ("steady", "--export", str(tmp_path / "missing/file.json")),
        ("steady", "--export", "-", "--forget"),
        ("steady", "--action", "verify"),
    ):
        assert service.run("recipes", "timeline", *arguments).returncode == 2, arguments


def test_forget(service: Service) -> None:
    """What was learned is gone; the next run learns anew. An uninstall is learned apart."""
    assert service.run("uninstall", "steady").returncode == 0
    assert [entry["action"] for entry in known(service)] == ["install", "uninstall"]
    done = service.run("recipes", "timeline", "steady", "--forget", "--action", "install")
    assert (done.returncode, done.stdout) == (0, "latest install\n")
    assert [entry["action"] for entry in known(service)] == ["uninstall"]
    answer = service.run("recipes", "timeline", "steady", "--forget", "--json").stdout
    assert json.loads(answer)["forgotten"] == [{"version": "latest", "action": "uninstall"}]
    assert list((service.data_dir / "timelines/steady").iterdir()) == []
    task = service.run("install", "steady", "--detach").stdout.strip()
    assert read_spec(service.data_dir / "tasks" / task).history_file is None
