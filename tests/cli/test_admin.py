"""Users, links, tokens, settings, and the service's own command."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from .conftest import Service


def test_serve_prints_a_link_that_works_once(own_service: Service) -> None:
    """The link signs a browser in; a second try is refused."""
    with httpx.Client() as browser:
        assert browser.get(own_service.login_link).status_code == 303
        assert browser.get(f"{own_service.url}/v1/soft/tasks").status_code == 200
    assert httpx.get(own_service.login_link).status_code == 401


def test_serve_ends_in_order(own_service: Service) -> None:
    """SIGTERM is no failure, and leaves no socket behind."""
    assert own_service.stop() == 0
    assert not (own_service.data_dir / "installcast.sock").exists()


def test_a_second_service_is_refused(service: Service) -> None:
    """One line that names the folder."""
    done = service.run("serve", "--port", "0")
    assert done.returncode == 125
    assert len(done.stderr.strip().splitlines()) == 1
    assert str(service.data_dir) in done.stderr


def test_a_port_in_use(service: Service, tmp_path: Path) -> None:
    """One line that names the port."""
    port = service.url.rpartition(":")[2]
    done = service.run("--data-dir", str(tmp_path), "serve", "--port", port)
    assert done.returncode == 125
    assert len(done.stderr.strip().splitlines()) == 1
    assert port in done.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "word"),
    [
        (["--data-dir", "/proc/x", "serve", "--port", "0"], 125, "/proc/x"),
        (["serve", "--host", "0.0.0.0", "--port", "0"], 2, "--insecure"),  # noqa: S104 - refused
        (["--config", "/nowhere.yaml", "serve"], 2, "/nowhere.yaml"),
    ],
)
def test_serve_says_what_is_in_the_way(
    service: Service, arguments: list[str], status: int, word: str
) -> None:
    """One line, no traceback."""
    done = service.run(*arguments)
    assert done.returncode == status, done.stderr
    assert word in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_users_come_and_go(service: Service) -> None:
    """Added with a password from standard input, listed with scopes, removed; a removed one is not found."""
    added = service.run(
        "user", "add", "dora", "--scope", "soft:read log:read", "--password-stdin", input="long enough 1\n"
    )
    assert added.returncode == 0, added.stderr
    assert "dora" in service.run("user", "list").stdout
    users = [json.loads(line) for line in service.run("user", "list", "--json").stdout.splitlines()]
    assert {"name": "dora", "scope": "soft:read log:read"} in users
    assert service.run("user", "remove", "dora").returncode == 0
    assert service.run("user", "remove", "dora").returncode == 3
    assert service.run("user", "add", "dora", input="").returncode == 2


def test_login_link_and_token(service: Service) -> None:
    """Each prints what was asked for and nothing else; a token has the life that was asked for."""
    link = service.run("login-link", "--next", "/tasks/x").stdout
    assert link.startswith(f"{service.url}/login?")
    made = json.loads(
        service.run("token", "--sub", "ci", "--ttl", "90s", "--scope", "admin", "--json").stdout
    )
    assert made["scope"] == "admin"
    assert service.run("token", "--sub", "ci", "--scope", "everything").returncode == 2


def test_settings_are_checked(service: Service, tmp_path: Path) -> None:
    """A good file is good; a bad key is named, with 2."""
    assert service.run("config", "check").returncode == 0
    bad = tmp_path / "bad.yaml"
    bad.write_text("log: {max_client: 3}\n")
    done = service.run("--config", str(bad), "config", "check")
    assert done.returncode == 2
    assert "log.max_client" in done.stderr


def test_doctor(service: Service, tmp_path: Path) -> None:
    """All is well beside a running service; a taken port and a folder that cannot be written are told with a remedy."""
    findings = [json.loads(line) for line in service.run("doctor", "--json").stdout.splitlines()]
    assert {finding["check"] for finding in findings} >= {
        "settings",
        "python",
        "data_dir",
        "space",
        "recipes",
        "service",
    }
    assert service.run("doctor").returncode == 0
    port = service.url.rpartition(":")[2]
    blocked = service.run(
        "doctor", "--data-dir", str(tmp_path), environment={"INSTALLCAST_SERVER__PORT": port}
    )
    assert blocked.returncode == 125
    assert "server.port" in blocked.stdout
    free = service.run("doctor", "--data-dir", str(tmp_path), environment={"INSTALLCAST_SERVER__PORT": "0"})
    assert (
        f"--data-dir {tmp_path}" in free.stdout.splitlines()[-1]
    )  # the command that starts this one, not another
    assert service.run("doctor", "--data-dir", "/proc/x").returncode == 125


def test_a_long_data_folder(tmp_path: Path) -> None:
    """A path that is too long for the address of a Unix socket works like any other."""
    folder = tmp_path / ("long" * 20) / ("longer" * 10)
    folder.mkdir(parents=True)
    service = Service(folder)
    service.start()
    try:
        assert service.run("ps").returncode == 0
        assert service.run("install", "hello").returncode == 0
    finally:
        service.stop()
    assert service.run("ps").returncode == 5
