"""The parse path as a whole: output and reports of one task in, record bodies out.

Pure: no clock, file, socket or task. Whatever the reads were, the same bytes give the same records, their timestamps
aside. Everything that leaves here is masked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from installcast.parse.bodies import BodyWriter, final_part, gap_message
from installcast.parse.course import Course
from installcast.parse.diagnose import Error, Survived
from installcast.parse.escapes import clean
from installcast.parse.fd_protocol import Event, EventReader, Result
from installcast.parse.markers import MarkerReader
from installcast.parse.observation import Observation
from installcast.parse.output import OutputReader
from installcast.parse.progress import ProgressModel, ProgressState, StepPlan
from installcast.parse.reading import Reading, telling
from installcast.parse.redact import Redactor
from installcast.parse.reports import Reports, Row
from installcast.parse.timeline import Timeline
from installcast.record import Level

__all__ = ["Error", "Parser", "ProgressState", "Result", "StepPlan"]

_PHASES_WITH_PROGRESS = frozenset({"install", "upgrade", "uninstall"})
_PHASES_WITH_STEPS = frozenset({"precheck", "verify"})
"""Here a recipe's own steps count when they are among those it declares, such as the first and the last of five."""

_FOLLOW_SECONDS = 0.05
"""Between two looks at how far a script is seen to be: output may come ten thousand times a second."""

_FINAL_LEVELS: dict[str, Level] = {
    "succeeded": "SUCCESS",
    "failed": "ERROR",
    "canceled": "WARN",
    "interrupted": "WARN",
}


class Parser:
    """Turns what a task's scripts print and report into record bodies (see :mod:`installcast.record`).

    ``now`` is Unix time in seconds. Bodies are meant for the journal in the order in which they are returned;
    ``body_index`` of :class:`Error` counts them, those of :meth:`partial` and :meth:`gap` aside.
    """

    def __init__(
        self,
        *,
        secrets: Iterable[str] = (),
        max_line_bytes: int = 16384,
        steps: Sequence[StepPlan] = (),
        locale: str = "en",
        history: Timeline | None = None,
    ) -> None:
        self._redactor = Redactor()
        for value in secrets:
            self._redactor.add(value)
        self._model = ProgressModel([StepPlan(self.plain(title), weight) for title, weight in steps])
        self._course = Course(history, self.plain, locale=locale)
        self._follows = False  # the course of the present script counts
        self._followed_at = float("-inf")
        self._writer = BodyWriter(self._model, max_line_bytes)
        self._reports = Reports(self._model, self.plain, self.add_secret)
        self._events, self._progress = EventReader(), EventReader()
        self._markers = MarkerReader(self._model, self.plain)
        self._output = OutputReader(
            self._redactor,
            self._writer,
            self._markers,
            max_line_bytes=max_line_bytes,
            add_secret=self.add_secret,
            take_reading=self._take_reading,
        )
        self._readings: list[Reading] = []  # of the present read
        self._count = 0  # bodies returned so far
        self._now = 0.0

    @property
    def state(self) -> ProgressState:
        """Progress, step and what they are based on, as of the last body."""
        return self._model.state

    @property
    def results(self) -> list[Result]:
        """What the script wants its user to know. Values of secret ones are not masked: they are for their owner."""
        return self._reports.results

    @property
    def reported_error(self) -> Error | None:
        """The first error that the script itself reported."""
        return self._reports.error

    @property
    def masked(self) -> int:
        """How often a secret was replaced so far."""
        return self._redactor.hits

    @property
    def doing(self) -> str:
        """What a tool that prints nothing is seen to be busy with, or ``""``."""
        return self._course.doing if self._follows else ""

    @property
    def activity(self) -> str:
        """What the script last said it is doing, or ``""``."""
        return self._reports.activity

    def add_secret(self, value: str) -> bool:
        """Mask ``value`` in all that is returned from here on. Returns whether it is long enough to be masked."""
        known = len(self._redactor.needles)
        usable = self._redactor.add(value)
        if len(self._redactor.needles) != known:
            self._model.mask_titles(self.plain)
            self._markers.mask_titles()
            self._reports.mask_all()
        return usable

    # --- output ------------------------------------------------------------------------------------------------------

    def feed(self, data: bytes, now: float) -> list[str]:
        """Return the bodies of the lines that ``data``, the next bytes of the output, completes.

        Of no bytes: of what had to wait until now.
        """
        bodies = self._begin(now)
        self._output.feed(data, bodies, self._count)
        return self._end(bodies)

    def flush(self, now: float) -> list[str]:
        """The output and the reports are at their end: return what was still unfinished."""
        bodies = self._begin(now)
        self._apply(self._events.flush(), bodies, now, of_whole=False)
        self._apply(self._progress.flush(), bodies, now, of_whole=True)
        self._output.flush(bodies, self._count)
        self._add_rows(self._reports.flush(now), bodies)
        return self._end(bodies)

    def partial(self, now: float) -> str | None:
        """Return the body of the unfinished line, with ``"partial":true``, or ``None`` when there is none.

        What may be the beginning of a secret is not shown yet.
        """
        self._writer.at(now)
        return self._output.partial()

    def enter_phase(
        self, phase: str, now: float, *, aside: bool = False, script: bytes | None = None
    ) -> list[str]:
        """Another script begins: bodies say ``phase`` from here on. Returns what the one before left unfinished.

        ``aside``: a question that is asked after a failure; it moves no progress, and its errors and results do not count.
        ``script``: its text, where it can be had.
        """
        bodies = self.flush(now)
        self._markers.close_all()
        self._output.begin(script)
        self._writer.group = None
        self._writer.phase = phase
        self._reports.aside = aside
        self._model.active = phase in _PHASES_WITH_PROGRESS and not aside
        self._model.joins = phase in _PHASES_WITH_STEPS and not aside
        self._follows = not aside and (self._model.active or self._model.joins)
        if self._follows:
            self._course.enter(phase, script, now)
        self._follow()
        return bodies

    def observe(self, seen: Observation, now: float) -> None:
        """Take what was seen of the running script from outside."""
        self._now = now
        if self._follows:
            self._course.observe(seen, now)
            self._follow()

    def at_line(self, line: int, now: float) -> None:
        """The script is at ``line`` of its text, counted from 1: from recordings, which have no offsets."""
        self._now = now
        if self._follows:
            self._course.at_line(line, now)
            self._follow()

    def timeline(self) -> Timeline:
        """Return the run, which has ended well, as what the next one can learn from."""
        return self._course.timeline()

    # --- reports -----------------------------------------------------------------------------------------------------

    def feed_events(self, data: bytes, now: float) -> list[str]:
        """Take bytes of ``INSTALLCAST_EVENTS``. Feed them before output of the same moment: they announce secrets."""
        bodies = self._begin(now)
        self._apply(self._events.feed(data), bodies, now, of_whole=False)
        return self._end(bodies)

    def feed_progress(self, data: bytes, now: float) -> list[str]:
        """Take bytes of ``ONEINSTACK_PROGRESS_FD``, where percentages are of the whole."""
        bodies = self._begin(now)
        self._apply(self._progress.feed(data), bodies, now, of_whole=True)
        return self._end(bodies)

    def _apply(self, events: Iterator[Event], bodies: list[str], now: float, *, of_whole: bool) -> None:
        for event in events:
            self._add_rows(self._reports.apply(event, now, of_whole=of_whole), bodies)

    def _add_rows(self, rows: Iterator[Row], bodies: list[str]) -> None:
        for row in rows:
            if row.shows_error and self._reports.error is not None:
                self._reports.error = self._reports.error._replace(body_index=self._count + len(bodies))
            self._writer.group = self._markers.group
            if row.kind:
                bodies.append(self._writer.body(row.level, row.message, kind=row.kind))
            else:
                bodies += self._writer.line(row.level, row.message)

    # --- the runner's own words --------------------------------------------------------------------------------------

    def plain(self, text: str) -> str:
        """Return ``text`` as one line, plain and masked, for what the runner tells outside of records, too."""
        return self._redactor.mask(clean(" ".join(text.splitlines())).text)

    def note(self, level: Level, message: str, now: float) -> str:
        """Return the body of something that the runner itself has to say."""
        self._writer.at(now)
        self._count += 1
        self._writer.group = None
        return self._writer.body(level, self.plain(message))

    def gap(self, lines: int, size: int, now: float) -> str:
        """Return the body of a record that stands for ``lines`` lines, ``size`` bytes, which were lost."""
        self._writer.at(now)
        self._writer.group = None
        return self._writer.body("WARN", gap_message(lines, size), gap=_gap_part(lines, size))

    def heartbeat(self, activity: str, now: float) -> str:
        """Return a body of kind ``progress``: nothing was printed, but this is going on. The caller limits the rate."""
        self._writer.at(now)
        self._count += 1
        self._reports.progress_told(now)
        self._writer.group = self._markers.group
        return self._writer.body("INFO", self.plain(activity), kind="progress")

    def final(
        self,
        status: str,
        exit_code: int | None,
        now: float,
        *,
        error: Error | None = None,
        phase: str | None = None,
        gap: tuple[int, int] | None = None,
        after_state: str | None = None,
        message: str,
    ) -> str:
        """Return the body of the last record. Only ``succeeded`` brings the progress to 100.

        ``gap``: lines and bytes that are missing before it, where no record could be written that says so.
        """
        self._writer.at(now)
        self._count += 1
        if status == "succeeded":
            self._model.succeed()
        if error is not None:
            error = error._replace(hint=self.plain(error.hint), hint_zh=self.plain(error.hint_zh))
        self._writer.group = None
        self._writer.phase = phase
        level = _FINAL_LEVELS.get(status, "INFO")
        end = final_part(status, exit_code, error, after_state)
        return self._writer.body(level, self.plain(message), gap=gap and _gap_part(*gap), end=end)

    def diagnose(self, exit_code: int | None) -> Error:
        """Return why the script of the present phase failed: what it reported, else what its lines tell, else ``UNKNOWN``.

        At exit status 0: the first failure that the script hides, else ``UNKNOWN`` without a line.
        """
        if self._reports.error is not None:
            return self._reports.error
        error = self._output.diagnosis.result(exit_code, self._output.last_line)
        # What hints take from the script's own text is masked here.
        return error._replace(hint=self.plain(error.hint), hint_zh=self.plain(error.hint_zh))

    def survived(self) -> list[Survived]:
        """Return the commands of the present phase that have failed for certain, although its script went on."""
        return self._output.diagnosis.survived()

    # --- helpers -----------------------------------------------------------------------------------------------------

    def _begin(self, now: float) -> list[str]:
        self._now = now
        if not 0 <= now - self._followed_at < _FOLLOW_SECONDS:
            self._follow()
        self._writer.at(now)
        bodies: list[str] = []
        self._add_rows(self._reports.due(now), bodies)
        return bodies

    def _end(self, bodies: list[str]) -> list[str]:
        self._count += len(bodies)
        texts, count = self._output.burst()
        if self._follows:
            for reading in telling(self._readings):
                self._course.read(reading, self._now)
            self._readings.clear()
            self._course.lines(texts, count, self._now)
        return bodies

    def _take_reading(self, reading: Reading) -> None:
        if self._follows:
            self._readings.append(reading)
        self._model.percent_of_step(100 * reading.fraction)

    def _follow(self) -> None:
        """Take over how far the script is seen to be."""
        course = self._course
        self._followed_at = self._now
        if not self._follows:
            self._model.follow(None, None, is_learned=False, works=False)
        elif self._model.active or course.is_learned:
            self._model.follow(
                course.estimate(self._now), course.step, is_learned=course.is_learned, works=course.works
            )


def _gap_part(lines: int, size: int) -> str:
    return f'{{"lines":{lines},"bytes":{size}}}'
