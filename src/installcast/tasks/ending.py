"""Ends that no runner could tell, written as a runner would have: ``exit.json`` first, then the last record.

So there is one way in which any task ends, and a crash in the middle of it is made good at the next start.
"""

from __future__ import annotations

import logging
import os
import stat
from pathlib import Path
from typing import Any, NamedTuple, get_args

from installcast.parse.bodies import final_part, gap_message
from installcast.parse.parser import Error
from installcast.record import FINAL_KEY, Level, LogMessage, body, decode, number, timestamp
from installcast.runner import causes
from installcast.runner.after import AfterState
from installcast.runner.journal import add_final
from installcast.runner.outcome import EXIT_FILE, ExitFile, ExitStatus, Outcome, read_exit
from installcast.stream.journal_reader import JournalReader
from installcast.tasks.folder import journal_file
from installcast.tasks.orphan import Fate
from installcast.tasks.orphan_output import Lost

logger = logging.getLogger("installcast.tasks")

_SET_ASIDE = ".damaged"


class End(NamedTuple):
    """How a task ends that no runner ends. ``message`` is its last line."""

    status: ExitStatus
    message: str
    error: Error | None = None
    canceled_by: str | None = None
    after_state: AfterState | None = None


def canceled(by: str) -> End:
    """Canceled while it waited."""
    return End("canceled", f"Canceled by {by} before it began.", canceled_by=by, after_state="unchanged")


def not_started(reason: str) -> End:
    """Its runner could not be started."""
    error = Error(
        "RUNNER_START_FAILED",
        f"Nothing was run: {reason}. Make that possible, then start the task again.",
        f"未执行任何操作：{reason}。请排除原因后重新发起任务。",
    )
    return End("failed", f"The runner did not start: {reason}", error, after_state="unchanged")


SECRET_LOST = End(
    "interrupted",
    "The secret parameters are gone: nothing was run.",
    causes.SECRET_LOST,
    after_state="unchanged",
)

FOLDER_LOST = End(
    "interrupted",
    "The task's folder is gone: nothing can be said about it.",
    Error(
        "TASK_FOLDER_LOST",
        "Somebody removed the task's folder: check what is installed, then start the task again.",
        "任务目录已被删除：请检查安装情况后重新发起任务。",
    ),
)

NEVER_RUN = End(
    "interrupted",
    "The service was killed while it gave this task up: nothing was run.",
    causes.GIVEN_UP_UNRUN,
    after_state="unchanged",
)


def runner_lost(*, rebooted: bool = False, fate: Fate | None = None) -> End:
    """Its runner died, perhaps with the machine. ``fate`` tells what became of the script that it left behind, if it did."""
    cause = ("The machine was restarted", "机器重启") if rebooted else ("The runner died", "执行进程意外退出")
    if fate is None:
        then = (
            "nobody knows how far the script came, nor what it printed last",
            "无法得知脚本执行到哪一步及其最后的输出",
        )
    elif fate.canceled_by is not None:
        then = (
            f"its script went on unwatched until {fate.canceled_by} canceled it",
            f"脚本在无人监视的情况下继续运行，后被 {fate.canceled_by} 取消",
        )
    elif fate.timed_out:
        then = (
            "its script went on unwatched until its time limit ended it",
            "脚本在无人监视的情况下继续运行，后因超时被终止",
        )
    else:
        then = (
            "its script went on unwatched to an end that nobody knows",
            "脚本在无人监视的情况下运行结束，结果未知",
        )
    error = causes.interrupted(f"{cause[0]}; {then[0]}", f"{cause[1]}，{then[1]}")
    canceled_by = fate.canceled_by if fate else None
    return End("interrupted", f"{cause[0]}; {then[0]}.", error, canceled_by)


GIVEN_UP = Error(
    "SERVICE_FAULT",
    "Installcast itself failed again and again to look after this task (its log tells how): check what was installed.",
    "Installcast 多次处理该任务失败（详见服务日志）：请检查已安装的内容。",
)

OUTCOME_DAMAGED = End(
    "interrupted",
    "The task has ended, but the file that tells how cannot be read.",
    Error(
        "OUTCOME_DAMAGED",
        f"{EXIT_FILE} is damaged, or of a newer Installcast, and was set aside as {EXIT_FILE}{_SET_ASIDE}: "
        "check what was installed.",
        f"{EXIT_FILE} 已损坏或来自更新版本的 Installcast，已改名为 {EXIT_FILE}{_SET_ASIDE}：请检查安装情况。",
    ),
)


def outcome_of(folder: Path) -> Outcome | None:
    """Return how the task in ``folder`` ended, or ``None`` when nothing says so. What cannot be read is set aside.

    Raises ``OSError`` when the disk does not let it be read.
    """
    path = folder / EXIT_FILE
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise ValueError(f"{EXIT_FILE}: not a file")
        outcome = read_exit(folder)
        if outcome is not None:
            _require_sound(outcome)
        return outcome
    except FileNotFoundError:
        return None
    except (ValueError, RecursionError) as error:
        aside = path.with_name(f"{EXIT_FILE}{_SET_ASIDE}")
        logger.error("%s is damaged (%s) and was set aside as %s", path, error, aside.name)
        path.rename(aside)
        return None


def _require_sound(outcome: Outcome) -> None:
    """Raise ``ValueError`` when ``outcome`` is not what a runner would have written: what the database is told hangs on it."""
    if outcome.status not in get_args(ExitStatus):
        raise ValueError(f"{EXIT_FILE}: no such status: {outcome.status!r}")
    counts = (outcome.progress, outcome.current_step, outcome.total_steps, outcome.last_seq)
    texts = (outcome.step, outcome.progress_basis, outcome.rollback, outcome.started_at, outcome.finished_at)
    optional_texts = (outcome.phase, outcome.canceled_by, outcome.after_state)
    if not (
        all(type(count) is int for count in counts)
        and all(isinstance(text, str) for text in texts)
        and all(text is None or isinstance(text, str) for text in optional_texts)
        and type(outcome.masked) is int
        and (outcome.exit_code is None or type(outcome.exit_code) is int)
        and (outcome.error is None or isinstance(outcome.error, dict))
        and isinstance(outcome.results, list)
    ):
        raise ValueError(f"{EXIT_FILE}: a value is of the wrong kind")
    final = number(0, outcome.final_record)
    if FINAL_KEY not in final.encode() or decode(final).status != outcome.status:
        raise ValueError(f"{EXIT_FILE}: its final record is none")


def was_damaged(folder: Path) -> bool:
    """Return whether an exit record had to be set aside."""
    return (folder / f"{EXIT_FILE}{_SET_ASIDE}").exists()


def write_end(folder: Path, end: End, now: float) -> Outcome:
    """Write ``exit.json``, where no runner can do it any more, and return what it says. Raises ``OSError``."""
    folder.mkdir(mode=0o700, exist_ok=True)
    reader = JournalReader(journal_file(folder))
    last = _last_record(reader)
    final = body(_word(last, "ERROR" if end.status == "failed" else "WARN", end.message, now))
    outcome = Outcome(
        status=end.status,
        exit_code=None,
        signal=None,
        phase=last.phase,
        # One that was under way has not ended well, as far as anybody knows.
        rollback="failed" if last.phase == "rollback" else "none",
        error=end.error and end.error.to_dict(),
        progress=last.progress,
        step=last.step,
        current_step=last.current_step,
        total_steps=last.total_steps,
        progress_basis="none",
        last_seq=reader.total(),
        started_at=timestamp(now),
        finished_at=timestamp(now),
        duration=0.0,
        canceled_by=end.canceled_by,
        after_state=end.after_state,
        results=[],
        final_record=f"{final[:-1]}{final_part(end.status, None, end.error, end.after_state)}}}",
    )
    ExitFile(folder).write(outcome)
    return outcome


def tell_orphaned(folder: Path, now: float) -> None:
    """Record that the runner is gone and its script is not. Raises ``OSError``."""
    text = (
        "The runner died and its script goes on unwatched: what it prints from here on is counted, not shown."
    )
    _add(folder, "WARN", text, now)


def tell_lost(folder: Path, lost: Lost, now: float) -> None:
    """Record how much of the output of an orphan is recorded nowhere. Raises ``OSError``."""
    message = gap_message(lost.lines, lost.size)
    _add(folder, "WARN", message, now, gap={"lines": lost.lines, "bytes": lost.size})


def _add(folder: Path, level: Level, text: str, now: float, gap: dict[str, int] | None = None) -> None:
    journal = journal_file(folder)
    word = _word(_last_record(JournalReader(journal)), level, text, now)
    add_final(journal, body(word._replace(gap=gap)))


def _word(last: LogMessage, level: Level, text: str, now: float) -> LogMessage:
    """Return a record in our own name that leaves step and progress as ``last`` had them."""
    return LogMessage(
        seq=0,
        timestamp=timestamp(now),
        level=level,
        message=text,
        progress=last.progress,
        step=last.step,
        current_step=last.current_step,
        total_steps=last.total_steps,
        phase=last.phase,
    )


def _last_record(reader: JournalReader) -> LogMessage:
    """Return the last record, an empty one where there is none or none that can be read."""
    line = reader.last()
    if line:
        try:
            return decode(line)
        except ValueError as error:
            logger.error("%s: the last record is damaged: %s", reader.path, error)
    return LogMessage(-1, "", "INFO", "")


def complete_journal(folder: Path, outcome: Outcome) -> None:
    """Add the last record to the journal where it is missing. Raises ``OSError``."""
    add_final(journal_file(folder), outcome.final_record)


def sync_journal(folder: Path) -> None:
    """Bring the last record to the disk: its runner does not wait for that. Raises ``OSError``."""
    descriptor = os.open(journal_file(folder), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        os.fdatasync(descriptor)
    finally:
        os.close(descriptor)


def columns_of(outcome: Outcome) -> dict[str, Any]:
    """Return what the database keeps of an end; the start is its own knowledge."""
    return {
        "finished_at": outcome.finished_at,
        "phase": outcome.phase,
        "progress": outcome.progress,
        "step": outcome.step,
        "current_step": outcome.current_step,
        "total_steps": outcome.total_steps,
        "progress_basis": outcome.progress_basis,
        "exit_code": outcome.exit_code,
        "error": outcome.error,
        "rollback": outcome.rollback,
        "results": outcome.results,
        "last_seq": outcome.last_seq,
        "canceled_by": outcome.canceled_by,
        "after_state": outcome.after_state,
        "masked": outcome.masked,
    }
