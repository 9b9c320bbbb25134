"""The forms of a secret, held against what real encoders and shells print."""

from __future__ import annotations

import base64
import json
import re
import shlex
import subprocess
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installcast.parse.secret_forms import MIN_SECRET_LENGTH, forms

SECRETS = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x4FF, exclude_categories=["C", "Z"]),
    min_size=6,
    max_size=40,
)
HARD = "p@ss/w'ord \"$x\\y&<z>+=%~!#,密码"


def texts(value: str) -> list[str]:
    """Return all forms of ``value``."""
    return [form for form, _ in forms(value)]


def holds(value: str, printed: str) -> bool:
    """Whether ``printed`` has a form of ``value`` in it."""
    return any(form in printed for form in texts(value))


@given(SECRETS)
def test_the_value_itself_comes_first(value: str) -> None:
    """A secret is searched as it is."""
    assert texts(value)[0] == value


@given(SECRETS)
def test_json(value: str) -> None:
    """JSON writers differ in what they escape; each is covered."""
    assert holds(value, json.dumps({"key": value}))
    assert holds(value, json.dumps([value], ensure_ascii=False))
    assert holds(value, json.dumps(value).replace("/", "\\/"))


@given(SECRETS)
def test_url(value: str) -> None:
    """URL encoders differ in what they keep; each is covered, in upper and lower case."""
    for quoted in (quote(value), quote(value, safe=""), quote_plus(value), quote(value, safe="!'()*")):
        assert holds(value, f"?a={quoted}&b=1")
        assert holds(value, re.sub("%..", lambda code: code.group().lower(), quoted))


@given(SECRETS, st.binary(max_size=7), st.binary(max_size=7))
def test_base64(value: str, before: bytes, after: bytes) -> None:
    """Any base64 text with the secret inside is found, whatever stands around it, padded or not, also URL-safe."""
    data = before + value.encode() + after
    assert holds(value, base64.b64encode(data).decode())
    assert holds(value, base64.urlsafe_b64encode(data).decode().rstrip("="))


def test_folded_base64() -> None:
    """Of a long value every line of its folded base64 is found."""
    value = "".join(chr(33 + index * 7 % 90) for index in range(200))
    for line in base64.encodebytes(value.encode()).decode().splitlines():
        assert holds(value, line)


@given(SECRETS)
def test_shlex(value: str) -> None:
    """Python quotes for a shell with single quotes."""
    assert holds(value, shlex.quote(value))


@pytest.mark.parametrize(
    "value", ["plain-secret", HARD, "it's a secret", 'say "hi" $HOME', "back\\slash", "a,b;c|d&e"]
)
def test_bash(value: str) -> None:
    """What bash prints in ``printf %q``, ``${x@Q}``, ``declare -p`` and in a trace holds a form."""
    script = 'x=$1; printf "%q\\n" "$x"; echo "${x@Q}"; declare -p x; set -x; : "$x"'
    done = subprocess.run(
        ["bash", "-c", script, "bash", value],
        capture_output=True,
        text=True,
        check=True,
        env={"LC_ALL": "C.UTF-8"},
    )
    printed = [*done.stdout.splitlines(), done.stderr]
    assert len(printed) == 4
    for line in printed:
        assert holds(value, line), line


def test_each_line_of_a_long_secret() -> None:
    """Of a private key each line is a secret; its short lines are not, since they would blot out harmless text."""
    key = "-----BEGIN KEY-----\nMIIEvQIBADAN\nabc\n-----END KEY-----\n"
    found = texts(key)
    assert "MIIEvQIBADAN" in found
    assert "abc" not in found


def test_spaces_around_a_secret() -> None:
    """A value with spaces around it is found without them, too."""
    assert "secret-value" in texts("  secret-value ")


@given(st.text(max_size=MIN_SECRET_LENGTH - 1))
def test_short_values_have_no_forms(value: str) -> None:
    """Under six characters nothing is masked."""
    assert texts(value) == []


@given(st.text(max_size=50))
def test_forms_are_usable(value: str) -> None:
    """No form is short, and none comes twice."""
    found = texts(value)
    assert all(len(form) >= MIN_SECRET_LENGTH for form in found)
    assert len(set(found)) == len(found)
