"""Installcast: run software installs on servers and show them live. A service, a library and a browser viewer.

The public names are loaded when they are first used: a runner imports this package, too, and has to stay small.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from installcast import errors as errors
    from installcast.record import LogMessage as LogMessage
    from installcast.service import Installcast as Installcast
    from installcast.settings import Settings as Settings
    from installcast.settings import load_settings as load_settings
    from installcast.stream.log_stream import LogStream as LogStream
    from installcast.stream.manager import InstallLogManager as InstallLogManager
    from installcast.tasks.installer import EnhancedInstaller as EnhancedInstaller

__version__ = "0.1.0"

_HOMES = {
    "EnhancedInstaller": "installcast.tasks.installer",
    "InstallLogManager": "installcast.stream.manager",
    "Installcast": "installcast.service",
    "LogMessage": "installcast.record",
    "LogStream": "installcast.stream.log_stream",
    "Settings": "installcast.settings",
    "load_settings": "installcast.settings",
}
"""Public name → the module that it lives in."""

__all__ = [
    "EnhancedInstaller",
    "InstallLogManager",
    "Installcast",
    "LogMessage",
    "LogStream",
    "Settings",
    "errors",
    "load_settings",
]


def __getattr__(name: str) -> Any:
    """Load a public name (PEP 562)."""
    from importlib import import_module

    if name == "errors":
        return import_module("installcast.errors")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
