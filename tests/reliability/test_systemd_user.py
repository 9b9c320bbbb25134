"""The service of a user who is not root: as a unit of the user's own systemd, and without one."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reliability.installed import GATE, PROGRAM, UNIT, WAIT_LIMIT, WITH_GATE, boot, gate_of
from tests.reliability.machine import PROGRAMS, REPOSITORY, Machine
from tests.service import Endpoint
from tests.tasks.recipes import GATED, Gate, write_recipe
from tests.until import until

pytestmark = [pytest.mark.machine, pytest.mark.timeout(120)]

USER, UID = "tester", 4711
HOME = Path("/home", USER)
DATA_DIR = HOME / ".local/share/installcast"
OF_USER = {"HOME": str(HOME), "XDG_RUNTIME_DIR": f"/run/user/{UID}"}
PORT = 8090
UNIT_FILE = REPOSITORY / "src/installcast/cli/setup/units/user" / UNIT

MANAGER = f"""
[Service]
User={USER}
Slice=user-{UID}.slice
Type=notify
KillMode=mixed
Delegate=yes
Environment=XDG_RUNTIME_DIR=/run/user/{UID}
ExecStartPre=+/bin/install --directory --mode=700 --owner={USER} --group={USER} /run/user/{UID}
ExecStart=/lib/systemd/systemd --user
"""
"""``user@.service``, which takes a login daemon that the machine does not run."""

OF_SYSTEM = f"""
[Service]
User={USER}
Type=notify
ExecStart={PROGRAM} serve
KillMode=process
Environment=HOME={HOME}
"""
"""The service as the docs have it for another user than root, where the user has no systemd."""


class UserService(Endpoint):
    """The service of the user; ``scope`` says whose systemd it is a unit of."""

    def __init__(self, machine: Machine, *scope: str) -> None:
        super().__init__(PORT)
        self._machine = machine
        self._scope = scope

    def run(self, *arguments: str, check: bool = False) -> subprocess.CompletedProcess[str]:
        return self._machine.call(PROGRAM, *arguments, user=USER, check=check, environment=OF_USER)

    def systemctl(self, *arguments: str) -> str:
        user = USER if self._scope else "root"
        return self._machine.call(
            "systemctl", *self._scope, *arguments, user=user, environment=OF_USER
        ).stdout.strip()

    def folder(self, task_id: str) -> Path:
        return self._machine.path(DATA_DIR / "tasks" / task_id)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A machine with a user, whose systemd runs, and who has done what the unit file says."""
    with contextlib.closing(boot(tmp_path_factory.mktemp("machine"))) as made:
        set_up_user(made)
        yield made


def set_up_user(made: Machine) -> None:
    """Do what the unit files say."""
    made.folder.chmod(0o755)
    made.call("useradd", "--create-home", f"--uid={UID}", USER)
    # The checkout may lie where its owner alone can look.
    for program in PROGRAMS:
        made.call("chmod", "o+x", *map(str, (program, *program.parents)), check=False)
    home = made.path(HOME)
    for folder, source in ((".config/systemd/user", UNIT_FILE), (".config/installcast", None)):
        (home / folder).mkdir(parents=True)
        if source:
            shutil.copy(source, home / folder)
    config = {"server": {"port": PORT}, "recipes": ["/outside/recipes"]}
    (home / ".config/installcast/config.yaml").write_text(json.dumps(config))
    made.call("install", "--directory", f"--owner={USER}", str(DATA_DIR.parent), user="root")
    made.call("ln", "--symbolic", sys.prefix, f"{DATA_DIR.parent}/installcast-venv")
    made.call("chown", "--recursive", "--no-dereference", f"{USER}:", str(HOME))
    made.path(f"/run/systemd/system/user@{UID}.service").write_text(MANAGER)
    made.path("/run/systemd/system/of-user.service").write_text(OF_SYSTEM)
    made.systemctl("daemon-reload")
    made.systemctl("start", f"user@{UID}")


@pytest.fixture
def gate(machine: Machine) -> Iterator[Gate]:
    """Where a script of the machine waits, at ``/outside/gate``."""
    with gate_of(machine) as made:
        yield made


@pytest.mark.parametrize(
    ("unit", "scope", "isolation"), [(UNIT, ("--user",), "systemd"), ("of-user", (), "session")]
)
def test_installs_of_a_user_go_on(
    unit: str, scope: tuple[str, ...], isolation: str, machine: Machine, gate: Gate
) -> None:
    """Over a restart and a stop of the service: as units of the user's systemd, or left alone by KillMode=process."""
    write_recipe(machine.folder / "recipes", "web", GATED, declared=WITH_GATE)
    service = UserService(machine, *scope)
    service.systemctl("start", unit)
    with machine.network():
        client = service.client()
        task_id = client.install("web", gate=GATE)
        with client.watch(task_id) as viewer:
            assert json.loads(viewer.recv(timeout=WAIT_LIMIT))["message"] == "started"
        listed = machine.call(
            "systemctl",
            "--user",
            "list-units",
            "--plain",
            "--no-legend",
            f"installcast-{task_id}*",
            user=USER,
            environment=OF_USER,
        )
        assert bool(listed.stdout) == (isolation == "systemd")
        service.systemctl("restart", unit)
        assert client.status(task_id)["status"] == "running"
        service.systemctl("stop", unit)
        gate.open()
        until((service.folder(task_id) / "exit.json").exists, "the end of the task")
        service.systemctl("start", unit)
        assert client.finish(task_id)["status"] == "succeeded"
        assert [record["message"] for record in client.history(task_id)][:2] == ["started", "let go: go"]
        client.http.close()
    service.systemctl("stop", unit)


def test_units_that_cannot_be_had(machine: Machine) -> None:
    """Demanded without a systemd of one's own they stop the start, as a mistake in the settings, with the reason."""
    demanded = {"HOME": str(HOME), "INSTALLCAST_RUNNER__ISOLATION": "systemd"}
    refused = machine.call(PROGRAM, "serve", user=USER, check=False, environment=demanded)
    assert refused.returncode == 2
    assert "runner.isolation" in refused.stderr
    assert "XDG_RUNTIME_DIR" in refused.stderr
    told = machine.call(PROGRAM, "doctor", "--json", user=USER, check=False, environment=demanded)
    findings = [json.loads(line) for line in told.stdout.splitlines()]
    assert next(f["state"] for f in findings if f["check"] == "isolation") == "bad"
