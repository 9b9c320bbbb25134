"""Watching: leaving, coming back, and a service that goes away."""

from __future__ import annotations

import json

import pytest

from installcast.cli.client import Client
from installcast.cli.follow import Follower, Line
from installcast.cli.text import Speaker
from installcast.errors import ServiceUnreachableError

from .conftest import Service


def test_control_c_leaves_and_the_task_goes_on(service: Service) -> None:
    """It says how to come back; what it says works."""
    gate = service.gate("leave")
    watching = service.open("install", "gate", "--param", gate.param)
    watching.wait_for("before the gate")
    watching.interrupt()
    assert watching.finish() == 130
    command = next(line for line in watching.err.splitlines() if "installcast logs" in line)
    arguments = command.partition("installcast ")[2].split()
    gate.open("through")
    back = service.run(*arguments)
    assert back.returncode == 0
    assert "after the gate: through" in back.stdout
    assert "before the gate" not in back.stdout


def test_a_killed_service_is_waited_for(own_service: Service) -> None:
    """The install goes on, the watcher comes back to the service that was started again: no line missing, none twice."""
    service = own_service
    gate = service.gate("crash")
    watching = service.open("install", "gate", "--param", gate.param, "--json")
    watching.wait_for("before the gate")
    service.kill()
    watching_lines = watching.out.count("\n")
    service.start()
    gate.open()
    assert watching.finish() == 0
    seqs = [json.loads(line)["seq"] for line in watching.out.splitlines()]
    assert seqs == list(range(len(seqs)))
    assert len(seqs) > watching_lines


def test_a_lost_service_is_told(own_service: Service) -> None:
    """A person is told that the connection is gone, and that the task is not."""
    service = own_service
    gate = service.gate("told")
    watching = service.open("install", "gate", "--param", gate.param)
    watching.wait_for("before the gate")
    service.kill()
    watching.wait_for("The connection was lost")
    service.start()
    gate.open()
    assert watching.finish() == 0
    assert "after the gate: go" in watching.out


def test_realtime_switched_off(own_service: Service) -> None:
    """The log is read over HTTP instead, and ends the same."""
    service = own_service
    service.stop()
    service.config.write_text(service.config.read_text() + "log: {realtime_enabled: false}\n")
    service.start()
    gate = service.gate("polled")
    watching = service.open("install", "gate", "--param", gate.param)
    watching.wait_for("before the gate")
    service.kill()
    watching.wait_for("The connection was lost")
    service.start()
    gate.open()
    assert watching.finish() == 0
    assert watching.out.splitlines()[:2] == ["before the gate", "after the gate: go"]


def test_patience_ends(own_service: Service) -> None:
    """A service that does not come back is given up, with 5 and the command to come back with."""
    service = own_service
    gate = service.gate("patience")
    task_id = service.run("install", "gate", "--param", gate.param, "--detach").stdout.strip()
    with Client.over_socket(service.data_dir / "installcast.sock", say=Speaker("en"), start="x") as client:
        batches = iter(Follower(client, task_id, patience=0.0))
        while not any(isinstance(event, Line) for event in next(batches)):
            pass
        service.kill()
        with pytest.raises(ServiceUnreachableError):
            for _ in batches:
                pass
    service.start()
    gate.open()
    service.run("logs", "-f", task_id)


def test_no_service_is_5(own_service: Service) -> None:
    """One line says where it was looked for and how to start it; without a data folder, too."""
    own_service.stop()
    for arguments in (
        ["ps"],
        ["install", "hello"],
        ["--data-dir", str(own_service.folder / "nowhere"), "ps"],
    ):
        done = own_service.run(*arguments)
        assert done.returncode == 5
        assert len(done.stderr.strip().splitlines()) == 1
        assert "installcast serve" in done.stderr


def test_no_server_at_the_address_is_5(service: Service) -> None:
    """Nothing listens there, or something else does."""
    assert service.run("--server", "http://127.0.0.1:9", "ps").returncode == 5
    other = service.run("--server", f"{service.url}/some/where/else", "ps")
    assert other.returncode in {3, 5}


def test_tokens_over_http(service: Service) -> None:
    """With --server: the token of the environment decides; without a good one it is 4."""
    token = service.run("token", "--sub", "alice").stdout.strip()
    good = {"INSTALLCAST_TOKEN": token}
    done = service.run("--server", service.url, "install", "hello", environment=good)
    assert done.returncode == 0, done.stderr
    assert "hello world" in done.stdout
    assert service.run("--server", service.url, "ps").returncode == 4
    assert (
        service.run("--server", service.url, "ps", environment={"INSTALLCAST_TOKEN": "x.y.z"}).returncode == 4
    )
    reader = service.run("token", "--sub", "bob", "--scope", "soft:read").stdout.strip()
    refused = service.run(
        "--server", service.url, "install", "hello", environment={"INSTALLCAST_TOKEN": reader}
    )
    assert refused.returncode == 4
    assert "soft:install" in refused.stderr


def test_somebody_elses_task_is_not_there(service: Service) -> None:
    """3, like a task that does not exist."""
    task_id = service.run("install", "hello", "--detach").stdout.strip()
    token = service.run("token", "--sub", "mallory").stdout.strip()
    options = {"INSTALLCAST_TOKEN": token}
    assert service.run("--server", service.url, "logs", "-f", task_id, environment=options).returncode == 3
    service.run("logs", "-f", task_id)
