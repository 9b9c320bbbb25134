"""``GET /metrics``: what Prometheus reads, and who else may."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from installcast import Settings
from installcast.api.metrics import router
from installcast.errors import ConfigurationError
from installcast.operation.metrics import agent_family
from installcast.service import Installcast
from installcast.settings import ServerSettings
from tests.api.conftest import Service, finish, refused

DEPLOY = Path(__file__).parents[2] / "deploy"


def figures(text: str) -> dict[str, float]:
    """Return each sample by its name and the values of its labels, in the order of their names."""
    return {
        " ".join([sample.name, *(sample.labels[name] for name in sorted(sample.labels))]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def read(client: httpx.Client) -> dict[str, float]:
    """Read the figures."""
    answer = client.get("/metrics")
    assert answer.status_code == 200, answer.text
    return figures(answer.text)


def test_tasks_viewers_and_requests_are_counted(service: Service) -> None:
    """An install, its viewer, its secrets and the requests for it are there, under names that begin with installcast_."""
    with service.client() as client:
        request = {"key": "greet", "pwd": "hello-hello", "word": "hello"}
        task_id = client.post("/v1/soft/install", json=request).json()["data"]["task_id"]
        finish(service, task_id)
        client.get("/v1/soft/getlog", params={"fn": task_id}, headers={"User-Agent": "curl/8.1"})
        client.get(f"/v1/soft/tasks/{task_id}")
        client.get("/no/such/place")
    with httpx.Client(base_url=service.url) as nobody:
        found = read(nobody)
    assert all(name.startswith("installcast_") for name in found)
    assert found["installcast_tasks_total install  succeeded"] == 1
    assert found["installcast_task_duration_seconds_count install succeeded"] == 1
    assert found["installcast_task_queue_wait_seconds_count"] == 1
    assert (found["installcast_tasks_queued"], found["installcast_tasks_running"]) == (0, 0)
    assert found["installcast_viewer_sent_records_total ws"] >= 1
    assert found["installcast_viewer_sent_bytes_total ws"] > 100
    assert (found["installcast_viewers ws"], found["installcast_viewers sse"]) == (0, 0)
    assert found["installcast_legacy_getlog_requests_total curl"] == 1
    assert found["installcast_http_requests_total GET /v1/soft/tasks/{task_id} 2xx"] == 1
    assert found["installcast_http_requests_total GET other 4xx"] == 1
    assert found["installcast_data_free_bytes"] > 0


def test_only_this_machine_and_administrators_read_them(service: Service) -> None:
    """What comes through a proxy, or with somebody's token, needs admin."""
    with httpx.Client(base_url=service.url) as nobody:
        refused(nobody.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}), 401)
    with service.client() as alice, service.client("root", ("admin",)) as admin:
        refused(alice.get("/metrics"), 403)
        assert admin.get("/metrics").status_code == 200


def test_a_token_of_its_own(start: Callable[..., Service], tmp_path: Path) -> None:
    """With server.metrics_token_file, that token reads them and nobody without it."""
    token = tmp_path / "token"
    token.write_text("0123456789abcdef0123456789abcdef\n")
    token.chmod(0o600)
    service = start(server={"metrics_token_file": token})
    with httpx.Client(base_url=service.url) as client:
        refused(client.get("/metrics"), 401)
        good = {"Authorization": "Bearer 0123456789abcdef0123456789abcdef", "X-Forwarded-For": "192.0.2.1"}
        assert client.get("/metrics", headers=good).status_code == 200


@pytest.mark.parametrize(("content", "mode"), [("short", 0o600), ("0123456789abcdef", 0o644)])
def test_a_bad_token_file_stops_the_start(tmp_path: Path, content: str, mode: int) -> None:
    """A token that can be guessed, or that everybody can read, is refused by the name of the setting."""
    token = tmp_path / "token"
    token.write_text(content)
    token.chmod(mode)
    engine = Installcast(Settings(data_dir=tmp_path, server=ServerSettings(metrics_token_file=token)))
    with pytest.raises(ConfigurationError, match=r"server\.metrics_token_file"):
        router(engine, lambda _: pytest.fail("asked"))


def test_the_dashboard_and_the_alerts_name_what_there_is(service: Service) -> None:
    """Every metric in deploy/ is one that the service exports."""
    with service.local() as local:
        families = list(text_string_to_metric_families(local.get("/metrics").text))
    known = {
        f"{family.name}{suffix}"
        for family in families
        for suffix in ("", "_total", "_bucket", "_sum", "_count")
    }
    dashboard = json.loads((DEPLOY / "grafana/installcast.json").read_text())
    alerts = yaml.safe_load((DEPLOY / "prometheus/installcast.rules.yaml").read_text())
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    expressions += [rule["expr"] for group in alerts["groups"] for rule in group["rules"]]
    named = {name for text in expressions for name in re.findall(r"installcast_\w+", text)}
    assert len(named) > 12
    assert named - known == set()


def test_families_of_programs() -> None:
    """A caller of getlog is known by its family: versions have no end."""
    agents = {
        "Mozilla/5.0 (X11)": "browser",
        "python-requests/2.31": "python",
        "weird/1": "other",
        "": "none",
    }
    assert {agent: agent_family(agent) for agent in agents} == agents
