"""``/v1/soft`` over the wire: requests, refusals, and nothing left behind by these."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from installcast import Installcast, Settings
from installcast.api.sessions import COOKIE
from installcast.tasks.access import USER_SCOPES

from .conftest import Service, finish, refused
from .serving import serving


@pytest.fixture(scope="module")
def alice(service: Service) -> Iterator[httpx.Client]:
    with service.client() as client:
        yield client


def install(client: httpx.Client, key: str = "greet", **body: Any) -> dict[str, Any]:
    answer = client.post("/v1/soft/install", json={"key": key, **body})
    assert answer.status_code == 202, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


def traces(service: Service) -> list[str]:
    """Everything that an accepted request would leave in the data folder."""
    folder = service.settings.data_dir
    return sorted(
        str(path.relative_to(folder)) for path in folder.rglob("*") if "installcast.db" not in path.name
    )


def test_an_install_is_answered_at_once(service: Service, alice: httpx.Client) -> None:
    """202 with id, log name, state and addresses that work."""
    data = install(alice)
    task_id = data["task_id"]
    assert data["installName"] == f"{task_id}.log"
    assert (data["status"], data["progress"]) in {("queued", 0), ("running", 0)}
    assert data["stream_url"] == f"/v1/log/ws?task_id={task_id}"
    assert finish(service, task_id)["status"] == "succeeded"
    for name in ("status_url", "history_url"):
        assert alice.get(data[name]).status_code == 200


def test_parameters_flat_and_nested(service: Service, alice: httpx.Client) -> None:
    """Old pages send parameters flat, new ones under `parameters`; both reach the script."""
    for body in ({"word": "flat"}, {"parameters": {"word": "nested"}}):
        task_id = install(alice, **body)["task_id"]
        finish(service, task_id)
        text = alice.get("/v1/log/download", params={"task_id": task_id}).text
        assert ("flat" in text) or ("nested" in text)


BAD: list[tuple[Any, int, str | None]] = [
    ({}, 400, "key"),
    ({"key": None}, 400, "key"),
    ({"key": ["greet"]}, 400, "key"),
    ({"key": "nosuch"}, 404, "key"),
    ({"key": "../greet"}, 404, "key"),
    ({"key": "greet\u0000"}, 404, "key"),
    ({"key": "greet", "version": "3.0"}, 400, "version"),
    ({"key": "greet", "version": 1}, 400, "version"),
    ({"key": "greet", "version": "2.0; id"}, 400, "version"),
    ({"key": "greet", "nosuch": "x"}, 400, "nosuch"),
    ({"key": "greet", "parameters": {"nosuch": "x"}}, 400, "nosuch"),
    ({"key": "greet", "parameters": "port=80"}, 400, "parameters"),
    ({"key": "greet", "parameters": ["port"]}, 400, "parameters"),
    ({"key": "greet", "port": "eighty"}, 400, "port"),
    ({"key": "greet", "port": 65536}, 400, "port"),
    ({"key": "greet", "port": 80.5}, 400, "port"),
    ({"key": "greet", "port": True}, 400, "port"),
    ({"key": "greet", "port": {"a": 1}}, 400, "port"),
    ({"key": "greet", "word": "two\nlines"}, 400, "word"),
    ({"key": "greet", "word": "nul\u0000"}, 400, "word"),
    ({"key": "greet", "word": "$(id)"}, 400, "word"),
    ({"key": "greet", "word": "`id`"}, 400, "word"),
    ({"key": "greet", "word": "-rf"}, 400, "word"),
    ({"key": "greet", "pwd": "short"}, 400, "pwd"),
    ({"key": "greet", "pwd": "with\u0000nul-inside"}, 400, "pwd"),
    ([], 400, None),
    ("greet", 400, None),
    (None, 400, None),
    (7, 400, None),
]


@pytest.mark.parametrize("route", ["install", "plan"])
@pytest.mark.parametrize(("body", "status", "field"), BAD)
def test_bad_requests_leave_nothing(
    service: Service, alice: httpx.Client, route: str, body: Any, status: int, field: str | None
) -> None:
    """Each bad body has its status, names its field, and leaves neither a task nor a file."""
    before = alice.get("/v1/soft/tasks").json()["data"], traces(service)
    error = refused(alice.post(f"/v1/soft/{route}", json=body), status)
    if field is not None:
        assert error["field"] == field
    assert (alice.get("/v1/soft/tasks").json()["data"], traces(service)) == before


def test_a_bad_secret_is_not_repeated(alice: httpx.Client) -> None:
    """The refusal of a secret does not show it."""
    answer = alice.post("/v1/soft/install", json={"key": "greet", "pwd": "hunter2\nhunter2"})
    assert refused(answer, 400)["field"] == "pwd"
    assert "hunter2" not in answer.text


def test_a_body_of_ten_megabytes(service: Service, alice: httpx.Client) -> None:
    """413, early, and nothing happened."""
    before = traces(service)
    answer = alice.post("/v1/soft/install", json={"key": "greet", "word": "a" * 10_000_000})
    assert refused(answer, 413)["type"] == "too_large"
    assert traces(service) == before


def test_idempotency(service: Service, alice: httpx.Client) -> None:
    """The same key and body: the same task; another body: 409; another user: another task."""
    headers = {"Idempotency-Key": "once"}

    def post(client: httpx.Client, body: dict[str, str], **more: str) -> httpx.Response:
        return client.post("/v1/soft/install", json=body, headers=headers | more)

    first = post(alice, {"key": "greet", "word": "one"})
    again = post(alice, {"key": "greet", "word": "one"})
    assert again.json()["data"]["task_id"] == first.json()["data"]["task_id"]
    assert refused(post(alice, {"key": "greet", "word": "two"}), 409)["type"] == "idempotency_mismatch"
    finish(service, first.json()["data"]["task_id"])
    with service.client("bob") as bob:
        other = post(bob, {"key": "greet", "word": "one"}).json()["data"]["task_id"]
    assert other != first.json()["data"]["task_id"]
    finish(service, other)
    too_long = alice.post("/v1/soft/install", json={"key": "greet"}, headers={"Idempotency-Key": "x" * 256})
    assert refused(too_long, 400)["field"] == "Idempotency-Key"


def test_one_task_a_recipe(service: Service, alice: httpx.Client) -> None:
    """A second install of the same recipe is a 409, which names the active task to those who may see it."""
    task_id = install(alice, "wait")["task_id"]
    own = refused(alice.post("/v1/soft/install", json={"key": "wait"}), 409)
    assert (own["type"], own["task_id"]) == ("task_active", task_id)
    with service.client("bob") as bob, service.client("root", ("admin",)) as root:
        answer = bob.post("/v1/soft/install", json={"key": "wait"})
        assert "task_id" not in refused(answer, 409)
        assert task_id not in answer.text
        assert refused(root.post("/v1/soft/install", json={"key": "wait"}), 409)["task_id"] == task_id
    assert alice.post(f"/v1/soft/tasks/{task_id}/cancel").status_code == 200
    assert finish(service, task_id)["status"] == "canceled"


def test_cancel_and_retry(service: Service, alice: httpx.Client) -> None:
    """A canceled task can be tried again, an ended one not be canceled, a running one not be retried."""
    first = install(alice, "wait")["task_id"]
    assert refused(alice.post(f"/v1/soft/tasks/{first}/retry"), 409)["type"] == "task_still_active"
    alice.post(f"/v1/soft/tasks/{first}/cancel")
    finish(service, first)
    assert refused(alice.post(f"/v1/soft/tasks/{first}/cancel"), 409)["type"] == "task_not_active"
    bodies: list[Any] = [{}, {"json": {}}, {"json": {"parameters": {}}}]
    for body in bodies:
        again = alice.post(f"/v1/soft/tasks/{first}/retry", **body)
        assert again.status_code == 202, again.text
        task_id = again.json()["data"]["task_id"]
        assert task_id != first
        alice.post(f"/v1/soft/tasks/{task_id}/cancel")
        finish(service, task_id)
    assert refused(alice.post(f"/v1/soft/tasks/{first}/retry", json={"nosuch": 1}), 400)["field"] == "nosuch"


def test_secret_results_go_to_the_owner_once(service: Service, alice: httpx.Client) -> None:
    """No status shows a secret result, an administrator does not get it, its owner gets it once."""
    task_id = install(alice, "secretive")["task_id"]
    assert "hunter2" not in str(finish(service, task_id))
    route = f"/v1/soft/tasks/{task_id}/results"
    with service.client("root", ("admin",)) as root:
        assert root.post(route).json()["data"] == {"results": []}
    first, second = alice.post(route), alice.post(route)
    assert first.json()["data"]["results"] == [{"name": "password", "value": "hunter2-hunter2"}]
    assert second.json()["data"] == {"results": []}


def test_a_page_has_to_say_json(service: Service, alice: httpx.Client) -> None:
    """A browser sends a body without a type for any page, and asks nobody; a program may leave the type out."""
    body = b'{"key": "nosuch"}'
    assert alice.post("/v1/soft/install", content=body).status_code == 404
    headers = {"Origin": service.url}
    assert refused(alice.post("/v1/soft/install", content=body, headers=headers), 415)
    headers["Content-Type"] = "application/json"
    assert alice.post("/v1/soft/install", content=body, headers=headers).status_code == 404


def test_what_a_page_embeds_takes_no_secret_result(service: Service, alice: httpx.Client) -> None:
    """An image of another port that points to the status does not use up what the owner gets once."""
    task_id = install(alice, "secretive")["task_id"]
    finish(service, task_id)
    with service.client(None) as browser:
        browser.cookies.set(COOKIE, service.tokens.issue("alice", USER_SCOPES, 60))
        for site, shown in (("same-site", False), ("cross-site", False), ("same-origin", True)):
            answer = browser.get(
                "/v1/log/status", params={"task_id": task_id}, headers={"Sec-Fetch-Site": site}
            )
            assert ("hunter2-hunter2" in answer.text) is shown, site


UNKNOWN = ["greet-1.0-01arz3ndektsv4rrffq69g5fav", "x", "X", "a" * 300, "%00", "..%2f..%2fetc", "%ff"]


@pytest.mark.parametrize("task_id", UNKNOWN)
@pytest.mark.parametrize(
    ("method", "suffix"), [("GET", ""), ("POST", "/cancel"), ("POST", "/retry"), ("POST", "/results")]
)
def test_unknown_tasks(alice: httpx.Client, task_id: str, method: str, suffix: str) -> None:
    """A task that does not exist is a 404, whatever its id looks like."""
    answer = alice.request(method, f"/v1/soft/tasks/{task_id}{suffix}")
    assert refused(answer, 404)["type"] in {"task_not_found", "not_found"}


def test_foreign_tasks_are_unknown(service: Service, alice: httpx.Client) -> None:
    """Somebody else's task answers exactly like none at all, and is not listed."""
    task_id = install(alice)["task_id"]
    finish(service, task_id)
    with service.client("bob") as bob:
        for method, suffix in (("GET", ""), ("POST", "/cancel"), ("POST", "/retry"), ("POST", "/results")):
            foreign = bob.request(method, f"/v1/soft/tasks/{task_id}{suffix}")
            unknown = bob.request(method, f"/v1/soft/tasks/{UNKNOWN[0]}{suffix}")
            assert foreign.status_code == unknown.status_code == 404
            assert foreign.text == unknown.text.replace(UNKNOWN[0], task_id)
        assert task_id not in bob.get("/v1/soft/tasks").text
    with service.client("root", ("admin",)) as root:
        assert root.get(f"/v1/soft/tasks/{task_id}").status_code == 200
        assert task_id in root.get("/v1/soft/tasks").text


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=x", "limit"),
        ("limit=", "limit"),
        ("status=done", "status"),
        ("status=failed,done", "status"),
        ("status=", "status"),
        ("q=" + "x" * 201, "q"),
        ("cursor=x", "cursor"),
        ("cursor=-1", "cursor"),
    ],
)
def test_a_bad_page(alice: httpx.Client, query: str, field: str) -> None:
    """A bad filter of the list is a 400 that names it."""
    assert refused(alice.get(f"/v1/soft/tasks?{query}"), 400)["field"] == field


def test_pages_of_tasks(service: Service, alice: httpx.Client) -> None:
    """Newest first, filtered, by a cursor without a double."""
    ids = []
    for _ in range(3):
        ids.append(install(alice)["task_id"])
        finish(service, ids[-1])
    found, cursor = [], None
    for _ in range(3):
        query = {
            "key": "greet",
            "status": "succeeded",
            "limit": "1",
            **({"cursor": cursor} if cursor else {}),
        }
        page = alice.get("/v1/soft/tasks", params=query).json()["data"]
        found += [task["task_id"] for task in page["tasks"]]
        cursor = page["next_cursor"]
    assert found == ids[::-1]

    def listed(query: str) -> list[str]:
        answer = alice.get(f"/v1/soft/tasks?key=greet&{query}").json()["data"]
        return [task["task_id"] for task in answer["tasks"]]

    assert ids[2] in listed("status=failed,succeeded")
    assert ids[2] in listed("status=failed&status=succeeded")
    assert listed("status=failed,interrupted") == []
    assert listed(f"q={ids[1].upper()}") == [ids[1]]
    assert ids[2] in listed("q=问候")
    assert listed("user=bob") == []


def test_statistics(service: Service, alice: httpx.Client) -> None:
    """The days that were asked for, of one's own tasks; what is no number of days is refused by name."""
    finish(service, install(alice)["task_id"])
    data = alice.get("/v1/soft/stats").json()["data"]
    assert len(data["days"]) == 14
    assert data["days"][-1]["succeeded"] >= 1
    assert data["durations"][0]["key"] == "greet"
    with service.client("carol") as carol:
        foreign = carol.get("/v1/soft/stats?days=366&tz_offset_minutes=-480").json()["data"]
        assert (len(foreign["days"]), foreign["durations"]) == (366, [])
    for query, field in (
        ("days=0", "days"),
        ("days=367", "days"),
        ("days=x", "days"),
        ("tz_offset_minutes=841", "tz_offset_minutes"),
    ):
        assert refused(alice.get(f"/v1/soft/stats?{query}"), 400)["field"] == field


def test_the_catalog_at_once(start: Callable[..., Service]) -> None:
    """Who does not wait learns that it is not known yet what is installed; who waits learns it."""
    service = start()
    with service.client() as client:
        first = client.get("/v1/soft/list?wait=0").json()["data"]["software"]
        nginx = next(entry for entry in first if entry["key"] == "nginx")
        assert (nginx["installed_version"], nginx["detecting"]) == (None, True)
        assert nginx["keeps"][0]["unless"] == "purge"
        greet = next(entry for entry in first if entry["key"] == "greet")
        assert greet["detecting"] is False
        for path in ("/v1/soft/list", "/v1/soft/list?wait=0"):
            known = client.get(path).json()["data"]["software"]
            assert not any(entry["detecting"] for entry in known)
        for wait in ("-1", "31", "nan", "x"):
            assert refused(client.get(f"/v1/soft/list?wait={wait}"), 400)["field"] == "wait"


def test_the_catalog_speaks_the_readers_language(alice: httpx.Client) -> None:
    """Names of recipes follow Accept-Language."""
    for language, name in (("en", "Greeting"), ("zh-CN", "问候")):
        answer = alice.get("/v1/soft/list", headers={"Accept-Language": language})
        recipe = next(entry for entry in answer.json()["data"]["software"] if entry["key"] == "greet")
        assert recipe["name"] == name
        assert recipe["active_task"] is None


NEEDS = [
    ("POST", "/v1/soft/install", "soft:install"),
    ("POST", "/v1/soft/upgrade", "soft:install"),
    ("POST", "/v1/soft/uninstall", "soft:install"),
    ("POST", "/v1/soft/plan", "soft:install"),
    ("POST", "/v1/soft/tasks/x/cancel", "soft:install"),
    ("POST", "/v1/soft/tasks/x/retry", "soft:install"),
    ("GET", "/v1/soft/tasks/x", "soft:read"),
    ("GET", "/v1/soft/tasks", "soft:read"),
    ("GET", "/v1/soft/list", "soft:read"),
]


@pytest.mark.parametrize(("method", "path", "scope"), NEEDS)
def test_scopes(service: Service, method: str, path: str, scope: str) -> None:
    """Every route needs its scope: 401 without a token, 403 with every other scope, let in with it."""
    options: dict[str, Any] = {"json": {"key": "nosuch"}} if method == "POST" and path.count("/") == 3 else {}
    others = tuple(name for name in USER_SCOPES if name != scope)
    with (
        service.client(None) as nobody,
        service.client("carol", others) as other,
        service.client("carol", (scope,)) as carol,
    ):
        assert refused(nobody.request(method, path, **options), 401)["type"] == "not_authenticated"
        assert refused(other.request(method, path, **options), 403)["type"] == "not_allowed"
        assert carol.request(method, path, **options).status_code in {200, 404}


def test_addresses_behind_a_prefix(start: Callable[..., Service]) -> None:
    """With `server.root_path` the addresses carry the prefix that a proxy strips."""
    prefixed = start(server={"root_path": "/tools/install"})
    assert prefixed.url.endswith("/tools/install")
    bare = prefixed.url.removesuffix("/tools/install")
    with prefixed.client() as client:
        answer = client.post(f"{bare}/v1/soft/install", json={"key": "greet"})
        data = answer.json()["data"]
        assert data["status_url"].startswith("/tools/install/v1/log/status?")
        finish(prefixed, data["task_id"])


def test_addresses_in_a_host(recipes: Any, tmp_path: Any) -> None:
    """In a host's application the addresses carry the host's prefix, and the host's user owns the task."""
    engine = Installcast(Settings(data_dir=tmp_path, recipes=(recipes,)))
    app = FastAPI(lifespan=engine.lifespan)
    app.include_router(engine.router(authenticate=lambda: "alice"), prefix="/panel/tools")
    with serving(app) as url, httpx.Client(base_url=url, timeout=30) as client:
        answer = client.post("/panel/tools/v1/soft/install", json={"key": "greet"})
        data = answer.json()["data"]
        assert data["history_url"].startswith("/panel/tools/v1/log/history?")
        assert client.get(data["status_url"]).json()["data"]["user"] == "alice"
        assert "InstallLogViewer" in client.get("/panel/tools/frontend_realtime_log.js").text
        assert refused(client.get("/panel/tools/v1/log/status"), 400)["field"] == "task_id"
