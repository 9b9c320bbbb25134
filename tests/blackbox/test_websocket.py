"""Section 5 of the contract: the plain protocol, installcast.v2, close codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.service import Client, Service


@pytest.fixture(scope="module")
def done(client: Client) -> str:
    """A task that has ended."""
    task_id = client.install("chatter")
    client.finish(task_id)
    return task_id


def close_code(viewer: ClientConnection) -> int | None:
    """Read to the end and return the close code."""
    with suppress(ConnectionClosed):
        while True:
            viewer.recv(timeout=20)
    return viewer.close_code


def test_history_then_live(client: Client) -> None:
    """A viewer that comes late gets everything from the start, then what is new, then 1000."""
    task_id = client.install("slow", count="20")
    with client.watch(task_id) as first:
        for _ in range(5):
            first.recv()
        late = client.records(task_id)
    assert [record["seq"] for record in late] == list(range(len(late)))
    assert late[-1]["final"] is True


def test_the_close_after_the_final_record_is_1000(client: Client, done: str) -> None:
    """The end of a log is a normal closure."""
    with client.watch(done) as viewer:
        assert close_code(viewer) == 1000


def test_since_and_tail(client: Client, done: str) -> None:
    """`since=N` starts at seq N, `tail=N` at the last N records."""
    whole = client.records(done)
    assert client.records(done, "&since=4") == whole[4:]
    assert client.records(done, "&tail=2") == whole[-2:]
    assert client.records(done, "&tail=100000") == whole


def test_since_beyond_the_end(client: Client, done: str) -> None:
    """Nothing is left of a finished task: 1000. A running one waits for the very next record and refuses a later one."""
    total = len(client.history(done))
    for since in (total, total + 10):
        with client.watch(done, f"&since={since}") as viewer:
            assert close_code(viewer) == 1000
    task_id = client.install("slow", count="40")
    with client.watch(task_id, "&since=100000") as viewer:
        assert close_code(viewer) == 4400
    client.finish(task_id)


@pytest.mark.parametrize("query", ["&since=-1", "&since=x", "&tail=-1", "&tail=x", "&since=1&tail=1"])
def test_bad_positions(client: Client, done: str, query: str) -> None:
    """A position that is none: 4400."""
    with client.watch(done, query) as viewer:
        assert close_code(viewer) == 4400


def test_unknown_and_foreign_tasks(client: Client, service: Service, done: str) -> None:
    """Both are 4404, so that nobody learns which ids exist."""
    for viewer in (client.watch("no-such-task"), service.client("bob").watch(done)):
        with viewer:
            assert close_code(viewer) == 4404


def test_no_token_and_no_right(service: Service, done: str) -> None:
    """Without a token 4401, without the scope 4403: after the upgrade, so that a browser can read it."""
    with connect(f"ws://127.0.0.1:{service.port}/v1/log/ws?task_id={done}", proxy=None) as viewer:
        assert close_code(viewer) == 4401
    with service.client("alice", "soft:install").watch(done) as viewer:
        assert close_code(viewer) == 4403


def test_foreign_origin_gets_no_upgrade(client: Client, service: Service, done: str) -> None:
    """A page of another site is refused with 403 before the upgrade."""
    with pytest.raises(InvalidStatus) as refused:
        connect(
            f"ws://127.0.0.1:{service.port}/v1/log/ws?task_id={done}",
            additional_headers={"Authorization": f"Bearer {client.token}", "Origin": "https://evil.example"},
            proxy=None,
        )
    assert refused.value.response.status_code == 403


def test_a_browser_sends_its_token_as_a_subprotocol(client: Client, service: Service, done: str) -> None:
    """`bearer.<jwt>` beside `installcast.v1`: the service answers with the other one, never with the token."""
    with connect(
        f"ws://127.0.0.1:{service.port}/v1/log/ws?task_id={done}",
        subprotocols=["installcast.v1", f"bearer.{client.token}"],  # type: ignore[list-item]
        proxy=None,
    ) as viewer:
        assert viewer.subprotocol == "installcast.v1"
        assert json.loads(viewer.recv())["seq"] == 0


def lines_of(viewer: ClientConnection) -> list[dict[str, Any]]:
    """Return all objects of an installcast.v2 stream; every frame is whole lines."""
    objects: list[dict[str, Any]] = []
    for frame in viewer:
        assert isinstance(frame, str)
        assert frame.endswith("\n")
        objects += [json.loads(line) for line in frame[:-1].split("\n")]
    return objects


def test_v2_says_hello_and_end(client: Client) -> None:
    """hello comes first and names the next seq, records follow without a gap, end comes last."""
    task_id = client.install("slow", count="20")
    with client.watch(task_id) as first:
        first.recv()
    with client.watch(task_id, "&since=1", subprotocols=["installcast.v2"]) as viewer:
        assert viewer.subprotocol == "installcast.v2"
        objects = lines_of(viewer)
    assert (objects[0]["type"], objects[0]["task_id"], objects[0]["next_seq"]) == ("hello", task_id, 1)
    records = [thing for thing in objects if "seq" in thing and not thing.get("partial")]
    assert [record["seq"] for record in records] == list(range(1, len(records) + 1))
    assert objects[-1] == {"type": "end", "status": "succeeded", "last_seq": records[-1]["seq"]}
    statuses = [thing for thing in objects if thing.get("type") == "status"]
    assert statuses
    assert all(status["task_id"] == task_id for status in statuses)


def test_v2_shows_an_unfinished_line(client: Client) -> None:
    """A line that is still being written is shown as partial, with the seq that it will have, and never in the plain protocol."""
    task_id = client.install("secretive", pwd="correct-horse")
    with client.watch(task_id, subprotocols=["installcast.v2"]) as viewer:
        objects = lines_of(viewer)
    partials = [thing for thing in objects if thing.get("partial")]
    assert all("corre" not in partial["message"] for partial in partials)
    assert not any(record.get("partial") for record in client.records(task_id))


def test_too_many_viewers(start_service: Callable[..., Service]) -> None:
    """The viewer over the limit is closed with 4529; one who leaves makes room."""
    client = start_service(log={"max_clients_per_task": 2}).client()
    task_id = client.install("slow", count="200")
    with client.watch(task_id) as first, client.watch(task_id) as second:
        first.recv()
        second.recv()
        with client.watch(task_id) as third:
            assert close_code(third) == 4529
        first.close()
        with client.watch(task_id) as fourth:
            assert json.loads(fourth.recv())["seq"] == 0


def test_realtime_switched_off(start_service: Callable[..., Service]) -> None:
    """`log.realtime_enabled: false`: 4503, and history still answers."""
    client = start_service(log={"realtime_enabled": False}).client()
    task_id = client.install("bare")
    with client.watch(task_id) as viewer:
        assert close_code(viewer) == 4503
    assert client.data("GET", "/v1/log/history", params={"task_id": task_id})["task_id"] == task_id


def test_shutdown_is_told(start_service: Callable[..., Service]) -> None:
    """SIGTERM closes viewers with 1012 and the service is gone within 10 s, exit status 0."""
    service = start_service()
    client = service.client()
    task_id = client.install("slow", count="200")
    with client.watch(task_id) as viewer:
        viewer.recv()
        assert service.stop() == 0
        assert close_code(viewer) == 1012


def test_a_token_that_ends(service: Service, client: Client) -> None:
    """An open socket ends with its token: 4509."""
    task_id = client.install("slow", count="400")
    token = service.run(
        "token", "--sub", "alice", "--scope", "log:read", "--ttl", "2s", check=True
    ).stdout.strip()
    with Client(service, token).watch(task_id) as viewer:
        assert close_code(viewer) == 4509
    client.data("POST", f"/v1/soft/tasks/{task_id}/cancel")
    client.finish(task_id)
