"""What somebody sent, made plain."""

from __future__ import annotations

from typing import Any

import pytest

from installcast.errors import InvalidInputError
from installcast.tasks.request import merge_parameters, read_request


def test_flat_and_nested_parameters_are_the_same() -> None:
    """Parameters stand beside the key or under `parameters`."""
    flat = read_request({"key": "nginx", "version": "1.0", "port": "80", "mode": "a"})
    nested = read_request({"key": "nginx", "version": "1.0", "parameters": {"port": "80", "mode": "a"}})
    assert flat == nested
    assert flat.canonical("install") == nested.canonical("install") != flat.canonical("upgrade")


def test_one_that_stands_twice_has_to_be_the_same() -> None:
    """A conflict is told by the parameter's name."""
    assert merge_parameters({"port": "80", "parameters": {"port": "80"}}) == {"port": "80"}
    with pytest.raises(InvalidInputError) as caught:
        merge_parameters({"port": "80", "parameters": {"port": "81"}})
    assert caught.value.field == "port"


def test_empty_fields_of_old_pages_count_as_not_sent() -> None:
    """Old pages send port, username and pwd whatever is installed."""
    request = read_request({"key": "nginx", "version": "", "port": "", "username": None, "pwd": ""})
    assert request == ("nginx", None, {})


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({}, "key"),
        ({"key": None}, "key"),
        ({"key": 7}, "key"),
        ({"key": ["nginx"]}, "key"),
        ({"key": "nginx", "version": 1}, "version"),
        ({"key": "nginx", "parameters": []}, "parameters"),
        ({"key": "nginx", "parameters": "port=80"}, "parameters"),
    ],
)
def test_bad_shapes(params: dict[str, Any], field: str) -> None:
    """What is no request names the field at fault."""
    with pytest.raises(InvalidInputError) as caught:
        read_request(params)
    assert caught.value.field == field
