"""What a task that did not succeed has left on the machine."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest

from installcast.runner.after import AfterState, Answer, conclude, is_there
from installcast.runner.probe import send_cancel
from installcast.runner.spec import Secrets, StepPlan

from .conftest import MakeTask, Task, is_alive

_DETECT = 'echo "installed=$(cat version 2>/dev/null)"; echo candidate=2'
_WORKS = "test -e works"


@pytest.mark.parametrize(
    ("answer", "there"),
    [
        (Answer(0, b"installed=1.2-3\ncandidate=2\n"), True),
        (Answer(0, b"installed=\ncandidate=2\n"), False),
        (Answer(0, b"nothing to say\n"), False),
        (Answer(0, b"installed=1\r\n"), True),
        (Answer(0, b"installed=1\ninstalled=\n"), False),
        (Answer(1, b"installed=1\n"), None),
        (None, None),
    ],
)
def test_is_it_there(answer: Answer | None, there: bool | None) -> None:
    """`detect` prints the version, or none; one that fails, or is missing, tells nothing."""
    assert is_there(answer) is there


@pytest.mark.parametrize(
    ("there", "verify", "state"),
    [
        (False, None, "not_installed"),
        (True, Answer(0), "installed"),
        (True, Answer(1), "partly"),
        (True, None, "partly"),
        (None, Answer(0), "installed"),
        (None, Answer(1), None),
        (None, None, None),
    ],
)
def test_conclusion(there: bool | None, verify: Answer | None, state: AfterState | None) -> None:
    """Where the two scripts do not say enough, nothing is said."""
    assert conclude(there, verify) == state


def _told(task: Task) -> Any:
    last = task.records()[-1]
    return last.get("after_state"), last["message"].partition("; ")[2]


@pytest.mark.parametrize(
    ("install", "state", "words"),
    [
        ("exit 4", "not_installed", "nothing of it is installed."),
        ("echo 1 > version; exit 4", "partly", "it is partly installed: try again, or uninstall it."),
        ("echo 1 > version; touch works; exit 4", "installed", "it is installed and passes its check."),
    ],
)
def test_a_failed_install(make_task: MakeTask, install: str, state: str, words: str) -> None:
    """The end says what is there now, in the exit record, in the last record, and in words."""
    task = make_task(install=install, detect=_DETECT, check=_WORKS)
    outcome = task.run()
    assert (outcome.status, outcome.exit_code, outcome.phase, outcome.after_state) == (
        "failed",
        4,
        "install",
        state,
    )
    assert _told(task) == (state, words)


def test_after_the_rollback(make_task: MakeTask) -> None:
    """It is asked when the rollback has done its work; what is asked stands on record as a check."""
    task = make_task(
        install="echo 1 > version; exit 4", rollback="rm version", detect=_DETECT, check="touch asked"
    )
    assert task.run().after_state == "not_installed"
    assert not (task.folder / "work/asked").exists(), "what is not there need not be verified"
    said = [(record["phase"], record["message"]) for record in task.records()[:-1]]
    assert said == [
        ("verify", "Checking what is left on the machine."),
        ("verify", "installed="),
        ("verify", "candidate=2"),
    ]


def test_a_canceled_install(make_task: MakeTask) -> None:
    """A cancel says it, too."""
    task = make_task(install="echo 1 > version; echo ready; sleep 1000", detect=_DETECT, check=_WORKS)
    task.start()
    task.wait_for_line("ready")
    send_cancel(task.folder, "alice")
    outcome = task.wait()
    assert (outcome.status, outcome.after_state) == ("canceled", "partly")
    assert task.messages()[-1] == (
        "thing 1.0: install canceled; it is partly installed: try again, or uninstall it."
    )


def test_what_was_never_begun_changed_nothing(make_task: MakeTask) -> None:
    """After a failed precheck nothing is asked: nothing was changed."""
    task = make_task(precheck="exit 3", install="echo", detect="echo asked", check="echo asked")
    assert task.run().after_state == "unchanged"
    assert _told(task) == ("unchanged", "nothing was changed.")
    assert "asked" not in task.messages()


def test_lost_secrets_changed_nothing(make_task: MakeTask) -> None:
    """No script runs without its secrets, so none is asked."""
    task = make_task(install="echo", secrets=Secrets({}, ()), detect=_DETECT)
    assert task.spec.secrets_file is not None
    task.spec.secrets_file.unlink()
    outcome = task.run()
    assert (outcome.status, outcome.after_state) == ("interrupted", "unchanged")


@pytest.mark.parametrize(
    "scripts",
    [{}, {"check": "exit 1"}, {"detect": "exit 1", "check": "exit 1"}],
    ids=["none", "verify fails", "detect fails"],
)
def test_nobody_can_tell(make_task: MakeTask, scripts: dict[str, str]) -> None:
    """A recipe that does not say whether it is installed leaves the question open."""
    task = make_task(install="exit 4", **scripts)
    assert task.run().after_state is None
    assert _told(task) == (None, "")


def test_a_success_says_nothing(make_task: MakeTask) -> None:
    """What succeeded was verified by its own scripts; nothing more is asked."""
    task = make_task(install="echo fine", detect="echo asked", check="echo asked")
    assert task.run().after_state is None
    assert "after_state" not in task.records()[-1]
    assert "asked" not in task.messages()


def test_a_question_changes_nothing(make_task: MakeTask) -> None:
    """What is asked moves no progress, adds no result, explains no failure, and decides nothing."""
    task = make_task(
        install='. "$INSTALLCAST_SH"; step 1 2 a; result url http://a; die NO_LICENCE "Buy one."',
        detect=_DETECT + "; echo 1 > version; echo installed=1",
        check='. "$INSTALLCAST_SH"; step 2 2 b; progress 90; result url http://b; result --secret p hunter22\n'
        'secret correct-horse; echo correct-horse; die OTHER "Not this."',
        steps=(StepPlan("a"), StepPlan("b")),
    )
    outcome = task.run()
    assert outcome.error is not None
    assert (outcome.error["code"], outcome.after_state, outcome.progress) == ("NO_LICENCE", "partly", 0)
    assert "NO_LICENCE" in task.records()[outcome.error["seq"]]["message"]
    assert [(result["name"], result["value"]) for result in outcome.results] == [("url", "http://a")]
    assert (outcome.step, outcome.current_step, outcome.phase) == ("a", 1, "install")
    assert b"correct-horse" not in task.journal()
    assert "***" in task.messages(), "a secret is a secret wherever it is announced"


def test_an_error_of_a_question_is_none_of_the_task(make_task: MakeTask) -> None:
    """Where the failed script itself reported nothing, what the check reports does not become its reason."""
    task = make_task(
        install="echo E: Unable to locate package nginx; exit 100",
        detect="echo installed=1",
        check='. "$INSTALLCAST_SH"; die OTHER "Not this."',
    )
    outcome = task.run()
    assert outcome.error is not None
    assert outcome.error["code"] == "APT_PACKAGE_NOT_FOUND"
    assert task.records()[-1]["error"] == outcome.error


def test_secrets_go_to_the_check_alone(make_task: MakeTask) -> None:
    """`verify` needs the password; `detect` gets what it gets at any other time."""
    task = make_task(
        install="exit 4",
        secrets=Secrets({"PASSWORD": "correct-horse"}, ("correct-horse",)),
        detect='echo "$INSTALLCAST_ACTION ${PASSWORD:-none}" > asked; echo installed=1',
        check='echo "$INSTALLCAST_ACTION ${PASSWORD:-none}" >> asked',
    )
    assert task.run().after_state == "installed"
    assert task.work_text("asked").splitlines() == ["detect none", "install correct-horse"]


@pytest.mark.parametrize("how", ["cancel", "SIGTERM"])
def test_a_question_can_be_stopped(make_task: MakeTask, how: str) -> None:
    """Who cancels meanwhile, or ends the runner, gets the end at once; it stays what it was, and a service that the install
    started lives on."""
    task = make_task(
        install="setsid sleep 1000 >/dev/null 2>&1 3>&- & echo $! > daemon; exit 4",
        detect="echo asked; sleep 1000",
        check="echo never",
    )
    task.start()
    task.wait_for_line("asked")
    daemon = int(task.work_text("daemon"))
    task.left_behind.append(daemon)
    if how == "cancel":
        send_cancel(task.folder, "alice")
    else:
        os.kill(task.pid(), signal.SIGTERM)
    outcome = task.wait()
    assert (outcome.status, outcome.exit_code, outcome.after_state, outcome.canceled_by) == (
        "failed",
        4,
        None,
        None,
    )
    assert "never" not in task.messages()
    assert is_alive(daemon)


def test_who_is_told_to_end_asks_nothing(make_task: MakeTask) -> None:
    """At a shutdown there is no time for questions, also when it comes during the rollback."""
    task = make_task(install="exit 4", rollback="echo rolling; sleep 1000", detect="echo asked")
    task.start()
    task.wait_for_line("rolling")
    os.kill(task.pid(), signal.SIGTERM)
    outcome = task.wait()
    assert (outcome.status, outcome.rollback, outcome.after_state) == ("failed", "failed", None)
    assert "asked" not in task.messages()


def test_a_script_that_cannot_be_asked(make_task: MakeTask) -> None:
    """A missing interpreter in a question leaves it open."""
    task = make_task(install="exit 4", detect=_DETECT)
    values = (task.folder / "task.json").read_text().replace('"/bin/bash"', '"/nowhere/bash"', 2)
    values = values.replace('"/nowhere/bash"', '"/bin/bash"', 1)  # of the install
    (task.folder / "task.json").write_text(values)
    outcome = task.run()
    assert (outcome.status, outcome.exit_code, outcome.after_state) == ("failed", 4, None)
