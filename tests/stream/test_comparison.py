"""Which parts of two journals are held against each other, and what is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from installcast.record import LogMessage
from installcast.stream import comparison
from installcast.stream.comparison import LogComparison
from installcast.stream.journal_reader import JournalReader

from .journals import JournalWriter, final, message, write_journal


def described(
    tmp_path: Path,
    failed: list[LogMessage | str],
    succeeded: list[LogMessage | str],
    error: int | None = None,
) -> Any:
    """The comparison of two journals that hold these records."""
    tmp_path.mkdir(exist_ok=True)
    write_journal(tmp_path / "failed", *failed)
    write_journal(tmp_path / "succeeded", *succeeded)
    here, there = JournalReader(tmp_path / "failed"), JournalReader(tmp_path / "succeeded")
    return LogComparison(here, there, error, "app").describe()


def lines(place: Any, side: str) -> list[tuple[int, int | None, str]]:
    return [(line["seq"], line["line"], line["message"]) for line in place[side]]


def test_numbers_as_the_viewer_gives_them(tmp_path: Path) -> None:
    """Records that were not printed have a seq and no line."""
    quiet = message("at work", kind="progress")
    found = described(
        tmp_path,
        [quiet, "Begin", quiet, "Fetch", message("no route", level="ERROR"), final("failed")],
        ["Begin", quiet, "Fetch", quiet, quiet, "Unpack", final()],
        4,
    )
    assert found["reason"] is None
    place = found["place"]
    assert lines(place, "common") == [(1, 1, "Begin"), (3, 2, "Fetch")]
    assert [line["there"] for line in place["common"]] == [0, 2]
    assert lines(place, "here") == [(4, 3, "no route"), (5, 4, "ended: failed")]
    assert lines(place, "there") == [(5, 3, "Unpack"), (6, 4, "ended: succeeded")]
    assert place["here"][0]["level"] == "ERROR"


def test_what_follows_the_failure_is_not_compared(tmp_path: Path) -> None:
    """Neither the rollback nor a question about what is left is where it went another way."""

    def said(text: str, phase: str) -> LogMessage:
        return message(text, phase=phase)

    begun: list[LogMessage | str] = [
        said("Free", "precheck"),
        said("Begin", "install"),
        said("Fetch", "install"),
    ]
    found = described(
        tmp_path,
        [
            *begun,
            said("Undone", "rollback"),
            said("Is it there?", "verify"),
            final("failed", phase="install"),
        ],
        [*begun, said("Unpack", "install"), final(phase="install")],
    )
    assert [text for _, _, text in lines(found["place"], "here")] == ["ended: failed"]
    found = described(
        tmp_path / "asked",
        [*begun, said("Is it there?", "verify"), final("failed", phase="install")],
        [*begun, said("Unpack", "install"), final(phase="install")],
        2,
    )
    assert [text for _, _, text in lines(found["place"], "here")] == ["ended: failed"]


def test_long_logs_are_read_in_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines before the error, and as far as steps tell, the same ones of the other log."""
    monkeypatch.setattr(comparison, "MAX_LINES", 40)
    monkeypatch.setattr(comparison, "MAX_BYTES", 4000)

    def step(number: int, texts: list[str]) -> list[LogMessage | str]:
        title = f"S{number}"
        return [message(text, step=title, current_step=number, total_steps=2) for text in texts]

    def letters(count: int) -> list[str]:
        return ["".join("abcdefghij"[int(digit)] for digit in f"{number:03}") for number in range(count)]

    unpacked = [f"unpack {name}" for name in letters(300)]
    found = described(
        tmp_path,
        [*step(1, ["Begin"]), *step(2, [*unpacked[:250], "no space"]), final("failed")],
        [
            *step(1, ["Begin", *(f"fetch {name}" for name in letters(200))]),
            *step(2, [*unpacked, "done"]),
            final(),
        ],
        251,
    )
    assert lines(found["place"], "here")[0] == (251, 252, "no space")
    assert lines(found["place"], "there")[0] == (451, 452, "unpack cfa")


def test_bad_disks(tmp_path: Path) -> None:
    """A record that cannot be read is passed over; a journal that is gone has nothing in common with any."""
    writer = JournalWriter(tmp_path / "failed")
    writer.write("Begin")
    writer.write_raw(b'{"seq":1,"level":"INFO","message":"half \\ud800 a character"}\n')
    writer.write_raw(b'{"seq":2,"level":}\n')
    writer.next_seq = 3
    writer.write("Fetch", "broken", final("failed"))
    writer.close()
    write_journal(tmp_path / "good", "Begin", "Fetch", "Unpack", final())
    failed, good = (JournalReader(tmp_path / name) for name in ("failed", "good"))
    place = LogComparison(failed, good, 4, "app").describe()["place"]
    assert lines(place, "here")[0] == (4, 5, "broken")
    missing = JournalReader(tmp_path / "missing")
    assert LogComparison(failed, missing, 4, "app").describe() == {"place": None, "reason": "too_different"}
    assert LogComparison(missing, good, None, "app").describe() == {"place": None, "reason": "same"}
