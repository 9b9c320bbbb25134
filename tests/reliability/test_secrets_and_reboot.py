"""A task with secrets waits while the server dies, and while the machine reboots; the secret is in no file but its own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from installcast.tasks.secret_files import SecretFiles
from tests.service import Client, Service
from tests.tasks.recipes import Gate, write_gated, write_recipe

NewService = Callable[..., Service]

SECRET = "correct-horse-battery"
ONE_SECRET = "parameters: [{name: password, env: PASSWORD, secret: true}]\n"


@pytest.fixture
def scene(new_service: NewService, gate: Callable[..., Gate]) -> Iterator[tuple[Service, Client, Gate, str]]:
    """A task that holds the only place, and one with a secret that waits for it."""
    opener = gate()
    service = new_service(runner={"max_parallel": 1})
    write_gated(service.recipes, "first")
    write_recipe(
        service.recipes, "web", 'echo "length ${#PASSWORD}"; echo "it is $PASSWORD"\n', declared=ONE_SECRET
    )
    service.start()
    client = service.client()
    first = client.install("first", gate=str(opener.path))
    with client.watch(first) as viewer:
        assert json.loads(viewer.recv())["message"] == "started"
    task_id = client.install("web", password=SECRET)
    yield service, client, opener, task_id
    SecretFiles(service.data_dir).clean(keep=())


def secret_file(service: Service, task_id: str) -> Path:
    """Return where the secrets of a task lie."""
    return SecretFiles(service.data_dir).folder / f"{task_id}.secrets"


def files_with_secret(*folders: Path) -> list[Path]:
    """Return the files below ``folders`` that hold the secret."""
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if SECRET.encode() in path.read_bytes()]


def test_the_server_is_killed(scene: tuple[Service, Client, Gate, str]) -> None:
    """After kill -9 and a new start it runs with its secret, which no file but its own ever held, and none at the end."""
    service, client, opener, task_id = scene
    own = secret_file(service, task_id)
    assert files_with_secret(service.folder, own.parent) == [own]
    assert own.stat().st_mode & 0o777 == 0o600
    service.kill()
    assert files_with_secret(service.folder, own.parent) == [own]
    service.start()
    opener.open()
    records = client.records(task_id)
    assert [record["message"] for record in records][:2] == ["length 21", "it is ***"]
    assert records[-1]["status"] == "succeeded"
    assert files_with_secret(service.folder, own.parent) == []


def test_the_machine_reboots(scene: tuple[Service, Client, Gate, str]) -> None:
    """What lay in memory is gone, and so are all processes: the one with the secret is interrupted, says why, and never runs."""
    service, client, opener, task_id = scene
    own = secret_file(service, task_id)
    (first,) = [folder for folder in (service.data_dir / "tasks").iterdir() if folder.name != task_id]
    service.kill()
    opener.open()
    shutil.rmtree(own.parent)
    started = first / "started"
    values = json.loads(started.read_text())
    started.write_text(json.dumps(values | {"boot_id": "00000000-0000-4000-8000-000000000000"}))
    (first / "exit.json").unlink(missing_ok=True)
    service.start()
    status = client.finish(task_id)
    assert (status["status"], status["error"]["code"]) == ("interrupted", "SECRET_LOST")
    assert status["after_state"] == "unchanged"
    words = [record["message"] for record in client.history(task_id)]
    assert words == ["The secret parameters are gone: nothing was run."]
    assert files_with_secret(service.folder) == []
    again = client.error("POST", f"/v1/soft/tasks/{task_id}/retry")
    assert (again[0], again[1]["field"]) == (400, "password")
