"""The quick look must pass nothing over that the closer look would have changed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installcast.parse import azure, headings, levels, markers, redact, tools
from installcast.parse.diagnose import Diagnosis
from installcast.parse.escapes import clean
from installcast.parse.markers import MarkerReader
from installcast.parse.needles import Needles
from installcast.parse.progress import ProgressModel
from installcast.parse.redact import Redactor
from installcast.parse.screen import Screen
from installcast.parse.tools import ToolReader
from tests import corpus

SIGNS = [
    pattern
    for sign in (*levels._ERROR_SIGNS, *levels._WARN_SIGNS)
    for pattern in [*([f"^(?:{sign.begin})"] if sign.begin else []), *sign.anywhere]
]
WHOLE_LINES = [
    markers._COUNTED,
    markers._STEP,
    markers._GITHUB,
    markers._GITLAB,
    markers._BUILDKITE,
    markers._TEAMCITY,
    azure._FORMAT,
    azure._COMMAND,
    headings._ARROW,
    headings._ANSIBLE,
    headings._RECAP,
    headings._YUNOHOST,
]
WORDS = [
    *levels.LEVEL_WORDS,
    "error:", "Error:", "ERROR", "FAILED", "warning:", "WARN", "E:", "W:", "fatal:", "npm", "ERR!", "make:", "***", "[", "]",
    ":", "(", "404", "found", "Traceback", "(most", "recent", "[1/5]", "Step", "2/5", "::group::", "::add-mask::", "---", "+++",
    "##vso[task.setsecret]", "##[group]", "==>", "TASK [", "[####++++....] >", "##teamcity[",
    "section_start:1:x", "[ 45%]", "Progress: [ 46%]", "ghp_", "AKIA", "eyJ", "://", "@", "Authorization:",
    "hunter2hunter2", "\x1b[31m", "\x00", "\u202e", "编译", "失败", "\t", "nginx-1.20.2", "gcc", "-O2", "yes...", "12",
]  # fmt: skip


def is_special(line: str, *secrets: str) -> bool:
    """Whether the screen asks for a closer look at ``line``."""
    redactor = Redactor()
    for secret in secrets:
        redactor.add(secret)
    return bool(Screen(line.encode() + b"\n", redactor.needles).special())


@pytest.mark.parametrize("sign", SIGNS)
@given(st.data())
def test_no_sign_is_passed_over(sign: str, data: st.DataObject) -> None:
    """Every line with a sign of its level is looked at."""
    line = data.draw(
        st.from_regex(
            re.compile(sign, re.ASCII), alphabet=st.characters(codec="utf-8", exclude_characters="\n")
        )
    )
    if levels.line_level(line) != "INFO":
        assert is_special(line)


@pytest.mark.parametrize("pattern", WHOLE_LINES)
@given(st.data())
def test_no_marker_is_passed_over(pattern: re.Pattern[str], data: st.DataObject) -> None:
    """Every line that is a marker is looked at."""
    alphabet = st.characters(codec="utf-8", exclude_characters="\n")
    assert is_special(data.draw(st.from_regex(pattern, fullmatch=True, alphabet=alphabet)))


@given(st.data())
def test_no_token_is_passed_over(data: st.DataObject) -> None:
    """Every line with a token format in it is looked at."""
    alphabet = st.characters(min_codepoint=32, max_codepoint=126)
    line = data.draw(st.from_regex(re.compile(redact._TOKEN_FORMATS, re.ASCII), alphabet=alphabet))
    if Redactor().spans(line):
        assert is_special(line)


def changes(line: str, secret: str) -> bool:
    """Whether the closer look would do anything with ``line``."""
    redactor = Redactor()
    redactor.add(secret)
    model = ProgressModel([])
    reader = MarkerReader(model, redactor.mask)
    diagnosis = Diagnosis()
    diagnosis.observe(line, levels.line_level(line), 0)
    return (
        clean(line) != (line, ())
        or redactor.spans(line) != []
        or levels.line_level(line) != "INFO"
        or reader.read(line) is not None
        or model.revision != 0
        or reader.group is not None
        or diagnosis.result(1, None).body_index is not None
    )


@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=3), max_size=8), st.sampled_from([" ", ""]))
def test_what_is_passed_over_needs_nothing(words: list[str], between: str) -> None:
    """A line that is not looked at would have come out as it is."""
    line = between.join(words).replace("\n", "")
    if not is_special(line, "hunter2hunter2"):
        assert not changes(line, "hunter2hunter2")


def is_for_tools(line: str) -> bool:
    """Whether the screen shows ``line`` to the readers of tools."""
    return bool(Screen(line.encode() + b"\n", Needles()).tools)


@given(st.data())
def test_no_tool_is_passed_over(data: st.DataObject) -> None:
    """Every line that begins as a tool's line, or has one of their words, is shown to their readers."""
    start = re.compile(tools.LINE_STARTS.decode(), re.ASCII)
    alphabet = st.characters(codec="utf-8", exclude_characters="\n")
    line = data.draw(st.from_regex(start, alphabet=alphabet) | st.sampled_from(tools.WORDS).map(bytes.decode))
    if start.match(line.lower()) or any(word.decode() in line for word in tools.WORDS):
        assert is_for_tools(line)


@pytest.mark.parametrize("name", corpus.names())
def test_tools_read_nothing_that_is_passed_over(name: str) -> None:
    """A line of a recording that is not shown to the readers of tools would have told them nothing."""
    reader = ToolReader()
    for line in re.split(r"[\r\n]+", corpus.output(name)[:200_000].decode("utf-8", "replace")):
        if reader.read(line) is not None:
            assert is_for_tools(line)


@pytest.mark.parametrize("name", corpus.names())
def test_recordings(name: str) -> None:
    """The same for each line of the recordings."""
    for line in re.split(r"[\r\n]+", corpus.output(name)[:200_000].decode("utf-8", "replace")):
        if not is_special(line, "hunter2hunter2"):
            assert not changes(line, "hunter2hunter2")


def test_offsets() -> None:
    """Each line of interest is told once, by the offset of its beginning, in order."""
    block = b"plain\nerror: warn: fail\nplain\n\n[1/2] x\nplain hunter2hunter2\nlast\n"
    redactor = Redactor()
    redactor.add("hunter2hunter2")
    assert Screen(block, redactor.needles).special() == [
        block.index(b"error"),
        block.index(b"[1/2]"),
        block.index(b"plain hunter2"),
    ]


def test_most_lines_are_passed_over() -> None:
    """The screen is worth its cost: of a usual install few lines are looked at."""
    data = corpus.output("apt-nginx-pipe")
    assert len(Screen(data.replace(b"\r", b"\n"), Needles()).special()) < 0.2 * data.count(b"\n")


def test_what_was_found_in_a_line() -> None:
    """Each line is told with what was found in it, and a secret that is known later is found from where it counts."""
    block = (
        b"plain hunter2hunter2\nerror: not found\n\xff\n[1/2] Unpacking\nE: x ghp_\nplain hunter2hunter2\n"
    )
    screen = Screen(block, Needles([b"plain"]))
    assert screen.words == {block.index(b"error"): ["error", "not "], block.index(b"E:"): [levels.BEGINNING]}
    assert (screen.markers, screen.tokens) == ({block.index(b"[1/2]")}, {block.index(b"E:")})
    assert screen.suspects == {block.index(b"\xff")}
    last = block.rindex(b"plain")
    assert screen.needles == {0: [0], last: [0]}
    screen.look_for_needles(Needles([b"plain", b"hunter2"]), known=1, begin=block.index(b"error"))
    assert screen.needles == {0: [0], last: [0, 1]}
