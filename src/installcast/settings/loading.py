"""Where settings come from: flag > environment > YAML file > default. An unknown key or a bad value names itself."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from installcast.errors import ConfigurationError
from installcast.settings.sections import Section, Settings

ENVIRONMENT_PREFIX = "INSTALLCAST_"


def default_config_file() -> Path:
    """Return which file is read when ``--config`` is not given. It need not exist."""
    if os.geteuid() == 0:
        return Path("/etc/installcast/config.yaml")
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "installcast/config.yaml"


def load_settings(config_file: Path | None = None, overrides: dict[str, Any] | None = None) -> Settings:
    """Read the YAML file, the environment and ``overrides`` (nested dictionaries, from flags), later ones win.

    ``config_file`` must exist when it is given; the default one need not. Raises :class:`ConfigurationError`, which
    names the key.
    """
    values = _read_yaml(config_file or default_config_file(), required=config_file is not None)
    values = _merge(values, _read_environment())
    values = _merge(values, overrides or {})
    try:
        return Settings(**values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        reason = "unknown key" if first["type"] == "extra_forbidden" else first["msg"]
        raise ConfigurationError(field=key or "settings", reason=reason) from None


def _read_environment() -> dict[str, Any]:
    """Return what the environment sets: ``INSTALLCAST_LOG__MAX_CLIENTS_PER_TASK=20``; lists and mappings as JSON.

    Other variables with our prefix are none of our business: scripts get some, and the command line has its own.
    """
    values: dict[str, Any] = {}
    for name, text in os.environ.items():
        section, *rest = name.removeprefix(ENVIRONMENT_PREFIX).lower().split("__")
        field = Settings.model_fields.get(section)
        if not name.startswith(ENVIRONMENT_PREFIX) or field is None:
            continue
        if isinstance(field.default, Section) != bool(rest):
            continue
        place = values
        *parents, last = section, *rest
        for part in parents:
            place = place.setdefault(part, {})
            if not isinstance(place, dict):
                raise ConfigurationError(field=name, reason="unknown key")
        place[last] = _read_value(name, text)
    return values


def _read_value(name: str, text: str) -> Any:
    if not text.startswith(("[", "{")):
        return text
    try:
        return json.loads(text)
    except ValueError as error:
        raise ConfigurationError(field=name, reason=f"is no JSON: {error}") from None


class _ConfigurationLoader(yaml.SafeLoader):
    """YAML without two of its traps: ``on`` is a word and no boolean, and a key that stands twice is a mistake."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - as the class above has it
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        for name in names:
            if names.count(name) > 1:
                raise yaml.MarkedYAMLError(
                    problem=f"{name!r} stands here twice", problem_mark=node.start_mark
                )
        return super().construct_mapping(node, deep)


def _read_yaml(path: Path, *, required: bool) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
        values = yaml.load(text, Loader=_ConfigurationLoader)  # noqa: S506 - it is a safe one
    except FileNotFoundError:
        if required:
            raise ConfigurationError(field="--config", reason=f"{path} does not exist") from None
        return {}
    except OSError as error:
        raise ConfigurationError(field="--config", reason=f"{path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(field=str(path), reason=f"is not UTF-8 (byte {error.start})") from None
    except yaml.YAMLError as error:
        raise ConfigurationError(field=str(path), reason=" ".join(str(error).split())) from None
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise ConfigurationError(field=str(path), reason="expected keys and values at the top")
    return values


def _merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        merged[key] = _merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged
