"""Record bodies, and the quick way to write many of them."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from installcast.parse.bodies import BodyWriter, final_part
from installcast.parse.diagnose import Error
from installcast.parse.progress import ProgressModel, StepPlan

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]) | st.sampled_from('\t"\\'))


def writer(model: ProgressModel) -> BodyWriter:
    """Return a writer of records of a moment in an install, within a fold."""
    bodies = BodyWriter(model, 16_384)
    bodies.at(1_700_000_000.25)
    bodies.phase, bodies.group = "install", 'Fetch "it"'
    return bodies


@given(st.lists(TEXT, min_size=1))
def test_plain_lines_are_written_as_all_others(lines: list[str]) -> None:
    """What is written in one go is, byte by byte, what line by line would give."""
    bodies = writer(ProgressModel([]))
    assert bodies.plain("\n".join(lines), bodies.frame()) == [bodies.body("INFO", line) for line in lines]


def test_a_frame_changes_with_what_records_show() -> None:
    """Time, phase, fold and progress make another frame; what changes nothing that is shown keeps it."""
    model = ProgressModel([StepPlan("Fetch"), StepPlan("Install")])
    bodies = writer(model)
    frames = [bodies.frame()]
    bodies.at(1_700_000_000.25)
    model.percent(0.2, "tool")
    assert bodies.frame() is frames[0]
    model.step(1, 2, "Fetch", "script")
    frames.append(bodies.frame())
    model.percent_of_step(50)
    frames.append(bodies.frame())
    bodies.group = None
    frames.append(bodies.frame())
    bodies.phase = "verify"
    frames.append(bodies.frame())
    bodies.at(1_700_000_001.0)
    frames.append(bodies.frame())
    assert len(set(frames)) == len(frames)
    assert json.loads(f"{{{bodies.plain('x', frames[2])[0]}")["progress"] == 25


def test_the_keys_of_a_last_record() -> None:
    """It names how the task ended, why, and what is left."""
    error = Error("DISK_FULL", 'No "space"', "磁盘已满", 3)
    part = final_part("failed", 1, error, "partly")
    assert json.loads(f'{{"seq":1{part}}}') == {
        "seq": 1,
        "final": True,
        "status": "failed",
        "exit_code": 1,
        "error": {"code": "DISK_FULL", "hint": 'No "space"', "seq": None, "hint_zh": "磁盘已满"},
        "after_state": "partly",
    }
