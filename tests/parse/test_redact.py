"""Masking in one text."""

from __future__ import annotations

import base64
import json
import shlex
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installcast.parse.redact import MASK, Redactor, masked, merge

SECRETS = st.text(st.sampled_from("abAB12/+'\"\\ $é密"), min_size=6, max_size=12).filter(
    lambda value: len(value.strip()) >= 6
)
NOISE = st.text(
    st.characters(codec="utf-8", exclude_characters="*\r\n", exclude_categories=["C"]), max_size=20
)
ENCODERS: list[Callable[[str], str]] = [
    str,
    lambda value: base64.b64encode(value.encode()).decode(),
    lambda value: base64.urlsafe_b64encode(b"x" + value.encode()).decode().rstrip("="),
    lambda value: base64.b64encode(b"xy" + value.encode() + b"z").decode(),
    lambda value: quote(value, safe=""),
    lambda value: json.dumps(value),
    lambda value: json.dumps(value, ensure_ascii=False),
    shlex.quote,
]


def redactor(*secrets: str) -> Redactor:
    """Return a redactor that knows ``secrets``."""
    made = Redactor()
    for secret in secrets:
        assert made.add(secret)
    return made


def test_masks_every_occurrence() -> None:
    """A known value becomes ``***`` wherever it stands."""
    assert redactor("hunter2hunter").mask("a hunter2hunter b=hunter2hunter;") == "a *** b=***;"


def test_overlapping_secrets_leave_nothing() -> None:
    """Where one secret ends in another, both go, whichever was found first."""
    assert redactor("abcdefgh", "fghijklm").mask("<abcdefghijklm>") == "<***>"
    assert redactor("fghijklm", "abcdefgh").mask("<abcdefghijklm>") == "<***>"


def test_a_secret_that_overlaps_itself() -> None:
    """A value may begin again before it has ended."""
    assert redactor("abcabcabc").mask("<abcabcabcabcabc>") == "<***>"


def test_a_secret_inside_another() -> None:
    """The longer one goes as a whole."""
    assert redactor("secret", "my-secret-key").mask("my-secret-key, secret") == "***, ***"


def test_the_edges_of_base64_go_too() -> None:
    """Characters of a base64 text that hold bits of the secret are masked with it, padding included."""
    encoded = base64.b64encode(b"user:hunter2hunter2").decode()
    shown = redactor("hunter2hunter2").mask(f"Basic {encoded}")
    assert shown.endswith(MASK)
    assert len(shown) < len("Basic ***") + 7


def test_short_values_are_refused() -> None:
    """Under six characters a value is not masked, and the caller learns it."""
    made = Redactor()
    assert not made.add("12345")
    assert made.mask("12345") == "12345"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("token ghp_" + "a1B2" * 9 + " ok", "token *** ok"),
        ("github_pat_" + "a1B2_" * 5, "***"),
        ("AKIAIOSFODNN7EXAMPLE", "***"),
        ("glpat-" + "x" * 20, "***"),
        ("xoxb-1234567890-abc", "***"),
        ("Authorization: Bearer abc.def-123", "Authorization: Bearer ***"),
        ("> authorization: Basic dXNlcjpwdw==", "> authorization: Basic ***"),
        ('{"Authorization": "token abcdef123"}', '{"Authorization": "token ***"}'),
        ("git clone https://bob:s3cr3t@host/x.git", "git clone https://bob:***@host/x.git"),
        ("redis://:s3cr3t@host:6379/0", "redis://:***@host:6379/0"),
        ("eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl", "***"),
        ("npm_" + "a1B2" * 9, "***"),
    ],
)
def test_token_formats(line: str, shown: str) -> None:
    """Credentials of well-known shapes are masked though nobody announced them."""
    assert Redactor().mask(line) == shown


@pytest.mark.parametrize(
    "line",
    [
        "Listening on http://0.0.0.0:8080/",
        "Get:1 http://deb.example/debian bookworm InRelease [151 kB]",
        "https://host/@scope/package",
        "mail root@host, see https://docs/",
        "ghp_short",
        "AKIABLOCK",
        "npm_config_registry=x",
        "Authorization: none",
        "an eye on eyJ",
        "high-level xoxo",
    ],
)
def test_harmless_text_stays(line: str) -> None:
    """What only resembles a credential is left alone."""
    assert Redactor().mask(line) == line


def test_colours_move_with_the_text() -> None:
    """A colour before a secret stays before it, one inside goes behind it, one after it stays after."""
    colours = [(0, "A"), (2, "B"), (4, "C"), (8, "D"), (10, "E")]
    assert masked("..SECRET..", colours, [(2, 8)]) == (
        "..***..",
        [(0, "A"), (2, "B"), (5, "C"), (5, "D"), (7, "E")],
    )


def test_spans_are_merged() -> None:
    """Spans that touch are one."""
    assert merge([(4, 6), (0, 2), (2, 3), (5, 9)]) == [(0, 3), (4, 9)]


@pytest.mark.parametrize(
    ("text", "held"),
    [("password: hun", 3), ("password: hunter", 6), ("h", 1), ("hunter2x", 0), ("", 0), ("hunhun", 3)],
)
def test_beginnings_are_held_back(text: str, held: int) -> None:
    """The end of a text that may grow into a secret is told."""
    assert redactor("hunter2").held_back(text) == held


@pytest.mark.parametrize(
    "line",
    [
        "x ghp_abc",
        "x AKIAIOS",
        "x Authorization: Bearer ab",
        "x Authorization: ab",
        "x https://bob:s3c",
        "x eyJhbGciOiJI.eyJz",
    ],
)
def test_beginnings_of_token_formats_are_held_back(line: str) -> None:
    """A credential that is only half there is held back from where its shape begins."""
    made = Redactor()
    shown = line[: len(line) - made.held_back(line)]
    assert len(shown) <= len("x https")


@given(SECRETS, st.sampled_from(ENCODERS), NOISE, NOISE)
def test_no_form_of_a_secret_survives(
    secret: str, encode: Callable[[str], str], before: str, after: str
) -> None:
    """Whatever stands around it, neither the secret nor the encoded text is left."""
    encoded = encode(secret)
    shown = redactor(secret).mask(f"{before}{encoded}{after}")
    assert secret not in shown
    assert encoded not in shown


@given(st.lists(SECRETS, min_size=1, max_size=4), st.lists(st.integers(0, 100), max_size=8), NOISE)
def test_no_secret_of_several_survives(secrets: list[str], picks: list[int], noise: str) -> None:
    """Secrets that overlap, contain or repeat each other all go."""
    text = noise + "".join(secrets[pick % len(secrets)][pick // 50 :] for pick in picks) + noise
    shown = redactor(*secrets).mask(text)
    for secret in secrets:
        assert secret not in shown
