"""Installing from the command line, and what there is to say about tasks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Service


def install(service: Service, *arguments: str) -> str:
    """Install without watching; return the task's id when it has ended."""
    task_id = service.run("install", *arguments, "--detach").stdout.strip()
    assert task_id
    service.run("logs", "-f", task_id)
    return task_id


def test_install_prints_the_log_and_the_results(service: Service) -> None:
    """Without a terminal: the lines and the results on standard output, the end on standard error, nothing painted."""
    done = service.run("install", "hello", "--param", "who=moon", "-p", "times=2")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines.count("hello moon") == 2
    assert "that was loud" in lines
    assert "green words" in lines
    assert "  answer  42" in lines
    assert "hello 2.0: install succeeded in" in done.stderr
    assert "\x1b" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["install", "fails"], 7),
        (["install", "fails", "--param", "how=signal"], 137),
        (["install", "slow"], 124),
        (["uninstall", "hello"], 0),
        (["install", "no-such-recipe"], 3),
        (["install", "hello", "--version", "9"], 2),
        (["install", "hello", "--param", "colour=red"], 2),
        (["install", "hello", "--param", "times=many"], 2),
        (["install", "locked"], 2),
        (["upgrade", "hello"], 2),
        (["logs", "no-such-task"], 3),
        (["status", "no-such-task"], 3),
        (["cancel", "no-such-task"], 3),
        (["retry", "no-such-task"], 3),
    ],
)
def test_exit_status(service: Service, arguments: list[str], status: int) -> None:
    """The script's own, or one that says why there was no script; a refusal is one line."""
    done = service.run(*arguments)
    assert done.returncode == status, done.stdout + done.stderr
    if status in {2, 3}:
        assert len(done.stderr.strip().splitlines()) == 1
        assert done.stderr.startswith("installcast: ")


def test_a_failure_says_what_it_left(service: Service) -> None:
    """What is there now, and what can be done: try again, and remove what is there by halves."""
    done = service.run("install", "halfway")
    assert done.returncode == 7
    task_id = service.run("ps", "--all").stdout.splitlines()[1].split()[0]
    told = done.stderr.splitlines()
    assert "It is only partly installed." in told
    assert f" retry {task_id}" in next(line for line in told if line.startswith("Try again:"))
    assert " uninstall halfway" in next(line for line in told if line.startswith("Remove it:"))
    assert "It is only partly installed." in service.run("status", task_id).stdout
    done = service.run("uninstall", "halfway", environment={"LC_ALL": "zh_CN.UTF-8"})
    assert (done.returncode, "软件未安装，没有残留。" in done.stderr) == (8, True)
    assert "installcast" in next(line for line in done.stderr.splitlines() if line.startswith("重试："))


def test_a_success_has_nothing_to_say_of_that(service: Service) -> None:
    """After a good end nobody needs to try again."""
    assert "again" not in service.run("install", "hello").stderr


def test_a_failure_says_why_and_what_to_do(service: Service) -> None:
    """The code, the hint and the command that shows the place."""
    done = service.run("install", "fails", "--param", "how=die")
    assert "NO_LUCK" in done.stderr
    assert "Try again on another day." in done.stderr
    assert done.returncode == 1


def test_chinese_where_it_is_read(service: Service) -> None:
    """The end, and what the service refuses, are told in the reader's language."""
    chinese = {"LANG": "zh_CN.UTF-8"}
    assert "安装成功" in service.run("install", "hello", environment=chinese).stderr
    refused = service.run("install", "no-such-recipe", environment=chinese)
    assert refused.stderr.startswith("installcast：")
    assert "没有" in refused.stderr


def test_json_is_records_and_nothing_else(service: Service) -> None:
    """Each line of standard output is a record, in order and without a gap; the last one is final."""
    done = service.run("install", "hello", "--json")
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [record["seq"] for record in records] == list(range(len(records)))
    assert records[-1]["final"] is True
    assert done.stderr == ""


def test_detach_prints_the_id_alone(service: Service) -> None:
    """A script takes the id from standard output; a person reads how to watch."""
    done = service.run("install", "hello", "--detach")
    task_id = done.stdout.strip()
    assert done.stdout == f"{task_id}\n"
    assert f"installcast logs -f {task_id}" in done.stderr
    assert service.run("logs", "-f", task_id).returncode == 0


def test_secrets_need_not_stand_on_the_command_line(service: Service, tmp_path: Path) -> None:
    """From a file and from standard input; masked in the log either way."""
    secret = tmp_path / "secret"
    secret.write_text("open-sesame\n")
    for options in (["--param", f"pwd=@{secret}"], ["--param-stdin", "pwd"]):
        done = service.run("install", "locked", *options, input="open-sesame\n")
        assert "a password of 11 characters: ***" in done.stdout
        assert "sesame" not in done.stdout + done.stderr


def test_a_secret_result_is_shown_once(service: Service) -> None:
    """To whoever watches the end; or, when nobody did, to whoever asks first. Records never hold it."""
    watched = service.run("install", "hello").stdout
    assert "very-secret-key" in watched
    assert "very-secret-key" not in service.run("status", "hello").stdout
    assert "very-secret-key" not in service.run("install", "hello", "--json").stdout
    assert "very-secret-key" in service.run("status", "hello").stdout
    assert "very-secret-key" not in service.run("logs", "-f", "hello").stdout


def test_ps_lists_what_is_active_and_all(service: Service) -> None:
    """Without --all: what waits and runs. As JSON: one task a line."""
    ended = install(service, "hello")
    gate = service.gate("ps")
    running = service.run("install", "gate", "--param", gate.param, "--detach").stdout.strip()
    shown = service.run("ps").stdout
    assert running in shown
    assert ended not in shown
    tasks = [json.loads(line) for line in service.run("ps", "--all", "--json").stdout.splitlines()]
    assert {ended, running} <= {task["task_id"] for task in tasks}
    gate.open()
    service.run("logs", "-f", running)


def test_status_tells_one_task(service: Service) -> None:
    """For people in a list, for machines as one object."""
    task_id = install(service, "hello")
    shown = service.run("status", task_id).stdout
    for text in (task_id, "succeeded", "answer  42", "[2/2] Speak"):
        assert text in shown
    assert json.loads(service.run("status", task_id, "--json").stdout)["status"] == "succeeded"


def test_a_task_may_be_named_briefly(service: Service) -> None:
    """By the beginning of its id, by its recipe's key, or as the latest; a beginning that fits several is refused."""
    install(service, "hello")
    newest = install(service, "hello")
    for name in (newest[:-3], "hello", "latest", f"{newest}.log"):
        assert newest in service.run("status", name).stdout
    unclear = service.run("status", "hello-2")
    assert unclear.returncode == 125
    assert newest in unclear.stderr


def test_cancel_stops_a_task(service: Service) -> None:
    """The watching command ends with the status of a canceled one."""
    gate = service.gate("cancel")
    watching = service.open("install", "gate", "--param", gate.param)
    watching.wait_for("before the gate")
    assert service.run("cancel", "gate").returncode == 0
    assert watching.finish() == 143
    assert "canceled" in watching.err
    again = service.run("cancel", "gate")
    assert (again.returncode, "has already ended: canceled" in again.stderr) == (0, True)


def test_cancel_of_an_ended_task(service: Service) -> None:
    """There is no such task to cancel any more: 3, with how it ended, and nothing for a machine to read."""
    task_id = install(service, "hello")
    for options in ([], ["--json"]):
        done = service.run("cancel", task_id, *options)
        assert (done.returncode, done.stdout) == (3, "")
        assert f"{task_id} has already ended: succeeded." in done.stderr


def test_retry_does_it_again(service: Service) -> None:
    """With the same parameters, as a new task; a secret has to be given again."""
    task_id = install(service, "hello", "--param", "who=again")
    done = service.run("retry", task_id)
    assert done.returncode == 0
    assert "hello again" in done.stdout
    locked = install(service, "locked", "--param", "pwd=open-sesame")
    for refused in (
        service.run("retry", locked),
        service.run("install", "locked"),
        service.run("plan", "locked"),
    ):
        assert refused.returncode == 2
        assert "is required" in refused.stderr
        assert "--param-stdin pwd or --param pwd=@FILE" in refused.stderr
    assert service.run("retry", locked, "--param", "pwd=another-one").returncode == 0


def test_a_second_task_of_a_recipe_is_refused(service: Service) -> None:
    """The refusal names the one that is active."""
    gate = service.gate("second")
    first = service.run("install", "gate", "--param", gate.param, "--detach").stdout.strip()
    refused = service.run("install", "gate", "--param", gate.param)
    assert refused.returncode == 125
    assert first in refused.stderr
    gate.open()
    service.run("logs", "-f", first)


def test_plan_changes_nothing(service: Service) -> None:
    """It says whether an install would work, and makes no task."""
    before = service.run("ps", "--all", "--json").stdout
    done = service.run("plan", "hello")
    assert done.returncode == 0, done.stderr
    assert "hello can be installed" in done.stdout
    assert json.loads(service.run("plan", "hello", "--json").stdout)["ok"] is True
    assert service.run("ps", "--all", "--json").stdout == before
