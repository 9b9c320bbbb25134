"""Settings: what can be set, and where it is read."""

from __future__ import annotations

from installcast.settings.loading import ENVIRONMENT_PREFIX, default_config_file, load_settings
from installcast.settings.sections import (
    AuthSettings,
    LegacySettings,
    LogSettings,
    NotifySettings,
    RunnerSettings,
    ServerSettings,
    Settings,
    TlsSettings,
    default_data_dir,
)

__all__ = [
    "ENVIRONMENT_PREFIX",
    "AuthSettings",
    "LegacySettings",
    "LogSettings",
    "NotifySettings",
    "RunnerSettings",
    "ServerSettings",
    "Settings",
    "TlsSettings",
    "default_config_file",
    "default_data_dir",
    "load_settings",
]
