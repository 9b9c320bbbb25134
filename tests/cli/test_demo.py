"""``installcast demo``, with a recipe of the tests instead of one that needs the network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from .conftest import Service


@pytest.fixture
def command_line(tmp_path: Path) -> Iterator[Service]:
    """The command line, with the recipes of the tests, and no service."""
    service = Service(tmp_path)
    yield service
    service.close()


def test_it_installs_shows_and_serves(command_line: Service) -> None:
    """The link comes before the log and leads to the same task; it serves until Ctrl-C, which is its good end."""
    demo = command_line.open("demo", "--recipe", "hello", "--port", "0")
    demo.wait_for("The service goes on until Ctrl-C")
    assert demo.out.index("/login?") < demo.out.index("hello world")
    link = next(word for word in demo.out.split() if "/login?" in word)
    with httpx.Client() as browser:
        signed_in = browser.get(link)
        assert signed_in.status_code == 303
        task_id = signed_in.headers["location"].rpartition("/")[2]
        status = browser.get(httpx.URL(link).join("/v1/log/status"), params={"task_id": task_id})
        assert status.json()["data"]["status"] == "succeeded"
    demo.interrupt()
    assert demo.finish() == 0
    assert command_line.run("ps").returncode == 5


def test_a_second_demo_shows_what_the_first_left(command_line: Service) -> None:
    """Ctrl-C in the middle ends the demo, not the install; the next demo shows the rest."""
    gate = command_line.gate("demo")
    recipe = command_line.folder / "recipes/gate/recipe.yaml"
    recipe.write_text(recipe.read_text().replace("required: true", f"default: {gate.path}"))
    first = command_line.open("demo", "--recipe", "gate", "--port", "0")
    first.wait_for("before the gate")
    first.interrupt()
    assert first.finish() == 130
    assert "The install goes on by itself" in first.err
    second = command_line.open("demo", "--recipe", "gate", "--port", "0")
    second.wait_for("before the gate")
    gate.open()
    second.wait_for("The service goes on until Ctrl-C")
    second.interrupt()
    assert second.finish() == 0


def test_a_failed_install_ends_the_demo(command_line: Service) -> None:
    """With the script's own status, the cause, and no command that nobody would answer."""
    done = command_line.run("demo", "--recipe", "fails", "--port", "0")
    assert done.returncode == 7
    assert "install failed" in done.stderr
    assert "installcast logs" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "word"),
    [(["--recipe", "no-such-recipe"], 3, "no-such-recipe"), (["--data-dir", "/proc/x"], 125, "/proc/x")],
)
def test_what_is_in_the_way_is_one_line(
    command_line: Service, arguments: list[str], status: int, word: str
) -> None:
    """No traceback, and the thing that is wrong is named."""
    done = command_line.run("demo", "--port", "0", *arguments)
    assert done.returncode == status
    assert word in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_port_in_use_is_one_line(command_line: Service, service: Service) -> None:
    """The port is named, and how to take another one."""
    port = service.url.rpartition(":")[2]
    done = command_line.run("demo", "--port", port)
    assert done.returncode == 125
    assert port in done.stderr
    assert "--port" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
