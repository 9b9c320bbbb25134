"""What reports of a script do."""

from __future__ import annotations

import json

import pytest

from installcast.parse.diagnose import Error
from installcast.parse.fd_protocol import (
    BadEvent,
    ErrorEvent,
    Event,
    LogEvent,
    ProgressEvent,
    Result,
    SecretEvent,
    StepEvent,
)
from installcast.parse.progress import ProgressModel
from installcast.parse.redact import Redactor
from installcast.parse.reports import MAX_RESULTS, MAX_ROWS, Reports, Row


class Script:
    """A script that reports, and what became of it."""

    def __init__(self) -> None:
        self.redactor = Redactor()
        self.model = ProgressModel([])
        self.reports = Reports(self.model, self.redactor.mask, self.redactor.add)

    def says(self, *events: Event, now: float = 0.0, of_whole: bool = False) -> list[Row]:
        """Report ``events`` at ``now``; return the rows that they make."""
        return [row for event in events for row in self.reports.apply(event, now, of_whole=of_whole)]


def test_steps_and_percentages_make_no_row() -> None:
    """They move the state, which the next record tells."""
    script = Script()
    assert script.says(StepEvent(2, 5, "Compile"), ProgressEvent(50, "")) == []
    state = script.model.state
    assert (state.step, state.current_step, state.total_steps, state.progress) == ("Compile", 2, 5, 30)
    script.says(ProgressEvent(60, ""), of_whole=True)
    assert state.progress == 60


def test_progress_messages_are_rows_of_their_kind() -> None:
    """A message says what is going on; at most one a second is a row, and the newest is never lost."""
    script = Script()
    assert script.says(ProgressEvent(1, "one")) == [Row("INFO", "one", "progress")]
    assert script.says(ProgressEvent(2, "two"), ProgressEvent(3, "three"), now=0.5) == []
    assert script.reports.activity == "three"
    assert list(script.reports.due(0.9)) == []
    assert list(script.reports.due(1.0)) == [Row("INFO", "three", "progress")]
    assert list(script.reports.due(9.0)) == []
    script.says(ProgressEvent(4, "four"), now=1.5)
    assert list(script.reports.flush(1.6)) == [Row("INFO", "four", "progress")]


def test_log_lines() -> None:
    """Each line of a message is a row."""
    assert Script().says(LogEvent("WARN", "one\ntwo\r\nthree"), LogEvent("INFO", "")) == [
        Row("WARN", "one"),
        Row("WARN", "two"),
        Row("WARN", "three"),
        Row("INFO", ""),
    ]


def test_secrets_are_masked_from_here_on() -> None:
    """A secret makes no row and no later row shows it; one that cannot be masked is told."""
    script = Script()
    assert script.says(SecretEvent("hunter2hunter2"), LogEvent("INFO", "pw hunter2hunter2")) == [
        Row("INFO", "pw ***")
    ]
    assert [row.level for row in script.says(SecretEvent("short"))] == ["WARN"]


def test_the_first_error_is_kept() -> None:
    """The first error is the cause; each is a row."""
    script = Script()
    assert script.says(ErrorEvent("PORT_TAKEN", "Stop apache."), ErrorEvent("OTHER", "")) == [
        Row("ERROR", "PORT_TAKEN: Stop apache.", shows_error=True),
        Row("ERROR", "OTHER"),
    ]
    assert script.reports.error == Error("PORT_TAKEN", "Stop apache.", "Stop apache.")


def test_results() -> None:
    """The last value of a name counts; a secret one is kept for its owner and masked for everybody else."""
    script = Script()
    script.says(
        Result("url", "http://a/"),
        Result("password", "hunter2hunter2", secret=True),
        Result("url", "http://b/"),
    )
    script.says(Result("note", "use hunter2hunter2"))
    assert script.reports.results == [
        Result("password", "hunter2hunter2", secret=True),
        Result("url", "http://b/"),
        Result("note", "use ***"),
    ]


def test_results_are_bounded() -> None:
    """A script cannot fill the memory with results."""
    script = Script()
    script.says(*(Result(f"r{index}", "x") for index in range(1000)))
    assert len(script.reports.results) == MAX_RESULTS


def test_results_are_bounded_in_bytes() -> None:
    """All of them fit the place that is kept for them in the exit record; what is left out is told."""
    script = Script()
    rows = script.says(*(Result(f"r{index}", '"\u00fc' * 1000) for index in range(32)))
    results = script.reports.results
    assert 5 < len(results) < 32
    assert len(json.dumps([result._asdict() for result in results], ensure_ascii=False).encode()) <= 32_768
    assert len(rows) == 32 - len(results)
    assert "left out" in rows[0].message
    script.says(Result("r0", "small"))
    assert script.reports.results[-1] == Result("r0", "small")


@pytest.mark.parametrize("text", ["x", "\u4e2d", '"', "\U0001f600"])
def test_the_hint_that_is_kept_is_bounded(text: str) -> None:
    """It is cut, not lost; the log has all of it."""
    script = Script()
    rows = script.says(ErrorEvent("X", text * 4000))
    assert rows[0].message == "X: " + text * 4000
    assert script.reports.error is not None
    assert 2000 < len(json.dumps(script.reports.error.hint, ensure_ascii=False).encode()) <= 2048


def test_bad_events_are_told() -> None:
    """What was not understood is a warning, and nothing else."""
    script = Script()
    assert script.says(BadEvent("not JSON")) == [
        Row("WARN", "A report of the script was not understood: not JSON.")
    ]


def test_rows_are_bounded_in_rate() -> None:
    """More rows than a second may have are counted and told; secrets among them are heard."""
    script = Script()
    flood: list[Event] = [LogEvent("INFO", str(index)) for index in range(MAX_ROWS + 50)]
    assert len(script.says(*flood, SecretEvent("hunter2hunter2"))) == MAX_ROWS
    rows = script.says(LogEvent("INFO", "later hunter2hunter2"), now=1.0)
    assert [row.level for row in rows] == ["WARN", "INFO"]
    assert rows[0].message.startswith("50 reports")
    assert rows[1].message == "later ***"
    script.says(*flood, now=1.5)
    assert [row.level for row in script.reports.flush(2.0)] == ["WARN"]


def test_what_is_kept_is_masked_later() -> None:
    """A secret that is announced late leaves everything that was kept."""
    script = Script()
    script.says(
        ProgressEvent(1, "first"),
        ProgressEvent(2, "using hunter2hunter2"),
        Result("note", "hunter2hunter2"),
        ErrorEvent("X", "hunter2hunter2"),
    )
    script.redactor.add("hunter2hunter2")
    script.reports.mask_all()
    assert script.reports.activity == "using ***"
    assert script.reports.results == [Result("note", "***")]
    assert script.reports.error == Error("X", "***", "***")
    assert [row.message for row in script.reports.flush(0.0)] == ["using ***"]
