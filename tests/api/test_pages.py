"""Pages, their files, and the probes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx
import pytest

from installcast.api.pages import CONSOLE, STATIC, VIEWER

from .conftest import Service, refused


@pytest.mark.parametrize(
    ("path", "up"),
    [
        ("/", "./"),
        ("/software", "./"),
        ("/tasks", "./"),
        ("/software/greet", "../"),
        ("/tasks/greet-1.0-x", "../"),
    ],
)
def test_the_console_asks_for_a_sign_in(service: Service, path: str, up: str) -> None:
    """Without a session each address leads to /login and back; with one each is the page, with addresses that fit."""
    with service.client(None) as nobody, service.client() as alice:
        answer = nobody.get(path)
        assert (answer.status_code, answer.headers["location"]) == (
            303,
            f"{up}login?next={path.replace('/', '%2F')}",
        )
        page = alice.get(path)
        assert page.status_code == 200
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert f'<base href="{up}">' in page.text


def test_a_prefix_does_not_break_the_page(service: Service) -> None:
    """No address in the console begins with a slash: a prefix may stand in front of it."""
    html = (STATIC / CONSOLE).read_text(encoding="utf-8")
    addresses = re.findall(r'(?:src|href|action)="([^"]*)"', html)
    assert addresses
    assert not [address for address in addresses if address.startswith("/") or "://" in address]
    with service.client() as client:
        for address in addresses:
            assert client.get(f"/{address}").status_code == 200, address


def test_no_inline_script_or_style(service: Service) -> None:
    """Every page works under a policy without 'unsafe-inline'."""
    with service.client() as client, service.client(None) as nobody:
        pages = [client.get("/"), client.get("/docs"), nobody.get("/login"), nobody.get("/login?code=wrong")]
    for page in pages:
        assert page.headers["content-type"].startswith("text/html")
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", page.text)
        assert not re.search(r'(?:src|href)="(?:https?:)?//', page.text)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (f"/{VIEWER}", "text/javascript"),
        (f"/static/{VIEWER}", "text/javascript"),
        ("/assets/pages.css", "text/css"),
    ],
)
def test_files_are_cached_by_their_tag(service: Service, path: str, kind: str) -> None:
    """Files need no sign-in, have the right type, and are not sent twice."""
    with service.client(None) as client:
        first = client.get(path)
        assert first.status_code == 200
        assert first.headers["content-type"].startswith(kind)
        assert first.headers["cache-control"] == "no-cache"
        again = client.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_the_viewer_may_be_loaded_by_any_page(service: Service) -> None:
    """The script itself is no secret; what it asks for needs the rights."""
    with service.client(None) as client:
        assert client.get(f"/{VIEWER}").headers["cross-origin-resource-policy"] == "cross-origin"
        assert client.get("/login").headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "/assets/../../settings.py",
        "/static/%00",
        "/static/",
    ],
)
def test_nothing_but_the_files(service: Service, path: str) -> None:
    """No path leads out of the folder."""
    raw = httpx.Request("GET", service.url + path)
    with service.client(None) as client:
        refused(client.send(raw), 404)


def test_probes(service: Service) -> None:
    """A supervisor asks without a token."""
    with service.client(None) as client:
        assert client.get("/healthz").json()["data"] == {"status": "alive"}
        assert client.get("/readyz").json()["data"] == {"status": "ready"}


def test_unknown_addresses_and_methods(service: Service) -> None:
    """404 and 405 come in the envelope, in the reader's language, with the allowed methods."""
    with service.client() as client:
        for path in ("/v1/nothing", "/nothing", "/v1/soft/"):
            assert refused(client.get(path), 404)["type"] == "not_found"
        answer = client.get("/v1/soft/install", headers={"Accept-Language": "zh"})
        assert refused(answer, 405)["type"] == "method_not_allowed"
        assert answer.headers["allow"] == "POST"
        assert "方法" in answer.json()["message"]
        assert refused(client.patch("/v1/soft/list"), 405)


def test_a_person_who_went_astray(service: Service) -> None:
    """A browser gets a page with a way home, in its language; a program, and whatever asks below /v1, the envelope."""
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    with service.client(None) as client:
        for path, up in (("/x/y/z", "../../"), ("/nothing", "./")):
            answer = client.get(path, headers=browser)
            assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
            assert f'<base href="{up}">' in answer.text
            assert "Go to the overview" in answer.text
            assert "返回概览" in client.get(path, headers={**browser, "Accept-Language": "zh"}).text
            assert refused(client.get(path), 404)["type"] == "not_found"
        assert refused(client.get("/v1/nothing", headers=browser), 404)["type"] == "not_found"


def test_openapi_tells_the_truth(service: Service) -> None:
    """Every route is described, with the envelope as its answers, and no 422, which never comes."""
    with service.client(None) as client:
        document = client.get("/openapi.json").json()
    paths = document["paths"]
    assert {
        "/v1/soft/install",
        "/v1/soft/tasks/{task_id}",
        "/v1/log/history",
        "/v1/log/ws",
        "/v1/soft/getlog",
    } <= set(paths)
    assert "/login" not in paths
    text = json.dumps(document)
    assert "422" not in text
    assert "HTTPValidationError" not in text
    install = paths["/v1/soft/install"]["post"]
    assert install["responses"]["default"]["content"]["application/json"]["schema"]["$ref"].endswith(
        "/Failure"
    )
    assert install["responses"]["202"]["content"]["application/json"]["schema"]["$ref"].endswith("/Success")
    for name in re.findall(r'"#/components/schemas/([^"]+)"', text):
        assert name in document["components"]["schemas"]


def test_the_reference_page(service: Service) -> None:
    """/docs shows every route of the description, in both languages, without a script."""
    with service.client(None) as client:
        paths = client.get("/openapi.json").json()["paths"]
        for language, title in (("en", "API reference"), ("zh", "接口文档")):
            page = client.get("/docs", headers={"Accept-Language": language})
            assert title in page.text
            assert "<script" not in page.text
            for path in paths:
                assert path in page.text


@pytest.mark.parametrize("name", ["http-api.md", "http-api.zh.md"])
def test_every_route_is_documented(service: Service, name: str) -> None:
    """What the service describes to machines is described to people, in both languages, and nothing else."""
    with service.client(None) as client:
        described = {
            f"{method.upper()} {path}"
            for path, methods in client.get("/openapi.json").json()["paths"].items()
            for method in methods
        }
    text = (Path(__file__).parents[2] / "docs" / name).read_text(encoding="utf-8")
    documented = set(re.findall(r"`((?:GET|POST|DELETE) /[^`?]*)", text))
    assert described <= documented
    assert {route for route in documented if "/v1/" in route} <= described
