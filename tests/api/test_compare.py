"""A failed task beside one that did the same with success, over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from .conftest import Service, finish, refused

COMPARE = "/v1/log/compare"
SCRIPT = """#!/bin/sh
echo "Preparing"
if [ -e "$LEFT" ]; then
    echo "Keeping the configuration ${LEFT##*/}"
else
    echo "Writing the configuration ${LEFT##*/}"
fi
echo "Starting as process $$"
[ ! -e "$LEFT" ] || { echo "error: unknown setting in ${LEFT##*/}" >&2; exit 3; }
echo "Up, $GREETING"
"""
RECIPE = """key: parting
versions: ["2.1", "2.2"]
parameters:
  - {name: left, env: LEFT, type: string}
  - {name: greeting, env: GREETING, type: string, default: hello}
actions: {install: install.sh}
"""


@pytest.fixture(scope="module")
def parting(recipes: Path) -> None:
    """A recipe whose script fails when it finds what another run has left."""
    folder = recipes / "parting"
    folder.mkdir()
    (folder / "recipe.yaml").write_text(RECIPE)
    (folder / "install.sh").write_text(SCRIPT)
    (folder / "install.sh").chmod(0o755)


def run(service: Service, client: httpx.Client, left: Path, **parameters: str) -> str:
    body = {"key": "parting", "left": str(left), **parameters}
    task_id: str = client.post("/v1/soft/install", json=body).json()["data"]["task_id"]
    finish(service, task_id)
    return task_id


def compared(client: httpx.Client, task_id: str, other: str | None = None) -> Any:
    query = {"task_id": task_id} if other is None else {"task_id": task_id, "with": other}
    answer = client.get(COMPARE, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def test_the_first_difference(parting: None, service: Service, tmp_path: Path) -> None:
    """With the last success of that version before it, with the same parameters where there is one; or with a task of choice.

    Where there is nothing to compare the reason is told."""
    left = tmp_path / "app.conf"
    with service.client() as alice, service.client("bob") as bob, service.client("root", ("admin",)) as admin:
        run(service, alice, left, version="2.2")
        same = run(service, alice, left)
        newest = run(service, alice, left, greeting="salve")
        left.touch()
        failed = run(service, alice, left)
        foreign = run(service, bob, left)
        left.unlink()
        run(service, alice, left)

        data = compared(alice, failed)
        assert (data["task_id"], data["with"], data["reason"]) == (failed, same, None)
        assert data["with_finished_at"].endswith("Z")
        place = data["place"]
        assert [line["message"] for line in place["common"]] == ["Preparing"]
        (here,), (there,) = place["here"], place["there"]
        assert here == {
            "seq": 1,
            "level": "INFO",
            "message": "Keeping the configuration app.conf",
            "line": 2,
        }
        assert there["message"] == "Writing the configuration app.conf"
        assert (place["versions"], place["differences"]) == ([], 0)
        # Every page that shows the failure asks: it is found once.
        (service.settings.tasks_dir / same / "journal.jsonl").write_bytes(b"")
        assert compared(alice, failed) == data

        assert compared(alice, failed, newest)["with"] == newest
        assert compared(alice, failed, failed)["reason"] == "same"
        nothing = {"task_id": same, "with": None, "with_finished_at": None, "place": None}
        assert compared(alice, same) == nothing | {"reason": "not_failed"}
        # What alice has done is not for bob to see, not even that it has been done.
        assert compared(bob, foreign) == nothing | {"task_id": foreign, "reason": "no_earlier_success"}
        assert compared(admin, foreign)["with"] == same
        error = refused(bob.get(COMPARE, params={"task_id": foreign, "with": same}), 404)
        assert (error["type"], error["field"]) == ("task_not_found", "with")
        assert refused(bob.get(COMPARE, params={"task_id": failed}), 404)["field"] == "task_id"


def test_who_may_ask(service: Service) -> None:
    """The scope that logs need."""
    with service.client(scopes=("soft:read",)) as reader:
        assert reader.get(COMPARE, params={"task_id": "nginx-1.0-0"}).status_code == 403
    with service.client(None) as nobody:
        assert nobody.get(COMPARE, params={"task_id": "nginx-1.0-0"}).status_code == 401
