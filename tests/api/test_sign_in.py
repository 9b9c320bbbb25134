"""Sign-in over the wire: tokens, links, passwords, cookies, and who is kept out."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx
import jwt
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from installcast.api.sessions import COOKIE, GUESSES

from .conftest import Service, refused

PASSWORD = "correct horse battery"
LIST = "/v1/soft/list"


@pytest.fixture(scope="module")
def dora(service: Service) -> str:
    """A local user."""
    with service.local() as local:
        answer = local.post("/v1/auth/users", json={"name": "dora", "password": PASSWORD})
        assert answer.status_code == 201
    return "dora"


def sign_in(client: httpx.Client, user: str, password: str = PASSWORD, **fields: str) -> httpx.Response:
    return client.post("/login", data={"user": user, "password": password, **fields})


def new_link(service: Service, **body: str) -> str:
    with service.local() as local:
        url: str = local.post("/v1/auth/login-link", json=body).json()["data"]["url"]
    return url


def forged(service: Service, header: dict[str, str], **claims: object) -> str:
    values = {"sub": "mallory", "scope": "admin", "iss": "installcast", **claims}
    algorithm = header["alg"]
    return jwt.encode(values, "" if algorithm == "none" else "x" * 64, algorithm=algorithm)


def test_bad_tokens(service: Service) -> None:
    """Missing, wrong, expired, unsigned, signed with another key, without an end: 401, and why in the message."""
    good = service.tokens.issue("alice", ("soft:read",), 60)
    bad = [
        "nonsense",
        good[:-2],
        good + "x",
        forged(service, {"alg": "none"}, exp=time.time() + 60),
        forged(service, {"alg": "HS256"}, exp=time.time() + 60),
        forged(service, {"alg": "HS512"}, exp=time.time() + 60),
        service.tokens.issue("alice", ("soft:read",), 60, now=lambda: time.time() - 61),
    ]
    secret = service.settings.secret_file.read_bytes().strip()
    bad.append(jwt.encode({"sub": "alice", "scope": "admin"}, secret, algorithm="HS256"))
    bad.append(jwt.encode({"exp": time.time() + 60, "scope": "admin"}, secret, algorithm="HS256"))
    with service.client(None) as client:
        for token in bad:
            answer = client.get(LIST, headers={"Authorization": f"Bearer {token}"})
            assert refused(answer, 401)["type"] == "not_authenticated", token
            assert answer.headers["www-authenticate"].startswith("Bearer")
        assert client.get(LIST, headers={"Authorization": f"bearer {good}"}).status_code == 200
        expired = client.get(LIST, headers={"Authorization": f"Bearer {bad[6]}", "Accept-Language": "zh"})
        assert "过期" in expired.json()["message"]


def test_a_token_in_the_url_counts_for_nothing(service: Service) -> None:
    """Addresses end up in logs: a token in one signs nobody in."""
    token = service.tokens.issue("alice", ("soft:read",), 60)
    with service.client(None) as client:
        for name in ("token", "access_token", "jwt", "ticket"):
            assert client.get(LIST, params={name: token}).status_code == 401


def test_a_link_signs_in_once(service: Service) -> None:
    """The link sets the cookie and leads to its page; the second time it is refused."""
    link = new_link(service, next="/docs?x=1")
    assert link.startswith(f"{service.url}/login?code=")
    with service.client(None) as browser:
        answer = browser.get(link)
        assert (answer.status_code, answer.headers["location"]) == (303, "/docs?x=1")
        cookie = answer.headers["set-cookie"].lower()
        assert all(word in cookie for word in ("httponly", "samesite=strict", "path=/", "max-age=43200"))
        assert "secure" not in cookie
        assert browser.get(LIST).status_code == 200
        assert "admin" in str(browser.get("/v1/auth/users").json()["success"] and "admin")
    with service.client(None) as other:
        again = other.get(link)
        assert again.status_code == 401
        assert "set-cookie" not in again.headers
        assert "<form" in again.text


def test_the_link_that_serve_prints(service: Service) -> None:
    """`serve` knows a link for the user that it runs as."""
    with service.client(None) as browser:
        assert browser.get(service.link).headers["location"] == "/docs"
        assert browser.get("/v1/auth/users").status_code == 200


def test_a_link_for_somebody_else(service: Service) -> None:
    """An administrator may hand out a link with fewer rights."""
    with service.client(None) as browser:
        browser.get(new_link(service, sub="guest", scope="soft:read"))
        assert browser.get(LIST).status_code == 200
        assert browser.get("/v1/auth/users").status_code == 403


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example", "docs"])
def test_a_link_leads_to_this_service_only(service: Service, target: str) -> None:
    """A foreign target is refused when the link is made."""
    with service.local() as local:
        assert refused(local.post("/v1/auth/login-link", json={"next": target}), 400)["field"] == "next"


def test_a_password_signs_in(service: Service, dora: str) -> None:
    """Right: cookie and on to the page. Wrong user or password: the same words, no cookie."""
    with service.client(None) as browser:
        answer = sign_in(browser, dora, next="/tasks/x")
        assert (answer.status_code, answer.headers["location"]) == (303, "/tasks/x")
        assert browser.get(LIST).status_code == 200
        assert browser.get("/v1/auth/users").status_code == 403
        assert "dora" in browser.get("/login").text
    with service.client(None) as browser:
        wrong, unknown = sign_in(browser, dora, "wrong"), sign_in(browser, "nobody-here")
        assert wrong.status_code == unknown.status_code == 401
        assert wrong.text == unknown.text
        assert not browser.cookies


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example", ""])
def test_the_form_leads_to_this_service_only(service: Service, dora: str, target: str) -> None:
    """A foreign `next` is dropped."""
    with service.client(None) as browser:
        assert sign_in(browser, dora, next=target).headers["location"] == "./"


@pytest.mark.parametrize("content", [b"", b"user", b"%ff=%ff&user=%00", b"&" * 5000, b"user=dora&" * 100])
def test_a_strange_form(service: Service, content: bytes) -> None:
    """A form that is none signs nobody in and breaks nothing."""
    with service.client(None) as browser:
        assert browser.post("/login", content=content).status_code == 401
        assert browser.post("/login", content=b"x" * 20_000).status_code == 413


def test_guessing_is_slowed_down(start: Callable[..., Service]) -> None:
    """After ten wrong passwords an address has to wait, even with the right one."""
    guessed = start()
    with guessed.local() as local, guessed.client(None) as browser:
        local.post("/v1/auth/users", json={"name": "eve", "password": PASSWORD})
        for _ in range(GUESSES):
            assert sign_in(browser, "eve", "wrong").status_code == 401
        late = sign_in(browser, "eve")
        assert late.status_code == 429
        assert int(late.headers["retry-after"]) > 0
        assert "set-cookie" not in late.headers


def test_sign_out(service: Service, dora: str) -> None:
    """Signing out takes the cookie back."""
    with service.client(None) as browser:
        sign_in(browser, dora)
        answer = browser.post("/logout")
        assert (answer.status_code, answer.headers["location"]) == (303, "login")
        assert browser.get(LIST).status_code == 401


def test_a_removed_user_is_out_at_once(service: Service) -> None:
    """The session of a removed user ends with the user, not hours later."""
    with service.local() as local, service.client(None) as browser:
        local.post("/v1/auth/users", json={"name": "frank", "password": PASSWORD})
        sign_in(browser, "frank")
        assert browser.get(LIST).status_code == 200
        assert local.delete("/v1/auth/users/frank").status_code == 200
        assert browser.get(LIST).status_code == 401
        assert refused(local.delete("/v1/auth/users/frank"), 404)["type"] == "user_not_found"


def test_a_foreign_page_cannot_use_the_cookie(service: Service, dora: str) -> None:
    """With a cookie, a page of another origin changes nothing; the own page and programs with a token do."""
    with service.client(None) as browser:
        sign_in(browser, dora)
        body = {"key": "nosuch"}
        for headers in (
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Origin": service.url.replace("http", "https")},
            {"Sec-Fetch-Site": "cross-site"},
        ):
            answer = browser.post("/v1/soft/install", json=body, headers=headers)
            assert refused(answer, 403)["type"] == "foreign_origin"
            assert "server.allowed_origins" in answer.json()["message"]
            assert browser.post("/logout", headers=headers).status_code == 403
            assert sign_in_from(browser, dora, headers).status_code == 403
        for headers in ({"Origin": service.url}, {"Sec-Fetch-Site": "same-origin"}, {}):
            assert browser.post("/v1/soft/install", json=body, headers=headers).status_code == 404
    with service.client() as program:
        headers = {"Origin": "https://evil.example"}
        assert program.post("/v1/soft/install", json=body, headers=headers).status_code == 404


def sign_in_from(browser: httpx.Client, user: str, headers: dict[str, str]) -> httpx.Response:
    return browser.post("/login", data={"user": user, "password": PASSWORD}, headers=headers)


def test_a_foreign_page_cannot_open_the_socket(service: Service, dora: str) -> None:
    """With the cookie, but from a page of another origin, there is no upgrade."""
    with service.client(None) as browser:
        sign_in(browser, dora)
        headers = {"Cookie": f"{COOKIE}={browser.cookies[COOKIE]}"}
    address = service.url.replace("http", "ws") + "/v1/log/ws?task_id=x"
    with pytest.raises(InvalidStatus) as no_upgrade:
        connect(address, origin=Origin("https://evil.example"), additional_headers=headers, proxy=None)
    assert no_upgrade.value.response.status_code == 403


def test_a_listed_origin_may_call(start: Callable[..., Service]) -> None:
    """A page of a listed origin gets CORS; another one gets none."""
    panel = "https://panel.example"
    shared = start(server={"allowed_origins": (panel,)})
    preflight = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    with shared.client() as client:
        allowed = client.options("/v1/soft/install", headers={"Origin": panel, **preflight})
        assert allowed.headers["access-control-allow-origin"] == panel
        assert "authorization" in allowed.headers["access-control-allow-headers"].lower()
        assert client.get(LIST, headers={"Origin": panel}).headers["access-control-allow-origin"] == panel
        foreign = client.get(LIST, headers={"Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in foreign.headers
        refusal = client.options("/v1/soft/install", headers={"Origin": "https://evil.example", **preflight})
        assert "access-control-allow-origin" not in refusal.headers


def test_https_through_a_proxy_makes_the_cookie_secure(start: Callable[..., Service]) -> None:
    """Where a trusted proxy speaks TLS, the cookie never travels without it, and the origin is https."""
    proxied = start(server={"trusted_proxies": ("127.0.0.1",)})
    link = urlsplit(new_link(proxied))
    with proxied.client(None) as browser:
        browser.headers["X-Forwarded-Proto"] = "https"
        answer = browser.get(f"{link.path}?{link.query}")
        assert "secure" in answer.headers["set-cookie"].lower()
        token = answer.cookies[COOKIE]
        origin = proxied.url.replace("http", "https")
        headers = {"Cookie": f"{COOKIE}={token}", "Origin": origin}
        assert browser.post("/v1/soft/install", json={"key": "nosuch"}, headers=headers).status_code == 404


def test_a_header_of_a_trusted_proxy(start: Callable[..., Service]) -> None:
    """`auth.trusted_header` names the user, when a listed proxy sends it; from anybody else it says nothing."""
    header = {"X-Remote-User": "grace"}
    trusted = start(server={"trusted_proxies": ("127.0.0.1",)}, auth={"trusted_header": "X-Remote-User"})
    untrusted = start(server={"trusted_proxies": ("10.9.9.9",)}, auth={"trusted_header": "X-Remote-User"})
    with trusted.client(None) as client:
        assert client.get(LIST, headers=header).status_code == 200
        assert client.get("/v1/auth/users", headers=header).status_code == 403
        assert client.get(LIST).status_code == 401
    with untrusted.client(None) as client:
        assert client.get(LIST, headers=header).status_code == 401


def test_no_other_page_acts_behind_a_trusted_proxy(start: Callable[..., Service]) -> None:
    """A browser signs in to the proxy whatever page asks: only our own pages may change something."""
    proxied = start(server={"trusted_proxies": ("127.0.0.1",)}, auth={"trusted_header": "X-Remote-User"})
    with proxied.client(None) as client:
        client.headers["X-Remote-User"] = "grace"
        for headers, status in (
            ({"Origin": "https://evil.example"}, 403),
            ({"Origin": "null"}, 403),
            ({"Sec-Fetch-Site": "cross-site"}, 403),
            ({"Origin": proxied.url}, 404),
            ({}, 404),
        ):
            answer = client.post("/v1/soft/install", json={"key": "nosuch"}, headers=headers)
            assert answer.status_code == status, headers


def test_a_bad_token_is_not_made_up_for_by_a_cookie(service: Service, dora: str) -> None:
    """Who sends a token is judged by it."""
    with service.client(None) as browser:
        sign_in(browser, dora)
        assert browser.get(LIST, headers={"Authorization": "Bearer nonsense"}).status_code == 401


ADMIN_ROUTES = [
    ("POST", "/v1/auth/token", {"sub": "x"}),
    ("POST", "/v1/auth/login-link", {}),
    ("GET", "/v1/auth/users", None),
    ("POST", "/v1/auth/users", {"name": "x", "password": PASSWORD}),
    ("DELETE", "/v1/auth/users/x", None),
]


@pytest.mark.parametrize(("method", "path", "body"), ADMIN_ROUTES)
def test_only_administrators_hand_out_access(
    service: Service, method: str, path: str, body: dict[str, str] | None
) -> None:
    """Everybody else gets 401 or 403."""
    with service.client(None) as nobody, service.client() as alice:
        assert refused(nobody.request(method, path, json=body), 401)
        assert refused(alice.request(method, path, json=body), 403)


def test_tokens_are_made(service: Service) -> None:
    """A token has the user, scopes and life that were asked for."""
    body = {"sub": "robot", "scope": "soft:read", "ttl": 60}
    with service.local() as local:
        data = local.post("/v1/auth/token", json=body).json()["data"]
        assert (data["sub"], data["scope"]) == ("robot", "soft:read")
        answer = httpx.get(
            service.url + LIST, headers={"Authorization": f"Bearer {data['token']}"}, timeout=30
        )
        assert answer.status_code == 200
        for bad, field in (
            ({"sub": ""}, "sub"),
            ({"sub": "x", "ttl": 0}, "ttl"),
            ({"sub": "x", "ttl": "1h"}, "ttl"),
            ({"sub": "x", "scope": "root"}, "scope"),
            ({"sub": "x", "more": 1}, "more"),
            ({}, "sub"),
        ):
            assert refused(local.post("/v1/auth/token", json=bad), 400)["field"] == field


def test_users(service: Service) -> None:
    """Users are added, listed without their password, changed and removed; bad names and passwords are refused."""
    with service.local() as local:
        local.post("/v1/auth/users", json={"name": "hal", "password": PASSWORD, "scope": "log:read"})
        listed = local.get("/v1/auth/users")
        assert {"name": "hal", "scope": "log:read"} in listed.json()["data"]["users"]
        assert "scrypt" not in listed.text
        local.delete("/v1/auth/users/hal")
        assert "hal" not in local.get("/v1/auth/users").text
        for bad, field in (
            ({"name": "a b", "password": PASSWORD}, "name"),
            ({"name": "../x", "password": PASSWORD}, "name"),
            ({"name": "ok", "password": "short"}, "password"),
            ({"name": "ok", "password": PASSWORD, "scope": "root"}, "scope"),
        ):
            answer = local.post("/v1/auth/users", json=bad)
            assert refused(answer, 400)["field"] == field
            assert PASSWORD not in answer.text
