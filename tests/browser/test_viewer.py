"""`InstallLogViewer` and `InstallManager` in a page of a user."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.service import Client, Service

from .conftest import Visitor
from .page import ENDED, RECORD_LINES, install, rows, scroll_to, seen_rows

pytestmark = pytest.mark.browser


def test_the_users_page_works_as_it_is(visitor: Visitor, service: Service) -> None:
    """A button, a place and the script are enough; a viewer made by hand takes the place over and doubles nothing."""
    visitor.sign_in(service)
    page = visitor.users_page(service, key="chatter", version="2.0", pwd="correct-horse")
    task_id = install(page)
    page.wait_for_selector(ENDED)
    expect(page.locator(".icv-badge")).to_have_text("Succeeded")
    expect(page.locator(".icv-name")).to_have_text("chatter")
    bar = page.get_by_role("progressbar")
    expect(bar).to_have_attribute("aria-valuenow", "100")
    expect(page.locator(".icv-step")).to_have_text("Step 3/3 · Finish")
    before = rows(page)
    assert "to standard output" in before
    assert "to standard error" in before
    expect(page.locator(".icv-results a")).to_have_attribute("href", "http://127.0.0.1:80/")
    page.evaluate("(taskId) => void new InstallLogViewer(taskId, 'log-container')", task_id)
    page.wait_for_selector(ENDED)
    assert page.locator(".icv").count() == 1
    assert rows(page) == before


def test_the_script_adds_two_names_to_a_page(visitor: Visitor, service: Service) -> None:
    """Nothing but InstallLogViewer and InstallManager becomes global."""
    visitor.sign_in(service)
    page = visitor.users_page(service, key="bare")
    added = page.evaluate(
        """() => {
          const frame = document.body.appendChild(document.createElement("iframe"));
          const ours = new Set(Object.getOwnPropertyNames(frame.contentWindow));
          return Object.getOwnPropertyNames(window).filter((name) => !ours.has(name) && !/^\\d+$/.test(name));
        }"""
    )
    assert set(added) - {"installSoftware", "taskId"} == {"InstallLogViewer", "InstallManager"}


def test_lines_come_as_they_are_written(visitor: Visitor, service: Service, gate: Path) -> None:
    """Lines, step and an unfinished line show while the script runs; the unfinished one is ended in place."""
    visitor.sign_in(service)
    page = visitor.users_page(service, key="gated", gate=str(gate))
    install(page)
    expect(page.locator(".icv-partial .icv-text")).to_have_text("waiting at the gate")
    expect(page.locator(".icv-badge")).to_have_text("Running")
    expect(page.locator(".icv-step")).to_have_text("Step 1/2 · First half")
    assert rows(page)[-4:] == ["before 1", "before 2", "before 3", "waiting at the gate"]
    gate.touch()
    page.wait_for_selector(ENDED)
    texts = rows(page)
    at = texts.index("waiting at the gate, open")
    assert texts[at - 3 : at + 4] == [
        "before 1", "before 2", "before 3", "waiting at the gate, open", "after 1", "after 2", "after 3",
    ]  # fmt: skip
    assert page.locator(".icv-partial").count() == 0


def test_a_killed_server_costs_no_line(
    new_visitor: Callable[..., Visitor], start_service: Callable[..., Service], gate: Path
) -> None:
    """SIGKILL in the middle of an install: the page says so, comes back by itself, and shows every record once."""
    service = start_service()
    visitor = new_visitor()
    visitor.sign_in(service)
    page = visitor.users_page(service, key="steady", gate=str(gate))
    page.evaluate(RECORD_LINES)
    task_id = install(page)
    page.wait_for_function("window.seen.length > 30")
    service.kill()
    expect(page.locator(".icv-notice")).to_contain_text("Reconnecting")
    at_break = page.evaluate("window.seen.length")
    service.start()
    page.wait_for_function("(count) => window.seen.length > count + 30", arg=at_break)
    expect(page.locator(".icv-notice")).to_be_hidden()
    gate.touch()
    page.wait_for_selector(ENDED)
    expect(page.locator(".icv-badge")).to_have_text("Succeeded")
    client = service.client("root", "admin")
    with client.http:
        history = client.history(task_id)
    assert page.evaluate("window.seen") == [[record["seq"], record["message"]] for record in history]
    printed = [
        int(record["message"].split()[1]) for record in history if record["message"].startswith("line ")
    ]
    assert printed == list(range(1, len(printed) + 1))


def test_a_log_of_100000_lines(visitor: Visitor, service: Service) -> None:
    """All lines are there, top, middle and end; few are in the page, which answers all the while."""
    visitor.sign_in(service)
    page = visitor.users_page(service, key="flood")
    page.evaluate(
        """() => {
          window.worstFrame = 0;
          let last = performance.now();
          const tick = (now) => {
            window.worstFrame = Math.max(window.worstFrame, now - last);
            last = now;
            requestAnimationFrame(tick);
          };
          requestAnimationFrame(tick);
        }"""
    )
    page.evaluate(RECORD_LINES)
    install(page)
    page.wait_for_selector(ENDED, timeout=60_000)
    printed = "window.seen.map(([, message]) => message).filter((message) => message.startsWith('line '))"
    assert page.evaluate(f"{printed}.length") == 100_000
    assert page.evaluate(f"{printed}.every((message, index) => message === `line ${{index + 1}} of 100000`)")
    assert page.evaluate("window.seen.every(([seq], index) => seq === index)")
    assert page.evaluate("window.worstFrame") < 1_000
    assert page.locator(".icv-row").count() < 150

    number = re.compile(r"line (\d+) of 100000")

    def numbers() -> list[int]:
        return [int(match[1]) for match in map(number.fullmatch, seen_rows(page)) if match]

    assert 100_000 in numbers()
    for fraction, around in ((0.0, 1), (0.5, 50_000), (0.25, 25_000)):
        scroll_to(page, fraction)
        found = numbers()
        assert found == list(range(found[0], found[0] + len(found)))
        assert len(found) > 10
        assert found[0] - 50 <= around <= found[-1] + 50
    scroll_to(page, 1.0)
    assert 100_000 in numbers()


def test_follow_lets_go_and_comes_back(visitor: Visitor, service: Service, gate: Path) -> None:
    """Scrolling up holds the view still while lines come; the button that counts them leads back to the end."""
    visitor.sign_in(service)
    page = visitor.users_page(service, key="gated", gate=str(gate), before=400, after=300)
    install(page)
    expect(page.locator(".icv-partial")).to_be_visible()
    page.locator(".icv-log").hover()
    page.evaluate(
        """() => {
          window.settled = false;
          document.querySelector(".icv-log").addEventListener("scrollend", () => { window.settled = true; }, { once: true });
        }"""
    )
    page.mouse.wheel(0, -3000)
    page.wait_for_function("window.settled")
    button = page.locator(".icv-to-end")
    expect(button).to_have_text("To the end")
    still = seen_rows(page)
    gate.touch()
    page.wait_for_selector(ENDED)
    expect(button).to_contain_text(re.compile(r"30\d new lines"))
    assert seen_rows(page) == still
    button.click()
    expect(button).to_be_hidden()
    assert "after 300" in seen_rows(page)


def test_colours(visitor: Visitor, service: Service) -> None:
    """Colours of the theme, of the cube and direct ones reach the screen, without a style attribute in any markup."""
    visitor.sign_in(service)
    page = visitor.users_page(service, key="colours")
    install(page)
    page.wait_for_selector(ENDED)

    def style(text: str, name: str) -> str:
        span = page.locator(".icv-text span", has_text=re.compile(f"^{text}$"))
        value: str = span.evaluate("(span, name) => getComputedStyle(span)[name]", name)
        return value

    assert style("red", "color") == "rgb(184, 35, 43)"
    assert style("bold", "fontWeight") == "700"
    assert style("cube", "color") == "rgb(255, 0, 0)"
    assert style("direct", "backgroundColor") == "rgb(16, 32, 48)"
    assert style("inverse", "color") == "rgb(248, 250, 252)"


def test_markup_in_a_line_is_text(visitor: Visitor, service: Service) -> None:
    """HTML is shown and never run; characters that reorder text are named, by the service or else by the viewer."""
    visitor.sign_in(service)
    page = visitor.users_page(service, key="colours")
    install(page)
    page.wait_for_selector(ENDED)
    assert '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script><b>bold?</b> &amp;' in rows(
        page
    )
    assert page.evaluate("window.hacked") is None
    assert page.locator(".icv-log :is(img, script, b)").count() == 0
    assert "photo_<U+202E>gnp.exe" in rows(page)
    page.evaluate(
        """() => {
          const viewer = new InstallLogViewer("t", "log-container", { autoConnect: false });
          viewer.handleLogMessage({ level: "INFO", message: "photo_\u202egnp.exe" });
        }"""
    )
    expect(page.locator(".icv-text")).to_have_text("photo_U+202Egnp.exe")


def test_two_tabs_watch_one_install(visitor: Visitor, service: Service, gate: Path) -> None:
    """Both see the same lines, also the one that came later."""
    visitor.sign_in(service)
    first = visitor.users_page(service, key="gated", gate=str(gate), before=20)
    task_id = install(first)
    expect(first.locator(".icv-partial")).to_be_visible()
    second = visitor.users_page(service)
    second.evaluate("(taskId) => void new InstallLogViewer(taskId, 'log-container')", task_id)
    expect(second.locator(".icv-partial")).to_be_visible()
    gate.touch()
    for page in (first, second):
        page.wait_for_selector(ENDED)
    assert rows(first) == rows(second)


def test_cancel_asks_once_more(visitor: Visitor, service: Service, gate: Path) -> None:
    """The second press of the button cancels; the first alone does nothing."""
    visitor.sign_in(service)
    page = visitor.users_page(service, key="gated", gate=str(gate))
    install(page)
    expect(page.locator(".icv-partial")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".icv-badge")).to_have_text("Running")
    page.get_by_role("button", name="Really cancel?").click()
    page.wait_for_selector(ENDED)
    expect(page.locator(".icv-badge")).to_have_text("Canceled")
    expect(page.locator(".icv-cancel")).to_be_hidden()


def test_chinese(new_visitor: Callable[..., Visitor], service: Service) -> None:
    """A page in Chinese gets the viewer in Chinese, its reasons included."""
    visitor = new_visitor(locale="zh-CN")
    visitor.sign_in(service)
    page = visitor.users_page(service, lang="zh-CN", key="failing", parameters={"how": "exit"})
    install(page)
    expect(page.locator(".icv-badge")).to_have_text("失败")
    expect(page.locator(".icv-failure")).to_contain_text("任务失败，退出码 7")
    assert visitor.complaints == []


def test_themes(new_visitor: Callable[..., Visitor], service: Service) -> None:
    """Dark follows the system, the option overrules it, and a page's own variables overrule both."""
    visitor = new_visitor(color_scheme="dark")
    visitor.sign_in(service)
    page = visitor.users_page(service, key="bare")
    background = "getComputedStyle(document.querySelector('.icv')).backgroundColor"
    install(page)
    page.wait_for_selector(ENDED)
    assert page.evaluate(background) == "rgb(21, 26, 33)"
    page.evaluate("void new InstallLogViewer(taskId, 'log-container', { theme: 'light', height: 123 })")
    page.wait_for_selector(ENDED)
    assert page.evaluate(background) == "rgb(255, 255, 255)"
    assert page.evaluate("document.querySelector('.icv-log').clientHeight") == 123
    page.evaluate("document.body.style.setProperty('--installcast-background', 'rgb(1, 2, 3)')")
    assert page.evaluate(background) == "rgb(1, 2, 3)"


def test_a_phone(new_visitor: Callable[..., Visitor], service: Service) -> None:
    """On 320 px nothing but the log itself scrolls sideways."""
    visitor = new_visitor(viewport={"width": 320, "height": 640})
    visitor.sign_in(service)
    page = visitor.users_page(service, key="failing", parameters={"how": "die"})
    install(page)
    page.wait_for_selector(ENDED)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.evaluate("document.querySelector('.icv').scrollWidth") <= 320


def test_messages_by_hand(visitor: Visitor, service: Service) -> None:
    """A page that gets its messages another way hands them over; numbers may be missing, events tell of each."""
    visitor.sign_in(service)
    page = visitor.users_page(service)
    told = page.evaluate(
        """() => new Promise((done) => {
          const viewer = new InstallLogViewer("t", document.getElementById("log-container"), { autoConnect: false });
          const told = [];
          viewer.on("record", ({ seq, message }) => told.push([seq, message]));
          viewer.addEventListener("progress", ({ detail }) => told.push(["progress", detail.progress]));
          viewer.on("state", ({ status }) => told.push(["state", status]));
          viewer.handleLogMessage({ timestamp: "2026-01-02T03:04:05Z", level: "INFO", message: "one", progress: 10 });
          viewer.handleLogMessage('{"seq":1,"level":"INFO","message":"two","progress":20}\\n{"seq":1,"level":"INFO","message":"again","progress":20}\\n');
          requestAnimationFrame(() => requestAnimationFrame(() => {
            told.push([...document.querySelectorAll(".icv-text")].map((row) => row.textContent));
            viewer.destroy();
            told.push(document.getElementById("log-container").childElementCount);
            done(told);
          }));
        })"""
    )
    assert [0, "one"] in told
    assert [1, "two"] in told
    assert not any("again" in entry for entry in told if isinstance(entry, list))
    assert ["progress", 20] in told
    assert ["state", "running"] in told
    assert told[-2:] == [["one", "two"], 0]


def test_polling_where_real_time_is_off(
    new_visitor: Callable[..., Visitor], start_service: Callable[..., Service], gate: Path
) -> None:
    """Without WebSockets the log comes over HTTP, to the last line."""
    service = start_service(log={"realtime_enabled": False})
    visitor = new_visitor()
    visitor.sign_in(service)
    page = visitor.users_page(service, key="gated", gate=str(gate))
    install(page)
    expect(page.locator(".icv-notice")).to_contain_text("live updates are switched off")
    expect(page.locator(".icv-text", has_text="before 3")).to_be_visible()
    gate.touch()
    page.wait_for_selector(ENDED)
    expect(page.locator(".icv-text", has_text="after 3")).to_be_visible()
    expect(page.locator(".icv-badge")).to_have_text("Succeeded")
    assert visitor.complaints == []


def test_who_is_not_signed_in_is_told(new_visitor: Callable[..., Visitor], service: Service) -> None:
    """No session: the place of the log says so and leads to the sign-in page, before and after an install."""
    visitor = new_visitor()
    page = visitor.users_page(service, key="bare")
    page.get_by_role("button", name="Install").click()
    expect(page.get_by_role("alert")).to_contain_text("The install was not started")
    expect(page.get_by_role("link", name="Sign in")).to_have_attribute("href", f"{service.url}/login")
    page.evaluate("void new InstallLogViewer('bare-latest-0', 'log-container')")
    expect(page.locator(".icv-notice")).to_contain_text("Sign in to see this log.")
    expect(page.get_by_role("link", name="Sign in")).to_have_attribute("href", re.compile("/login\\?next="))


def test_a_task_that_does_not_exist(visitor: Visitor, service: Service, client: Client) -> None:
    """4404: the viewer says so and does not come back."""
    visitor.expect_complaint("404 (Not Found)")
    visitor.sign_in(service)
    page = visitor.users_page(service)
    page.evaluate("void new InstallLogViewer('no-such-task', 'log-container')")
    expect(page.locator(".icv-notice")).to_contain_text("There is no such task")


def test_pressing_the_button_twice_shows_the_running_install(
    new_visitor: Callable[..., Visitor], service: Service, gate: Path
) -> None:
    """A second install of the same recipe is refused; an empty place then shows the one that runs."""
    visitor = new_visitor()
    visitor.sign_in(service)
    first = visitor.users_page(service, key="gated", gate=str(gate))
    task_id = install(first)
    second = visitor.users_page(service, key="gated", gate=str(gate))
    second.get_by_role("button", name="Install").click()
    expect(second.locator(".icv-partial")).to_be_visible()
    assert task_id in str(second.locator(".icv").get_attribute("aria-label"))
    gate.touch()
    second.wait_for_selector(ENDED)
