"""Bars of programs that nobody knows."""

from __future__ import annotations

import pytest

from tests.parse.tools.running import last, read_all


@pytest.mark.parametrize(
    ("line", "fraction", "title"),
    [
        ("Downloading model:  87%|████████▋ | 52/60 [00:02<00:00, 19.65it/s]", 0.87, "Downloading model"),
        (" 45%|####5     | 45/100 [00:01<00:01]", 0.45, ""),
        ("45% (45 of 100) |####     | Elapsed", None, ""),
        ("Indexing ━━━━━━━━━━━━━╸━━━━━━━━━━━━━━ 45% 0:00:01", 0.45, "Indexing"),
        ("[=====>      ]  45%", 0.45, ""),
        ("Copy: [=====>      ] 45.3%", 0.45, "Copy"),
        ("45% [=====>      ]", 0.45, ""),
        ("[#####.....]", 0.5, ""),
        ("[##########] done", 1.0, ""),
        ("[#####-----] 50%", 0.5, ""),
    ],
)
def test_bars(line: str, fraction: float | None, title: str) -> None:
    """The percentage counts, else the share that is drawn."""
    reading = last([line])
    assert (reading and (round(reading.fraction, 2), reading.title)) == (
        (fraction, title) if fraction is not None else None
    )


def test_the_next_bar() -> None:
    """A bar that begins anew is another run."""
    assert read_all([" 50%|##  | 1/2", "100%|####| 2/2", "  0%|    | 0/2"]) == [0.5, 1.0, 0.0]


@pytest.mark.parametrize(
    "line",
    [
        "[==]",
        "[####++++......] > Restarting services…",
        "[##########] > Done",
        "if [[ $a == b ]]; then",
        "a[=b]",
        "50%|of all",
        "[#1234] Fix the bar",
        "━━━━━━━━━━━━━━━━━━━━━━━━━",
        "[====] 4 of 4 tests",
    ],
)
def test_other_lines(line: str) -> None:
    """Rulers, conditions and the bars that scripts name steps with are none."""
    assert read_all([line]) == []
