"""The parse path as a whole: bytes and a time in, records out."""

from __future__ import annotations

import random
import re
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installcast.parse.parser import Error, Parser, StepPlan
from installcast.record import FINAL_KEY, LogMessage
from tests import corpus

from .parsing import NOW, event, messages, parse, partial, records

# --- lines --------------------------------------------------------------------------------------------------------------


def test_a_plain_line() -> None:
    """A line becomes a record that says when it was read and where the task stands."""
    assert parse(b'say "hi"\\n\t\xe7\xbc\x96\n') == [
        LogMessage(0, "2026-01-02T03:04:05.000006Z", "INFO", 'say "hi"\\n\t编')
    ]


def test_plain_and_special_lines_keep_their_order() -> None:
    """Lines that need a closer look stand among the others as they were printed."""
    data = b"".join(
        b"plain %d\n%s\n" % (index, b"error: x" if index % 3 else b"\x1b[1mbold\x1b[0m")
        for index in range(300)
    )
    expected = [
        text for index in range(300) for text in (f"plain {index}", "error: x" if index % 3 else "bold")
    ]
    assert messages(data) == expected


def test_colours_stand_beside_the_text() -> None:
    """``ansi`` is there for coloured lines only."""
    red, plain = parse(b"\x1b[31mred\x1b[0m\x1b[K\n\x1b[0mplain\x1b[?25h\n")
    assert (red.message, red.ansi) == ("red", "\x1b[31mred\x1b[0m")
    assert (plain.message, plain.ansi) == ("plain", None)


def test_every_line_is_a_record() -> None:
    """Empty lines and marker lines count like all others."""
    assert messages(b"a\n\n::group::b\n::endgroup::\nc\n") == ["a", "", "b", "", "c"]


def test_long_lines_continue() -> None:
    """A line over the limit goes on in the next record, each within the limit, nothing lost."""
    text = "编译 x" * 500
    found = parse(text.encode() + b"\nnext\n", limit=256)
    assert [record.continued for record in found] == [True] * (len(found) - 2) + [None, None]
    assert "".join(record.message for record in found[:-1]) == text
    assert all(len(record.message.encode()) <= 256 for record in found)


def test_bytes_that_grow_stay_within_the_limit() -> None:
    """A line that decoding makes longer than the limit is cut again."""
    found = parse(b"\xff" * 250 + b"\n", limit=256)
    assert "".join(record.message for record in found) == "\ufffd" * 250
    assert all(len(record.message.encode()) <= 256 for record in found)
    assert [record.continued for record in found] == [True, True, None]


def test_a_long_line_that_is_drawn_over() -> None:
    """What is drawn over a long line begins anew: it has its own level, and its markers count."""
    first, second = parse(b"error: " + b"x" * 300 + b"\r[1/2] one\n", limit=256)
    assert (first.level, first.continued) == ("ERROR", True)
    assert (second.level, second.message, second.step, second.continued) == ("INFO", "[1/2] one", "one", None)


def test_a_long_line_has_one_level() -> None:
    """What goes on has the level of its beginning."""
    assert {record.level for record in parse(b"error: " + b"x" * 1000 + b"\n", limit=256)} == {"ERROR"}


def test_an_endless_line_takes_no_memory() -> None:
    """Output without any newline flows through in constant memory."""
    parser = Parser(secrets=["hunter2hunter2", "xxxxxxxx"])
    chunk = b"x" * 65536
    parser.feed(chunk, NOW)
    tracemalloc.start()
    for _ in range(30):
        parser.feed(chunk, NOW)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


def test_gbk_is_read() -> None:
    """A line in GBK among lines in UTF-8 is readable."""
    data = "开始\n".encode() + "安装成功\n".encode("gbk") + "结束\n".encode()
    assert messages(data) == ["开始", "安装成功", "结束"]


# --- the same whatever the reads ------------------------------------------------------------------------------------------


PIECES = st.sampled_from(
    [
        b"\n", b"\r", b"\r\n", b"\x1b[31m", b"\x1b[0m", b"\x1b[K", b"\x1b[1G", b"\x1b]9;4;1;30\x07", b"\x1b]8;;", b"\x08",
        b"error: bad\n", b"warning: odd\n", b"[1/3] one\n", b"[2/3] two\n", b"Step 2/5: x\n", b"::group::g\n", b"::endgroup::\n",
        b"::add-mask::masked-value\n", b"masked-value", b"hunter2hunter2", b"hunter2", b"--- head\n", b"Traceback (most recent",
        b" call last):\n", b"  indented\n", b"[ 45%] Building x\n", b"section_start:1:s\r\x1b[0KTitle\n", b"section_end:1:s\r",
        "编译完成".encode(), "安装".encode("gbk"), b"\xff", b"x" * 300, b"plain text\n",
    ]
)  # fmt: skip


@given(
    st.lists(PIECES | st.binary(max_size=4), max_size=25).map(b"".join),
    st.lists(st.integers(0, 2000), max_size=30),
)
def test_reads_make_no_difference(data: bytes, reads: list[int]) -> None:
    """The same bytes give the same records, wherever the reads were cut."""
    made = [
        Parser(secrets=["hunter2hunter2"], max_line_bytes=256, steps=[StepPlan("one", 2), StepPlan("two", 1)])
        for _ in "ab"
    ]
    assert parse(data, reads=reads, parser=made[0]) == parse(data, parser=made[1])
    assert made[0].diagnose(1) == made[1].diagnose(1)


@given(st.lists(PIECES | st.binary(max_size=4), max_size=25).map(b"".join))
def test_records_keep_their_promises(data: bytes) -> None:
    """Whatever a script prints: plain text, bounded, progress that never falls, no success, no end."""
    before = 0
    for record in parse(data, limit=256):
        assert not re.search(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]", record.message)
        assert len(record.message.encode()) <= 256
        assert record.ansi is None or not re.search(r"\x1b(?!\[[0-9;:]*m)", record.ansi)
        assert record.level in ("INFO", "WARN", "ERROR")
        assert before <= record.progress < 100
        assert record.final is None
        before = record.progress


@pytest.mark.parametrize("name", corpus.names())
def test_recordings_at_random_reads(name: str) -> None:
    """Recorded installs give the same records as recorded, in one read, and cut at random bytes."""
    data = corpus.output(name)
    expected = parse(data)
    parser = Parser()
    recorded = [body for chunk in corpus.chunks(name) for body in parser.feed(chunk.data, NOW)]
    assert records([*recorded, *parser.flush(NOW)]) == expected
    rolls = random.Random(name)
    for count in (10, 300):
        assert parse(data, reads=[rolls.randrange(len(data)) for _ in range(count)]) == expected


@pytest.mark.parametrize(
    ("name", "cause", "line"),
    [
        (
            "fail-apt-notfound-pty",
            "APT_PACKAGE_NOT_FOUND",
            "E: Unable to locate package nginx-enterprise-plus",
        ),
        ("fail-npm-notfound-pipe", "NPM_PACKAGE_NOT_FOUND", "npm ERR! code E404"),
        ("fail-compile-error-pipe", "COMPILE_ERROR", "lstrlib.c:1875:13: error: expected declaration"),
        (
            "fail-dpkg-diskfull-pipe",
            "DISK_FULL",
            " cannot copy extracted data for './usr/lib/postgresql/15/bin/postgres'",
        ),
        ("fail-nginx-config-pipe", "CONFIG_ERROR", '2026/11/23 23:20:49 [emerg] 325#325: unexpected "}"'),
    ],
)
def test_recorded_failures(name: str, cause: str, line: str) -> None:
    """Of recorded failures the cause is known, and the line that shows it."""
    parser = Parser()
    found = parse(corpus.output(name), parser=parser)
    error = parser.diagnose(1)
    assert error.code == cause
    assert error.body_index is not None
    assert found[error.body_index].message.startswith(line)
    assert found[error.body_index].level == "ERROR"


def test_a_recorded_pseudo_terminal_reads_like_the_pipe() -> None:
    """The same install on a pseudo-terminal has its bars folded into lines, and no carriage return in them."""
    texts = [record.message for record in parse(corpus.output("apt-nginx-pty"))]
    assert "Reading package lists... Done" in texts
    assert not any("\r" in text or "[Working]" in text for text in texts)
    bars = [record.message for record in parse(corpus.output("bars-tqdm-rich-pty"))]
    assert sum("Downloading model" in text for text in bars) == 1


# --- partial lines ----------------------------------------------------------------------------------------------------------


def test_a_prompt_is_partial() -> None:
    """An unfinished line is shown as such, with its colours and its level, and is not finished by that."""
    parser = Parser()
    assert parser.partial(NOW) is None
    assert parser.feed(b"done\n\x1b[1mContinue?\x1b[0m [Y/n] ", NOW)
    record = partial(parser)
    assert (record.message, record.ansi) == ("Continue? [Y/n] ", "\x1b[1mContinue?\x1b[0m [Y/n] ")
    assert (record.partial, record.level) == (True, "INFO")
    assert [record.message for record in records(parser.feed(b"y\n", NOW))] == ["Continue? [Y/n] y"]
    assert parser.partial(NOW) is None


def test_a_bar_is_partial() -> None:
    """A line that is being redrawn shows its newest state."""
    parser = Parser()
    for state in (b"10%\r", b"20%\r", b"\r30%"):
        parser.feed(state, NOW)
    assert partial(parser).message == "30%"


def test_a_partial_line_is_never_torn() -> None:
    """Half a character and half an escape sequence wait for the rest."""
    parser = Parser()
    parser.feed("编译".encode()[:-1], NOW)
    assert partial(parser).message == "编"
    parser.feed("译".encode()[-1:] + b"\x1b[3", NOW)
    assert partial(parser).message == "编译"


def test_a_partial_line_is_bounded() -> None:
    """What is shown of an unfinished line is not longer than a record."""
    parser = Parser(max_line_bytes=256)
    parser.feed(b"\xff" * 250, NOW)
    assert len(partial(parser).message.encode()) <= 256


# --- steps and progress -------------------------------------------------------------------------------------------------------


def standing(record: LogMessage) -> tuple[int, str, int, int]:
    """Return progress, step, number and total."""
    return record.progress, record.step, record.current_step, record.total_steps


def test_markers_move_what_follows() -> None:
    """A step's own line and all that follow say so, until the next step."""
    found = parse(b"before\n[1/2] one\na\nb\n[2/2] two\nc\n")
    assert [standing(record) for record in found] == [
        (0, "", 0, 0),
        *[(0, "one", 1, 2)] * 3,
        *[(50, "two", 2, 2)] * 2,
    ]


def test_groups_are_told() -> None:
    """Lines say to which fold they belong."""
    found = parse(b"a\n::group::fold\nb\n::endgroup::\nc\n")
    assert [record.group for record in found] == [None, "fold", "fold", None, None]


def test_reports_move_the_state() -> None:
    """Reported steps and percentages stand in the next record; a tool's percentage counts within its step."""
    parser = Parser(steps=[StepPlan("Fetch", 1), StepPlan("Build", 3)])
    assert parser.feed_events(event(type="step", current=2), NOW) == []
    assert (parser.state.progress, parser.state.basis) == (25, "steps")
    (record,) = records(parser.feed(b"[ 40%] Building x\n", NOW))
    assert standing(record) == (55, "Build", 2, 2)
    assert parser.state.basis == "tool"
    parser.feed_events(event(type="progress", percent=80), NOW)
    assert (parser.state.progress, parser.state.basis) == (85, "script")


def test_the_panels_progress_is_of_the_whole() -> None:
    """On its own descriptor a percentage is of the whole, and its message a record of its kind."""
    parser = Parser(steps=[StepPlan("Fetch"), StepPlan("Build")])
    parser.feed_events(event(type="step", current=1), NOW)
    line = b'{"type":"progress","percent":35,"code":"compile","message":"Compiling"}\n'
    (record,) = records(parser.feed_progress(line, NOW))
    assert (record.kind, record.message, record.progress) == ("progress", "Compiling", 35)
    assert parser.activity == "Compiling"


def test_progress_records_are_rare() -> None:
    """At most one a second; the newest message comes when its time has come."""
    parser = Parser()
    assert len(parser.feed_events(event(type="progress", percent=1, message="a"), NOW)) == 1
    assert parser.feed_events(event(type="progress", percent=2, message="b"), NOW + 0.5) == []
    (late,) = records(parser.feed(b"", NOW + 1.0))
    assert (late.message, late.progress) == ("b", 2)


def test_reports_without_a_newline_count_at_the_end() -> None:
    """The last report needs no newline."""
    parser = Parser()
    parser.feed_events(event(type="log", level="WARN", message="last").strip(), NOW)
    parser.feed_progress(event(type="progress", percent=7).strip(), NOW)
    (record,) = records(parser.flush(NOW))
    assert (record.level, record.message) == ("WARN", "last")
    assert parser.state.progress == 7


def test_bad_reports_are_warnings() -> None:
    """What is not understood is told, and nothing else happens."""
    parser = Parser()
    (record,) = records(parser.feed_events(b"oops\n", NOW))
    assert (record.level, record.progress, record.step) == ("WARN", 0, "")


def test_text_cannot_forge_an_end() -> None:
    """Text that looks like the last record, or like success, is text."""
    lines = [
        b'{"seq":9,"level":"SUCCESS","final":true,"status":"succeeded"}',
        b'","final":true,"status":"succeeded","x":"',
        b"SUCCESS: installed",
        b'::group::","final":true,"',
    ]
    bodies = Parser().feed(b"\n".join(lines) + b"\n", NOW)
    assert {record.level for record in records(bodies)} == {"INFO"}
    assert all(FINAL_KEY not in body.encode() for body in bodies)


def test_another_phase() -> None:
    """A phase stands in its records; what was unfinished belongs to the one before; only the install moves the progress."""
    parser = Parser()
    assert parser.enter_phase("precheck", NOW) == []
    parser.feed(b"[1/2] check\n::group::g\nunfinished", NOW)
    assert parser.state.current_step == 0
    (rest,) = records(parser.enter_phase("install", NOW))
    assert (rest.message, rest.phase) == ("unfinished", "precheck")
    first, second = records(parser.feed(b"[1/2] real\n[2/2] more\n", NOW))
    assert (first.phase, first.group) == ("install", None)
    assert standing(second) == (50, "more", 2, 2)
    parser.enter_phase("verify", NOW)
    (record,) = records(parser.feed(b"[1/9] asks\n", NOW))
    assert standing(record) == (50, "more", 2, 2)


# --- the runner's own words -----------------------------------------------------------------------------------------------------


def test_success_is_100() -> None:
    """The last record of a success has its level, its status, and 100, whatever the script said."""
    parser = Parser()
    parser.feed_events(event(type="progress", percent=100), NOW)
    assert parser.state.progress == 99
    body = parser.final("succeeded", 0, NOW, phase="verify", message="Done.")
    assert FINAL_KEY in body.encode()
    (record,) = records([body])
    assert (record.level, record.progress, record.status, record.exit_code) == (
        "SUCCESS",
        100,
        "succeeded",
        0,
    )
    assert (record.final, record.phase, record.error) == (True, "verify", None)
    assert parser.state.progress == 100


@pytest.mark.parametrize(
    ("status", "level"),
    [("failed", "ERROR"), ("canceled", "WARN"), ("interrupted", "WARN"), ("ended", "INFO")],
)
def test_other_ends(status: str, level: str) -> None:
    """Every other end keeps the progress where it was."""
    parser = Parser()
    parser.feed_events(event(type="progress", percent=40), NOW)
    body = parser.final(status, None, NOW, error=Error("X", "Do it.", "做。", 3, 7), message="Over.")
    (record,) = records([body])
    assert (record.level, record.progress, record.status, record.exit_code) == (level, 40, status, None)
    assert record.error == {"code": "X", "hint": "Do it.", "seq": 7, "hint_zh": "做。"}
    assert '"exit_code":null' in body
    assert record.after_state is None


def test_an_end_may_say_what_it_left() -> None:
    """The key stands behind all others, with an error and without."""
    for error in (None, Error("X", "Do it.")):
        body = Parser().final("canceled", 143, NOW, error=error, after_state="partly", message="Over.")
        assert records([body])[0].after_state == "partly"
        assert body.endswith(',"after_state":"partly"}')


def test_a_question_aside_counts_for_nothing() -> None:
    """What is asked after a failure moves no step, adds no result and explains nothing; its secrets are masked."""
    parser = Parser(steps=[StepPlan("a"), StepPlan("b")])
    parser.enter_phase("install", NOW)
    parser.feed_events(
        event(type="step", current=1, total=2) + event(type="result", name="n", value="1"), NOW
    )
    parser.enter_phase("verify", NOW, aside=True)
    said = parser.feed_events(
        event(type="step", current=2, total=2)
        + event(type="progress", percent=90)
        + event(type="result", name="n", value="2")
        + event(type="result", name="p", value="hunter22", secret=True)
        + event(type="error", code="OTHER", hint="Not this."),
        NOW,
    )
    said += parser.feed(b"[2/2] b\nhunter22\n", NOW)
    assert [(record.level, record.message, record.phase) for record in records(said)] == [
        ("ERROR", "OTHER: Not this.", "verify"),
        ("INFO", "[2/2] b", "verify"),
        ("INFO", "***", "verify"),
    ]
    assert (parser.state.current_step, parser.state.progress) == (1, 0)
    assert [(result.name, result.value) for result in parser.results] == [("n", "1")]
    assert parser.reported_error is None


def test_notes_gaps_and_heartbeats() -> None:
    """The runner's own records have their keys and nothing of the script's folds."""
    parser = Parser()
    parser.enter_phase("install", NOW)
    parser.feed(b"::group::g\n", NOW)
    note, gap, beat = records(
        [parser.note("WARN", "Canceling.", NOW), parser.gap(5, 1234, NOW), parser.heartbeat("make -j2", NOW)]
    )
    assert (note.level, note.message, note.group, note.phase) == ("WARN", "Canceling.", None, "install")
    assert (gap.level, gap.gap) == ("WARN", {"lines": 5, "bytes": 1234})
    assert (beat.kind, beat.message) == ("progress", "make -j2")


def test_the_index_counts_what_was_returned() -> None:
    """The line that shows the cause is told by the number of bodies before it, partial ones and gaps aside."""
    parser = Parser()
    parser.note("INFO", "0", NOW)
    parser.feed(b"1\n2\nunfinished", NOW)
    parser.partial(NOW)
    parser.gap(1, 1, NOW)
    parser.heartbeat("3", NOW)
    parser.feed(b"\nbash: gcc: command not found\n", NOW)
    assert parser.diagnose(127).body_index == 5


def test_a_reported_error_is_the_cause() -> None:
    """What the script itself says outranks what its lines tell."""
    parser = Parser()
    parser.feed(b"bash: gcc: command not found\n", NOW)
    (record,) = records(parser.feed_events(event(type="error", code="NO_COMPILER", hint="Install gcc."), NOW))
    assert (record.level, record.message) == ("ERROR", "NO_COMPILER: Install gcc.")
    assert parser.diagnose(1) == Error("NO_COMPILER", "Install gcc.", "Install gcc.", 1)


def test_each_phase_has_its_own_cause() -> None:
    """Trouble in a script that ended well is not why the next one failed."""
    parser = Parser()
    parser.enter_phase("install", NOW)
    parser.feed(b"bash: gcc: command not found\n", NOW)
    parser.enter_phase("verify", NOW)
    parser.feed(b"no answer\n", NOW)
    assert parser.diagnose(1)[:1] == ("UNKNOWN",)
    assert parser.diagnose(1).body_index == 1


def test_the_last_line_of_an_unknown_cause() -> None:
    """Where nothing tells a cause, the last line is shown."""
    parser = Parser()
    assert parser.diagnose(3).body_index is None
    parser.feed(b"a\nb\nc\n", NOW)
    assert (parser.diagnose(3).code, parser.diagnose(3).body_index) == ("UNKNOWN", 2)
