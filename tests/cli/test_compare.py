"""A failed task beside one that succeeded, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

from .conftest import Service


def test_both_runs_as_a_diff(service: Service, tmp_path: Path) -> None:
    """The success first, as what was before; as JSON what the service says; 1 and the reason where there is nothing to show."""
    left = tmp_path / "app.conf"
    install = ("install", "parting", "--param", f"left={left}")
    assert service.run(*install).returncode == 0
    left.touch()
    assert service.run(*install).returncode == 3
    tasks = [json.loads(line) for line in service.run("ps", "--all", "--json").stdout.splitlines()]
    bad, good = (task["task_id"] for task in tasks if task["key"] == "parting")
    done = service.run("compare", "parting")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        f"--- {good}",
        f"+++ {bad}",
        "  1: Preparing",
        "- 2: Writing the configuration app.conf",
        "+ 2: Keeping the configuration app.conf",
        "libapp: 1.3.0 then, 1.2.0 now",
    ]
    found = json.loads(service.run("compare", bad, good, "--json").stdout)
    assert (found["with"], found["place"]["here"][0]["seq"]) == (good, 1)
    done = service.run("compare", good)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "The task did not fail.\n")
