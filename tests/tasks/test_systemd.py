"""Under systemd, a runner is a unit of its own and survives a restart of the service. Boots a systemd to see it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from installcast import Settings
from tests.tasks.recipes import write_recipe

pytestmark = [pytest.mark.root, pytest.mark.timeout(120)]

REPOSITORY = Path(__file__).parents[2]

PROBE = """
systemd-run --quiet --unit=server --property=WorkingDirectory={repository} \\
    --property=StandardOutput=append:/out/ids --property=StandardError=append:/out/errors \\
    {python} -m tests.tasks.server '{settings}' '{{"key": "web"}}'
until [ -s /out/ids ]; do sleep 0.1; done
unit=installcast-$(cat /out/ids).service
task={tasks}/$(cat /out/ids)
until grep -q started $task/journal.jsonl; do sleep 0.1; done
until systemctl --quiet is-active $unit; do sleep 0.1; done
main=$(systemctl show --value --property=MainPID $unit)
tr '\\0' ' ' </proc/$main/cmdline; echo
systemctl stop server
systemctl is-active server $unit
touch {tasks}/go
until [ -e $task/exit.json ]; do sleep 0.1; done
cp $task/exit.json $task/journal.jsonl /out
stat --format='%a' $task/*
"""


def test_a_runner_is_no_child_of_the_service(tmp_path: Path) -> None:
    """The service is stopped, control group and all; the install goes on in its own unit, and ends well."""
    settings = Settings(data_dir=tmp_path / "data", recipes=(tmp_path / "recipes",))
    write_recipe(
        tmp_path / "recipes",
        "web",
        f"echo started\nuntil [ -e {settings.tasks_dir}/go ]; do sleep 0.1; done\n",
    )
    out = tmp_path / "out"
    out.mkdir()
    script = tmp_path / "probe.sh"
    script.write_text(
        PROBE.format(
            repository=REPOSITORY,
            python=sys.executable,
            settings=settings.model_dump_json(),
            tasks=settings.tasks_dir,
        )
    )
    visible = dict.fromkeys((tmp_path, REPOSITORY, Path(sys.prefix), Path(sys.base_prefix)))
    # A machine that powers itself off does not end with status 0.
    subprocess.run(
        ["/bin/bash", Path(__file__).with_name("boot_systemd.sh"), out, script, *visible], check=False
    )
    runner, server, unit, *modes, _ = (out / "probe.txt").read_text().splitlines()
    assert "installcast/runner/__main__.py" in runner
    assert (server, unit) == ("inactive", "active")
    assert '"status":"succeeded"' in (out / "exit.json").read_text()
    assert "started" in (out / "journal.jsonl").read_text()
    assert set(modes) <= {"600", "700"}
