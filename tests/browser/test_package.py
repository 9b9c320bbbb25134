"""The npm package: packed, installed into somebody's project, compiled, built by Vite, and used in a page."""

from __future__ import annotations

import json
import mimetypes
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.service import Client, Service

from .conftest import Visitor
from .page import ENDED, scroll_to, seen_rows

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / "web/node_modules"
USER = Path(__file__).with_name("package_user")
NODE = Path(sys.executable).with_name("node")


def run(*argv: str | Path, cwd: Path) -> str:
    """Run a tool that has to succeed; return what it says."""
    path = f"{NODE.parent}:/usr/bin:/bin"
    answer = subprocess.run(
        argv,
        cwd=cwd,
        env={"PATH": path, "HOME": os.environ["HOME"]},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Somebody's project that has the packed package installed, and Vue."""
    folder = tmp_path_factory.mktemp("user")
    project = Path(shutil.copytree(USER, folder / "project"))
    run(sys.executable, ROOT / "scripts/build_package.py", folder, cwd=ROOT)
    (archive,) = folder.glob("installcast-*.tgz")
    run(NODE, TOOLS / "publint/src/cli.js", "run", archive, "--strict", cwd=ROOT)
    options = ["--offline", "--no-audit", "--no-fund", "--ignore-scripts", "--omit=peer"]
    run("npm", "install", *options, archive, cwd=project)
    (project / "node_modules/vue").symlink_to(TOOLS / "vue")
    return project


@pytest.fixture(scope="module")
def built(project: Path) -> Path:
    """The project as Vite builds it."""
    run(NODE, TOOLS / "vite/bin/vite.js", "build", "--base", "/built/", "--logLevel", "warn", cwd=project)
    return project / "dist"


def test_typescript_compiles_its_use(project: Path) -> None:
    """Viewer, manager, element and component have types, found as Node finds modules, which is stricter than a bundler."""
    run(NODE, TOOLS / "typescript/bin/tsc", "-p", ".", cwd=project)


def test_a_server_can_import_it(project: Path) -> None:
    """Pages that a server renders import the modules where there is no document."""
    names = "Object.keys({...await import('installcast'), ...await import('installcast/vue')})"
    said = run(NODE, "--input-type=module", "-e", f"console.log(JSON.stringify({names}))", cwd=project)
    assert {"InstallLogViewer", "InstallManager", "InstallLogElement", "InstallLog"} <= set(json.loads(said))


def test_the_vue_component(visitor: Visitor, service: Service, client: Client, built: Path) -> None:
    """Props may change at any time; within KeepAlive the log goes on and keeps its place; gone is gone."""
    first, second = client.install("noisy"), client.install("failing")
    client.finish(first)
    client.finish(second)

    def serve(route: Route) -> None:
        file = built / route.request.url.split("/built/")[1].split("#")[0]
        route.fulfill(body=file.read_bytes(), content_type=mimetypes.guess_type(file)[0] or "text/html")

    page = visitor.context.new_page()
    page.route(f"{service.url}/built/**", serve)
    page.goto(f"{service.url}/built/index.html#{client.token}")

    def change(name: str, value: Any) -> None:
        page.evaluate("([name, value]) => { window[name].value = value; }", [name, value])

    change("taskId", first)
    expect(page.locator(f"#app .mine > {ENDED} .icv-badge")).to_have_text("失败")
    expect(page.locator(".icv")).to_have_css("color-scheme", "dark")
    seqs = [seq for kind, seq in page.evaluate("told") if kind == "record"]
    assert seqs == [record["seq"] for record in client.history(first)]
    change("locale", "en")
    change("theme", "light")
    change("height", "120px")
    expect(page.locator(".icv-badge")).to_have_text("Failed")
    expect(page.locator(".icv")).to_have_css("color-scheme", "light")
    assert page.evaluate("document.querySelector('.icv-log').clientHeight") == 120

    page.evaluate("window.made = log.value.viewer")
    page.locator(".icv-log").focus()
    page.keyboard.press("o")
    scroll_to(page, 0.3)
    held = seen_rows(page)
    change("kept", False)
    expect(page.locator("#other")).to_be_visible()
    change("kept", True)
    expect(page.locator(".icv-to-end")).to_be_visible()
    assert page.evaluate("log.value.viewer === made")
    assert seen_rows(page) == held
    change("locale", "zh")
    expect(page.locator(".icv-badge")).to_have_text("失败")
    assert seen_rows(page) == held
    change("locale", "en")

    change("taskId", second)
    expect(page.locator(f"#app {ENDED} .icv-name")).to_have_text("failing")
    page.get_by_role("button", name="Try again").click()
    page.wait_for_function("(second) => taskId.value !== second", arg=second)
    expect(page.locator(ENDED)).to_have_count(1)
    assert [kind for kind, *_ in page.evaluate("told")].count("retry") == 1
    assert [detail for kind, detail in page.evaluate("told") if kind == "end"] == ["failed"] * 3
    change("there", False)
    expect(page.locator(".icv")).to_have_count(0)

    page.evaluate("(taskId) => { element.taskId = taskId; }", first)
    page.wait_for_function("told.some(([kind, status]) => kind === 'element' && status === 'failed')")
    page.evaluate("(taskId) => { window.made = viewer(taskId, document.getElementById('app')); }", second)
    expect(page.locator(ENDED)).to_have_count(2)
    visitor.expect_complaint("404")
    assert page.evaluate("start('nosuch')") == "recipe_not_found"
