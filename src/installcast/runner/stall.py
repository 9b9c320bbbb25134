"""Why a script prints nothing: what its last words and the kernel tell, weighed. Pure: what is seen and the time come in.

A wrong reason is worse than none. That a lock is waited for is said only when a package manager of the task, or the last
words of the script, speak for it *and* somebody outside of the task holds one; that an answer is waited for only when the
kernel says so or a question stands unanswered while nothing works. All else is silence, told as such after a minute.
"""

from __future__ import annotations

import re
from collections import deque
from typing import Literal, NamedTuple

from installcast.runner.observe import Holder, Question, Seen, Sight

LOOK_SECONDS = 2.0
"""Of silence before anybody looks at the processes: most scripts never pause that long."""

RETRY_SECONDS = 30.0
"""Of silence after which a package manager that gave up is no longer thought to be started again."""

FRESH_SECONDS = 5.0
"""Of silence up to which the words of a package manager are believed that cannot tell who has the lock: apt says them each
second, and the holder may live in another pid namespace, where nobody sees it."""

LOCK_SECONDS = 3.0
"""Of silence and idleness before a package manager that would need a taken lock is said to wait for it."""

INPUT_SECONDS = 4.0
"""Of silence and idleness before a question, or a read from a terminal, is said to wait for an answer."""

SILENT_SECONDS = 60.0
"""Of silence before that itself is worth telling."""

_IDLE = 0.03
"""Processor time, as a fraction of the time that has passed, up to which a task counts as idle."""

_BUSY_BYTES = 65_536
"""Bytes a second from and to disks from which on a task counts as using them."""

_WINDOW_SECONDS = 10.0
"""Over which activity is measured, so that what is told does not flicker."""

_TAIL_LINES = 6
"""Lines whose words count: apt says whose lock it is two lines before it gives up, and a script that tries again prints some."""

Reason = Literal["package_lock", "waiting_for_input", "silent"]

Manner = Literal["waits", "says_so", "gave_up"]
"""How the words were meant: by a package manager that stays until the lock is free; by a script that says it waits; by a
package manager that ends, which a script may start again."""


class Words(NamedTuple):
    """What the end of the output says about a lock."""

    manner: Manner
    question: Question
    name: str = ""
    """Of the program that has it."""


class Stall(NamedTuple):
    """Why nothing comes, since when (monotonic), and who is concerned."""

    reason: Reason
    since: float
    detail: str
    detail_zh: str
    pid: int | None = None
    command: str | None = None


_HOLDER = r"\.? It is held by process (?P<pid>\d+)(?: \((?P<name>[^)]*)\))?"

_LOCK_WORDS: tuple[tuple[re.Pattern[str], Manner], ...] = (
    # apt 1.9.11 and later says it again each second, as a line or, on a terminal, redrawn.
    (re.compile(rf"Waiting for cache lock: Could not get lock (?P<path>/\S+?)(?:{_HOLDER}|\s|$)"), "waits"),
    (re.compile(rf"(?<!cache lock: )Could not get lock (?P<path>/\S+?){_HOLDER}"), "gave_up"),
    (re.compile(r"frontend lock was locked by another process with pid (?P<pid>\d+)"), "gave_up"),  # dpkg
    (re.compile(r"Waiting for process with pid (?P<pid>\d+) to finish"), "waits"),  # dnf 4
    (re.compile(r"Existing lock /\S+?: another copy is running as pid (?P<pid>\d+)"), "waits"),  # yum
    (
        re.compile(
            r"System management is locked by the application with pid (?P<pid>\d+) \((?P<name>[^)]*)\)"
        ),
        "gave_up",  # zypper
    ),
    (
        re.compile(
            r"(?i)\bwait(?:ing|s)?\b.{0,60}\b(?:lock|apt|apt-get|dpkg|rpm|dnf|yum|zypper|apk|package manager)s?\b"
            r"|等待.{0,30}(?:锁|apt|dpkg|yum|dnf|包管理器)"
        ),
        "says_so",
    ),
)

_PROMPT = re.compile(
    r"""(?ix)
      \[ \s* y(?:es)? \s* / \s* no? \s* [^\]]{0,10} \] .{0,3} $         # [Y/n] [yes/no/all]
    | \( \s* y(?:es)? \s* / \s* no? \b [^)]{0,20} \) .{0,3} $           # (y/n)? (yes/no/[fingerprint])?
    | (?: password | passphrase | passcode | pin | username | login ) \b [^:：]{0,60} [:：] \s* $
    | press \s .{0,30} (?: key | enter | return ) .{0,40} $
    | (?: 密码 | 口令 | 用户名 | 请输入 .{0,30} | 请选择 .{0,30} ) .{0,10} [:：]? \s* $
    | (?: 继续 | 确认 | 确定 | 是否 .{0,30} ) .{0,6} [?？吗:：] .{0,10} $
    | \? \s* $
    """
)


def lock_words(tail: str) -> Words | None:
    """Return what the last lines of the output, ``tail``, say about a lock, if it is the last that they say."""
    lines = [line for line in re.split(r"[\r\n]+", tail) if line.strip()]
    for line in reversed(lines[-_TAIL_LINES:]):
        for pattern, manner in _LOCK_WORDS:
            if (match := pattern.search(line)) and (manner == "gave_up" or line is lines[-1]):
                found = match.groupdict()
                pid = int(found.get("pid") or 0) or None
                return Words(manner, Question(found.get("path"), pid), found.get("name") or "")
    return None


def is_prompt(line: str) -> bool:
    """Return whether the unfinished ``line`` asks for an answer."""
    return len(line) <= 500 and _PROMPT.search(line) is not None


class StallJudge:
    """Judges one script from its first moment to its last."""

    def __init__(self) -> None:
        self.stall: Stall | None = None
        self._heard_at = 0.0
        self._sights: deque[tuple[float, Sight]] = deque()

    def begin(self, now: float) -> None:
        """A script begins."""
        self.stall = None
        self.heard(now)

    def heard(self, now: float) -> None:
        """Something came from the script. What was waited for is there, unless it goes on saying that it waits."""
        self._heard_at = now
        self._sights.clear()

    def wants_look(self, now: float, words: Words | None) -> bool:
        """Return whether it is worth a look at the processes."""
        return words is not None or now - self._heard_at >= LOOK_SECONDS

    def judge(
        self, now: float, sight: Sight, *, words: Words | None, unfinished: str, command: str
    ) -> Stall | None:
        """Return why nothing comes at ``now``, and remember it. ``unfinished`` is the line that has not ended, ``command``
        what runs at the bottom of the tree."""
        self._sights.append((now, sight))
        while now - self._sights[0][0] > _WINDOW_SECONDS:
            self._sights.popleft()
        stall = (
            self._package_lock(now, sight, words)
            or self._waiting_for_input(now, sight, unfinished)
            or self._silent(now, command)
        )
        if stall is not None and self.stall is not None and stall.reason == self.stall.reason:
            stall = stall._replace(since=self.stall.since)
        self.stall = stall
        return stall

    # --- the reasons -------------------------------------------------------------------------------------------------

    def _package_lock(self, now: float, sight: Sight, words: Words | None) -> Stall | None:
        known = self._is_known("package_lock")
        if sight.lock is not None and (sight.is_blocked or known or self._rests(now, LOCK_SECONDS)):
            return _because_of("package_lock", self._heard_at, sight.lock)
        if words is None:
            return None
        silent = now - self._heard_at
        if words.manner == "gave_up" and (
            silent > RETRY_SECONDS or not (known or self._rests(now, LOCK_SECONDS))
        ):
            return None
        if (holder := sight.held or sight.named) is not None:
            return _because_of("package_lock", self._heard_at, holder)
        if words.manner == "waits" and words.question.pid is None and silent <= FRESH_SECONDS:
            return Stall("package_lock", self._heard_at, words.name, words.name)
        return None

    def _waiting_for_input(self, now: float, sight: Sight, unfinished: str) -> Stall | None:
        if not (self._is_known("waiting_for_input") or self._rests(now, INPUT_SECONDS)):
            return None
        asked = unfinished.strip()
        if sight.reader is not None:
            stall = _because_of("waiting_for_input", self._heard_at, sight.reader)
            return stall._replace(detail=asked, detail_zh=asked) if asked else stall
        if asked and is_prompt(asked):
            return Stall("waiting_for_input", self._heard_at, asked, asked)
        return None

    def _silent(self, now: float, command: str) -> Stall | None:
        if now - self._heard_at < SILENT_SECONDS:
            return None
        detail, detail_zh = self._doing(now)
        if command:
            detail, detail_zh = f"{detail}: {command}", f"{detail_zh}：{command}"
        return Stall("silent", self._heard_at, detail, detail_zh, command=command or None)

    def _doing(self, now: float) -> tuple[str, str]:
        began, first = self._sights[0]
        _, last = self._sights[-1]
        seconds = max(now - began, 1e-9)
        if last.used - first.used > _IDLE * seconds:
            return "the processor is at work", "正在使用处理器"
        if last.moved - first.moved > _BUSY_BYTES * seconds:
            return "the disk is at work", "正在读写磁盘"
        return "all its processes sleep", "所有进程都在休眠"

    def _is_known(self, reason: Reason) -> bool:
        """Return whether that was said already: then a moment of work is no reason to take it back."""
        return self.stall is not None and self.stall.reason == reason

    def _rests(self, now: float, seconds: float) -> bool:
        """Return whether for so many seconds nothing was heard, and hardly anything was done since somebody looks."""
        began, first = self._sights[0]
        watched = now - began
        if now - self._heard_at < seconds or watched < seconds - LOOK_SECONDS:
            return False
        return self._sights[-1][1].used - first.used <= _IDLE * watched


def _because_of(reason: Reason, since: float, process: Seen | Holder) -> Stall:
    pid, command = process.pid, process.command
    who, who_zh = (
        (f"{command} (pid {pid})", f"{command}（pid {pid}）") if command else (f"pid {pid}", f"pid {pid}")
    )
    return Stall(reason, since, who, who_zh, pid=pid, command=command or None)
