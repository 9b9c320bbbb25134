"""What can be set, one class a section of the file. Every limit has its default and its reason here."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


def default_data_dir() -> Path:
    """Return where state lives: ``/var/lib/installcast`` for root, else below ``$XDG_DATA_HOME``."""
    if os.geteuid() == 0:
        return Path("/var/lib/installcast")
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share"
    return Path(base) / "installcast"


class Section(BaseModel):
    """A part of the settings; it refuses keys that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TlsSettings(Section):
    """Certificate and key of the service's own HTTPS, both PEM files."""

    cert_file: Path
    key_file: Path


class ServerSettings(Section):
    """Where the service listens and whom it believes."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8089
    root_path: Annotated[str, Field(pattern=r"^(/[A-Za-z0-9._~-]+)*$")] = ""
    """Path prefix that a proxy in front strips off, such as ``/install``: a slash in front, none at the end."""
    allowed_origins: tuple[str, ...] = ()
    """Origins of foreign pages that may call the service. Empty: its own origin only."""
    allowed_hosts: tuple[str, ...] = ()
    """Host names that requests may carry. Empty: loopback names and IP literals."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses whose forwarding headers are believed."""
    tls: TlsSettings | None = None
    metrics_token_file: Path | None = None
    """Holds the bearer token of whoever reads ``/metrics``. Without it only this machine may, since a scraper has no sign-in."""


class AuthSettings(Section):
    """Who may sign in, and which tokens count."""

    secret_file: Path | None = None
    """Key of this service's own HS256 tokens. Default: ``<data_dir>/secret.key``, made at the first start, mode 0600."""
    algorithms: tuple[Literal["HS256", "RS256", "ES256", "EdDSA"], ...] = ("HS256",)
    public_key_file: Path | None = None
    jwks_url: str | None = None
    issuer: str | None = None
    audience: str | None = None
    leeway: Annotated[int, Field(ge=0, le=300)] = 0
    """Seconds by which a clock may be off when ``exp`` is checked."""
    claims: dict[Literal["sub", "scope"], str] = {}
    """Names of claims in foreign tokens, for example ``{sub: user_id, scope: permissions}``."""
    default_scopes: tuple[str, ...] = ()
    """Scopes of a token that names none."""
    trusted_header: str | None = None
    """Header with the user's name, believed from ``server.trusted_proxies`` only."""
    session_hours: Annotated[int, Field(ge=1, le=720)] = 12
    """How long a sign-in in the browser lasts."""


class RunnerSettings(Section):
    """How installs run."""

    max_parallel: Annotated[int, Field(ge=1, le=1000)] = 2
    timeout: Annotated[int, Field(ge=1)] = 14400
    """Seconds after which a task is stopped, where its recipe says nothing."""
    kill_grace: Annotated[int, Field(ge=0, le=3600)] = 10
    """Seconds between SIGTERM and SIGKILL."""
    isolation: Literal["auto", "systemd", "session"] = "auto"
    """``systemd``: a transient unit a task. ``session``: a process of its own session. ``auto``: the first where systemd runs."""
    environment: dict[str, str] = {}
    """Variables that every script gets, such as a proxy."""

    @field_validator("environment")
    @classmethod
    def _can_be_variables(cls, environment: dict[str, str]) -> dict[str, str]:
        for name, value in environment.items():
            if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) or "\0" in value:
                raise ValueError(f"{name!r} cannot be a variable of a program")
        return environment


class LogSettings(Section):
    """Logs and those who watch them."""

    realtime_enabled: bool = True
    websocket_timeout: Annotated[int, Field(ge=1)] = 600
    """Seconds without any sign of life after which a viewer is dropped."""
    max_clients_per_task: Annotated[int, Field(ge=1)] = 10
    log_retention_days: Annotated[int, Field(ge=1)] = 7
    max_line_bytes: Annotated[int, Field(ge=256, le=1_048_576)] = 16_384
    max_bytes_per_task: Annotated[int, Field(ge=65_536)] = 268_435_456
    follow_roots: tuple[Path, ...] = ()


class LegacySettings(Section):
    """The old polling interface."""

    getlog_enabled: bool = True
    sunset: str | None = None
    """Date for the ``Sunset`` header, as an HTTP date or ISO date."""


class NotifySettings(Section):
    """One receiver of webhooks."""

    url: str
    secret_file: Path | None = None
    on: tuple[Literal["succeeded", "failed", "canceled", "interrupted", "stalled"], ...] = (
        "succeeded",
        "failed",
        "canceled",
        "interrupted",
    )


class Settings(Section):
    """All settings. Build it with :func:`load_settings`, or directly in a program or a test.

    Only :func:`load_settings` reads files and the environment: a library must not change with its host's variables.
    """

    server: ServerSettings = ServerSettings()
    data_dir: Path = Field(default_factory=default_data_dir)
    recipes: tuple[Path, ...] = ()
    auth: AuthSettings = AuthSettings()
    runner: RunnerSettings = RunnerSettings()
    log: LogSettings = LogSettings()
    legacy: LegacySettings = LegacySettings()
    notify: tuple[NotifySettings, ...] = ()

    @model_validator(mode="after")
    def _absolute_data_dir(self) -> Settings:
        # Runners outlive the server and do not share its working directory.
        object.__setattr__(self, "data_dir", Path(os.path.abspath(self.data_dir.expanduser())))  # noqa: PTH100 - no symlinks resolved
        return self

    @property
    def database_file(self) -> Path:
        """Task state."""
        return self.data_dir / "installcast.db"

    @property
    def tasks_dir(self) -> Path:
        """One folder a task."""
        return self.data_dir / "tasks"

    @property
    def software_dir(self) -> Path:
        """Where recipes without root put what they install, one folder a recipe."""
        return self.data_dir / "software"

    @property
    def timelines_dir(self) -> Path:
        """What earlier runs looked like, one folder a recipe."""
        return self.data_dir / "timelines"

    @property
    def secret_file(self) -> Path:
        """Key of the service's own tokens."""
        return self.auth.secret_file or self.data_dir / "secret.key"

    @property
    def socket_file(self) -> Path:
        """Unix socket for the command line."""
        return self.data_dir / "installcast.sock"

    @property
    def lock_file(self) -> Path:
        """Held by the one process that owns the data folder."""
        return self.data_dir / "server.lock"
