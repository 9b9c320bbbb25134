"""Section 4 of the contract: routes, envelopes, bad input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.service import Client, Service

STATUS_KEYS = {
    *(
        "task_id",
        "key",
        "version",
        "action",
        "status",
        "phase",
        "completed",
        "progress",
        "step",
        "current_step",
    ),
    *(
        "total_steps",
        "eta_seconds",
        "progress_basis",
        "activity",
        "stalled",
        "queue_position",
        "results",
        "exit_code",
    ),
    *(
        "error",
        "rollback",
        "after_state",
        "created_at",
        "started_at",
        "finished_at",
        "last_seq",
        "viewers",
        "user",
    ),
}


@pytest.fixture(scope="module")
def done(client: Client) -> str:
    """A task that has ended."""
    task_id = client.install("chatter")
    client.finish(task_id)
    return task_id


def test_install_answers_where_to_look(client: Client) -> None:
    """202 with the task's id, its log's name, its state and three addresses that work."""
    data = client.data("POST", "/v1/soft/install", status=202, json={"key": "bare"})
    assert set(data) == {
        *("task_id", "installName", "status", "progress", "status_url", "history_url", "stream_url"),
    }
    assert data["status"] in {"queued", "running"}
    client.finish(data["task_id"])
    for name in ("status_url", "history_url"):
        assert client.http.get(data[name]).status_code == 200


def test_status_has_every_field(client: Client, done: str) -> None:
    """The status has the agreed keys, whatever the state."""
    state = client.status(done)
    assert set(state) >= STATUS_KEYS
    assert (state["completed"], state["progress"], state["user"]) == (True, 100, "alice")
    assert state["last_seq"] == client.history(done)[-1]["seq"]


def test_history_pages(client: Client, done: str) -> None:
    """Pages count records, the last one has no next, one beyond the end is empty."""
    whole = client.history(done)
    query: dict[str, Any] = {"task_id": done, "offset": 2, "limit": 3}
    page = client.data("GET", "/v1/log/history", params=query)
    assert page["messages"] == whole[2:5]
    assert (page["offset"], page["limit"], page["next_offset"], page["total"]) == (2, 3, 5, len(whole))
    assert (page["completed"], page["status"], page["progress"]) == (True, "succeeded", 100)
    beyond = client.data("GET", "/v1/log/history", params=query | {"offset": 10_000})
    assert (beyond["messages"], beyond["next_offset"]) == ([], None)


def test_history_as_text(client: Client, done: str) -> None:
    """`format=text` gives plain lines."""
    page = client.data("GET", "/v1/log/history", params={"task_id": done, "format": "text"})
    assert "messages" not in page
    assert "red and bold" in page["content"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("offset", "-1"), ("offset", "x"), ("limit", "0"), ("limit", "10001"), ("limit", ""), ("format", "xml")],
)
def test_history_refuses_bad_numbers(client: Client, done: str, name: str, value: str) -> None:
    """A bad offset, limit or format is a 400 that names the field."""
    status, error = client.error("GET", "/v1/log/history", params={"task_id": done, name: value})
    assert (status, error["field"]) == (400, name)


def test_download_is_an_attachment(client: Client, done: str) -> None:
    """The whole log, as a file named like the task."""
    answer = client.http.get("/v1/log/download", params={"task_id": done, "format": "text"})
    assert answer.headers["content-disposition"].startswith("attachment")
    assert f"{done}.log" in answer.headers["content-disposition"]
    assert "red and bold\n" in answer.text


def test_list_shows_the_catalog(client: Client) -> None:
    """Every recipe with its parameters and versions; a broken one is shown as broken and takes no other one down."""
    listed = {entry["key"]: entry for entry in client.data("GET", "/v1/soft/list")["software"]}
    assert {"nginx", "redis", "memcached", "postgresql", "mariadb", "nodejs", "php", "httpie"} <= set(listed)
    chatter = listed["chatter"]
    assert chatter["versions"] == ["2.0", "1.*"]
    assert {"installed_version", "candidate_version", "parameters"} <= set(chatter)
    port = next(parameter for parameter in chatter["parameters"] if parameter["name"] == "port")
    assert (port["type"], port["minimum"], port["maximum"], port["default"]) == ("integer", 1, 65535, 80)
    for key in ("broken", "no-run-bit", "no-script"):
        assert "recipe.yaml" in str(listed[key]) or "install.sh" in str(listed[key])


def test_tasks_are_listed_newest_first(client: Client) -> None:
    """The list filters, and pages by a cursor without a double."""
    ids = []
    for _ in range(3):
        ids.append(client.install("bare"))
        client.finish(ids[-1])
    first = client.data("GET", "/v1/soft/tasks", params={"key": "bare", "limit": 2})
    assert [task["task_id"] for task in first["tasks"]] == [ids[2], ids[1]]
    query = {"key": "bare", "limit": 1, "cursor": first["next_cursor"]}
    assert client.data("GET", "/v1/soft/tasks", params=query)["tasks"][0]["task_id"] == ids[0]
    running = client.data("GET", "/v1/soft/tasks", params={"key": "bare", "status": "failed"})
    assert running["tasks"] == []


def test_idempotency_key(client: Client, service: Service) -> None:
    """The same key and body give the same task, another body a 409, another user another task."""
    headers = {"Idempotency-Key": "one"}
    first = client.data("POST", "/v1/soft/install", status=202, json={"key": "bare"}, headers=headers)
    again = client.data("POST", "/v1/soft/install", status=202, json={"key": "bare"}, headers=headers)
    assert again["task_id"] == first["task_id"]
    assert client.error("POST", "/v1/soft/install", json={"key": "chatter"}, headers=headers)[0] == 409
    client.finish(first["task_id"])
    bob = service.client("bob")
    other = bob.data("POST", "/v1/soft/install", status=202, json={"key": "bare"}, headers=headers)
    assert other["task_id"] != first["task_id"]
    bob.finish(other["task_id"])


def test_plan_changes_nothing(client: Client) -> None:
    """A plan answers and leaves no task behind."""
    before = client.data("GET", "/v1/soft/tasks")["tasks"]
    client.data("POST", "/v1/soft/plan", json={"key": "chatter"})
    assert client.data("GET", "/v1/soft/tasks")["tasks"] == before


def test_getlog_is_the_old_interface(client: Client) -> None:
    """By log file name and by task id: the whole text, and whether it has ended; with the headers of a route that will go."""
    task_id = client.install("slow", count="20")
    with client.watch(task_id) as viewer:
        viewer.recv()
    running = client.data("GET", "/v1/soft/getlog", params={"fn": f"{task_id}.log", "name": "slow"})
    assert running["logs"]["completed"] is False
    client.finish(task_id)
    for name in (f"{task_id}.log", task_id):
        answer = client.http.get("/v1/soft/getlog", params={"fn": name, "name": "slow"})
        assert "deprecation" in answer.headers
        logs = answer.json()["data"]["logs"]
        assert logs["completed"] is True
        assert "line 20 of 20\n" in logs["content"]


@pytest.mark.parametrize(
    "name",
    [
        "../../../../etc/passwd",
        "/etc/passwd",
        "..%2f..%2fetc%2fpasswd",
        "a\0b",
        "installcast.db",
        "secret.key",
        "",
    ],
)
def test_getlog_reads_nothing_but_logs(client: Client, name: str) -> None:
    """Any name that is no task's is not found."""
    assert client.error("GET", "/v1/soft/getlog", params={"fn": name, "name": "x"})[0] in {400, 404}


def test_getlog_can_be_switched_off(start_service: Callable[..., Service]) -> None:
    """`legacy.getlog_enabled: false` makes it 410."""
    client = start_service(legacy={"getlog_enabled": False}).client()
    assert client.error("GET", "/v1/soft/getlog", params={"fn": "x.log", "name": "x"})[0] == 410


BAD_BODIES: list[tuple[dict[str, Any], int, str | None]] = [
    ({}, 400, "key"),
    ({"key": "no-such-recipe"}, 404, None),
    ({"key": "broken"}, 409, None),
    ({"key": "no-run-bit"}, 409, None),
    ({"key": "no-script"}, 409, None),
    ({"key": "chatter", "version": "3.0"}, 400, "version"),
    ({"key": "chatter", "nosuch": "1"}, 400, "nosuch"),
    ({"key": "chatter", "parameters": {"nosuch": "1"}}, 400, "nosuch"),
    ({"key": "chatter", "port": "eighty"}, 400, "port"),
    ({"key": "chatter", "port": "0"}, 400, "port"),
    ({"key": "chatter", "port": ["80"]}, 400, "port"),
    ({"key": "chatter", "mode": "a\nb"}, 400, "mode"),
    ({"key": "chatter", "mode": "a\0b"}, 400, "mode"),
    ({"key": "chatter", "mode": "$(id)"}, 400, "mode"),
    ({"key": "chatter", "mode": "-rf"}, 400, "mode"),
    ({"key": "chatter", "pwd": "short"}, 400, "pwd"),
    ({"key": "secretive"}, 400, "pwd"),
    ({"key": "../chatter"}, 404, None),
    ({"key": 7}, 400, "key"),
]


@pytest.mark.parametrize(("body", "status", "field"), BAD_BODIES)
def test_bad_installs_are_refused_and_leave_nothing(
    client: Client, service: Service, body: dict[str, Any], status: int, field: str | None
) -> None:
    """Each bad body has its status, names its field, and makes neither a task nor a folder."""
    before = client.data("GET", "/v1/soft/tasks")["tasks"], sorted(service.data_dir.rglob("*.jsonl"))
    got, error = client.error("POST", "/v1/soft/install", json=body)
    assert got == status
    if field:
        assert error["field"] == field
    assert (
        client.data("GET", "/v1/soft/tasks")["tasks"],
        sorted(service.data_dir.rglob("*.jsonl")),
    ) == before


@pytest.mark.parametrize("content", [b"{", b"[]", b"7", b"\xff\xfe", b""])
def test_a_body_that_is_no_json_object(client: Client, content: bytes) -> None:
    """Anything but a JSON object is a 400."""
    headers = {"Content-Type": "application/json"}
    assert client.error("POST", "/v1/soft/install", content=content, headers=headers)[0] == 400


def test_a_body_of_10_mb(client: Client) -> None:
    """A huge body is refused with 413."""
    body = b'{"key": "chatter", "mode": "' + b"a" * 10_000_000 + b'"}'
    headers = {"Content-Type": "application/json"}
    try:
        answer = client.http.post("/v1/soft/install", content=body, headers=headers)
    except httpx.WriteError:  # the service may close while the body is still on its way
        return
    assert answer.status_code == 413


TASK_ROUTES = ["/v1/log/status", "/v1/log/history", "/v1/log/download"]


@pytest.mark.parametrize("path", TASK_ROUTES)
@pytest.mark.parametrize("task_id", ["nginx-1.0-01arz3ndektsv4rrffq69g5fav", "../x", "", "a" * 300, "x\0y"])
def test_unknown_tasks(client: Client, path: str, task_id: str) -> None:
    """A task that does not exist is 404 (or a malformed id 400), on every route."""
    assert client.error("GET", path, params={"task_id": task_id})[0] in {400, 404}


@pytest.mark.parametrize("path", TASK_ROUTES)
def test_foreign_tasks_are_unknown(service: Service, done: str, path: str) -> None:
    """Somebody else's task answers like none at all; an admin sees it."""
    bob = service.client("bob")
    foreign = bob.error("GET", path, params={"task_id": done})
    unknown = bob.error("GET", path, params={"task_id": "chatter-2.0-01arz3ndektsv4rrffq69g5fav"})
    assert foreign[0] == unknown[0] == 404
    assert foreign[1]["type"] == unknown[1]["type"] == "task_not_found"
    assert bob.error("GET", "/v1/soft/getlog", params={"fn": f"{done}.log", "name": "chatter"})[0] == 404
    assert service.client("root", "admin").http.get(path, params={"task_id": done}).status_code == 200
    assert done not in bob.http.get("/v1/soft/tasks").text


@pytest.mark.parametrize("path", [*TASK_ROUTES, "/v1/soft/list", "/v1/soft/tasks", "/v1/soft/getlog"])
@pytest.mark.parametrize("token", [None, "nonsense", "a.b.c"])
def test_no_good_token(service: Service, path: str, token: str | None) -> None:
    """Without a good token every route answers 401 in the envelope."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = httpx.get(service.url + path, params={"task_id": "x", "fn": "x", "name": "x"}, headers=headers)
    assert answer.status_code == 401
    assert answer.json()["error"]["type"] == "not_authenticated"


def test_scopes(service: Service) -> None:
    """Who may only read cannot install."""
    reader = service.client("carol", "log:read soft:read")
    assert reader.error("POST", "/v1/soft/install", json={"key": "bare"})[0] == 403


def test_messages_follow_the_language(client: Client) -> None:
    """Errors are told in Chinese to those who ask for it."""
    headers = {"Accept-Language": "zh-CN,zh;q=0.9"}
    answer = client.http.post("/v1/soft/install", json={"key": "no-such-recipe"}, headers=headers)
    assert "没有" in answer.json()["message"]


def test_foreign_host_header(service: Service) -> None:
    """A name that is not the service's own is refused: DNS rebinding."""
    answer = httpx.get(f"{service.url}/v1/soft/list", headers={"Host": "evil.example"})
    assert answer.status_code in {400, 403, 421}


def test_health_needs_no_token(service: Service) -> None:
    """Probes of a supervisor get an answer."""
    assert httpx.get(f"{service.url}/healthz").status_code == 200
    assert httpx.get(f"{service.url}/readyz").status_code == 200


def test_openapi_names_the_routes(service: Service) -> None:
    """The machine-readable description lists what the contract promises."""
    paths = httpx.get(f"{service.url}/openapi.json").json()["paths"]
    assert {"/v1/soft/install", "/v1/soft/tasks/{task_id}", "/v1/log/history"} <= set(paths)


def test_unknown_route_is_an_envelope(client: Client) -> None:
    """Even a wrong path or method answers in the agreed shape."""
    assert client.error("GET", "/v1/nothing")[0] == 404
    assert client.error("GET", "/v1/soft/install")[0] == 405
