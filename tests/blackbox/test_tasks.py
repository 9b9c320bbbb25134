"""Section 3 of the contract: states, ids, one active task a recipe, the queue; and what survives a crash."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.service import Client, Service

TASK_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,127}")


def test_the_id_is_made_of_key_version_and_a_ulid(client: Client) -> None:
    """`<key>-<version>-<ulid>`, and the log file is called like the task."""
    answer = client.data("POST", "/v1/soft/install", status=202, json={"key": "chatter", "version": "1.5"})
    assert TASK_ID.fullmatch(answer["task_id"])
    assert re.fullmatch(r"chatter-1\.5-[0-9a-hjkmnp-tv-z]{26}", answer["task_id"])
    assert answer["installName"] == answer["task_id"] + ".log"
    client.finish(answer["task_id"])


def test_one_active_task_a_recipe(client: Client) -> None:
    """A second install of the same recipe is refused, and the answer names the one that runs."""
    task_id = client.install("slow")
    status, error = client.error("POST", "/v1/soft/install", json={"key": "slow"})
    assert (status, error["type"]) == (409, "task_active")
    assert task_id in error["detail"]
    client.finish(task_id)


def test_a_foreign_active_task_is_not_named(client: Client, service: Service) -> None:
    """Somebody who may not see the active task learns that there is one, and no more."""
    task_id = client.install("slow")
    bob = service.client("bob")
    answer = bob.http.post("/v1/soft/install", json={"key": "slow"})
    assert answer.status_code == 409
    assert task_id not in answer.text
    client.finish(task_id)


def test_tasks_over_the_limit_wait_in_order(start_service: Callable[..., Service]) -> None:
    """With max_parallel 1 the second task is queued, is told its place, and runs when the first has ended."""
    client = start_service(runner={"max_parallel": 1}).client()
    first = client.install("slow", count="40")
    second = client.install("chatter")
    third = client.install("bare")
    status = client.status(second)
    assert (status["status"], status["queue_position"]) == ("queued", 1)
    assert client.status(third)["queue_position"] == 2
    states = [client.finish(task) for task in (first, second, third)]
    assert [state["status"] for state in states] == ["succeeded"] * 3
    assert states[0]["finished_at"] <= states[1]["started_at"]
    assert states[1]["finished_at"] <= states[2]["started_at"]


def test_cancel_ends_a_running_task(client: Client) -> None:
    """A canceled task is `canceled`, its last record a WARN."""
    task_id = client.install("slow", count="100000")
    with client.watch(task_id) as viewer:
        viewer.recv()
        client.data("POST", f"/v1/soft/tasks/{task_id}/cancel")
    last = client.records(task_id)[-1]
    assert (last["status"], last["level"], last["final"]) == ("canceled", "WARN", True)
    assert client.status(task_id)["status"] == "canceled"
    assert client.error("POST", f"/v1/soft/tasks/{task_id}/cancel")[0] == 409


def test_cancel_ends_a_queued_task_at_once(start_service: Callable[..., Service]) -> None:
    """A task that waits is canceled without ever running; its log ends, too."""
    client = start_service(runner={"max_parallel": 1}).client()
    first = client.install("slow", count="100000")
    second = client.install("chatter")
    client.data("POST", f"/v1/soft/tasks/{second}/cancel")
    records = client.records(second)
    assert records[-1]["status"] == "canceled"
    assert client.status(second)["started_at"] is None
    client.data("POST", f"/v1/soft/tasks/{first}/cancel")
    client.finish(first)


def test_retry_is_a_new_task(client: Client) -> None:
    """Retry runs the same again under a new id; a task that lives is not retried."""
    task_id = client.install("chatter", version="1.9", port="8090")
    client.finish(task_id)
    again = client.data("POST", f"/v1/soft/tasks/{task_id}/retry", status=202)["task_id"]
    assert again != task_id
    state = client.finish(again)
    assert (state["version"], state["status"]) == ("1.9", "succeeded")
    assert {"name": "url", "value": "http://127.0.0.1:8090/", "secret": False} in state["results"]


def test_retry_asks_for_secrets_again(client: Client) -> None:
    """A secret is kept nowhere, so a retry without it is refused, and one with it runs."""
    task_id = client.install("secretive", pwd="correct-horse")
    client.finish(task_id)
    status, error = client.error("POST", f"/v1/soft/tasks/{task_id}/retry")
    assert (status, error["field"]) == (400, "pwd")
    answer = client.data("POST", f"/v1/soft/tasks/{task_id}/retry", status=202, json={"pwd": "correct-horse"})
    assert client.finish(answer["task_id"])["status"] == "succeeded"


def test_the_exit_status_of_a_signal(client: Client) -> None:
    """A script that a signal ended failed with 128 + the signal's number."""
    state = client.finish(client.install("failing", how="signal"))
    assert (state["status"], state["exit_code"]) == ("failed", 137)


def test_an_install_survives_kill_9_of_the_service(start_service: Callable[..., Service]) -> None:
    """After SIGKILL and a new start the install went on, the log is whole, and a viewer resumes without gap or double."""
    service = start_service()
    client = service.client()
    task_id = client.install("slow", count="60")
    seen: list[str] = []
    with client.watch(task_id) as viewer:
        while len(seen) < 5:
            seen.append(str(viewer.recv()))
        service.kill()
        seen += [str(frame) for frame in _rest(viewer)]
    service.start()
    with client.watch(task_id, f"&since={len(seen)}") as viewer:
        seen += [str(frame) for frame in viewer]
    answer = client.http.get("/v1/log/download", params={"task_id": task_id, "format": "jsonl"})
    assert answer.text == "".join(frame + "\n" for frame in seen)
    lines = client.http.get("/v1/log/download", params={"task_id": task_id}).text.splitlines()
    assert [line for line in lines if line.startswith("line ")] == [f"line {n} of 60" for n in range(1, 61)]
    assert client.status(task_id)["status"] == "succeeded"


def test_an_install_that_ends_while_the_service_is_down(start_service: Callable[..., Service]) -> None:
    """A task whose end nobody saw is told as it was."""
    service = start_service()
    client = service.client()
    task_id = client.install("failing")
    service.kill()
    service.start()
    state = client.finish(task_id)
    assert (state["status"], state["exit_code"]) == ("failed", 7)


def test_queued_tasks_survive_a_restart(start_service: Callable[..., Service]) -> None:
    """An accepted task runs, though the service was killed before its turn; its secret with it."""
    service = start_service(runner={"max_parallel": 1})
    client = service.client()
    first = client.install("slow", count="30")
    second = client.install("secretive", pwd="correct-horse")
    service.kill()
    service.start()
    assert client.finish(first)["status"] == "succeeded"
    assert client.finish(second)["status"] == "succeeded"
    text = client.http.get("/v1/log/download", params={"task_id": second}).text
    assert "the password is ***" in text


def _rest(viewer: object) -> list[object]:
    """What a dead service had sent before it died."""
    from websockets.exceptions import ConnectionClosed

    frames: list[object] = []
    try:
        while True:
            frames.append(viewer.recv(timeout=5))  # type: ignore[attr-defined]
    except (ConnectionClosed, OSError):
        return frames
