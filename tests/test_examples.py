"""The examples, really run, and the documentation made of them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
DOCS = (ROOT / "docs/embedding.md", ROOT / "docs/embedding.zh.md")
END_LIMIT = 15.0

SCRIPT = "#!/bin/sh\necho one\necho two\n"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """What a host's process gets: a data folder and a catalog with one small recipe."""
    recipe = tmp_path / "recipes/tiny"
    recipe.mkdir(parents=True)
    (recipe / "install.sh").write_text(SCRIPT)
    (recipe / "install.sh").chmod(0o755)
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "PYTHONWARNINGS": "error",
        "INSTALLCAST_DATA_DIR": str(tmp_path / "data"),
        "INSTALLCAST_RECIPES": json.dumps([str(tmp_path / "recipes")]),
        "INSTALLCAST_SERVER__PORT": "0",
        "INSTALLCAST_RUNNER__ISOLATION": "session",
    }


@contextmanager
def running(argv: list[str], environment: dict[str, str], pattern: str) -> Iterator[str]:
    """Start a program, yield the address that it prints, end it with SIGTERM and see that it ends well."""
    with subprocess.Popen(
        argv, env=environment, cwd=EXAMPLES, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as child:
        said = ""
        try:
            assert child.stdout is not None
            found = None
            while found is None:
                line = child.stdout.readline()
                said += line
                assert line, said
                found = re.search(pattern, line)
            yield found[1]
            child.send_signal(signal.SIGTERM)
            said += child.stdout.read()
            assert child.wait(END_LIMIT) in {0, -signal.SIGTERM}, said
            assert "Traceback" not in said
        finally:
            if child.poll() is None:
                child.kill()


def watch(address: str, task_id: str, **options: Any) -> list[str]:
    """Return the messages of a log, by WebSocket, to its end."""
    uri = f"{address.replace('http', 'ws', 1)}/v1/log/ws?task_id={task_id}"
    with connect(uri, proxy=None, **options) as viewer:
        return [json.loads(frame)["message"] for frame in viewer]


def test_plain_script(environment: dict[str, str]) -> None:
    """A script installs and prints records; run again with the task id it shows the same log."""
    argv = [sys.executable, str(EXAMPLES / "plain_script.py")]
    first = subprocess.run([*argv, "tiny"], env=environment, capture_output=True, text=True, timeout=60)
    assert first.returncode == 0, first.stderr
    task_line, *lines = first.stdout.splitlines()
    assert [line.split()[-1] for line in lines if line.split()[-1] in {"one", "two"}] == ["one", "two"]
    assert lines[-1].startswith("100%  SUCCESS")
    again = subprocess.run(
        [*argv, task_line.split()[-1]], env=environment, capture_output=True, text=True, timeout=60
    )
    assert again.stdout.splitlines() == lines
    wrong = subprocess.run([*argv, "nosuch"], env=environment, capture_output=True, text=True, timeout=60)
    assert wrong.returncode != 0
    assert "RecipeNotFoundError" in wrong.stderr


def test_fastapi_host(environment: dict[str, str]) -> None:
    """A host's users install and watch behind the host's own sign-in, each only their own."""
    argv = [sys.executable, "-m", "uvicorn", "fastapi_host:app", "--port", "0"]
    with running(argv, environment, r"running on (http://\S+)") as url:
        alice, bob = httpx.BasicAuth("alice", "wonderland"), httpx.BasicAuth("bob", "builder-bob")
        with httpx.Client(base_url=url, auth=alice, timeout=30) as client:
            page = client.get("/")
            script = re.search(r'src="([^"]+)"', page.text)
            assert script is not None
            assert "InstallManager" in client.get(script[1]).text
            started = client.post("/tools/v1/soft/install", json={"key": "tiny"}).json()["data"]
            header = {"Authorization": alice._auth_header}
            messages = watch(f"{url}/tools", started["task_id"], additional_headers=header)
            assert [message for message in messages if message in {"one", "two"}] == ["one", "two"]
            assert client.get(started["status_url"]).json()["data"]["user"] == "alice"
            ordered = client.post("/orders/tiny").json()["task_id"]
            watch(f"{url}/tools", ordered, additional_headers=header)
            assert client.get("/tools/v1/soft/tasks").json()["data"]["tasks"][0]["task_id"] == ordered
            refusal = client.post("/tools/v1/soft/install", json={"key": "nosuch"})
            assert refusal.json()["error"]["type"] == "recipe_not_found"
            foreign = client.post(
                "/tools/v1/soft/install", json={"key": "tiny"}, headers={"Origin": "https://evil.example"}
            )
            assert foreign.status_code == 403
        assert httpx.get(f"{url}{started['status_url']}", auth=bob).status_code == 404
        assert httpx.get(f"{url}{started['status_url']}").json() == {"detail": "Not authenticated"}
        assert httpx.get(f"{url}{started['status_url']}", auth=("alice", "wrong")).status_code == 401


def test_flask_beside(environment: dict[str, str]) -> None:
    """Flask's page starts an install in the name of its user and hands out what a browser needs to watch it."""
    argv = [sys.executable, str(EXAMPLES / "flask_beside.py")]
    with (
        running(argv, environment, r"open (http://\S+)") as url,
        httpx.Client(base_url=url, timeout=30) as client,
    ):
        assert client.post("/install", data={"key": "tiny"}).status_code == 401
        page = client.get("/?key=tiny").text
        service = re.search(r'baseUrl: "([^"]+)", token: "([^"]+)"', page)
        assert service is not None
        address, token = service.groups()
        assert "InstallLogViewer" in httpx.get(f"{address}/frontend_realtime_log.js").text
        task_id = client.post("/install", data={"key": "tiny"}).json()["task_id"]
        protocols = [Subprotocol("installcast.v1"), Subprotocol(f"bearer.{token}")]
        messages = watch(address, task_id, origin=Origin(url), subprotocols=protocols)
        assert [message for message in messages if message in {"one", "two"}] == ["one", "two"]
        with pytest.raises(InvalidStatus):
            watch(address, task_id, origin=Origin("https://evil.example"), subprotocols=protocols)
        assert client.get(f"/progress/{task_id}").json()["status"] == "succeeded"
        answer = httpx.get(
            f"{address}/v1/log/history?task_id={task_id}",
            headers={"Authorization": f"Bearer {token}", "Origin": url},
        )
        assert answer.headers["access-control-allow-origin"] == url
        assert client.post("/install", data={"key": "nosuch"}).json()["error"] == "recipe_not_found"
        assert httpx.get(f"{url}/progress/{task_id}").status_code == 401


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_the_docs_show_the_examples(page: Path) -> None:
    """Every block of code in the documentation stands in an example, word for word."""
    programs = [
        path.read_text(encoding="utf-8") for path in (*EXAMPLES.glob("*.py"), *EXAMPLES.glob("node_panel/*"))
    ]
    blocks = re.findall(r"```\w+\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) >= 8
    for block in blocks:
        assert any(block in program for program in programs), block


def test_both_languages_show_the_same_code() -> None:
    """The Chinese page has the blocks of the English one, in the same order."""
    blocks = [re.findall(r"```\w+\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL) for page in DOCS]
    assert blocks[0] == blocks[1]
