"""From the scripts' exit statuses to what a task is said to have ended as."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from installcast.runner.probe import runner_argv, send_cancel
from installcast.runner.spec import Phase, Secrets, StepPlan

from .conftest import MakeTask, Task, is_alive

_LEAVES_A_DAEMON = "setsid sleep 1000 & echo $! > daemon; echo ready"
"""It holds the output, so that the runner waits for more of it."""


def test_exit_status_zero_is_success(make_task: MakeTask) -> None:
    """A script that ends with 0 succeeded; the final record is the only one at 100 %."""
    task = make_task(install="echo hello")
    outcome = task.run()
    assert (outcome.status, outcome.exit_code, outcome.signal, outcome.error) == ("succeeded", 0, None, None)
    assert task.messages()[0] == "hello"
    last = task.records()[-1]
    assert (last["level"], last["final"], last["status"], last["progress"]) == (
        "SUCCESS",
        True,
        "succeeded",
        100,
    )


@pytest.mark.parametrize("code", [1, 7, 255])
def test_any_other_exit_status_is_failure(make_task: MakeTask, code: int) -> None:
    """The script's own status is the task's, whatever the script has printed."""
    task = make_task(install=f'echo "SUCCESS: all done, 100 %"; exit {code}')
    outcome = task.run()
    assert (outcome.status, outcome.exit_code) == ("failed", code)
    assert outcome.error is not None
    assert (task.records()[-1]["level"], task.records()[-1]["exit_code"]) == ("ERROR", code)


def test_a_signal_is_128_plus_its_number(make_task: MakeTask) -> None:
    """A script that was killed failed with 137, and the error says that it was killed."""
    outcome = make_task(install="echo soon; kill -KILL $$").run()
    assert (outcome.status, outcome.exit_code, outcome.signal) == ("failed", 137, 9)
    assert outcome.error is not None
    assert outcome.error["code"] == "KILLED"


def test_the_error_points_at_its_record(make_task: MakeTask) -> None:
    """What `die` reported is the error, with the number of the record that shows it."""
    task = make_task(install='. "$INSTALLCAST_SH"; echo one; echo two; die NO_LICENCE "Buy one."')
    outcome = task.run()
    assert outcome.error is not None
    assert (outcome.error["code"], outcome.error["hint"]) == ("NO_LICENCE", "Buy one.")
    assert "NO_LICENCE" in task.records()[outcome.error["seq"]]["message"]
    assert task.records()[-1]["error"] == outcome.error


def test_hidden_failures_are_told(make_task: MakeTask) -> None:
    """A script that ends well although commands of it failed succeeds, and a warning at its end names their lines."""
    task = make_task(install="echo a; no-such-command --x; echo b; rm /no/such/file; echo done")
    outcome = task.run()
    assert outcome.status == "succeeded"
    warning = task.records()[-2]
    assert (warning["level"], warning["phase"]) == ("WARN", "install")
    assert "exit status 0, but a command failed" in warning["message"]
    assert "no-such-command: command not found (record 1)" in warning["message"]


def test_verification_decides_on_hidden_failures(make_task: MakeTask) -> None:
    """What the warning tells of is for the verification to judge, and what that tries itself is no hidden failure."""
    task = make_task(
        precheck="no-such-tool || exit 0",
        install="no-such-command; echo on",
        verify="no-such-command; exit 1",
    )
    outcome = task.run()
    assert (outcome.status, outcome.phase) == ("failed", "verify")
    assert outcome.error is not None
    assert outcome.error["code"] == "VERIFY_FAILED"
    assert [record["phase"] for record in task.records() if "exit status 0, but" in record["message"]] == [
        "install"
    ]


def test_a_termination_from_outside_is_no_time_limit(make_task: MakeTask) -> None:
    """Whoever ended the script with SIGTERM, it was not the runner's time limit."""
    for script in ("kill $$", "exit 143"):
        outcome = make_task(install=script).run()
        assert outcome.error is not None
        assert (outcome.exit_code, outcome.error["code"]) == (143, "KILLED")


def test_phases_run_in_order_and_are_told(make_task: MakeTask) -> None:
    """Each record says in which phase it was read; the environment is the same in all."""
    task = make_task(precheck="echo a", install="echo b", verify="echo c", rollback="echo never")
    outcome = task.run()
    assert [(r["phase"], r["message"]) for r in task.records()[:-1]] == [
        ("precheck", "a"),
        ("install", "b"),
        ("verify", "c"),
    ]
    assert (outcome.phase, outcome.rollback) == ("verify", "none")


def test_a_failed_precheck_changes_nothing(make_task: MakeTask) -> None:
    """After a precheck that failed neither the install nor the rollback runs."""
    task = make_task(precheck="exit 3", install="touch installed", rollback="touch rolled-back")
    outcome = task.run()
    assert (outcome.status, outcome.exit_code, outcome.phase, outcome.rollback) == (
        "failed",
        3,
        "precheck",
        "none",
    )
    assert list((task.folder / "work").iterdir()) == []


def test_a_failed_install_is_rolled_back(make_task: MakeTask) -> None:
    """The rollback runs after a failed install, and its result is told apart from the task's."""
    task = make_task(install="exit 4", verify="touch verified", rollback="echo undone")
    outcome = task.run()
    assert (outcome.status, outcome.exit_code, outcome.phase, outcome.rollback) == (
        "failed",
        4,
        "install",
        "succeeded",
    )
    assert ("rollback", "undone") in [(r.get("phase"), r["message"]) for r in task.records()]
    assert list((task.folder / "work").iterdir()) == []


def test_a_rollback_may_fail(make_task: MakeTask) -> None:
    """A rollback that failed changes nothing about the exit code of the task."""
    outcome = make_task(install="exit 4", rollback="exit 5").run()
    assert (outcome.status, outcome.exit_code, outcome.rollback) == ("failed", 4, "failed")


def test_a_failed_verification_is_a_failure(make_task: MakeTask) -> None:
    """An install that ended well, but does not pass its check, failed and is rolled back."""
    outcome = make_task(install="echo fine", verify="exit 9", rollback="echo undone").run()
    assert (outcome.status, outcome.exit_code, outcome.phase, outcome.rollback) == (
        "failed",
        9,
        "verify",
        "succeeded",
    )
    assert outcome.error is not None
    assert outcome.error["code"] == "VERIFY_FAILED"


def test_a_timeout_ends_all(make_task: MakeTask) -> None:
    """A task over its time ends with 124 and TIMEOUT; nothing of it is left, and the rollback runs."""
    task = make_task(
        install="trap 'echo late; exit 3' TERM; echo $$ > pid; sleep 1000 & echo $! > child; wait",
        rollback="echo undone",
        timeout=0.5,
    )
    outcome = task.run()
    assert (outcome.status, outcome.exit_code, outcome.rollback) == ("failed", 124, "succeeded")
    assert outcome.error is not None
    assert outcome.error["code"] == "TIMEOUT"
    assert "time limit" in task.records()[outcome.error["seq"]]["message"]
    assert not is_alive(int(task.work_text("pid")))
    assert not is_alive(int(task.work_text("child")))


def test_a_question_at_the_end_is_what_a_timeout_waited_for(make_task: MakeTask) -> None:
    """A script that asks until its time is over shows the question, and the hint says what to do about it."""
    task = make_task(install="printf 'Do you want to continue? [Y/n] '; sleep 1000", timeout=0.5)
    outcome = task.run()
    assert outcome.error is not None
    assert outcome.error["code"] == "TIMEOUT"
    assert "[Y/n]" in task.records()[outcome.error["seq"]]["message"]
    assert "answer" in outcome.error["hint"]


def test_cancel(make_task: MakeTask) -> None:
    """A canceled task ends as such, says who did it, and is rolled back."""
    task = make_task(install="echo ready; sleep 1000", rollback="echo undone")
    task.start()
    task.wait_for_line("ready")
    assert send_cancel(task.folder, "alice")
    outcome = task.wait()
    assert (outcome.status, outcome.exit_code, outcome.signal) == ("canceled", 143, 15)
    assert (outcome.canceled_by, outcome.rollback, outcome.error) == ("alice", "succeeded", None)
    assert "undone" in task.messages()
    assert (task.records()[-1]["level"], task.records()[-1]["status"]) == ("WARN", "canceled")


def test_a_cancel_is_obeyed_even_by_the_deaf(make_task: MakeTask) -> None:
    """A script that ignores SIGTERM is killed after the grace time; what it says until then is on record."""
    task = make_task(install="trap 'echo no' TERM; echo ready; while :; do sleep 0.1; done", kill_grace=0.3)
    task.start()
    task.wait_for_line("ready")
    send_cancel(task.folder, "alice")
    outcome = task.wait()
    assert (outcome.status, outcome.exit_code) == ("canceled", 137)
    assert "no" in task.messages()


def test_a_rollback_is_not_canceled(make_task: MakeTask) -> None:
    """A second cancel does not tear the rollback apart, and a record says so."""
    task = make_task(
        install="echo ready; sleep 1000", rollback="mkfifo go; echo rolling; read x < go; echo undone"
    )
    task.start()
    task.wait_for_line("ready")
    send_cancel(task.folder, "alice")
    task.wait_for_line("rolling")
    send_cancel(task.folder, "alice")
    task.wait_for(lambda: any("goes on" in message for message in task.messages()))
    (task.folder / "work/go").write_text("go\n")
    assert task.wait().rollback == "succeeded"


def test_a_cancel_after_the_end_changes_nothing(make_task: MakeTask) -> None:
    """While the last output of the last script is read, a cancel comes too late: what it left running lives on."""
    task = make_task(install=_LEAVES_A_DAEMON, rollback="echo never")
    task.start()
    task.wait_for(lambda: task.live().get("script") is None and "ready" in task.messages())
    send_cancel(task.folder, "alice")
    outcome = task.wait()
    daemon = int(task.work_text("daemon"))
    task.left_behind.append(daemon)
    assert (outcome.status, outcome.rollback, outcome.canceled_by) == ("succeeded", "none", None)
    assert is_alive(daemon)


@pytest.mark.parametrize("how", ["cancel", "SIGTERM"])
def test_a_stop_between_two_scripts(make_task: MakeTask, how: str) -> None:
    """A stop that comes while the last output of a script is read keeps the next one from being started."""
    task = make_task(install=_LEAVES_A_DAEMON, verify="echo never", rollback="echo undone")
    task.start()
    task.wait_for(lambda: task.live().get("script") is None and "ready" in task.messages())
    if how == "cancel":
        send_cancel(task.folder, "alice")
    else:
        os.kill(task.pid(), signal.SIGTERM)
    outcome = task.wait()
    daemon = int(task.work_text("daemon"))
    task.left_behind.append(daemon)
    assert is_alive(daemon)
    assert "never" not in task.messages()
    if how == "cancel":
        assert (outcome.status, outcome.rollback, outcome.canceled_by) == ("canceled", "succeeded", "alice")
    else:
        assert (outcome.status, outcome.rollback) == ("interrupted", "none")
        assert outcome.error is not None
        assert "told to end" in task.records()[outcome.error["seq"]]["message"]


def test_a_script_that_obeys_a_shutdown_before_the_runner(make_task: MakeTask) -> None:
    """Where a shutdown reaches the script first and the runner a moment later, the task was interrupted all the same."""
    task = make_task(install=_LEAVES_A_DAEMON + "; echo $$ > pid; kill -TERM $$", rollback="echo never")
    task.start()
    task.wait_for(lambda: task.live().get("script") is None and "ready" in task.messages())
    os.kill(task.pid(), signal.SIGTERM)
    outcome = task.wait()
    task.left_behind.append(int(task.work_text("daemon")))
    assert (outcome.status, outcome.signal, outcome.rollback) == ("interrupted", 15, "none")


def test_a_fault_of_the_runner_ends_the_script(make_task: MakeTask) -> None:
    """Whatever goes wrong in the runner, the script is ended, the end is told, and runner.log says where it was."""
    task = make_task(install="echo $$ > pid; echo ready; sleep 1000", rollback="echo never")
    program = (
        "import sys; from installcast.runner.loop import ScriptRun; from installcast.runner.start import main\n"
        "def fail(self, now): raise ZeroDivisionError\n"
        "ScriptRun._read_commands = fail\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    subprocess.run([sys.executable, "-c", program, str(task.folder)], check=True)
    task.wait_for_line("ready")
    send_cancel(task.folder, "alice")
    outcome = task.wait()
    assert (outcome.status, outcome.exit_code, outcome.rollback) == ("interrupted", None, "none")
    assert outcome.error is not None
    assert outcome.error["code"] == "RUNNER_FAULT"
    assert "runner.log" in task.records()[outcome.error["seq"]]["message"]
    assert "ZeroDivisionError" in (task.folder / "runner.log").read_text()
    assert not is_alive(int(task.work_text("pid")))


def test_sigterm_is_an_interruption(make_task: MakeTask) -> None:
    """A runner that is told to end (a shutdown) ends its tree and calls the task interrupted; nothing is rolled back."""
    task = make_task(install="echo $$ > pid; echo ready; sleep 1000", rollback="echo never")
    task.start()
    task.wait_for_line("ready")
    os.kill(task.pid(), signal.SIGTERM)
    outcome = task.wait()
    assert (outcome.status, outcome.rollback) == ("interrupted", "none")
    assert outcome.error is not None
    assert "told to end" in task.records()[outcome.error["seq"]]["message"]
    assert not is_alive(int(task.work_text("pid")))


def test_sighup_and_sigint_are_nothing_to_a_runner_in_the_background(make_task: MakeTask) -> None:
    """A runner does not end with the terminal that it was once started from."""
    task = make_task(install="mkfifo go; echo ready; read x < go; echo done")
    task.start()
    task.wait_for_line("ready")
    os.kill(task.pid(), signal.SIGHUP)
    os.kill(task.pid(), signal.SIGINT)
    (task.folder / "work/go").write_text("go\n")
    assert task.wait().status == "succeeded"


def test_lost_secrets(make_task: MakeTask) -> None:
    """Where the secrets are gone no script runs: the task is interrupted, and says that they have to be given again."""
    task = make_task(install="touch ran", secrets=Secrets({}, ()))
    assert task.spec.secrets_file is not None
    task.spec.secrets_file.unlink()
    outcome = task.run()
    assert (outcome.status, outcome.exit_code) == ("interrupted", None)
    assert outcome.error is not None
    assert outcome.error["code"] == "SECRET_LOST"
    assert list((task.folder / "work").iterdir()) == []


def test_secrets_reach_the_script_and_no_file(make_task: MakeTask) -> None:
    """A secret is a variable of the script, its file is gone at once, and no file of the task holds it."""
    secret, generated = "correct-horse-battery", "staple-of-the-script"
    task = make_task(
        install="""
        . "$INSTALLCAST_SH"
        generated=$(tr a-z n-za-m <<<fgncyr-bs-gur-fpevcg)
        echo "password: $DB_PASSWORD"; printf %s "$DB_PASSWORD" | base64
        secret "$generated"; echo "made up: $generated"
        result --secret password "$generated"
        echo '{"type":"secret","value":"'"$DB_PASSWORD"'"}' >&3
        """,
        secrets=Secrets({"DB_PASSWORD": secret}, (secret,)),
    )
    task.run()
    assert task.messages()[:3] == ["password: ***", "***", "made up: ***"]
    assert task.spec.secrets_file is not None
    assert not task.spec.secrets_file.exists()
    for path in task.folder.parent.rglob("*"):
        if path.is_file():
            assert secret.encode() not in path.read_bytes(), path
            assert generated.encode() not in path.read_bytes(), path


def test_a_secret_behind_many_reports_is_masked(make_task: MakeTask) -> None:
    """Output waits until all that was reported before it has been read."""
    reports = """
import json, os
with open(os.environ["INSTALLCAST_EVENTS"], "a") as events:
    for number in range(6000):
        report = {"type": "progress", "percent": number % 100, "message": "file %d of something long" % number}
        events.write(json.dumps(report) + chr(10))
    events.write(json.dumps({"type": "secret", "value": "late-" + "secret"}) + chr(10))
    events.flush()
    os.write(1, b"the password is late-" + b"secret" + bytes([10]))
"""
    task = make_task(install=f"{sys.executable} - <<'END'\n{reports}END\n")
    assert task.run().status == "succeeded"
    assert "the password is ***" in task.messages()


def test_reports_that_are_never_read_are_told_and_gone(make_task: MakeTask) -> None:
    """A flood of reports at the end is read up to a limit; the rest is told, and stays on no disk."""
    line = '{"type":"progress","percent":1,"message":"far more than anybody wants to know"}'
    task = make_task(install=f"yes '{line}' | head -c 60000000 > flood; cat flood >> $INSTALLCAST_EVENTS")
    assert task.run().status == "succeeded"
    assert [m for m in task.messages() if m.endswith("bytes of reports came too late to be read.")]
    assert not (task.folder / "events").read_bytes().strip(b"\0")


def test_reports_are_heard_without_inotify(make_task: MakeTask) -> None:
    """Where the user's inotify instances are used up, reports of a silent script are heard all the same."""
    task = make_task(
        install="""
echo '{"type":"progress","percent":35}' >&3
until grep -q '"progress":35' "$(dirname "$INSTALLCAST_EVENTS")/live.json"; do sleep 0.05; done
"""
    )
    inject = ["-e", "trace=inotify_init1", "-e", "inject=inotify_init1:error=EMFILE"]
    subprocess.run(
        ["strace", "-f", "-qq", "-o", "/dev/null", *inject, *runner_argv(task.folder)], check=True, timeout=60
    )
    assert task.wait().status == "succeeded"


def test_results(make_task: MakeTask, tmp_path: Path) -> None:
    """Results stand in the exit record; the value of a secret one only in the file for its owner, mode 0600."""
    results_file = tmp_path / "thing.results"
    task = make_task(
        install='. "$INSTALLCAST_SH"; result url http://localhost/; result --secret password swordfish',
        results_file=results_file,
    )
    outcome = task.run()
    assert outcome.results == [
        {"name": "url", "value": "http://localhost/", "secret": False},
        {"name": "password", "value": None, "secret": True},
    ]
    assert json.loads(results_file.read_text()) == [{"name": "password", "value": "swordfish"}]
    assert results_file.stat().st_mode & 0o777 == 0o600


def test_secret_results_that_find_no_room(make_task: MakeTask, tmp_path: Path) -> None:
    """A full tmpfs costs the secret results, and no half of them is left; a record says so, the install succeeds."""
    results_file = tmp_path / "thing.results"
    script = '. "$INSTALLCAST_SH"; result --secret password swordfish'
    task = make_task(install=script, results_file=results_file)
    full = ["-P", str(results_file), "-e", "trace=write", "-e", "inject=write:error=ENOSPC"]
    subprocess.run(
        ["strace", "-f", "-qq", "-o", "/dev/null", *full, *runner_argv(task.folder)], check=True, timeout=60
    )
    assert task.wait().status == "succeeded"
    assert not results_file.exists()
    assert "The secret results are lost: No space left on device." in task.messages()


def test_a_result_that_is_no_text(make_task: MakeTask, tmp_path: Path) -> None:
    """Half a character in a secret result costs that character, and never the install."""
    results_file = tmp_path / "thing.results"
    event = r'{"type":"result","name":"password","value":"abc\ud800def","secret":true}'
    task = make_task(install=f"echo '{event}' >> \"$INSTALLCAST_EVENTS\"", results_file=results_file)
    assert task.run().status == "succeeded"
    assert json.loads(results_file.read_bytes()) == [{"name": "password", "value": "abc\ufffddef"}]


def test_a_script_that_cannot_be_started(make_task: MakeTask) -> None:
    """A program that does not exist is a failure with 127, as in a shell, and a record says which."""
    task = make_task(install="echo unused", verify="echo unused")
    _replace_spec(task, Phase("install", ("/nonexistent/program",)))
    outcome = task.run()
    assert (outcome.status, outcome.exit_code) == ("failed", 127)
    assert outcome.error is not None
    assert outcome.error["code"] == "SCRIPT_NOT_STARTED"
    assert "/nonexistent/program" in task.records()[outcome.error["seq"]]["message"]


def test_a_program_without_run_bit(make_task: MakeTask) -> None:
    """A file that may not be executed is a failure with 126."""
    task = make_task(install="echo unused")
    _replace_spec(task, Phase("install", (str(task.folder / "task.json"),)))
    assert task.run().exit_code == 126


def test_steps_of_the_recipe(make_task: MakeTask) -> None:
    """Steps that the recipe announces are filled in by the script's own words."""
    task = make_task(
        install='. "$INSTALLCAST_SH"; step 1 2 "Fetch"; echo a; '
        # A step keeps its place only where the lines before it were read.
        """until grep -qF '"a"' "${INSTALLCAST_EVENTS%/*}/journal.jsonl"; do sleep 0.02; done; """
        'step 2 2 "Build"; echo b',
        steps=(StepPlan("Fetch", 1), StepPlan("Build", 3)),
    )
    task.run()
    steps = {r["message"]: (r["current_step"], r["total_steps"], r["step"]) for r in task.records()}
    assert (steps["a"], steps["b"]) == ((1, 2, "Fetch"), (2, 2, "Build"))


def test_the_exit_record_tells_all(make_task: MakeTask) -> None:
    """`exit.json` names the last record and holds its body."""
    task = make_task(install="echo a; echo b")
    outcome = task.run()
    lines = task.journal().decode().splitlines()
    assert outcome.last_seq == len(lines) - 1
    assert lines[-1] == f'{{"seq":{outcome.last_seq},{outcome.final_record}'
    assert outcome.started_at < outcome.finished_at
    assert 0 < outcome.duration < 60
    assert not (task.folder / "exit.json.tmp").exists()


def _replace_spec(task: Task, *phases: Phase) -> None:
    (task.folder / "task.json").unlink()
    task.spec._replace(phases=phases).write(task.folder)
