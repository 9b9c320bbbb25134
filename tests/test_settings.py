"""Settings: where they come from, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from installcast.errors import ConfigurationError
from installcast.settings import (
    RunnerSettings,
    Settings,
    default_config_file,
    default_data_dir,
    load_settings,
)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration file of our own, and no environment."""
    for name in ("INSTALLCAST_LOG__MAX_CLIENTS_PER_TASK", "INSTALLCAST_DATA_DIR", "INSTALLCAST_SERVER__PORT"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "config.yaml"


def test_flag_before_environment_before_file_before_default(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each source overrides the one behind it, key by key."""
    config.write_text("log: {max_clients_per_task: 3, log_retention_days: 4}\nserver: {port: 7001}\n")
    monkeypatch.setenv("INSTALLCAST_LOG__MAX_CLIENTS_PER_TASK", "20")
    monkeypatch.setenv("INSTALLCAST_SERVER__PORT", "7002")
    settings = load_settings(config, {"server": {"port": 7003}})
    assert settings.server.port == 7003
    assert settings.log.max_clients_per_task == 20
    assert settings.log.log_retention_days == 4
    assert settings.log.websocket_timeout == 600


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("log: {max_client: 5}", "log.max_client"),
        ("log: {max_clients_per_task: many}", "log.max_clients_per_task"),
        ("logs: {}", "logs"),
        ("server: {port: 99999}", "server.port"),
        ("server: {tls: {cert_file: a}}", "server.tls.key_file"),
        ("auth: {algorithms: [none]}", "auth.algorithms.0"),
        ("runner: {isolation: docker}", "runner.isolation"),
        ("runner: {environment: {'A B': x}}", "runner.environment"),
        ('runner: {environment: {A: "x\\0y"}}', "runner.environment"),
        ("log: 7", "log"),
        ("notify: [{url: x, on: [sometimes]}]", "notify.0.on.0"),
    ],
)
def test_bad_keys_and_values_are_named(config: Path, text: str, key: str) -> None:
    """An unknown key or a bad value stops the start and names the key."""
    config.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        load_settings(config)
    assert caught.value.field == key


def test_a_bad_value_in_the_environment_is_named(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has the key that it would have in the file."""
    config.write_text("")
    monkeypatch.setenv("INSTALLCAST_SERVER__PORT", "seven")
    with pytest.raises(ConfigurationError) as caught:
        load_settings(config)
    assert caught.value.field == "server.port"


def test_an_unknown_variable_is_named(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable with our prefix that is no setting is a mistake, not a wish."""
    config.write_text("")
    monkeypatch.setenv("INSTALLCAST_SERVER__PROT", "80")
    with pytest.raises(ConfigurationError) as caught:
        load_settings(config)
    assert caught.value.field == "server.prot"


def test_a_variable_below_a_plain_setting_is_named(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A port has no parts."""
    config.write_text("")
    monkeypatch.setenv("INSTALLCAST_SERVER__PORT", "80")
    monkeypatch.setenv("INSTALLCAST_SERVER__PORT__X", "80")
    with pytest.raises(ConfigurationError):
        load_settings(config)


def test_lists_in_the_environment_are_json(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list or a mapping is written as JSON; what is none is told."""
    config.write_text("")
    monkeypatch.setenv("INSTALLCAST_SERVER__ALLOWED_ORIGINS", '["https://panel.example"]')
    assert load_settings(config).server.allowed_origins == ("https://panel.example",)
    monkeypatch.setenv("INSTALLCAST_SERVER__ALLOWED_ORIGINS", "https://panel.example")
    with pytest.raises(ConfigurationError, match="allowed_origins"):
        load_settings(config)
    monkeypatch.setenv("INSTALLCAST_SERVER__ALLOWED_ORIGINS", '["https://panel.example"')
    with pytest.raises(ConfigurationError, match="ALLOWED_ORIGINS: is no JSON"):
        load_settings(config)


def test_variables_that_are_no_settings_are_passed_over(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Scripts and the command line have variables with our prefix that are not for the settings."""
    config.write_text("")
    for name in ("INSTALLCAST_TOKEN", "INSTALLCAST_KEY", "INSTALLCAST_SERVER", "INSTALLCAST_EVENTS"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("INSTALLCAST_DATA_DIR", "/srv/installcast")
    assert load_settings(config).data_dir == Path("/srv/installcast")


def test_words_are_words(config: Path) -> None:
    """The key `on` is not taken for a boolean; a boolean may be written as YAML's users are used to."""
    config.write_text("notify: [{url: 'https://x', on: [failed]}]\nlog: {realtime_enabled: no}\n")
    settings = load_settings(config)
    assert settings.notify[0].on == ("failed",)
    assert settings.log.realtime_enabled is False


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: [", "expected"),
        ("- a", "keys and values"),
        ("a: 1\na: 2", "twice"),
        ("\x00", "special characters"),
    ],
)
def test_a_file_that_is_no_configuration(config: Path, text: str, reason: str) -> None:
    """Broken YAML, a list, and a key that stands twice are told with the file's name."""
    config.write_text(text)
    with pytest.raises(ConfigurationError, match=reason) as caught:
        load_settings(config)
    assert caught.value.field == str(config)


def test_bytes_that_are_no_text(config: Path) -> None:
    """A file that is not UTF-8 is told."""
    config.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match=r"config\.yaml"):
        load_settings(config)


def test_a_file_has_to_be_there_when_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The default file need not exist, one that was asked for has to."""
    with pytest.raises(ConfigurationError, match="does not exist"):
        load_settings(tmp_path / "nothing.yaml")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert default_config_file() == tmp_path / "installcast" / "config.yaml"
    assert load_settings().server.port == 8089


def test_where_things_lie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root has the system's folders, others their own."""
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert default_data_dir() == Path("/var/lib/installcast")
    assert default_config_file() == Path("/etc/installcast/config.yaml")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_data_dir() == tmp_path / "installcast"
    settings = Settings(data_dir=Path("data"))
    assert settings.data_dir == Path.cwd() / "data"
    assert settings.secret_file == settings.data_dir / "secret.key"
    assert settings.tasks_dir.parent == settings.software_dir.parent == settings.data_dir


def test_a_program_s_settings_do_not_depend_on_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only load_settings reads the environment."""
    monkeypatch.setenv("INSTALLCAST_SERVER__PORT", "7001")
    assert Settings().server.port == 8089


def test_settings_cannot_be_changed() -> None:
    """What was checked stays as it was checked."""
    settings: Any = Settings()
    with pytest.raises(ValueError, match="frozen"):
        settings.log.max_clients_per_task = 5


def test_they_survive_json() -> None:
    """Settings written as JSON are read as the same."""
    settings = Settings(data_dir=Path("/x"), runner=RunnerSettings(environment={"A": "b"}))
    assert Settings(**json.loads(settings.model_dump_json())) == settings
