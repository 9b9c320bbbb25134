"""A systemd that does as a test tells it, to start runners with."""

from __future__ import annotations

from pathlib import Path


class SystemdStub:
    """Stands in the way of ``systemd-run`` and ``systemctl``: what is to happen at each call, one line of shell a call.

    A call behind the last one runs the command as a real one would, but for the unit.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.calls = folder / "calls"
        self._write("systemctl", "echo running")
        self.plan()

    def plan(self, *calls: str) -> None:
        """Say what the next calls of ``systemd-run`` do."""
        lines = "\n".join(f"{number}) {call} ;;" for number, call in enumerate(calls, 1))
        self._write(
            "systemd-run",
            f'echo "$*" >>{self.calls}\ncase $(wc -l <{self.calls}) in\n{lines}\nesac\n'
            'until [ "$1" = -- ]; do shift; done; shift; exec "$@"',
        )

    def stop_the_machine(self) -> None:
        """Let it be about to stop: it refuses all that it is asked for."""
        self._write("systemctl", "echo stopping; exit 1")
        self._write("systemd-run", f"echo >>{self.calls}; echo 'Transaction is destructive' >&2; exit 1")

    def call_it_off(self) -> None:
        """Let it go on after all."""
        self._write("systemctl", "echo running")
        self.plan()

    def options(self) -> list[str]:
        """Return what each call of ``systemd-run`` was given."""
        return self.calls.read_text().splitlines() if self.calls.exists() else []

    def _write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
