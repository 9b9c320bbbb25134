"""What can be read in each state of each page, in both languages and themes, on a desk and on a phone of 320 px.

The pictures of a run stay in ``.build/reports/screenshots``, with an ``index.html`` that shows them all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.service import Client, Service
from tests.until import until

from .album import Album, Reads
from .conftest import end, new_service
from .reader import Cut, Holding, Offline, Reader, SignedOut
from .scenery import AT_ONCE, Scenery

pytestmark = pytest.mark.browser

UNREACHED = (
    Reads("status", "The service does not answer.", "服务暂时没有响应"),
    Reads("alert", "This could not be read yet.", "暂时无法读取"),
    Reads("button", "Try again", "重试"),
)
STATUSES = (
    ("Queued", "排队中"),
    ("Running", "进行中"),
    ("Succeeded", "成功"),
    ("Failed", "失败"),
    ("Canceled", "已取消"),
    ("Interrupted", "已中断"),
)

TASKS: dict[str, tuple[Reads, ...]] = {
    "queued": (
        Reads("text", "Waiting: number 1 in the queue", "排队等待中：第 1 位"),
        Reads("button", "Cancel", "取消"),
        Reads("log", "Waiting for the first line…", "等待第一行日志…"),
    ),
    "live": (
        Reads("text", "Running", "进行中"),
        Reads("progressbar", "Progress", "进度"),
        Reads("text", "Step 2/3 · Compile", "步骤 2/3 · Compile"),
        Reads("log", ".c: up to date", ".c: up to date"),
        Reads("button", "1 warning", "1 个警告"),
        Reads("button", "Cancel", "取消"),
    ),
    "stalled": (
        Reads("text", "It seems to wait for an answer that nobody can give", "似乎在等待无人能给出的输入"),
        Reads("text", "Remove it? [y/N]", "Remove it? [y/N]"),
        Reads("button", "Cancel", "取消"),
    ),
    "failed": (
        Reads("text", "Failed", "失败"),
        Reads("alert", "The task failed with exit status 3", "任务失败，退出码 3"),
        Reads("button", "Show the line", "定位到该行"),
        Reads("button", "Copy diagnosis", "复制诊断信息"),
        Reads("text", "Compare with the run that succeeded", "成功的那次运行对比"),
    ),
    "canceled": (
        Reads("text", "Canceled", "已取消"),
        Reads("text", "It is only partly installed: try again, or uninstall it.", "软件只安装了一部分"),
    ),
    "interrupted": (
        Reads("alert", "Interrupted", "已中断"),
        Reads("log", "Unpacking doomed-1.0.tar.gz", "Unpacking doomed-1.0.tar.gz"),
    ),
    "finished": (
        Reads("text", "Succeeded", "成功"),
        Reads("link", "http://127.0.0.1:80/", "http://127.0.0.1:80/"),
        Reads("button", "Reveal", "显示"),
        Reads("button", "1 warning", "1 个警告"),
    ),
    "huge": (
        Reads("text", "Succeeded", "成功"),
        Reads("button", "All 100,0", "全部 100,0"),
        Reads("log", "line 100000 of 100000", "line 100000 of 100000"),
    ),
}
"""What stands in the viewer, by the state of its task."""

FOREIGN = Reads(
    "text", "There is no such task, or its log has been removed.", "该任务不存在，或其日志已被清理"
)
OFFLINE = Reads("text", "No network. The install goes on", "网络已断开。安装仍在继续")
LOADING = Reads("log", "Waiting for the first line…", "等待第一行日志…")
SILENT = (
    Reads("text", "No output, but it is still running", "没有输出，仍在运行"),
    Reads("text", "all its processes sleep", "所有进程都在休眠"),
)


@pytest.fixture(scope="module")
def album() -> Iterator[Album]:
    """Where the pictures of this run go."""
    album = Album()
    yield album
    album.bind()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that lets the last of the tasks wait."""
    service = new_service(tmp_path_factory.mktemp("s"), {"runner": {"max_parallel": AT_ONCE}})
    service.start()
    yield service
    end(service)


@pytest.fixture(scope="module")
def scenery(service: Service, client: Client, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scenery]:
    """All tasks."""
    scenery = Scenery(service, client, tmp_path_factory.mktemp("gates"))
    yield scenery
    scenery.gate.touch()


@pytest.fixture(scope="module")
def new_reader(
    browser: Browser, service: Service, client: Client, album: Album
) -> Iterator[Callable[..., Reader]]:
    """Open the browser of somebody who is signed in."""
    readers: list[Reader] = []

    def sign_in(**grant: Any) -> Reader:
        link = client.data("POST", "/v1/auth/login-link", json=grant)["url"]
        readers.append(Reader(browser, service, album, link))
        return readers[-1]

    yield sign_in
    for reader in readers:
        reader.visitor.context.close()


@pytest.fixture(scope="module")
def reader(scenery: Scenery, new_reader: Callable[..., Reader]) -> Reader:
    """Somebody who sees all tasks."""
    return new_reader()


@pytest.fixture(scope="module")
def newcomer(scenery: Scenery, new_reader: Callable[..., Reader]) -> Reader:
    """Somebody who has not installed anything yet."""
    return new_reader(sub="bob", scope="soft:install soft:read log:read")


# --- overview ---------------------------------------------------------------------------------------------------------


def test_an_overview_without_tasks(newcomer: Reader) -> None:
    """A newcomer is welcomed, and led to the software."""
    newcomer.go("")
    newcomer.look(
        "overview-empty",
        Reads("heading", "Welcome", "欢迎使用"),
        Reads("text", "Nothing has been installed yet.", "还没有安装过任何软件。"),
        Reads("link", "Choose software", "选择软件"),
    )


def test_an_overview_of_a_busy_machine(reader: Reader, scenery: Scenery) -> None:
    """What runs and waits, how the last days went, what failed and why, what takes how long."""
    reader.go("")
    reader.look(
        "overview-live",
        Reads("heading", "Now", "正在进行"),
        Reads("progressbar", "lively: Progress", "lively: 进度"),
        Reads("article", "Queued", "排队中"),
        Reads("heading", "Tasks per day", "每日任务"),
        Reads("heading", "Causes of failures", "失败原因"),
        Reads("heading", "Usual durations", "通常耗时"),
        Reads("heading", "Last failures", "最近失败的任务"),
        whole=True,
    )


PAGES = {"overview": "", "software": "software", "form": "software/planned", "tasks": "tasks"}
"""Pages of the console, without that of a task."""


@pytest.mark.parametrize("page", PAGES)
def test_a_page_that_loads(reader: Reader, page: str) -> None:
    """While the answer is on its way the page is there, with places as large as what will stand in them."""
    with Holding(reader):
        reader.go(PAGES[page])
        expect(reader.page.locator(".skeleton").first).to_be_visible()
        reader.look(
            f"{page}-loading", Reads("link", "Tasks", "任务"), Reads("button", "Sign out", "退出登录")
        )


@pytest.mark.parametrize("page", PAGES)
def test_a_page_that_is_cut_off(reader: Reader, page: str) -> None:
    """Without an answer the page says so, offers to try again, and says that installs go on."""
    with Cut(reader):
        reader.go(PAGES[page])
        reader.look(f"{page}-offline", *UNREACHED)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_whose_session_has_ended(reader: Reader, page: str) -> None:
    """What was shown stays, with the one way to sign in above it."""
    reader.go(PAGES[page])
    expect(reader.page.locator(".skeleton")).to_have_count(0)
    with SignedOut(reader):
        reader.look(
            f"{page}-signed-out",
            Reads("status", "Your session has ended.", "登录已过期"),
            Reads("link", "Sign in", "登录"),
        )


# --- software ---------------------------------------------------------------------------------------------------------


def test_the_software(reader: Reader) -> None:
    """What can be installed, what is, what is being installed, and what is wrong with a recipe."""
    reader.go("software")
    reader.page.get_by_role("article").first.wait_for()
    expect(reader.page.get_by_text(re.compile("Asking the system…|正在检测…"))).to_have_count(0)
    reader.look(
        "software-live",
        Reads("heading", "Planned", "有计划"),
        Reads("article", "Installed 2.0", "已安装 2.0"),
        Reads("link", "Install Chatter", "安装 话匣子"),
        Reads("link", "Uninstall Planned", "卸载 有计划"),
        Reads("progressbar", "lively: Progress", "lively: 进度"),
        Reads("link", "Watch Lively", "查看 活泼"),
        Reads("article", "This recipe cannot be used:", "该软件的定义有误"),
        whole=True,
    )


def test_a_search_that_finds_no_software(reader: Reader) -> None:
    """It says so, and how to get everything back."""
    reader.go("software?q=zzz")
    reader.look(
        "software-empty",
        Reads("text", "Nothing fits this search.", "没有符合条件的结果。"),
        Reads("button", "Show all", "显示全部"),
    )


# --- form -------------------------------------------------------------------------------------------------------------


def test_a_form_before_its_checks(reader: Reader) -> None:
    """Nothing can be started while it is being checked."""
    with Holding(reader, re.compile("/v1/soft/plan")):
        reader.go("software/planned?action=install")
        reader.look(
            "form-checking",
            Reads("form", "Install", "安装"),
            Reads("status", "Checking…", "检查中…"),
        )
        expect(reader.page.get_by_role("form").get_by_role("button", name="安装")).to_be_disabled()


@pytest.mark.parametrize(
    ("port", "state", "told"),
    [
        ("8080", "passed", Reads("status", "Nothing speaks against it.", "检查通过，可以开始。")),
        ("82", "warned", Reads("status", "It can be done, but read this first.", "请先阅读以下提示")),
        ("81", "failed", Reads("status", "The checks failed.", "检查未通过。")),
    ],
)
def test_a_form_after_its_checks(reader: Reader, port: str, state: str, told: Reads) -> None:
    """What the checks have found, and which packages would change."""
    reader.go("software/planned?action=install")
    reader.page.locator("[data-field=port] input").fill(port)
    reader.look(f"form-{state}", told, Reads("region", "Checks", "预检"), whole=True)


def test_a_form_of_many_kinds(reader: Reader) -> None:
    """What was filled in wrongly says why, beside its field."""
    reader.go("software/chatter")
    reader.page.locator("[data-field=port] input").fill("70000")
    reader.page.locator("[data-field=pwd] input").fill("short")
    reader.page.locator("[data-field=mode] input").fill("NOT LOWER")
    reader.page.locator("[data-field=mode] input").blur()
    reader.look(
        "form-faulty",
        Reads("text", "May be at most 65535.", "不能大于 65535"),
        Reads("text", "Needs at least 8 characters.", "至少需要 8 个字符"),
        Reads("status", "Fill in the form", "填写完整后"),
        whole=True,
    )


def test_a_form_of_what_is_being_installed(reader: Reader) -> None:
    """The conflict is told, with a way to the task that runs."""
    reader.go("software/lively")
    reader.look(
        "form-live",
        Reads("region", "Lively is being worked on.", "活泼 有任务正在进行"),
        Reads("link", "Watch", "查看"),
    )


def test_a_form_that_uninstalls(reader: Reader) -> None:
    """What will be kept stands there, and in the question that comes first."""
    reader.go("software/planned?action=uninstall")
    reader.look(
        "form-uninstall", Reads("text", "Will be kept:", "将保留："), Reads("button", "Uninstall", "卸载")
    )
    reader.page.get_by_role("form").get_by_role("button").last.click()
    reader.look(
        "form-question",
        Reads("dialog", "Planned will be removed from this machine.", "将从本机移除 有计划。"),
        Reads("button", "Uninstall Planned", "卸载 有计划"),
    )


def test_a_form_of_nothing(reader: Reader) -> None:
    """An address of software that does not exist says so."""
    reader.go("software/no-such-thing")
    reader.look("form-foreign", Reads("heading", "There is no software", "没有名为"))


# --- tasks ------------------------------------------------------------------------------------------------------------


def test_no_tasks(newcomer: Reader) -> None:
    """A newcomer is led to the software."""
    newcomer.go("tasks")
    newcomer.look(
        "tasks-empty",
        Reads("text", "Nothing has been installed yet.", "还没有安装过任何软件。"),
        Reads("link", "Choose software", "选择软件"),
    )


def test_tasks_in_all_states(reader: Reader) -> None:
    """Each has its state, what it does or why it failed, and what can be done with it."""
    reader.go("tasks")
    reader.look(
        "tasks-live",
        *(Reads("article", en, zh) for en, zh in STATUSES),
        Reads("button", "Cancel: lively 1.0", "取消: lively 1.0"),
        Reads("button", "Try again: parting 2.1", "重试: parting 2.1"),
        whole=True,
    )


def test_a_question_about_a_task(reader: Reader) -> None:
    """Before a cancel stands what it does."""
    reader.go("tasks?status=running")
    reader.page.locator(".task-actions button").first.click()
    reader.look(
        "tasks-question",
        Reads("dialog", "Everything it has started is ended.", "它启动的所有进程都会结束"),
        Reads("button", "Let it run", "继续运行"),
    )


# --- one task ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", TASKS)
def test_the_page_of_a_task(reader: Reader, scenery: Scenery, state: str) -> None:
    """The viewer, as large as the page, and beside it the runs so far, where there are others."""
    beside = {"failed": (Reads("complementary", "Runs so far", "历次运行"),)}
    reader.go(f"tasks/{scenery.tasks[state]}")
    reader.look(f"task-{state}", *TASKS[state], *beside.get(state, ()))


@pytest.mark.parametrize("state", TASKS)
def test_the_viewer_alone(reader: Reader, scenery: Scenery, state: str) -> None:
    """The same in somebody's own page."""
    reader.show(scenery.tasks[state])
    reader.look_at_viewer(f"viewer-{state}", *TASKS[state])


def test_the_page_of_a_task_that_loads(reader: Reader, scenery: Scenery) -> None:
    """Before anything has come the page is there, and the place of the log says what it waits for."""
    with reader.tab_without_sockets(), Holding(reader):
        reader.go(f"tasks/{scenery.tasks['live']}")
        reader.look("task-loading", LOADING)
        reader.show(scenery.tasks["live"])
        reader.look_at_viewer("viewer-loading", LOADING)


def test_the_page_of_a_task_without_a_network(reader: Reader, scenery: Scenery) -> None:
    """What has come stays; it is said that the install goes on, and that the log will, too."""
    reader.go(f"tasks/{scenery.tasks['live']}")
    expect(reader.page.get_by_role("log")).to_contain_text("up to date")
    with Offline(reader):
        reader.look("task-offline", OFFLINE, TASKS["live"][2])
    reader.show(scenery.tasks["live"])
    expect(reader.page.get_by_role("log")).to_contain_text("up to date")
    with Offline(reader):
        reader.look_at_viewer("viewer-offline", OFFLINE, TASKS["live"][2])


def test_the_task_of_somebody_else(newcomer: Reader, scenery: Scenery) -> None:
    """It is not told apart from one that does not exist."""
    newcomer.visitor.expect_complaint("404 (Not Found)")
    newcomer.go(f"tasks/{scenery.tasks['live']}")
    newcomer.look("task-foreign", FOREIGN)
    newcomer.show(scenery.tasks["live"])
    newcomer.look_at_viewer("viewer-foreign", FOREIGN)


def test_the_page_of_a_task_whose_session_has_ended(reader: Reader, scenery: Scenery) -> None:
    """In the console one sign-in is offered for all of it, in somebody's own page one in the place of the log."""
    reader.go(f"tasks/{scenery.tasks['finished']}")
    expect(reader.page.get_by_role("log")).to_contain_text("no newline at the end")
    sign_in = Reads("link", "Sign in", "登录")
    with SignedOut(reader):
        reader.look("task-signed-out", Reads("status", "Your session has ended.", "登录已过期"), sign_in)
        reader.show(scenery.tasks["finished"])
        told = Reads("text", "Sign in to see this log.", "请登录后查看日志。")
        reader.look_at_viewer("viewer-signed-out", told, sign_in)


def test_silence(reader: Reader, scenery: Scenery, client: Client) -> None:
    """After a minute without a line stands what the machine does meanwhile. The last test: the minute has passed by then."""
    until(lambda: client.status(scenery.tasks["silent"])["stalled"], "a minute of silence", 70)
    reader.go(f"tasks/{scenery.tasks['silent']}")
    reader.look("task-silent", *SILENT)
    reader.show(scenery.tasks["silent"])
    reader.look_at_viewer("viewer-silent", *SILENT)
