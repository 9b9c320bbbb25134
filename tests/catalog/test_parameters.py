"""What somebody sends, held against the declaration: what passes is safe in the environment of any script."""

from __future__ import annotations

import math
import subprocess
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from installcast.catalog.parameters import MAX_LENGTH, Parameter
from installcast.errors import InvalidInputError, InvalidParameterError

PORT = Parameter(name="port", type="integer", minimum=Decimal(1), maximum=Decimal(65535))
TEXT = Parameter(name="text")
SECRET = Parameter(name="pwd", env="DB_PASSWORD", secret=True)


def reason(parameter: Parameter, value: Any) -> str:
    """Return why ``value`` is refused, in English; the field has to be named."""
    with pytest.raises(InvalidParameterError) as caught:
        parameter.check(value)
    assert isinstance(caught.value, InvalidInputError)
    assert caught.value.field == parameter.name
    assert caught.value.message("zh").startswith(f"{parameter.name}：")
    return str(caught.value)


@pytest.mark.parametrize(
    ("parameter", "value", "expected"),
    [
        (PORT, 80, "80"),
        (PORT, "80", "80"),
        (PORT, "0080", "80"),
        (PORT, 65535, "65535"),
        (PORT, 80.0, None),
        (Parameter(name="n", type="integer"), 0, "0"),
        (Parameter(name="n", type="integer", minimum=Decimal(-5)), "-5", "-5"),
        (Parameter(name="n", type="number"), "1.50", "1.50"),
        (Parameter(name="n", type="number"), 1e-7, "0.0000001"),
        (Parameter(name="n", type="number"), 3, "3"),
        (Parameter(name="b", type="boolean"), True, "true"),
        (Parameter(name="b", type="boolean"), "YES", "true"),
        (Parameter(name="b", type="boolean"), "0", "false"),
        (Parameter(name="b", type="boolean"), 1, None),
        (Parameter(name="e", type="enum", choices=("7.4", "8.2")), "8.2", "8.2"),
        (Parameter(name="e", type="enum", choices=("7", "8")), 8, "8"),
        (Parameter(name="e", type="enum", choices=("7", "8")), "9", None),
        (TEXT, "数据 base_1.example.com:80/x@y%z+1=2,~^-", "数据 base_1.example.com:80/x@y%z+1=2,~^-"),
        (TEXT, 7, "7"),
        (Parameter(name="t", pattern="[a-z]+"), "abc", "abc"),
        (Parameter(name="t", pattern="^[a-z]+$"), "abc", "abc"),
        (Parameter(name="t", pattern="[a-z]+"), "abc1", None),
        (Parameter(name="t", pattern=r"\$\{x\}"), "${x}", "${x}"),
        (SECRET, "-$(reboot)`'\"; 密码", "-$(reboot)`'\"; 密码"),
        (SECRET, "12345", None),
    ],
)
def test_types(parameter: Parameter, value: Any, expected: str | None) -> None:
    """Each type takes its own values and their texts, and writes them in one way; ``None``: refused."""
    if expected is None:
        reason(parameter, value)
    else:
        assert parameter.check(value) == expected


@pytest.mark.parametrize(
    "value",
    [0, -1, 65536, "65536", "", " 80", "8_0", "0x50", "８０", "+80", "1e3", "80.5", True, [80], {}, 10**400],
)
def test_bad_port(value: Any) -> None:
    """A number is a number: nothing that Python, or bash, would also read as one."""
    reason(PORT, value)


@pytest.mark.parametrize("value", [math.nan, math.inf, -1.5, "1e400", "1.", ".5", "1,5"])
def test_bad_number(value: Any) -> None:
    """Nothing infinite, negative unless it was declared, or written in another way."""
    reason(Parameter(name="n", type="number"), value)


@pytest.mark.parametrize(
    "value",
    ["a\nb", "a\r", "a\0b", "a\tb", "a\x1b[0m", "a\x7f", "a\x85b", "a\u2028b", "a\ud800b", "-rf", "--help"],
)
def test_never_in_a_string(value: str) -> None:
    """Control characters, line breaks, half characters and a leading dash are refused, whatever the pattern says."""
    for parameter in (TEXT, Parameter(name="t", pattern=r"(?s).*"), Parameter(name="n", type="integer")):
        reason(parameter, value)


@pytest.mark.parametrize("value", ["secret\nvalue", "secret\0value", "secret\x1bvalue"])
def test_never_in_a_secret(value: str) -> None:
    """A secret may begin with a dash, but holds no control character; it is not repeated in the refusal."""
    assert "secret" not in reason(SECRET, value)


@pytest.mark.parametrize("character", list("$`\\\"';&|<>(){}[]!*?#"))
def test_shell_characters(character: str) -> None:
    """A string without a pattern of its own holds nothing that means something to a shell."""
    assert f"may not hold the character {character!r}" in reason(TEXT, f"a{character}b")


@given(st.text(max_size=40))
def test_what_passes_is_harmless_in_arithmetic(value: str) -> None:
    """No plain string that passes could run a command where bash takes a variable for a number."""
    try:
        passed = TEXT.check(value)
    except InvalidParameterError:
        return
    assert not set("$`[(") & set(passed)
    assert passed.isprintable()


def test_arithmetic_is_a_danger() -> None:
    """The attack that the default pattern is there for works in the bash of this machine."""
    attack = "a[$(echo ran >&2)0]"
    command = ["/bin/bash", "-c", 'echo "$((COUNT + 1))"']
    done = subprocess.run(command, env={"COUNT": attack}, capture_output=True, text=True, check=True)
    assert done.stderr == "ran\n"
    reason(TEXT, attack)


@given(st.integers())
def test_integers(value: int) -> None:
    """Every integer within the limits passes as it is written, and none outside of them."""
    if 1 <= value <= 65535:
        assert PORT.check(value) == PORT.check(str(value)) == str(value)
    else:
        reason(PORT, value)


def test_lengths() -> None:
    """Lengths count characters; a secret is never shorter than what can be masked."""
    parameter = Parameter(name="t", min_length=2, max_length=3)
    assert parameter.check("密码") == "密码"
    assert "at least 2" in reason(parameter, "a")
    assert "at most 3" in reason(parameter, "abcd")
    assert f"at most {MAX_LENGTH}" in reason(TEXT, "a" * (MAX_LENGTH + 1))
    assert "at least 6" in reason(Parameter(name="s", secret=True, min_length=3), "abcde")
    assert "at least 8" in reason(Parameter(name="s", secret=True, min_length=8), "abcdefg")
    assert "at least 6" in reason(Parameter(name="s", secret=True), "abcd       ")


@pytest.mark.parametrize(
    ("declaration", "expected"),
    [
        ({"name": "x y"}, "pattern"),
        ({"name": "key"}, "word of the request"),
        ({"name": "a", "env": "GIT_DIR"}, "env 'GIT_DIR' is refused"),
        ({"name": "a", "pattern": "["}, "is no regular expression"),
        ({"name": "a", "type": "enum"}, "an enum needs choices"),
        ({"name": "a", "type": "enum", "choices": ["a\nb"]}, "may not hold a control character"),
        ({"name": "a", "choices": ["x"]}, "choices has no meaning for type string"),
        ({"name": "a", "minimum": 1}, "minimum has no meaning for type string"),
        ({"name": "a", "type": "integer", "pattern": "x"}, "pattern has no meaning for type integer"),
        ({"name": "a", "type": "integer", "secret": True}, "secret has no meaning for type integer"),
        ({"name": "a", "type": "integer", "minimum": 2, "maximum": 1}, "minimum is above maximum"),
        ({"name": "a", "min_length": 2, "max_length": 1}, "min_length is above max_length"),
        ({"name": "a", "secret": True, "default": "abcdefgh"}, "a secret cannot have a default"),
        ({"name": "a", "required": True, "default": "x"}, "never uses its default"),
        ({"name": "a", "type": "integer", "default": "many"}, "default 'many': 'many' is not a whole number"),
        ({"name": "a", "default": "$x"}, "default '$x': may not hold"),
        ({"name": "a", "actions": []}, "at least 1 item"),
        ({"name": "a", "actions": ["verify"]}, "'install', 'upgrade' or 'uninstall'"),
    ],
)
def test_bad_declaration(declaration: dict[str, Any], expected: str) -> None:
    """A declaration that contradicts itself is told to its author."""
    with pytest.raises(ValidationError) as caught:
        Parameter.model_validate(declaration)
    assert expected in str(caught.value)


def test_description() -> None:
    """A form gets typed defaults and limits, and texts in its language."""
    declaration = {
        "name": "port",
        "type": "integer",
        "minimum": "1",
        "maximum": "65535",
        "default": "080",
        "title": {"en": "Port", "zh": "端口"},
    }
    described = Parameter.model_validate(declaration).describe("zh-CN")
    assert (described["title"], described["help"]) == ("端口", "")
    assert (described["default"], described["minimum"], described["maximum"]) == (80, 1, 65535)
    assert (described["required"], described["secret"], "pattern" in described) == (False, False, False)
    assert SECRET.describe("en")["min_length"] == 6
    assert Parameter(name="on", type="boolean", default="no").describe("en")["default"] is False
