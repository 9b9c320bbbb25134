"""One task from its first script to its end: which script runs when, and what the end is called.

Only the exit statuses of the scripts decide, and an out-of-memory kill among them; nothing that they print does.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
import time
from contextlib import nullcontext
from pathlib import Path

from installcast.parse.parser import Error
from installcast.record import timestamp
from installcast.runner.after import (
    CHECK_SECONDS,
    MAX_ANSWER_BYTES,
    AfterState,
    Answer,
    conclude,
    is_there,
)
from installcast.runner.causes import (
    ENDED_FROM_OUTSIDE,
    KILLED,
    OOM_KILLED,
    RUNNER_FAULT,
    SCRIPT_NOT_STARTED,
    SECRET_LOST,
    VERIFY_FAILED,
    hidden_failures,
    timed_out,
)
from installcast.runner.child import start_script
from installcast.runner.history import leave_timeline
from installcast.runner.loop import DRAIN_SECONDS, ScriptEnd, ScriptRun, Stop, Surroundings
from installcast.runner.outcome import ExitFile, Outcome, RollbackResult
from installcast.runner.results import hand_over
from installcast.runner.spec import Phase, Secrets, TaskSpec
from installcast.runner.tree import start_time
from installcast.runner.verdict import Verdict, last_words

EXIT_TIMEOUT = 124
"""Exit code of a task that ran out of time, as of ``timeout(1)``."""

_EXIT_NOT_FOUND, _EXIT_NOT_EXECUTABLE, _EXIT_KILLED = 127, 126, 137
_SIGNALED = 128
"""As a shell has them: the last one and the number of a signal."""

ROLLBACK_SECONDS = 1800.0
"""A rollback cannot be canceled, so it has to end by itself; the task's own time limit counts where it is shorter."""

_KNOWN_HOLDER_DRAIN_SECONDS = 0.2
"""Longest wait for a script's last output when something that an earlier one left behind is known to hold it."""

_CHANGING_PHASES = frozenset({"install", "upgrade", "uninstall"})
"""Prechecks and verifications try what may well fail."""


class TaskRun:
    """Carries out ``spec``."""

    def __init__(
        self, spec: TaskSpec, folder: Path, output_end: int, surroundings: Surroundings, exit_file: ExitFile
    ) -> None:
        self._spec = spec
        self._folder = folder
        self._output_end = output_end
        self._surroundings = surroundings
        self._recorder = surroundings.recorder
        self._exit_file = exit_file
        self._environment = spec.environment
        self._phase = spec.phases[0].phase
        self._drain_seconds = DRAIN_SECONDS
        self._began = time.monotonic()
        self._began_at = self._recorder.wall_clock()
        self._told_to_end = False
        self._late_stop: Stop | None = None
        """What was wanted when the last script had already ended: it counts only where another would follow."""
        self.held_outputs: set[int] = set()
        """Descriptors of outputs that something which lives on still writes to."""

    def run(self, secrets: Secrets | None) -> Outcome:
        """Run all scripts and settle the end. ``secrets`` is ``None`` when they are lost: then no script runs."""
        rollback: RollbackResult = "none"
        left: AfterState | None = None
        if secrets is None:
            verdict, left = Verdict("interrupted", None, error=SECRET_LOST), "unchanged"
        else:
            self._environment = {**self._spec.environment, **secrets.environment}
            try:
                verdict, changed = self._run_phases()
                if changed and self._spec.rollback is not None and self._wants_rollback(verdict):
                    rollback = "failed"  # until it has ended well
                    rollback = self._roll_back(self._spec.rollback)
                if verdict.status != "succeeded":
                    left = self._what_is_left() if changed else "unchanged"
            except Exception:  # noqa: BLE001 - whatever it is, no script may be left that nobody looks after
                verdict = self._fail()
        return self._settle(verdict, rollback, left)

    def _fail(self) -> Verdict:
        """End all processes after a fault of ours, which goes into runner.log."""
        sys.__excepthook__(*sys.exc_info())
        self._surroundings.tree.stop(self._surroundings.kill_grace)
        self._recorder.script_ended()
        self._recorder.flush(time.monotonic())
        index = self._recorder.note("ERROR", RUNNER_FAULT.hint, time.monotonic())
        return Verdict("interrupted", None, error=RUNNER_FAULT._replace(body_index=index))

    def _run_phases(self) -> tuple[Verdict, bool]:
        """Return how it went, and whether a script that may have changed something had begun."""
        changed = False
        for phase in self._spec.phases:
            self._phase = phase.phase
            changed = changed or phase.phase != "precheck"
            verdict = self._run_script(phase)
            if verdict.status != "succeeded":
                return verdict, changed
            if self._late_stop is not None and phase is not self._spec.phases[-1]:
                return self._stopped_late(
                    ScriptEnd(0, None, None, output_held=False), self._late_stop
                ), changed
        return verdict, changed

    def _wants_rollback(self, verdict: Verdict) -> bool:
        # Who is told to end has no time for one, also where the script failed by itself just before.
        return verdict.status in ("failed", "canceled") and not self._told_to_end

    def _run_script(self, phase: Phase) -> Verdict:
        memory = self._surroundings.memory
        oom_kills = memory.oom_kills()
        end = self._script(phase, self._began + self._spec.timeout)
        if isinstance(end, Verdict):
            return end
        if end.stop is not None:
            return self._stopped(end, end.stop)
        late = end.late_stop
        if late is not None and late.reason == "interrupted" and end.exit_code - 128 in _SIGNALS_FROM_OUTSIDE:
            return self._stopped_late(end, late)  # a shutdown ends both, and the script was the first to obey
        if memory.oom_kills() > oom_kills:
            if memory.is_own or end.exit_code == _EXIT_KILLED:
                # A script without `set -e` may end with 0 all the same.
                return Verdict("failed", end.exit_code or _EXIT_KILLED, end.signal, self._killed_for_memory())
            self._recorder.note("WARN", _OOM_KILL_NEARBY, time.monotonic())
        if end.exit_code == 0:
            if phase.phase in _CHANGING_PHASES:
                self._tell_hidden_failures()
            return Verdict("succeeded", 0)
        return Verdict("failed", end.exit_code, end.signal, self._cause(phase, end))

    def _script(
        self,
        phase: Phase,
        deadline: float,
        *,
        heeds_cancel: bool = True,
        environment: dict[str, str] | None = None,
        aside: bool = False,
    ) -> ScriptEnd | Verdict:
        tree, channels = self._surroundings.tree, self._surroundings.channels
        plain = self._environment if environment is None else environment
        prepared = None if aside else self._recorder.guarded(lambda: channels.prepare(phase.argv, plain))
        self._recorder.enter_phase(
            phase.phase, time.monotonic(), aside=aside, script=None if aside else channels.script_text
        )
        try:
            with tree.cgroup.inside() if tree.cgroup else nullcontext():
                script = start_script(
                    phase.argv,
                    plain if prepared is None else prepared,
                    output=self._output_end,
                    progress=self._surroundings.progress.descriptor,
                    term=self._spec.term,
                )
        except OSError as error:
            return self._not_started(phase, error)
        tree.begin(script.pid)
        self._recorder.script_started(script.pid, start_time(script.pid), time.monotonic())
        end = ScriptRun(
            self._surroundings,
            script,
            deadline=deadline,
            heeds_cancel=heeds_cancel,
            drain_seconds=self._drain_seconds,
        ).wait()
        channels.end()
        self._recorder.flush(time.monotonic())
        self._late_stop = end.late_stop
        stop = end.stop or end.late_stop
        self._told_to_end = self._told_to_end or (stop is not None and stop.reason == "interrupted")
        if end.output_held:
            self._drain_seconds = _KNOWN_HOLDER_DRAIN_SECONDS
            self.held_outputs.add(script.output)
        elif script.output != self._output_end:
            os.close(script.output)
        return end

    def _not_started(self, phase: Phase, error: OSError) -> Verdict:
        message = f"{phase.argv[0]} cannot be started: {error.strerror}"
        index = self._recorder.note("ERROR", message, time.monotonic())
        code = _EXIT_NOT_FOUND if error.errno == errno.ENOENT else _EXIT_NOT_EXECUTABLE
        return Verdict("failed", code, error=SCRIPT_NOT_STARTED._replace(body_index=index))

    def _roll_back(self, rollback: Phase) -> RollbackResult:
        deadline = time.monotonic() + min(ROLLBACK_SECONDS, self._spec.timeout)
        end = self._script(rollback, deadline, heeds_cancel=False)
        return (
            "succeeded"
            if end.exit_code == 0 and isinstance(end, ScriptEnd) and end.stop is None
            else "failed"
        )

    # --- what it left ------------------------------------------------------------------------------------------------

    def _what_is_left(self) -> AfterState | None:
        """Return what a task that did not succeed has left, ``None`` when nobody can tell, or it was not to be asked."""
        spec = self._spec
        if self._told_to_end or not (spec.detect or spec.verify):
            return None
        tree = self._surroundings.tree
        tree.spare_the_living()  # a service that was started is part of what is left, however long the question takes
        deadline = time.monotonic() + CHECK_SECONDS
        self._recorder.enter_phase("verify", time.monotonic(), aside=True)
        self._recorder.note("INFO", "Checking what is left on the machine.", time.monotonic())
        try:
            plain = {**spec.environment, "INSTALLCAST_ACTION": "detect"}
            detect = self._ask(spec.detect, plain, deadline)
            if spec.detect is not None and detect is None:
                return None
            there = is_there(detect)
            return conclude(
                there, None if there is False else self._ask(spec.verify, self._environment, deadline)
            )
        except Exception:  # noqa: BLE001 - a fault of ours in a question changes nothing about the task
            sys.__excepthook__(*sys.exc_info())
            tree.stop(self._surroundings.kill_grace)
            self._recorder.script_ended()
            return None

    def _ask(self, phase: Phase | None, environment: dict[str, str], deadline: float) -> Answer | None:
        """Run a script that answers a question; ``None`` when there is none, or it was stopped."""
        if phase is None:
            return None
        output = bytearray()
        self._recorder.copy_to = lambda data: output.extend(data[: MAX_ANSWER_BYTES - len(output)])
        try:
            end = self._script(phase, deadline, environment=environment, aside=True)
        finally:
            self._recorder.copy_to = None
        if isinstance(end, Verdict) or end.stop is not None or end.late_stop is not None:
            return None
        return Answer(end.exit_code, bytes(output))

    # --- why it ended ------------------------------------------------------------------------------------------------

    def _stopped(self, end: ScriptEnd, stop: Stop) -> Verdict:
        if stop.reason == "canceled":
            return Verdict("canceled", end.exit_code, end.signal, canceled_by=stop.by)
        if stop.reason == "timeout":
            # A question that stands at the end is what it waited for.
            seen = self._recorder.parser.diagnose(_SIGNALED + signal.SIGTERM)
            is_told = seen.code == "TIMEOUT" and seen.body_index is not None
            error = seen if is_told else timed_out(self._spec.timeout)._replace(body_index=stop.body_index)
            return Verdict("failed", EXIT_TIMEOUT, end.signal, error)
        error = ENDED_FROM_OUTSIDE._replace(body_index=stop.body_index)
        return Verdict("interrupted", end.exit_code, end.signal, error)

    def _stopped_late(self, end: ScriptEnd, stop: Stop) -> Verdict:
        """Return how it ends when a stop came after a script had ended, before the next one."""
        words = "The runner was told to end" if stop.reason == "interrupted" else "Canceled"
        words += f" by {stop.by}" if stop.by else ""
        index = self._recorder.note("WARN", f"{words}: nothing more is run.", time.monotonic())
        return self._stopped(end, stop._replace(body_index=index))

    def _cause(self, phase: Phase, end: ScriptEnd) -> Error:
        """Return why the script of ``phase`` failed."""
        parser = self._recorder.parser
        known = parser.diagnose(end.exit_code)
        if parser.reported_error is not None:
            return known
        ended_by = end.exit_code - _SIGNALED if end.signal is None else end.signal
        # A time limit of the runner's own is told where it stopped the script, and what the kernel did is known to its cgroup.
        is_guess = ended_by == signal.SIGTERM or (
            ended_by == signal.SIGKILL and self._surroundings.memory.is_own
        )
        if is_guess or (end.signal in _SIGNALS_FROM_OUTSIDE and known.code == "UNKNOWN"):
            return KILLED._replace(body_index=known.body_index)
        if phase.phase == "verify":
            return VERIFY_FAILED._replace(body_index=known.body_index)
        return known

    def _killed_for_memory(self) -> Error:
        """Return what the kernel did, with the line that tells of it, where there is one."""
        known = self._recorder.parser.diagnose(_EXIT_KILLED)
        return OOM_KILLED._replace(body_index=known.body_index)

    def _tell_hidden_failures(self) -> None:
        """Say which commands failed though the script ended well. The outcome is for its verification to decide."""
        survived = self._recorder.parser.survived()
        if survived:
            told = hidden_failures([(self._recorder.journal.seq_of(index), text) for index, text in survived])
            self._recorder.note("WARN", told, time.monotonic())

    # --- the end -----------------------------------------------------------------------------------------------------

    def _settle(self, verdict: Verdict, rollback: RollbackResult, left: AfterState | None) -> Outcome:
        """Tell the end, in the order in which a power cut at any moment leaves no lie behind."""
        journal, parser = self._recorder.journal, self._recorder.parser
        results, lost = hand_over(parser.results, self._spec.results_file)
        if lost is not None:
            self._recorder.note("WARN", f"The secret results are lost: {lost}.", time.monotonic())
        self._exit_file.give_back()
        journal.close()
        if self._recorder.tell_sync_fault(time.monotonic()):
            journal.close()
        error = verdict.error
        if error is not None and error.body_index is not None:
            error = error._replace(seq=journal.seq_of(error.body_index))
        finished_at = self._recorder.wall_clock()
        not_stored = parser.note("ERROR", _END_NOT_STORED, finished_at)  # made before anything says 100 %
        final = parser.final(
            verdict.status,
            verdict.exit_code,
            finished_at,
            error=error,
            phase=self._phase,
            gap=journal.untold,
            message=last_words(
                self._spec,
                verdict,
                phase=self._phase,
                seconds=time.monotonic() - self._began,
                left=left,
                untold=journal.untold,
            ),
            after_state=left,
        )
        outcome = Outcome(
            status=verdict.status,
            exit_code=verdict.exit_code,
            signal=verdict.signal,
            phase=self._phase,
            rollback=rollback,
            error=error and error.to_dict(),
            progress=parser.state.progress,
            step=parser.state.step,
            current_step=parser.state.current_step,
            total_steps=parser.state.total_steps,
            progress_basis=parser.state.basis,
            last_seq=journal.next_seq,
            started_at=timestamp(self._began_at),
            finished_at=timestamp(finished_at),
            duration=round(time.monotonic() - self._began, 3),
            canceled_by=verdict.canceled_by,
            results=results,
            final_record=final,
            log_fault=journal.sync_fault,
            after_state=left,
            masked=parser.masked,
        )
        try:
            self._exit_file.write(outcome)
        except OSError as error:
            # Without it nobody may believe in an end, so there is no final record either: the task ends `interrupted`.
            error.add_note(f"{RUNNER_FAULT.code}: how the task ended cannot be stored ({verdict.status})")
            journal.append([not_stored])
            journal.close()
            raise
        if outcome.status == "succeeded":
            leave_timeline(self._folder, parser)
        journal.seal(final)
        return outcome


_OOM_KILL_NEARBY = (
    "Meanwhile the kernel has killed a process for want of memory, perhaps one of this install (see dmesg)."
)
_END_NOT_STORED = "The disk refuses to store how this task ended."

_SIGNALS_FROM_OUTSIDE = {signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGKILL, signal.SIGTERM}
"""Others, such as SIGSEGV, are a script's own doing."""
