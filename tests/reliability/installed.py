"""Installcast on a machine of its own, installed as its unit files say."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.reliability.machine import PROGRAMS, REPOSITORY, Machine
from tests.service import Endpoint
from tests.tasks.recipes import GATE_PARAMETER, Gate
from tests.until import until

UNIT = "installcast.service"
PROGRAM = "/opt/installcast/bin/installcast"
DATA_DIR = Path("/var/lib/installcast")
RECIPES = "recipes"
"""Folder below the machine's ``/outside``."""

GATE = "/outside/gate"
"""Where scripts of a machine wait, as it has it."""

WITH_GATE = f"parameters:\n{GATE_PARAMETER}"

WAIT_LIMIT = 30.0

_UNIT_FILE = REPOSITORY / "src/installcast/cli/setup/units/system" / UNIT
_RUNNER = {"kill_grace": 1, "max_parallel": 4}
_OF_TESTS = f"""[Service]
# Installcast may lie in /tmp, of which this service has one of its own.
BindReadOnlyPaths={" ".join(map(str, PROGRAMS))}
# A service that is kept from the kernel's settings gets a /proc of its own, which would tell the boot of the real machine.
BindReadOnlyPaths=/run/boot_id:/proc/sys/kernel/random/boot_id
# No journal runs here.
StandardError=append:/outside/serve.log
"""
_DAEMON = "[Service]\nExecStart=/bin/sleep infinity\n"


def boot(folder: Path, *, memory: bool = False, **runner: object) -> Machine:
    """Boot a machine with the service on it, enabled. ``runner`` are settings of that section.

    Beside it lies a daemon that was not started, ``sleeper.service``.
    """
    root = folder / "root"
    units = root / "etc/systemd/system"
    wanted = units / "multi-user.target.wants"
    wanted.mkdir(parents=True)
    shutil.copy(_UNIT_FILE, units)
    (wanted / UNIT).symlink_to(f"../{UNIT}")
    (units / f"{UNIT}.d").mkdir()
    (units / f"{UNIT}.d/tests.conf").write_text(_OF_TESTS)
    (units / "sleeper.service").write_text(_DAEMON)
    (root / "opt").mkdir()
    (root / "opt/installcast").symlink_to(sys.prefix)
    (root / "etc/installcast").mkdir()
    # JSON is YAML, too.
    config = {"recipes": [f"/outside/{RECIPES}"], "runner": _RUNNER | runner}
    (root / "etc/installcast/config.yaml").write_text(json.dumps(config))
    (folder / RECIPES).mkdir()
    return Machine(folder, memory=memory)


@contextlib.contextmanager
def gate_of(machine: Machine) -> Iterator[Gate]:
    """Make where a script of the machine waits, at :data:`GATE`."""
    made = Gate(machine.folder / "gate")
    yield made
    made.close()
    for path in machine.folder.glob("gate*"):
        path.unlink()


class InstalledService(Endpoint):
    """The service of a machine, as its unit file starts it."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(port=8089)  # the default, of the machine's own network
        self.machine = machine
        self.recipes = machine.folder / RECIPES

    def run(self, *arguments: str, check: bool = False) -> subprocess.CompletedProcess[str]:
        """Run the command line on the machine."""
        return self.machine.call(PROGRAM, *arguments, check=check)

    def set_up(self, drop_in: str) -> None:
        """Put further lines into the section ``[Service]`` of its unit, for its next stop or start."""
        folder = self.machine.path(f"/run/systemd/system/{UNIT}.d")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "further.conf").write_text(f"[Service]\n{drop_in}\n")
        self.machine.systemctl("daemon-reload")

    def restart(self) -> None:
        """Return when the service takes requests again."""
        # Where the unit does not wait for its old server, the new one is refused, and tried again by the unit.
        self.machine.systemctl("restart", UNIT, check=False)
        until(lambda: self.machine.unit(UNIT, "ActiveState") == "active", "the service to be up")

    def folder(self, task_id: str) -> Path:
        """Return the folder of a task, as it is to be found from here."""
        return self.machine.path(DATA_DIR / "tasks" / task_id)

    def runner(self, task_id: str) -> int:
        """Return the pid of a task's runner, as the machine has it."""
        pid: int = json.loads((self.folder(task_id) / "started").read_text())["pid"]
        return pid

    def control_group(self, task_id: str) -> Path:
        """Return the control group that a task runs in. It goes when no process is left in it."""
        group = self.machine.unit(task_unit(task_id), "ControlGroup")
        assert group
        return self.machine.path(f"/sys/fs/cgroup{group}")


def task_unit(task_id: str) -> str:
    """Return the name of the unit of a task."""
    return f"installcast-{task_id}.service"
