"""What a viewer gets next and how it ends, decided without a socket or a clock."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from installcast.stream.viewer import (
    HEARTBEAT,
    MAX_FRAMES_PER_SECOND,
    MAX_REASON_BYTES,
    REASONS,
    STATUS_INTERVAL,
    V1,
    V2,
    BadStartError,
    Close,
    CloseCode,
    LinesViewer,
    SendRecords,
    SendStatus,
    SendText,
    Step,
    View,
    Viewer,
    Wait,
    choose_subprotocol,
    close,
    first_seq,
)

RUNNING = View(next_seq=10, is_completed=False, is_closed=False)
ENDED = View(next_seq=10, is_completed=True, is_closed=False)
STOPPED = View(next_seq=10, is_completed=False, is_closed=True)


def code_of(step: Step | None) -> int:
    assert isinstance(step, Close)
    return step.code


@pytest.mark.parametrize(
    ("since", "tail", "start"),
    [
        (None, None, 0),
        ("0", None, 0),
        ("7", None, 7),
        ("10", None, 10),
        (None, "0", 10),
        (None, "3", 7),
        (None, "10", 0),
        (None, "11", 0),
        (None, "999999999999999999", 0),
    ],
)
@pytest.mark.parametrize("view", [RUNNING, ENDED])
def test_where_a_viewer_begins(since: str | None, tail: str | None, start: int, view: View) -> None:
    """At the beginning, at a record, at the very next one, or some before the end."""
    assert first_seq(since, tail, view) == start


@pytest.mark.parametrize(
    ("since", "tail"),
    [
        *[(value, None) for value in ("-1", "+1", "x", "", " 1", "1.0", "1e3", "٣", "9" * 19, "0x1")],
        *[(None, value) for value in ("-1", "x", "")],
        ("1", "1"),
    ],
)
def test_where_no_viewer_can_begin(since: str | None, tail: str | None) -> None:
    """What is no number is refused, and so are two answers to one question."""
    with pytest.raises(BadStartError):
        first_seq(since, tail, RUNNING)


def test_beyond_the_end() -> None:
    """Of a running task a later record than the next one is refused; of an ended one nothing is left to send."""
    with pytest.raises(BadStartError) as refused:
        first_seq("11", None, RUNNING)
    assert (refused.value.field, refused.value.message()) == ("since", "since: the next record is 10")
    assert refused.value.message("zh") == "since：下一条记录是 10"
    assert first_seq("11", None, ENDED) == 10
    assert code_of(Viewer(10, 0, timeout=600).step(ENDED, 0)) == 1000


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        ([], None),
        ([V1], V1),
        (["bearer.abc", V1], V1),
        ([V2, V1], V2),
        ([V1, V2], V1),
        (["bearer.abc"], None),
        (["graphql-ws", V2], V2),
        (["bearer.installcast.v1"], None),
    ],
)
def test_subprotocols(offered: list[str], chosen: str | None) -> None:
    """The first one that the server speaks, never the one that carries the token."""
    assert choose_subprotocol(offered) == chosen


def test_plain_protocol() -> None:
    """History, then live, then the end, and nothing but records."""
    viewer = Viewer(4, 0, timeout=600)
    assert viewer.step(RUNNING, 0) == SendRecords()
    viewer.sent(10)
    noise = RUNNING._replace(partial=b'{"seq":10}', state_version=5)
    assert viewer.step(noise, 0) == Wait(math.inf)
    assert viewer.step(RUNNING._replace(next_seq=11), 1) == SendRecords()
    viewer.sent(11)
    assert code_of(viewer.step(ENDED._replace(next_seq=11), 2)) == 1000


def test_an_ended_log_is_sent_before_its_end() -> None:
    """A completed stream is closed only when all is sent."""
    viewer = Viewer(0, 0, timeout=600)
    assert viewer.step(ENDED, 0) == SendRecords()


def test_the_server_stops() -> None:
    """Viewers are told to come back, but for those who have seen the end."""
    viewer = Viewer(10, 0, timeout=600)
    assert code_of(viewer.step(STOPPED, 0)) == 1012
    assert code_of(Viewer(3, 0, timeout=600).step(STOPPED, 0)) == 1012
    assert code_of(viewer.step(ENDED._replace(is_closed=True), 0)) == 1000


def test_silence_ends_a_viewer() -> None:
    """After the timeout without a sign of life: 4508; each sign of life begins it anew."""
    viewer = Viewer(10, 100, timeout=600)
    assert (viewer.deadline(), viewer.ended(699.9)) == (700, None)
    viewer.heard(400)
    viewer.heard(300)
    assert (viewer.deadline(), viewer.ended(999.9)) == (1000, None)
    assert code_of(viewer.ended(1000)) == 4508


def test_a_token_ends_a_viewer() -> None:
    """At the end of its token: 4509, however lively the client is."""
    viewer = Viewer(0, 0, timeout=600, expires_at=50)
    viewer.heard(49)
    assert (viewer.deadline(), viewer.ended(49.9)) == (50, None)
    assert code_of(viewer.ended(50)) == 4509
    assert code_of(Viewer(0, 0, timeout=600, expires_at=-1).ended(0)) == 4509


def test_a_flood_of_frames() -> None:
    """A client may send some frames a second; they are signs of life; more of them end it."""
    viewer = Viewer(0, 0, timeout=600)
    for second in range(3):
        for _ in range(MAX_FRAMES_PER_SECOND):
            assert viewer.received(second) is None
    assert viewer.deadline() == 602
    assert code_of(viewer.received(2.5)) == 4400


def texts(viewer: LinesViewer, view: View, now: float) -> list[dict[str, Any]]:
    """Take all steps that can be taken now; return the objects sent. Records and status are sent by the shell."""
    sent: list[dict[str, Any]] = []
    while True:
        step = viewer.step(view, now)
        if isinstance(step, SendText):
            assert step.text.endswith("\n")
            sent.append(json.loads(step.text))
        elif isinstance(step, SendRecords):
            sent.append({"records": [viewer.next_seq, view.next_seq]})
            viewer.sent(view.next_seq)
        elif isinstance(step, SendStatus):
            state = "succeeded" if view.is_completed else "running"
            viewer.status_sent(view.state_version, state, now)
            sent.append({"type": "status", "status": state})
        elif isinstance(step, Wait):
            return [*sent, {"wait": step.until}]
        else:
            return [*sent, {"close": step.code}]


def lines_viewer(next_seq: int = 0, **options: Any) -> LinesViewer:
    return LinesViewer(next_seq, 0, **{"task_id": "t", "status": "running", "timeout": 600, **options})


def test_v2_from_hello_to_end() -> None:
    """hello, status, records, and at the end the final status and `end`."""
    viewer = lines_viewer(4)
    assert texts(viewer, RUNNING, 0) == [
        {"type": "hello", "task_id": "t", "next_seq": 4, "status": "running"},
        {"type": "status", "status": "running"},
        {"records": [4, 10]},
        {"wait": HEARTBEAT},
    ]
    assert texts(viewer, ENDED._replace(next_seq=12, state_version=1), 0.1) == [
        {"records": [10, 12]},
        {"type": "status", "status": "succeeded"},
        {"type": "end", "status": "succeeded", "last_seq": 11},
        {"close": 1000},
    ]


def test_v2_of_an_ended_task() -> None:
    """All of it at once; also when nothing is left to send."""
    for start, records in ((0, [{"records": [0, 10]}]), (10, [])):
        assert texts(lines_viewer(start, status="failed"), ENDED, 0) == [
            {"type": "hello", "task_id": "t", "next_seq": start, "status": "failed"},
            *records,
            {"type": "status", "status": "succeeded"},
            {"type": "end", "status": "succeeded", "last_seq": 9},
            {"close": 1000},
        ]


def test_v2_status_when_it_changes_and_as_heartbeat() -> None:
    """A change is told at once, many changes once a second, and none each 15 s."""
    viewer = lines_viewer(10)
    texts(viewer, RUNNING, 0)
    assert texts(viewer, RUNNING._replace(state_version=1), 0.2) == [{"wait": STATUS_INTERVAL}]
    assert texts(viewer, RUNNING._replace(state_version=3), STATUS_INTERVAL)[0]["type"] == "status"
    later = RUNNING._replace(state_version=3)
    assert texts(viewer, later, 10) == [{"wait": STATUS_INTERVAL + HEARTBEAT}]
    assert texts(viewer, later, STATUS_INTERVAL + HEARTBEAT)[0]["type"] == "status"
    assert texts(viewer, RUNNING._replace(state_version=4), 60)[0]["type"] == "status"


def test_v2_unfinished_line() -> None:
    """It is sent when it changes, after the records before it, and never to who is behind."""
    viewer = lines_viewer(10)
    texts(viewer, RUNNING, 0)
    half = RUNNING._replace(partial='{"seq":10,"message":"哈"}'.encode())
    assert texts(viewer, half, 0)[0] == {"seq": 10, "message": "哈"}
    assert texts(viewer, half, 0) == [{"wait": HEARTBEAT}]
    more = half._replace(partial=b'{"seq":10,"message":"haha"}')
    assert texts(viewer, more, 0)[0]["message"] == "haha"
    following = View(12, is_completed=False, is_closed=False, partial=b'{"seq":12,"message":"x"}')
    assert texts(viewer, following, 0)[:2] == [{"records": [10, 12]}, {"seq": 12, "message": "x"}]


def test_v2_end_of_a_log_without_records() -> None:
    """A task that ended before its first record has no last seq."""
    view = View(0, is_completed=True, is_closed=False)
    assert texts(lines_viewer(), view, 0)[-2] == {"type": "end", "status": "succeeded", "last_seq": -1}


def test_close_codes() -> None:
    """The agreed codes, each with a reason that fits into a frame."""
    assert {int(code) for code in CloseCode} == {1000, 1012, 4400, 4401, 4403, 4404, 4503, 4508, 4509, 4529}
    for code in CloseCode:
        assert 0 < len(close(code).reason.encode()) <= MAX_REASON_BYTES
        assert close(code).reason == REASONS[code]
    long = close(CloseCode.NOT_FOUND, "é" * 200).reason
    assert len(long.encode()) <= MAX_REASON_BYTES
    assert set(long) == {"é"}
