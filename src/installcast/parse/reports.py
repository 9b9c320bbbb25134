"""What a script reports beside its output, put to use: rows for the log, steps, results, the error that it names."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

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
from installcast.parse.levels import LineLevel
from installcast.parse.markers import MAX_TITLE
from installcast.parse.progress import ProgressModel
from installcast.parse.secret_forms import MIN_SECRET_LENGTH

MAX_RESULTS = 32
"""Results of one task."""

MAX_RESULT_BYTES = 32_768
"""All results of one task as JSON. They stand in the exit record, for which space is taken before the script starts."""

MAX_HINT_BYTES = 2048
"""The hint of the kept error as JSON; it stands in the exit record four times."""

MAX_ROWS = 1000
"""Rows a second that reports may add to the log. Steps, percentages and secrets are always heard."""

PROGRESS_INTERVAL = 1.0
"""Seconds between two rows of kind ``progress``."""


class Row(NamedTuple):
    """A line for the log."""

    level: LineLevel
    message: str
    kind: Literal["progress"] | None = None
    shows_error: bool = False


class Reports:
    """Takes the events of one task.

    ``plain`` makes one line of plain, masked text; ``add_secret`` masks a value from here on, and says whether it can.
    """

    def __init__(
        self, model: ProgressModel, plain: Callable[[str], str], add_secret: Callable[[str], bool]
    ) -> None:
        self.results: list[Result] = []
        self.error: Error | None = None
        self.activity = ""
        self.aside = False
        """What is reported now neither explains the task nor belongs to what it has made: a question is asked after its end."""
        self._model = model
        self._plain = plain
        self._add_secret = add_secret
        self._allowance, self._allowance_at, self._refused = float(MAX_ROWS), float("-inf"), 0
        self._waiting: str | None = None  # a progress message that came too soon after another
        self._progress_at = float("-inf")

    def apply(self, event: Event, now: float, *, of_whole: bool) -> Iterator[Row]:
        """Put ``event`` to use. ``of_whole``: its percentage is of the whole task, whatever is known of steps."""
        for row in self._rows(event, of_whole=of_whole):
            if row.kind == "progress":
                self._waiting = row.message
                yield from self.due(now)
            elif self._is_allowed(now):
                yield from self._refused_row()
                yield row

    def due(self, now: float) -> Iterator[Row]:
        """Yield the progress message that waited until its time came."""
        # A clock that was set back must not silence it.
        if self._waiting is not None and not 0 <= now - self._progress_at < PROGRESS_INTERVAL:
            yield from self._waiting_row(now)

    def progress_told(self, now: float) -> None:
        """Somebody else has made a record of kind ``progress``: the next one has to wait as after one from here."""
        self._progress_at = now

    def flush(self, now: float) -> Iterator[Row]:
        """Nothing more will come: yield what still waits."""
        yield from self._waiting_row(now)
        yield from self._refused_row()

    def mask_all(self) -> None:
        """Take newly known secrets out of what is kept."""
        plain = self._plain
        self.activity = plain(self.activity)
        if self._waiting is not None:
            self._waiting = plain(self._waiting)
        self.results = [
            result if result.secret else result._replace(value=plain(result.value)) for result in self.results
        ]
        if self.error is not None:
            hint = plain(self.error.hint)
            self.error = self.error._replace(hint=hint, hint_zh=hint)

    def _rows(self, event: Event, *, of_whole: bool) -> Iterator[Row]:
        if isinstance(event, StepEvent):
            title = self._plain(event.title)[:MAX_TITLE]
            if event.current:
                self._model.step(event.current, event.total, title, "script")
            else:
                self._model.title(title, "script")
        elif isinstance(event, ProgressEvent):
            if event.percent is not None:
                self._model.percent(event.percent, "script", of_whole=of_whole)
            if event.message:
                self.activity = self._plain(event.message)
                yield Row("INFO", self.activity, "progress")
        elif isinstance(event, SecretEvent):
            if not self._add_secret(event.value):
                yield Row("WARN", f"A secret of fewer than {MIN_SECRET_LENGTH} characters cannot be masked.")
        elif isinstance(event, LogEvent):
            for line in event.message.splitlines() or [""]:
                yield Row(event.level, self._plain(line))
        elif isinstance(event, ErrorEvent):
            yield self._error_row(event)
        elif isinstance(event, Result):
            if not self._keep(event):
                yield Row(
                    "WARN",
                    f"A result was left out: {MAX_RESULTS} of them are kept, and {MAX_RESULT_BYTES // 1024} KiB.",
                )
        elif isinstance(event, BadEvent):
            yield Row("WARN", f"A report of the script was not understood: {event.reason}.")

    def _error_row(self, event: ErrorEvent) -> Row:
        code, hint = self._plain(event.code), self._plain(event.hint)
        first = self.error is None and not self.aside
        if first:
            kept = _cut(hint, MAX_HINT_BYTES)
            self.error = Error(code, kept, kept)
        return Row("ERROR", f"{code}: {hint}" if hint else code, shows_error=first)

    def _keep(self, result: Result) -> bool:
        """Keep ``result``. Returns whether there is room for it."""
        if result.secret:
            # Its owner gets it as it is; everybody else gets the mask.
            self._add_secret(result.value)
            result = result._replace(name=self._plain(result.name))
        else:
            result = result._replace(name=self._plain(result.name), value=self._plain(result.value))
        if self.aside:
            return True
        others = [other for other in self.results if other.name != result.name]
        results = [*others, result]
        if len(results) > MAX_RESULTS or _size([kept._asdict() for kept in results]) > MAX_RESULT_BYTES:
            return False
        self.results = results
        return True

    def _is_allowed(self, now: float) -> bool:
        # A bucket that holds one second's worth.
        self._allowance = min(
            float(MAX_ROWS), self._allowance + max(0.0, now - self._allowance_at) * MAX_ROWS
        )
        self._allowance_at = now
        if self._allowance < 1:
            self._refused += 1
            return False
        self._allowance -= 1
        return True

    def _waiting_row(self, now: float) -> Iterator[Row]:
        if self._waiting is not None:
            yield Row("INFO", self._waiting, "progress")
            self._waiting, self._progress_at = None, now

    def _refused_row(self) -> Iterator[Row]:
        if self._refused:
            yield Row(
                "WARN", f"{self._refused} reports of the script were left out: more than {MAX_ROWS} a second."
            )
            self._refused = 0


def _size(value: object) -> int:
    """Return how many bytes ``value`` is as JSON."""
    return len(json.dumps(value, ensure_ascii=False).encode())


def _cut(text: str, limit: int) -> str:
    """Return as much of ``text`` as is ``limit`` bytes of JSON."""
    while (excess := _size(text) - limit) > 0:
        text = text[: -max(1, excess // 6)]  # no character is more than six bytes
    return text
