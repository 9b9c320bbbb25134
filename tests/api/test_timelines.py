"""``/v1/soft/timelines`` over the wire, and what the catalog and a plan say of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from installcast.catalog.timelines import RecordedRuns, Run, file_name
from installcast.parse.timeline import Segment, Timeline
from installcast.tasks.timelines import this_machine

from .conftest import Service, finish, refused

KEY = {"key": "greet"}


def learned(service: Service, version: str, action: str, seconds: float) -> None:
    """Let the service have learned from a run."""
    timeline = Timeline(seconds, (Segment(1, 1, 0.0, seconds),))
    run = Run(timeline, "2026-01-02T03:04:05.000000Z", this_machine(), "")
    folder = service.settings.timelines_dir / "greet"
    folder.mkdir(parents=True, exist_ok=True)
    recorded = RecordedRuns("greet", version, action, (run,))
    (folder / file_name(version, action)).write_bytes(recorded.encode())


@pytest.fixture
def known(service: Service) -> Iterator[Service]:
    """A service that knows of two versions and two actions; what is left of it is forgotten."""
    learned(service, "1.0", "install", 12.3)
    learned(service, "1.0", "uninstall", 4.0)
    learned(service, "2.1", "install", 130.0)
    yield service
    with service.local() as local:
        local.delete("/v1/soft/timelines", params=KEY)


@pytest.fixture
def alice(service: Service) -> Iterator[httpx.Client]:
    with service.client() as client:
        yield client


def test_what_is_known(known: Service, alice: httpx.Client) -> None:
    """By version and action: how long, when, from where."""
    data = alice.get("/v1/soft/timelines", params=KEY).json()["data"]
    assert data["key"] == "greet"
    found = {(entry["version"], entry["action"]): entry["seconds"] for entry in data["timelines"]}
    assert found == {("1.0", "install"): 12.3, ("1.0", "uninstall"): 4.0, ("2.1", "install"): 130.0}
    assert data["timelines"][0] == {
        "version": "1.0",
        "action": "install",
        "seconds": 12.3,
        "runs": 1,
        "recorded_at": "2026-01-02T03:04:05.000000Z",
        "shipped": False,
        "here": True,
    }


def test_the_catalog_and_a_plan_say_how_long_it_takes(known: Service, alice: httpx.Client) -> None:
    """`expected_seconds` in the list by version and action; in a plan for what is planned, null where nobody knows."""
    software = alice.get("/v1/soft/list").json()["data"]["software"]
    entries: dict[str, Any] = {entry["key"]: entry["expected_seconds"] for entry in software}
    assert entries["greet"] == {"1.0": {"install": 12.3, "uninstall": 4.0}, "2.1": {"install": 130.0}}
    assert entries["wait"] == {}
    for version, seconds in (("2.1", 130.0), ("2.2", None)):
        plan = alice.post("/v1/soft/plan", json={"key": "greet", "version": version}).json()["data"]
        assert plan["expected_seconds"] == seconds


def test_export(known: Service, alice: httpx.Client) -> None:
    """The content of a file that a recipe can ship, with nothing of this machine; 404 for what is not known."""
    content = alice.get("/v1/soft/timelines/export", params={**KEY, "version": "2.1"}).json()["data"]
    assert (content["format"], content["key"], content["version"], content["action"]) == (
        1,
        "greet",
        "2.1",
        "install",
    )
    assert content["runs"][0]["machine"] == ""
    assert content["runs"][0]["timeline"]["duration"] == 130.0
    for query in ({"version": "9"}, {"version": "2.1", "action": "upgrade"}, {"version": "../../secret"}):
        answer = alice.get("/v1/soft/timelines/export", params=KEY | query)
        assert refused(answer, 404)["type"] == "timeline_not_found"
    refused(alice.get("/v1/soft/timelines/export", params={**KEY, "version": "2.1", "action": "verify"}), 400)


def test_forgetting(known: Service) -> None:
    """One version, one action, or all; twice does no harm."""
    with known.client("root", ("admin",)) as admin:

        def forget(**query: str) -> list[dict[str, str]]:
            answer = admin.delete("/v1/soft/timelines", params={**KEY, **query})
            forgotten: list[dict[str, str]] = answer.json()["data"]["forgotten"]
            return forgotten

        assert forget(action="uninstall") == [{"version": "1.0", "action": "uninstall"}]
        assert forget(version="2.1") == [{"version": "2.1", "action": "install"}]
        assert forget() == [{"version": "1.0", "action": "install"}]
        assert forget() == []
        assert admin.get("/v1/soft/timelines", params=KEY).json()["data"]["timelines"] == []


@pytest.mark.parametrize("key", ["nosuch", "../greet", "", "a\0b"])
def test_no_such_recipe(service: Service, key: str) -> None:
    """404 that names it, and nothing outside of the folder is touched."""
    with service.client("root", ("admin",)) as admin:
        for answer in (
            admin.get("/v1/soft/timelines", params={"key": key}),
            admin.get("/v1/soft/timelines/export", params={"key": key, "version": "1.0"}),
            admin.delete("/v1/soft/timelines", params={"key": key}),
        ):
            assert refused(answer, 404)["type"] == "recipe_not_found"


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/v1/soft/timelines?key=greet", "soft:read"),
        ("GET", "/v1/soft/timelines/export?key=greet&version=1.0", "soft:read"),
        ("DELETE", "/v1/soft/timelines?key=greet", "admin"),
    ],
)
def test_scopes(known: Service, method: str, path: str, scope: str) -> None:
    """Whoever may read the catalog may read these; only an administrator may forget."""
    with known.client(None) as nobody:
        refused(nobody.request(method, path), 401)
    others = tuple({"soft:install", "soft:read", "log:read"} - {scope})
    with known.client("bob", others) as bob:
        refused(bob.request(method, path), 403)
    with known.client("bob", (scope,)) as bob:
        assert bob.request(method, path).status_code == 200


def test_a_task_says_how_long_its_kind_takes(known: Service, alice: httpx.Client) -> None:
    """In its state and in the list: while it runs, and beside what it took once it has ended."""
    for version, seconds in (("2.1", 130.0), ("2.2", None)):
        task_id = alice.post("/v1/soft/install", json={**KEY, "version": version}).json()["data"]["task_id"]
        ended = finish(known, task_id)
        assert ended["expected_seconds"] == seconds
        assert 0 <= ended["seconds"] < 60
        (listed,) = alice.get("/v1/soft/tasks", params={"q": task_id}).json()["data"]["tasks"]
        assert (listed["seconds"], listed["expected_seconds"]) == (ended["seconds"], seconds)
