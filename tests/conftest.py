"""What every test shares: gates for scripts, and the count, at the end, of what a run left out and why."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.tasks.recipes import Gate

_LONG = Path(__file__).parent / "reliability"

BROWSERS = ("chromium", "chromium-browser", "google-chrome")

_NO_BROWSER = "no Chromium here: apt-get install chromium, or run `make test` as root"


_NO_ROOT = "needs root for namespaces or devices of its own: run `make test` as root"


def _has_browser() -> bool:
    return any(shutil.which(name) for name in BROWSERS)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put faults first and browser tests last; what this machine or user cannot run is left out, and counted at the end."""
    if os.geteuid() != 0:
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("machine")])
        items[:] = [item for item in items if not item.get_closest_marker("machine")]
    # What takes longest begins first, so that no worker is left alone with it at the end.
    items.sort(key=lambda item: not item.path.is_relative_to(_LONG))
    with_browser = [item for item in items if item.get_closest_marker("browser")]
    items[:] = [item for item in items if not item.get_closest_marker("browser")]
    if _has_browser():
        # Playwright's event loop stays in this thread until its browser is closed: no asyncio test can follow.
        items += with_browser
    else:
        config.hook.pytest_deselected(items=with_browser)


class _LeftOut:
    """Counts, by reason, the tests that a run did not perform. Workers, which all collect the same, send their count along."""

    def __init__(self) -> None:
        self.reasons: dict[str, int] = {}

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        for item in items:
            if item.get_closest_marker("browser") and not _has_browser():
                self._count(_NO_BROWSER)
            elif item.get_closest_marker("root"):
                self._count("installs real packages: run `make test-root` as root")
            elif item.get_closest_marker("soak"):
                self._count("takes minutes to hours: run `make soak`")
            elif item.get_closest_marker("machine") and os.geteuid() != 0:
                self._count(_NO_ROOT)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not is_worker() and isinstance(report.longrepr, tuple):
            self._count(report.longrepr[2].removeprefix("Skipped: "))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if is_worker():
            session.config.workeroutput["left out"] = self.reasons  # type: ignore[attr-defined]

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        for reason, count in getattr(node, "workeroutput", {}).get("left out", {}).items():
            self.reasons[reason] = max(count, self.reasons.get(reason, 0))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.reasons:
            terminalreporter.section("left out of this run")
            for reason, count in sorted(self.reasons.items()):
                terminalreporter.write_line(f"{count:4d}  {reason}")

    def _count(self, reason: str) -> None:
        self.reasons[reason] = self.reasons.get(reason, 0) + 1


def pytest_configure(config: pytest.Config) -> None:
    """Keep the count; let what the tests start hear Ctrl-C."""
    # A shell starts its background jobs with SIGINT ignored, and children inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    config.pluginmanager.register(_LeftOut(), "left-out")


def is_worker() -> bool:
    """Return whether this process is one of several that share the tests."""
    return "PYTEST_XDIST_WORKER" in os.environ


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Callable[[str], Gate]]:
    """Make gates by name: what a script waits for until the test lets it go on."""
    gates: list[Gate] = []

    def make(name: str = "gate") -> Gate:
        gates.append(Gate(tmp_path / name))
        return gates[-1]

    yield make
    for made in gates:
        made.close()
