"""The command line. It talks to the service's API, never to its database."""

from __future__ import annotations

from installcast.cli.app import main

__all__ = ["main"]
