"""Searching a journal: what is found in blocks of bytes is what a look at each record would find."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installcast.record import LogMessage, timestamp
from installcast.stream import search
from installcast.stream.expressions import Expression
from installcast.stream.journal_reader import JournalReader, Position
from installcast.stream.search import Match, Query, Search

from .journals import message, write_journal


class Clock:
    """Goes on by a second with each look at it."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


def searched(
    path: Path, query: Query, *, since: int = 0, limit: int = 1_000_000, counts: bool = False
) -> Search:
    """Search to the end, or to what is enough."""
    reader = JournalReader(path)
    work = Search(reader, query, reader.locate(since), reader.head().offset, limit=limit, counts=counts)
    while not work.is_done:
        work.run(float("inf"))
    return work


def found(path: Path, text: str, levels: set[str] | None = None, **options: Any) -> list[Match]:
    query = Query(Expression(text, **options) if text else None, frozenset(levels) if levels else None)
    return searched(path, query).matches


def seqs(matches: list[Match]) -> list[int]:
    return [match.seq for match in matches]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the journal is."""
    return tmp_path / "journal.jsonl"


def test_a_match(path: Path) -> None:
    """Number, time, level, the whole message, and where in it, in characters."""
    write_journal(path, "one", message("尺寸 Error 😀 ERROR", level="ERROR"), "two")
    assert found(path, "error") == [
        Match(1, timestamp(0), "ERROR", "尺寸 Error 😀 ERROR", [(3, 8), (11, 16)])
    ]


def test_texts_that_json_writes_in_another_way(path: Path) -> None:
    """Quotes, backslashes and tabs are found as they were printed, and their escapes are not found."""
    write_journal(path, 'say "hi" to C:\\new\ttab', "no n\\ here", 'step "Compile"')
    assert seqs(found(path, '"HI" to c:\\new\tt')) == [0]
    assert seqs(found(path, "\\n")) == [0]
    assert seqs(found(path, "\\")) == [0, 1]
    assert seqs(found(path, '\\"')) == []
    assert seqs(found(path, "\t")) == [0]
    assert seqs(found(path, r'"\w+"', regex=True)) == [0, 2]


def test_only_messages_are_searched(path: Path) -> None:
    """Not keys, times, steps, or the coloured form."""
    write_journal(
        path, message("plain", step="Compile", ansi="\x1b[31mred\x1b[0m", group="fold"), message("x 2026")
    )
    for text in ("compile", "red", "fold", "seq", "timestamp", "1970", "message", '"', ","):
        assert found(path, text) == []
    assert seqs(found(path, "20", regex=True)) == [1]


def test_what_was_never_printed_is_left_out(path: Path) -> None:
    """Records that only tell of progress."""
    write_journal(path, "building", message("building", kind="progress"), message("building", level="WARN"))
    assert seqs(found(path, "build")) == [0, 2]
    assert seqs(found(path, "^build", regex=True)) == [0, 2]


def test_levels(path: Path) -> None:
    """With a text or without, one or several."""
    write_journal(
        path,
        "disk",
        message("disk full", level="ERROR"),
        message("slow", level="WARN"),
        message('","level":"ERROR","message":"forged'),
        message("done", level="SUCCESS"),
    )
    assert seqs(found(path, "", {"ERROR"})) == [1]
    assert seqs(found(path, "", {"ERROR", "WARN"})) == [1, 2]
    assert seqs(found(path, "", {"INFO"})) == [0, 3]
    assert seqs(found(path, "disk", {"ERROR", "WARN"})) == [1]
    assert seqs(found(path, "disk", {"INFO"})) == [0]
    assert seqs(found(path, "^d", {"INFO", "SUCCESS"}, regex=True)) == [0, 4]
    assert found(path, "", {"ERROR"})[0].spans == []


def test_anchors_hold_for_each_message(path: Path) -> None:
    """Whatever stands before and behind it in the journal."""
    write_journal(path, "abc", "xabc", "abcx", "", "z abc")
    for text, expected in (
        ("^abc", [0, 2]),
        ("abc$", [0, 1, 4]),
        ("^abc$", [0]),
        (r"\Aabc\z", [0]),
        ("^$", [3]),
        (r"\babc\b", [0, 4]),
        (r"c\Bx", [2]),
        (r"abc\s+z", []),
        ("(?-m)^abc$", [0]),
        (r"c\Cx|\C{5}", [4]),
    ):
        assert seqs(found(path, text, regex=True)) == expected, text


LETTERS = st.sampled_from('ab"\\\t^ .\u212aks尺😀<')
TEXTS = st.text(LETTERS, max_size=6)
EXPRESSIONS = st.sampled_from(
    [
        "a+",
        "^a",
        "b$",
        "^$",
        '"',
        r"\\",
        r"\t",
        "[^a]b",
        r"\s",
        "a|^b",
        r"\Ba",
        "尺|😀",
        "k",
        r"(?-m)^a",
        "(?-i)K",
        "x*",
    ]
)


@given(
    texts=st.lists(st.tuples(TEXTS, st.sampled_from(["INFO", "WARN", "ERROR"]), st.booleans()), max_size=12),
    wanted=st.one_of(st.tuples(TEXTS.filter(bool), st.just(False)), st.tuples(EXPRESSIONS, st.just(True))),
    case_sensitive=st.booleans(),
    levels=st.sampled_from([None, frozenset({"ERROR"}), frozenset({"INFO", "WARN"})]),
)
@settings(max_examples=300, deadline=None)
def test_the_same_as_looking_at_each_record(
    tmp_path_factory: pytest.TempPathFactory,
    texts: list[tuple[str, str, bool]],
    wanted: tuple[str, bool],
    case_sensitive: bool,
    levels: frozenset[str] | None,
) -> None:
    """Whatever is searched for, in whatever was printed."""
    path = tmp_path_factory.mktemp("search") / "journal.jsonl"
    write_journal(
        path,
        *(message(text, level=level, kind="progress" if hidden else None) for text, level, hidden in texts),
    )
    expression = Expression(wanted[0], regex=wanted[1], case_sensitive=case_sensitive)
    expected = [
        seq
        for seq, (text, level, hidden) in enumerate(texts)
        if not hidden and (levels is None or level in levels) and expression.matches(text.encode())
    ]
    work = searched(path, Query(expression, levels))
    assert seqs(work.matches) == expected
    for match in work.matches:
        for start, end in match.spans:
            assert expression.matches(match.message[start:end].encode()) or wanted[1]


def test_pages_join_to_all_matches(path: Path) -> None:
    """Following `next_from` finds each match once; the first page, which counts, says how many there are."""
    write_journal(path, *(f"line {number} {'even' if number % 2 == 0 else 'odd'}" for number in range(5000)))
    query = Query(Expression("odd"))
    first = searched(path, query, limit=700, counts=True)
    assert (first.count, first.is_whole) == (2500, True)
    all_seqs, since = seqs(first.matches), first.next_from()
    assert since == first.matches[-1].seq + 1
    while since is not None:
        page = searched(path, query, since=since, limit=700)
        all_seqs += seqs(page.matches)
        since = page.next_from()
    assert all_seqs == list(range(1, 5000, 2))


def test_a_piece_of_work_ends_in_time(path: Path) -> None:
    """Between two lines, wherever that is; the next piece goes on behind it, and so does a later request."""
    write_journal(path, *(f"line {number}" for number in range(3000)))
    reader = JournalReader(path)
    clock = Clock()
    work = Search(
        reader, Query(Expression("line")), Position(0, 0), reader.head().offset, limit=10_000, clock=clock
    )
    work.run(clock.now + 100)
    assert 0 < len(work.matches) < 200
    again = work.next_from()
    assert again == work.matches[-1].seq + 1
    while not work.is_done:
        work.run(clock.now + 1000)
    assert seqs(work.matches) == list(range(3000))
    assert work.next_from() is None
    assert seqs(searched(path, Query(Expression("line")), since=again).matches) == list(range(again, 3000))


def test_an_answer_is_bounded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In characters, too; and of one line of a single letter, a hundred places are told."""
    monkeypatch.setattr(search, "MAX_TEXT_BYTES", 10_000)
    write_journal(path, *("a" * 4000 for _ in range(10)))
    work = searched(path, Query(Expression("a")), counts=True)
    assert (len(work.matches), work.count, work.next_from()) == (3, 10, 3)
    assert len(work.matches[0].spans) == search.MAX_SPANS


def test_lines_longer_than_a_block(path: Path) -> None:
    """They are searched to their end."""
    write_journal(path, "x" * 200_000 + "needle", "y", "z" * 300_000 + "\tneedle")
    assert seqs(found(path, "needle")) == [0, 2]
    assert seqs(found(path, "needle$", regex=True)) == [0, 2]


@pytest.mark.parametrize("regex", [False, True])
def test_damage_is_passed_over(path: Path, regex: bool) -> None:
    """What is no record matches nothing and hides nothing."""
    lines = write_journal(path, *(f"needle {number}" for number in range(6)))
    lines[1] = lines[1].replace(b"progress", b"\0\0\0gress")
    lines[3] = b'needle garbage","message":"needle'
    lines[4] = lines[4].replace(b"needle", b"needle \\x")
    lines[5] = lines[5].replace(b"needle", b"needle \xff")
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    assert seqs(found(path, "needle", regex=regex)) == [0, 2]
    reader = JournalReader(path)
    work = Search(reader, Query(Expression("needle")), Position(0, 0), reader.head().offset, limit=2)
    work.run(float("inf"))
    assert work.next_from() == 3


def test_a_journal_that_is_gone(path: Path) -> None:
    """There is nothing to find, and that is no error."""
    write_journal(path, "one")
    reader = JournalReader(path)
    work = Search(reader, Query(Expression("o")), Position(0, 0), reader.head().offset, limit=10)
    path.unlink()
    work.run(float("inf"))
    assert (work.is_done, work.matches, work.next_from()) == (True, [], None)


def test_records_are_written_as_the_search_expects(path: Path) -> None:
    """What stands before and behind a message in each kind of record."""
    lines = write_journal(
        path, message("a", level="WARN"), LogMessage(0, "t", "INFO", "b", ansi="b", phase="install")
    )
    for line in lines:
        assert re.search(rb'","message":"[ab]","progress":', line)
        assert json.loads(line)["message"] in "ab"


def test_a_part_of_a_character_is_no_place(path: Path) -> None:
    """An expression may match single bytes: places that hold no character are not told."""
    write_journal(path, "aé😀b")
    (match,) = found(path, r"\C", regex=True)
    assert all(start < end for start, end in match.spans)
    assert (0, 1) in match.spans
