"""From what was printed and what the kernel tells to the reason why nothing comes."""

from __future__ import annotations

import pytest

from installcast.runner.observe import Holder, Question, Seen, Sight
from installcast.runner.stall import Stall, StallJudge, Words, is_prompt, lock_words

APT = Holder(4711, "apt-get upgrade", "/var/lib/dpkg/lock-frontend")
WAITS = "Waiting for cache lock: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 4711 (apt-get)"
GAVE_UP = """Reading package lists...
E: Could not get lock /var/lib/apt/lists/lock. It is held by process 4711 (apt-get)
N: Be aware that removing the lock file is not a solution and may break your system.
E: Unable to lock directory /var/lib/apt/lists/
"""


class Watched:
    """A script that began at 0 and is looked at each second."""

    def __init__(self) -> None:
        self.judge = StallJudge()
        self.judge.begin(0.0)
        self.now = 0.0
        self.used = 0.0

    def look(
        self, seconds: int, *, tail: str = "", unfinished: str = "", working: float = 0.0, **seen: object
    ) -> Stall | None:
        """Let ``seconds`` pass in silence; return what is said at their end. ``working`` is the fraction of a processor."""
        for _ in range(seconds):
            self.now += 1
            self.used += working
            words = lock_words(tail)
            if self.judge.wants_look(self.now, words):
                sight = Sight(used=self.used, **seen)  # type: ignore[arg-type]
                self.judge.judge(self.now, sight, words=words, unfinished=unfinished, command="make -j2 all")
        return self.judge.stall


@pytest.fixture
def watched() -> Watched:
    return Watched()


# --- the package lock --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tail", "words"),
    [
        (f"{WAITS}...\n", Words("waits", Question("/var/lib/dpkg/lock-frontend", 4711), "apt-get")),
        (
            f"{WAITS}... 3s\r{WAITS}... 4s",
            Words("waits", Question("/var/lib/dpkg/lock-frontend", 4711), "apt-get"),
        ),
        (f"{WAITS}...\nReading package lists...", None),
        (
            "Waiting for cache lock: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 0...",
            Words("waits", Question("/var/lib/dpkg/lock-frontend")),
        ),
        (
            "Waiting for cache lock: Could not get lock /var/lib/dpkg/lock",
            Words("waits", Question("/var/lib/dpkg/lock")),
        ),
        (GAVE_UP, Words("gave_up", Question("/var/lib/apt/lists/lock", 4711), "apt-get")),
        (
            "dpkg: error: dpkg frontend lock was locked by another process with pid 12\nNote: removing it is wrong\n",
            Words("gave_up", Question(None, 12)),
        ),
        ("Waiting for process with pid 77 to finish.\n", Words("waits", Question(None, 77))),
        (
            "Existing lock /var/run/yum.pid: another copy is running as pid 8.\n",
            Words("waits", Question(None, 8)),
        ),
        (
            "System management is locked by the application with pid 9 (zypper).\n",
            Words("gave_up", Question(None, 9), "zypper"),
        ),
        ("Waiting for other apt processes to finish ...\n", Words("says_so", Question())),
        ("正在等待 dpkg 锁释放…\n", Words("says_so", Question())),
        ("await lock\n", None),
        ("Waiting for the server to answer\n", None),
        ("", None),
    ],
)
def test_words_about_locks(tail: str, words: Words | None) -> None:
    """The words of the package managers, and of scripts that wait by themselves, are known; later lines make them old."""
    assert lock_words(tail) == words


def test_apt_that_says_so(watched: Watched) -> None:
    """Who has the lock is told at the first look, when the kernel confirms what apt says."""
    assert watched.look(1, tail=WAITS, held=APT) == Stall(
        "package_lock",
        0.0,
        "apt-get upgrade (pid 4711)",
        "apt-get upgrade（pid 4711）",
        4711,
        "apt-get upgrade",
    )


def test_words_alone(watched: Watched) -> None:
    """The words count alone only where apt cannot tell who it is, and only while they are fresh; of a process that is gone
    they count for nothing."""
    unknown = (
        "Waiting for cache lock: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 0..."
    )
    stall = watched.look(1, tail=unknown)
    assert stall is not None
    assert (stall.reason, stall.detail, stall.pid) == ("package_lock", "", None)
    assert watched.look(6, tail=unknown) is None
    assert Watched().look(1, tail=WAITS) is None


def test_it_is_told_again_each_second(watched: Watched) -> None:
    """apt repeats its line: the wait is one, since its beginning, whatever comes between, and another holder is told."""
    assert watched.look(1, tail=WAITS, held=APT) is not None
    for _ in range(5):
        watched.judge.heard(watched.now)
        watched.look(1, tail=WAITS, held=APT._replace(pid=5, command="unattended-upgrade"))
    assert watched.judge.stall is not None
    assert (watched.judge.stall.since, watched.judge.stall.pid) == (0.0, 5)


def test_a_mute_apt(watched: Watched) -> None:
    """`apt-get -qq` says nothing: that it would need a lock which another has, and does nothing, is told after 3 seconds."""
    assert watched.look(2, lock=APT) is None
    stall = watched.look(1, lock=APT)
    assert stall is not None
    assert (stall.reason, stall.pid) == ("package_lock", 4711)


def test_an_apt_at_work_does_not_wait(watched: Watched) -> None:
    """While it uses the processor it waits for nobody."""
    assert watched.look(30, lock=APT, working=0.2) is None


def test_what_the_kernel_knows_needs_no_pause(watched: Watched) -> None:
    """A wait in the kernel, as rpm's, is told at the first look."""
    stall = watched.look(2, lock=APT, is_blocked=True, working=1.0)
    assert stall is not None
    assert stall.reason == "package_lock"


def test_another_apt_is_no_reason(watched: Watched) -> None:
    """A script that compiles in silence does not wait, whoever has the lock meanwhile."""
    assert watched.look(59, held=APT, working=1.0) is None
    assert watched.look(1, held=APT, working=1.0) is not None
    assert watched.judge.stall is not None
    assert watched.judge.stall.reason == "silent"


def test_apt_gave_up_and_the_script_went_on(watched: Watched) -> None:
    """An apt that failed makes no lock wait of what a script does next; of a pause before another try it does."""
    assert watched.look(40, tail=GAVE_UP, held=APT, working=1.0) is None
    retrying = Watched()
    assert retrying.look(3, tail=GAVE_UP, held=APT) is not None
    assert retrying.look(10, tail=GAVE_UP, held=APT, working=0.1) is not None, "it is being started again"
    assert retrying.look(30, tail=GAVE_UP, held=APT) is None, "nobody starts it again"


def test_a_script_that_waits_by_itself(watched: Watched) -> None:
    """Its own words count where somebody has a lock indeed."""
    assert watched.look(1, tail="Waiting for apt ...\n", held=APT) is not None
    assert Watched().look(59, tail="Waiting for apt ...\n") is None


# --- input -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "Do you want to continue? [Y/n] ",
        "Do you want to continue? [Y/n]",
        "Proceed ([y]/n)? ",
        "Overwrite (yes/no/[fingerprint])? ",
        "Is this ok [y/N]: ",
        "Enter password for root: ",
        "[sudo] password for alice: ",
        "Enter passphrase for key '/root/.ssh/id_rsa':",
        "Press [Enter] to continue or Ctrl-c to cancel.",
        "press any key to continue...",
        "Replace it? ",
        "是否继续？",
        "继续吗？(y/n)",
        "请输入数据库密码：",
        "请输入端口 [80]: ",
    ],
)
def test_questions(line: str) -> None:
    """What asks for an answer is known as such."""
    assert is_prompt(line.strip())


@pytest.mark.parametrize(
    "line",
    [
        "Checking for gcc...",
        "Downloading: ",
        "(Reading database ... 45%",
        "Fetching https://host/a?b=c",
        "password file written",
        "继续安装",
        "正在编译",
    ],
)
def test_no_questions(line: str) -> None:
    """Work that is announced without a newline is no question."""
    assert not is_prompt(line.strip())


def test_a_question_that_stays(watched: Watched) -> None:
    """A question is told when it has stood for 4 seconds and nothing works."""
    assert watched.look(3, unfinished="Continue? [Y/n] ") is None
    stall = watched.look(1, unfinished="Continue? [Y/n] ")
    assert stall == Stall("waiting_for_input", 0.0, "Continue? [Y/n]", "Continue? [Y/n]")


def test_a_question_that_is_being_answered(watched: Watched) -> None:
    """`Building? ` and a busy processor is no wait."""
    assert watched.look(30, unfinished="Continue? [Y/n] ", working=0.5) is None


def test_a_read_from_a_terminal(watched: Watched) -> None:
    """The kernel's word needs no question; the question, where there is one, is what people need to know."""
    reader = Seen(12, "mysql_secure_installation")
    stall = watched.look(4, reader=reader)
    assert stall is not None
    assert (stall.reason, stall.detail) == ("waiting_for_input", "mysql_secure_installation (pid 12)")
    asked = Watched().look(4, reader=reader, unfinished="Root password (empty for none): ")
    assert asked is not None
    assert (asked.detail, asked.pid) == ("Root password (empty for none):", 12)


# --- silence -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "detail", "detail_zh"),
    [
        ({"working": 0.9}, "the processor is at work: make -j2 all", "正在使用处理器：make -j2 all"),
        ({}, "all its processes sleep: make -j2 all", "所有进程都在休眠：make -j2 all"),
    ],
)
def test_silence_after_a_minute(
    watched: Watched, seen: dict[str, float], detail: str, detail_zh: str
) -> None:
    """After a minute silence is told: since when, what runs, and whether it does anything."""
    assert watched.look(59, **seen) is None  # type: ignore[arg-type]
    stall = watched.look(1, **seen)  # type: ignore[arg-type]
    assert stall == Stall("silent", 0.0, detail, detail_zh, command="make -j2 all")


def test_a_busy_disk(watched: Watched) -> None:
    """Who unpacks uses little of the processor, and does not sleep."""
    watched.look(59)
    for moved in range(12):
        watched.look(1, moved=moved * 1_000_000)
    assert watched.judge.stall is not None
    assert watched.judge.stall.detail == "the disk is at work: make -j2 all"


def test_nobody_looks_while_something_comes(watched: Watched) -> None:
    """Within 2 seconds of silence the processes are left alone, unless a lock is spoken of."""
    assert not watched.judge.wants_look(1.9, None)
    assert watched.judge.wants_look(2.0, None)
    assert watched.judge.wants_look(0.5, lock_words(WAITS))
