"""A real service of its own data folder, served as `installcast serve` serves it, in a thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from installcast import Installcast, Settings
from installcast.api.server import Running, serve
from installcast.api.tokens import Tokens
from installcast.tasks.access import USER_SCOPES

RECIPES = {
    "greet": {
        "recipe.yaml": (
            'key: greet\nname: {en: Greeting, zh: 问候}\nversions: ["1.0", "2.*"]\nparameters:\n'
            "  - {name: port, env: PORT, type: integer, minimum: 1, maximum: 65535, default: 80}\n"
            '  - {name: word, env: WORD, type: string, pattern: "^[a-z]+$", default: hello}\n'
            "  - {name: pwd, env: PASSWORD, type: string, secret: true, min_length: 8, required: false}\n"
            "actions: {install: install.sh, uninstall: uninstall.sh}\n"
        ),
        "install.sh": '#!/bin/sh\necho "$WORD"\n',
        "uninstall.sh": "#!/bin/sh\necho bye\n",
    },
    "secretive": {"install.sh": '#!/bin/sh\n. "$INSTALLCAST_SH"\nresult --secret password hunter2-hunter2\n'},
    # Runs until it is canceled.
    "wait": {"install.sh": "#!/bin/sh\necho waiting\nexec sleep 600\n"},
}


class Service:
    """A served engine."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.tokens = Tokens(settings)
        self.url = ""
        self.link = ""
        self._ready = threading.Event()
        self._stop: Callable[[], object] = lambda: None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(30)
        if self._error is not None:
            self._thread.join()
            raise self._error

    def stop(self) -> None:
        self._stop()
        self._thread.join(30)
        assert not self._thread.is_alive()

    def client(
        self, sub: str | None = "alice", scopes: tuple[str, ...] = USER_SCOPES, **options: Any
    ) -> httpx.Client:
        """A program with a token, or without."""
        headers = {} if sub is None else {"Authorization": f"Bearer {self.tokens.issue(sub, scopes, 600)}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30, **options)

    def local(self) -> httpx.Client:
        """The command line, on the Unix socket."""
        transport = httpx.HTTPTransport(uds=str(self.settings.socket_file))
        return httpx.Client(base_url="http://localhost", transport=transport, timeout=30)

    def _run(self) -> None:
        async def main() -> None:
            stop = asyncio.Event()
            loop = asyncio.get_running_loop()
            self._stop = lambda: loop.call_soon_threadsafe(stop.set)
            await serve(Installcast(self.settings), ready=self._announce, stop=stop)

        try:
            asyncio.run(main())
        except BaseException as error:  # noqa: BLE001 - handed to the test
            self._error = error
        finally:
            self._ready.set()

    def _announce(self, running: Running) -> None:
        self.url, self.link = running.url, running.login_link("/docs")
        self._ready.set()


@pytest.fixture(scope="session")
def recipes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of small recipes."""
    folder = tmp_path_factory.mktemp("recipes")
    for key, files in RECIPES.items():
        (folder / key).mkdir()
        for name, text in files.items():
            (folder / key / name).write_text(text)
            (folder / key / name).chmod(0o755 if name.endswith(".sh") else 0o644)
    return folder


@pytest.fixture(scope="module")
def start(recipes: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Service]]:
    """Start a service with the given settings; it ends with the module, and its tasks before it."""
    started: list[Service] = []

    def start_one(**values: Any) -> Service:
        values = {"data_dir": tmp_path_factory.mktemp("data"), "recipes": (recipes,), **values}
        values["server"] = {"port": 0, **values.get("server", {})}
        values["runner"] = {"kill_grace": 1, "isolation": "session", **values.get("runner", {})}
        service = Service(Settings(**values))
        service.start()
        started.append(service)
        return service

    yield start_one
    for service in started:
        end(service)


@pytest.fixture(scope="module")
def service(start: Callable[..., Service]) -> Service:
    """One service for the tests of a module that leave it as they found it."""
    return start()


def end(service: Service) -> None:
    """Cancel what runs, then stop."""
    with service.local() as local:
        for status in ("queued", "running"):
            for task in local.get("/v1/soft/tasks", params={"status": status}).json()["data"]["tasks"]:
                local.post(f"/v1/soft/tasks/{task['task_id']}/cancel")
                finish(service, task["task_id"])
    service.stop()


def finish(service: Service, task_id: str) -> dict[str, Any]:
    """Wait for a task's end, by its log; return its status."""
    from websockets.sync.client import unix_connect

    uri = f"ws://localhost/v1/log/ws?task_id={task_id}"
    with unix_connect(str(service.settings.socket_file), uri, max_size=None) as viewer:
        for _ in viewer:
            pass
    with service.local() as local:
        data: dict[str, Any] = local.get("/v1/log/status", params={"task_id": task_id}).json()["data"]
        return data


def refused(answer: httpx.Response, status: int) -> dict[str, Any]:
    """Return ``error`` of an answer that has to be a refusal in the agreed shape."""
    assert answer.status_code == status, answer.text
    envelope = answer.json()
    assert set(envelope) == {"success", "code", "message", "data", "error"}
    assert (envelope["success"], envelope["code"], envelope["data"]) == (False, status, None)
    error: dict[str, Any] = envelope["error"]
    assert envelope["message"] == error["detail"]
    return error
