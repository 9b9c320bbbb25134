"""Small recipes, and a script that waits until its test lets it go on."""

from __future__ import annotations

import os
from pathlib import Path

GATED = """
echo started
read -r answer <"$GATE"
echo "let go: $answer"
"""
"""Prints a line, then waits at the FIFO named by its parameter ``gate``."""

GATE_PARAMETER = '  - {name: gate, env: GATE, type: string, pattern: "/[^ ]+"}\n'


def write_recipe(
    folder: Path, key: str, install: str = "echo hello\n", *, declared: str = "", **scripts: str
) -> Path:
    """Write the recipe ``key`` below ``folder``: scripts by action, and ``declared``, further lines of ``recipe.yaml``."""
    home = folder / key
    home.mkdir(parents=True, exist_ok=True)
    scripts = {"install": install, **scripts}
    for action, text in scripts.items():
        path = home / f"{action}.sh"
        path.write_text("#!/bin/bash\n" + text)
        path.chmod(0o755)
    actions = ", ".join(f"{action}: {action}.sh" for action in scripts)
    (home / "recipe.yaml").write_text(
        f'key: {key}\nversions: ["1.0", "2.*"]\n{declared}actions: {{{actions}}}\n'
    )
    return home


def write_gated(folder: Path, key: str, *, declared: str = "", **scripts: str) -> Path:
    """Write a recipe whose install waits at its gate."""
    return write_recipe(folder, key, GATED, declared=f"{declared}parameters:\n{GATE_PARAMETER}", **scripts)


class Gate:
    """A FIFO at which a script waits."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._told = path.with_name(f"{path.name}.told")
        os.mkfifo(path)
        os.mkfifo(self._told)
        # Both ways, so that opening it never waits, whoever comes first.
        self._descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)

    def open(self, answer: str = "go") -> None:
        """Let one script go on."""
        os.write(self._descriptor, f"{answer}\n".encode())

    def wait(self) -> None:
        """Return when a script has written to the FIFO beside this one, ``$GATE.told``."""
        self._told.read_bytes()

    def close(self) -> None:
        """Give the descriptor back."""
        os.close(self._descriptor)
