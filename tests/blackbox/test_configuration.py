"""Sections 6 and 7 of the contract: files, permissions, settings."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.service import Service


def test_files_are_private(service: Service) -> None:
    """Everything under the data folder is 0600, folders 0700 (scripts keep their run bit)."""
    client = service.client()
    client.finish(client.install("bare"))
    for path in [service.data_dir, *service.data_dir.rglob("*")]:
        if path.is_symlink():
            continue
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('{"log": {"max_client": 5}}', "log.max_client"),
        ('{"log": {"max_clients_per_task": "many"}}', "log.max_clients_per_task"),
        ('{"logs": {}}', "logs"),
        ('{"server": {"port": 99999}}', "server.port"),
    ],
)
def test_a_bad_setting_stops_the_start(service: Service, tmp_path: Path, text: str, key: str) -> None:
    """An unknown key or a bad value is named."""
    config = tmp_path / "config.yaml"
    config.write_text(text)
    for arguments in (("config", "check"), ("serve",)):
        result = service.run("--config", str(config), *arguments)
        assert result.returncode != 0
        assert key in result.stderr


def test_environment_beats_the_file_and_a_flag_beats_both(service: Service, tmp_path: Path) -> None:
    """Flag > environment > file."""
    config = tmp_path / "config.yaml"
    config.write_text(json.dumps({"log": {"max_clients_per_task": 3}, "server": {"port": 7001}}))
    environment = {"INSTALLCAST_LOG__MAX_CLIENTS_PER_TASK": "20"}
    shown = service.run(
        "--config", str(config), "config", "check", "--json", environment=environment, check=True
    )
    settings = json.loads(shown.stdout)
    assert settings["log"]["max_clients_per_task"] == 20
    assert settings["server"]["port"] == 7001
    assert settings["data_dir"] == str(service.data_dir)


def test_two_services_on_one_data_folder(service: Service) -> None:
    """The second one says so and stops."""
    result = service.run("serve", "--port", "0")
    assert result.returncode == 125
    assert str(service.data_dir) in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_port_in_use(service: Service, tmp_path: Path) -> None:
    """One line that names the port."""
    result = service.run("--data-dir", str(tmp_path / "other"), "serve", "--port", str(service.port))
    assert result.returncode == 125
    assert str(service.port) in result.stderr
    assert "Traceback" not in result.stderr


def test_a_data_folder_that_cannot_be_written(service: Service) -> None:
    """One line that names the folder; /proc takes no folder, not even from root."""
    result = service.run("--data-dir", "/proc/installcast", "serve", "--port", "0")
    assert result.returncode == 125
    assert "/proc/installcast" in result.stderr
    assert "Traceback" not in result.stderr


def test_listening_beyond_loopback_needs_a_word(service: Service, tmp_path: Path) -> None:
    """Without TLS or a trusted proxy it is refused, unless --insecure is given."""
    result = service.run("--data-dir", str(tmp_path / "d"), "serve", "--host", "0.0.0.0", "--port", "0")  # noqa: S104
    assert result.returncode != 0
    assert "--insecure" in result.stderr


def test_a_changed_recipe_is_picked_up(start_service: Callable[..., Service]) -> None:
    """An edit counts without a restart."""
    service = start_service()
    client = service.client()
    script = service.folder / "recipes/bare/install.sh"
    script.write_text("#!/bin/sh\necho changed\n")
    records = client.records(client.install("bare"))
    assert "changed" in [record["message"] for record in records]
