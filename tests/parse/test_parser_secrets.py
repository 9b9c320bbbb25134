"""Secrets in the parse path as a whole: however they are printed, and wherever reads and cuts fall."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from installcast.parse.parser import Error, Parser, Result, StepPlan

from .parsing import NOW, event, messages, parse, partial, records


def shown(parser: Parser, data: bytes, reads: Sequence[int] = ()) -> str:
    """Return all that anybody gets to see of ``data``, partial lines included, with colours taken out."""
    edges = [0, *sorted(min(read, len(data)) for read in reads), len(data)]
    bodies: list[str] = []
    partial: list[str] = []
    for start, end in pairwise(edges):
        bodies += parser.feed(data[start:end], NOW)
        if (body := parser.partial(NOW)) is not None:
            partial.append(body)
    bodies += parser.flush(NOW)
    pieces = [record.message + ("" if record.continued else "\n") for record in records(bodies)]
    for record in [*records(bodies), *records(partial)]:
        pieces += [
            "\n",
            record.message,
            "\n",
            re.sub(r"\x1b\[[0-9;:]*m", "", record.ansi or ""),
            "\n",
            record.step,
        ]
    return "".join(pieces)


SECRET = "p4ss/w0rd+XYZ"
DISGUISES: list[Callable[[bytes], bytes]] = [
    lambda secret: secret,
    lambda secret: b"\x1b[1m".join(secret[index : index + 3] for index in range(0, len(secret), 3)),
    lambda secret: b"\x00".join(secret[index : index + 1] for index in range(len(secret))),
    lambda secret: secret[:5] + b"zz\x08\x08" + secret[5:],
    lambda secret: b"50%\r" + secret,
    lambda secret: secret + b"\r",
    lambda secret: b"::group::" + secret,
    lambda secret: b"\n[1/2] " + secret,
    lambda secret: b"\n::error::" + secret,
    lambda secret: b"x" * 250 + secret,
    lambda secret: b"\x1b]0;" + secret + b"\x07" + secret,
    lambda secret: secret.replace(b"/", b"%2F").replace(b"+", b"%2B"),
    lambda secret: secret.replace(b"/", b"\\/"),
]


@given(
    st.lists(
        st.sampled_from(DISGUISES) | st.binary(max_size=9).map(lambda noise: lambda _: noise), max_size=8
    ),
    st.lists(st.integers(0, 600), max_size=20),
    st.integers(0, 260),
)
def test_no_secret_is_ever_shown(
    disguises: list[Callable[[bytes], bytes]], reads: list[int], padding: int
) -> None:
    """However a script prints a secret, and wherever reads and cuts fall, nobody gets to see it."""
    data = b"-" * padding + b"".join(disguise(SECRET.encode()) for disguise in disguises)
    seen = shown(Parser(secrets=[SECRET], max_line_bytes=256), data, reads)
    for form in (SECRET, "p4ss%2Fw0rd%2BXYZ", "p4ss\\/w0rd+XYZ"):
        assert form not in seen


def test_a_secret_over_the_limit_of_a_line() -> None:
    """Where a line is cut inside a secret, neither record shows any of it."""
    for before in range(230, 257):
        first, second = parse(
            b"-" * before + b"hunter2hunter2" + b"-" * 20 + b"\n",
            parser=Parser(secrets=["hunter2hunter2"], max_line_bytes=256),
        )
        assert set(first.message + second.message) == set("-*")


def test_a_half_printed_secret_is_not_shown() -> None:
    """A partial line shows nothing of what may become a secret; then comes the mask."""
    parser = Parser(secrets=["hunter2hunter2"])
    parser.feed(b"password: ", NOW)
    for character in b"hunter2hunter":
        parser.feed(bytes([character]), NOW)
        assert partial(parser).message == "password: "
    parser.feed(b"2", NOW)
    assert partial(parser).message == "password: ***"


def test_a_secret_of_several_lines() -> None:
    """Each line of a private key is masked, in whatever order and place it is printed."""
    key = "-----BEGIN KEY-----\nMIIEvQIBADAN\nBgkqhkiG9w0B\n-----END KEY-----"
    assert {record.message for record in parse(key.encode() + b"\n", parser=Parser(secrets=[key]))} == {"***"}


def test_a_secret_that_the_output_announces() -> None:
    """``add-mask`` masks from its own line on, also in the lines of the same read."""
    data = b"::add-mask::late-value\nis late-value\nand late-value again\n"
    assert messages(data) == ["::add-mask::***", "is ***", "and *** again"]
    parser = Parser()
    parser.feed(b"::add-mask::late-va", NOW)
    assert partial(parser).message == "***"


def test_an_announcement_longer_than_a_line() -> None:
    """Of a secret that is announced in a line over the limit nothing is shown at all."""
    found = parse(b"::add-mask::" + b"s3cret-" * 100 + b"\nnext\n", limit=256)
    assert [record.message for record in found] == ["::add-mask::***", "next"]


def test_a_secret_that_a_report_announces() -> None:
    """A reported secret leaves titles, folds, results, errors and all that follows."""
    parser = Parser(steps=[StepPlan("Use late-value", 1)])
    parser.feed(b"::group::fold late-value\n", NOW)
    parser.feed_events(
        event(type="step", current=1, total=1)
        + event(type="result", name="note", value="late-value")
        + event(type="error", code="X", hint="late-value"),
        NOW,
    )
    parser.feed_events(event(type="secret", value="late-value"), NOW)
    (record,) = records(parser.feed(b"late-value\n", NOW))
    assert (record.message, record.step, record.group) == ("***", "Use ***", "fold ***")
    assert parser.results == [Result("note", "***")]
    assert parser.reported_error is not None
    assert parser.reported_error.hint == "***"


def test_the_runners_own_words_are_masked() -> None:
    """Notes, heartbeats and the end show no secret either."""
    parser = Parser(secrets=["hunter2hunter2"])
    error = Error("X", "use hunter2hunter2", "用 hunter2hunter2")
    bodies = [
        parser.note("INFO", "hunter2hunter2\nnext", NOW),
        parser.heartbeat("mysql -phunter2hunter2", NOW),
        parser.final("failed", 1, NOW, error=error, message="hunter2hunter2"),
    ]
    assert [record.message for record in records(bodies)] == ["*** next", "mysql -p***", "***"]
    assert "hunter2" not in "".join(bodies)
    assert parser.plain("hunter2hunter2\x1b[1m") == "***"


def test_a_short_secret_is_refused() -> None:
    """Under six characters nothing is masked, and the caller learns it."""
    assert not Parser().add_secret("12345")
    assert Parser().add_secret("123456")
