"""The whole service under a host's prefix, and its routes in a host without a sign-in of its own."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI
from websockets.sync.client import connect

from installcast import Installcast, Settings
from installcast.api.sessions import COOKIE
from installcast.api.tokens import Tokens

from .conftest import refused
from .serving import serving


@pytest.fixture(scope="module")
def engine(recipes: Path, tmp_path_factory: pytest.TempPathFactory) -> Installcast:
    """An engine that a host will enter."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("host"), recipes=(recipes,))
    return Installcast(settings)


@pytest.fixture(scope="module")
def mounted(engine: Installcast) -> Iterator[str]:
    """The service below /install of a host whose own lifespan enters the engine."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with engine:
            yield

    host = FastAPI(lifespan=lifespan)
    host.mount("/install", engine.asgi_app())
    with serving(host) as url:
        yield f"{url}/install"


def watched(url: str, address: str, headers: dict[str, str]) -> list[str]:
    origin = "ws://" + urlsplit(url).netloc
    with connect(origin + address, additional_headers=headers, proxy=None) as viewer:
        return [json.loads(frame)["message"] for frame in viewer]


def test_mounted_from_link_to_log(engine: Installcast, mounted: str) -> None:
    """Sign-in, page, install and log work below the prefix; the cookie goes nowhere else."""
    token = Tokens(engine.settings).issue("root", {"admin"}, 60)
    with httpx.Client(timeout=30) as admin, httpx.Client(timeout=30) as browser:
        admin.headers["Authorization"] = f"Bearer {token}"
        body = {"next": "/install/docs"}
        link = admin.post(f"{mounted}/v1/auth/login-link", json=body).json()["data"]["url"]
        assert link.startswith(f"{mounted}/login?code=")
        signed_in = browser.get(link)
        assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/install/docs")
        assert "path=/install;" in signed_in.headers["set-cookie"].lower()
        for path in ("/", "/docs", "/assets/pages.css", "/frontend_realtime_log.js", "/tasks/x"):
            assert browser.get(mounted + path).status_code == 200, path
        started = browser.post(f"{mounted}/v1/soft/install", json={"key": "greet"}).json()["data"]
        assert started["stream_url"].startswith("/install/v1/log/ws?")
        cookie = {"Cookie": f"{COOKIE}={browser.cookies[COOKIE]}"}
        assert "hello" in watched(mounted, started["stream_url"], cookie)
        assert browser.get(f"{mounted}/openapi.json").json()["servers"] == [{"url": "/install"}]


def test_mounted_refusals(mounted: str) -> None:
    """The guard and the envelope come along."""
    assert refused(httpx.get(f"{mounted}/v1/nothing"), 404)
    assert refused(httpx.get(f"{mounted}/v1/soft/list"), 401)
    assert refused(httpx.get(f"{mounted}/v1/soft/list", headers={"Host": "evil.example"}), 403)
    away = httpx.get(f"{mounted}/")
    assert (away.status_code, away.headers["location"]) == (303, "./login?next=%2Finstall%2F")


def test_routes_with_the_services_own_tokens(recipes: Path, tmp_path: Path) -> None:
    """Without a host's sign-in the router brings its own: tokens count, and /login makes sessions."""
    engine = Installcast(Settings(data_dir=tmp_path, recipes=(recipes,)))
    host = FastAPI(lifespan=engine.lifespan)
    host.include_router(engine.router(), prefix="/tools")
    with serving(host) as url, httpx.Client(base_url=f"{url}/tools/", timeout=30) as client:
        assert refused(client.get("v1/soft/list"), 401)
        token = Tokens(engine.settings).issue("root", {"admin"}, 60)
        headers = {"Authorization": f"Bearer {token}"}
        made = client.post("v1/auth/login-link", json={}, headers=headers).json()["data"]["url"]
        assert made.startswith(f"{url}/tools/login?code=")
        assert client.get(made).status_code == 303
        assert client.get("v1/soft/tasks").status_code == 200
        assert client.get("assets/pages.css").status_code == 200
        foreign = client.post(
            "v1/soft/install", json={"key": "greet"}, headers={"Origin": "https://evil.example"}
        )
        assert refused(foreign, 403)["type"] == "foreign_origin"


def test_routes_may_be_made_twice(tmp_path: Path) -> None:
    """Two applications of one engine do not get into each other's way, and making them touches no disk."""
    engine = Installcast(Settings(data_dir=tmp_path / "data"))
    assert engine.asgi_app() is not engine.asgi_app()
    engine.router()
    assert not (tmp_path / "data").exists()
