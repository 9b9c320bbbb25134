"""A real service, started as a person would start it, and the command line against it."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

RECIPES = Path(__file__).parent / "recipes"
LIMIT = 30.0
"""Seconds that anything here may take; it takes a fraction of one."""


class Service:
    """A service on a data folder of its own, which can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data_dir = folder / "data"
        # A copy: recipes have to belong to whoever runs the service.
        shutil.copytree(RECIPES, folder / "recipes")
        self.config = folder / "config.yaml"
        self.config.write_text(
            f"recipes: [{folder / 'recipes'}]\nrunner: {{max_parallel: 8, kill_grace: 1}}\n"
        )
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LANG": "C.UTF-8",
        }
        self.url = ""
        self.login_link = ""
        self._process: subprocess.Popen[str] | None = None

    def start(self, *options: str) -> None:
        """Start it and wait until it says where it listens."""
        with (self.folder / "serve.log").open("a") as errors:
            self._process = subprocess.Popen(
                self.argv("serve", *(options or ("--port", "0"))),
                env=self.environment,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        assert self._process.stdout is not None
        first, second = self._process.stdout.readline(), self._process.stdout.readline()
        if not second:
            self._end()
            raise AssertionError((self.folder / "serve.log").read_text())
        self.url = next(word for word in first.split() if word.startswith("http"))
        self.login_link = second.split()[-1]

    def kill(self) -> None:
        """SIGKILL, as a crash would."""
        assert self._process is not None
        self._process.kill()
        self._end()

    def stop(self) -> int:
        """SIGTERM; return the exit status."""
        if self._process is None:
            return 0
        self._process.send_signal(signal.SIGTERM)
        return self._end()

    def close(self) -> None:
        """Cancel what a failed test left running, then stop: nothing outlives the tests."""
        if self._process is not None:
            for task_id in [line.split()[0] for line in self.run("ps").stdout.splitlines()[1:]]:
                self.run("cancel", task_id)
                self.run("logs", "-f", task_id)
        self.stop()

    def argv(self, *arguments: str) -> list[str]:
        """Return a command line against this service."""
        options = ["--config", str(self.config), "--data-dir", str(self.data_dir)]
        return [sys.executable, "-m", "installcast", *options, *arguments]

    def run(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        environment = self.environment | options.pop("environment", {})
        if "input" not in options:
            options.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.run(
            self.argv(*arguments), env=environment, text=True, capture_output=True, timeout=LIMIT, **options
        )

    def open(self, *arguments: str, **options: Any) -> Watching:
        """Start a command that goes on, to be watched."""
        environment = self.environment | options.pop("environment", {})
        process = subprocess.Popen(
            self.argv(*arguments),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **options,
        )
        return Watching(process)

    def gate(self, name: str) -> Gate:
        """Return a FIFO at which the recipe `gate` waits."""
        return Gate(self.folder / name)

    def _end(self) -> int:
        assert self._process is not None
        assert self._process.stdout is not None
        status = self._process.wait(LIMIT)
        self._process.stdout.close()
        self._process = None
        return status


class Gate:
    """Holds a script until it is opened."""

    def __init__(self, path: Path) -> None:
        self.path = path
        os.mkfifo(path, 0o600)

    @property
    def param(self) -> str:
        """What to give to ``--param``."""
        return f"gate={self.path}"

    def open(self, word: str = "go") -> None:
        """Let the script go on. Waits until it stands there."""
        with self.path.open("w") as fifo:
            fifo.write(word + "\n")


class Watching:
    """A command that runs, and what it has printed so far."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        assert process.stdout is not None
        assert process.stderr is not None
        self._streams = {process.stdout: b"", process.stderr: b""}

    @property
    def out(self) -> str:
        """Standard output so far."""
        return self._text(0)

    @property
    def err(self) -> str:
        """Standard error so far."""
        return self._text(1)

    def wait_for(self, text: str) -> None:
        """Read until ``text`` was printed."""
        deadline = time.monotonic() + LIMIT
        while text not in self.out and text not in self.err:
            if not self._read(deadline - time.monotonic()):
                raise AssertionError(f"{text!r} never came:\n{self.out}\n{self.err}")

    def finish(self) -> int:
        """Read to the end; return the exit status."""
        deadline = time.monotonic() + LIMIT
        while self._read(deadline - time.monotonic()):
            pass
        status = self.process.wait(LIMIT)
        for stream in self._streams:
            stream.close()
        return status

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self.process.send_signal(signal.SIGINT)

    def _read(self, seconds: float) -> bool:
        ready, _, _ = select.select(list(self._streams), [], [], max(0.0, seconds))
        grew = False
        for stream in ready:
            data = os.read(stream.fileno(), 65536)
            self._streams[stream] += data
            grew = grew or bool(data)
        return grew

    def _text(self, index: int) -> str:
        return list(self._streams.values())[index].decode(errors="replace")


@pytest.fixture(scope="session")
def short_folder() -> Iterator[Path]:
    """A folder with a short name: a Unix socket's address is at most 107 bytes long, and not all tests are about that."""
    folder = Path(tempfile.mkdtemp(prefix="ic-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def service(short_folder: Path) -> Iterator[Service]:
    """One service for all tests that leave it running."""
    service = Service(short_folder)
    service.start()
    yield service
    service.close()


@pytest.fixture
def own_service() -> Iterator[Service]:
    """A service that a test may kill."""
    folder = Path(tempfile.mkdtemp(prefix="ic-"))
    service = Service(folder)
    service.start()
    yield service
    service.close()
    shutil.rmtree(folder)
