"""The engine, used the way a program uses it, and what it did to the machine."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from installcast import Installcast, LogMessage, LogStream
from installcast.catalog import Detector


@dataclass(frozen=True)
class Run:
    """A task that has ended, watched from its first record to its last."""

    status: dict[str, Any]
    messages: list[LogMessage]
    secrets: dict[str, str]
    seconds: float

    @property
    def text(self) -> str:
        """The whole log, for whoever has to find out why a test failed."""
        return "\n".join(message.message for message in self.messages)

    @property
    def steps(self) -> list[str]:
        """The titles of the steps in the order in which they came."""
        titles = [message.step for message in self.messages if message.step]
        return [title for index, title in enumerate(titles) if index == 0 or titles[index - 1] != title]

    @property
    def results(self) -> dict[str, str]:
        """What the task told its user."""
        return {result["name"]: result["value"] for result in self.status["results"]}


@dataclass
class Machine:
    """An engine that may change the system, and the table of what was seen."""

    engine: Installcast
    seen: list[str] = field(default_factory=list)

    async def run(self, action: str, key: str, version: str | None, parameters: Mapping[str, Any]) -> Run:
        """Carry out one action and watch it to its end."""
        began = time.monotonic()
        request = {"key": key, "version": version, "parameters": dict(parameters)}
        task_id = await getattr(self.engine.installer, action)(request)
        messages = [message async for message in self.stream(task_id).follow()]
        status = await self.engine.status(task_id)
        secrets = await self.engine.take_secret_results(task_id)
        values = {secret["name"]: secret["value"] for secret in secrets}
        return Run(status, messages, values, time.monotonic() - began)

    def stream(self, task_id: str) -> LogStream:
        """Return the log of a task."""
        stream = self.engine.logs.get(task_id)
        assert stream
        return stream

    async def succeed(self, action: str, key: str, version: str | None = None, **parameters: Any) -> Run:
        """Carry out one action, which has to succeed, with all that belongs to a success."""
        run = await self.run(action, key, version, parameters)
        assert run.status["status"] == "succeeded", run.text
        assert [message.final for message in run.messages if message.final] == [True]
        assert run.messages[-1].final
        assert [message.seq for message in run.messages] == list(range(len(run.messages)))
        progress = [message.progress for message in run.messages]
        assert progress == sorted(progress)
        assert progress[-1] == 100
        assert not any(secret in run.text for secret in run.secrets.values())
        return run

    async def fail(self, action: str, key: str, version: str | None = None, **parameters: Any) -> Run:
        """Carry out one action, which has to fail."""
        run = await self.run(action, key, version, parameters)
        assert run.status["status"] == "failed", run.text
        return run

    async def versions(self, key: str) -> tuple[str | None, str | None]:
        """Return which version is installed, and which one an install would bring, as the recipe tells it."""
        # Of our own, without a memory: the tests change things behind the engine's back.
        detector = Detector(self.engine.settings.software_dir, lifetime=0)
        detected = await detector.detect(self.engine.catalog.get(key))
        assert detected.problem is None
        return detected.installed_version, detected.candidate_version


def apt(*arguments: str) -> None:
    """Use apt without the engine, as somebody else on the machine would."""
    command = [
        "apt-get",
        "-y",
        "-q",
        "-o",
        "DPkg::Lock::Timeout=600",
        "--allow-downgrades",
        "--no-install-recommends",
        *arguments,
    ]
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def bring_back_older(package: str) -> None:
    """Replace the package (a regular expression), and all that was built with it, by the oldest that the archive has."""
    installed = [
        line.split()
        for line in _query(r"${db:Status-Status} ${source:Package} ${Package}\n")
        if line.startswith("installed ")
    ]
    source = next(source for _, source, name in installed if re.fullmatch(package, name))
    names = [name for _, its_source, name in installed if its_source == source]
    known = _output("apt-cache", "madison", *names)
    # Newest first, so that the oldest one stays.
    oldest = {name.strip(): version.strip() for name, version, _ in (line.split("|") for line in known)}
    apt("install", *(f"{name}={version}" for name, version in oldest.items()))


def _query(show: str) -> list[str]:
    return _output("dpkg-query", "-W", "-f", show)


def _output(*command: str) -> list[str]:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def listens(port: int) -> bool:
    """Tell whether anything listens on ``port``, whatever its address: read from the kernel."""
    tables = [Path("/proc/net/tcp"), Path("/proc/net/tcp6")]
    lines = [
        line.split() for table in tables if table.exists() for line in table.read_text().splitlines()[1:]
    ]
    return any(int(fields[1].rsplit(":", 1)[1], 16) == port and fields[3] == "0A" for fields in lines)
