"""``--param k=v`` and its relatives, so that a secret need not stand where every user of the machine can read it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from installcast.cli.text import Speaker
from installcast.errors import InvalidInputError, ServiceAnswerError

MAX_VALUE_BYTES = 64 * 1024
"""More is no parameter; the service takes less, too."""


def read_parameters(given: Sequence[str], from_stdin: str | None) -> dict[str, str]:
    """Return the parameters of ``k=v``, ``k=@FILE`` (its content without the last line end) and ``k=@@v`` (``@v``).

    ``from_stdin`` names the one whose value is all of standard input. Raises ``click.UsageError``.
    """
    parameters: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise click.UsageError(f"--param {_before(text)}: write it as name=value.")
        if name in parameters:
            raise click.UsageError(f"--param {name}: given twice.")
        if value.startswith("@@"):
            value = value[1:]
        elif value.startswith("@"):
            value = _read_file(name, Path(value[1:]))
        parameters[name] = value
    if from_stdin is not None:
        if from_stdin in parameters:
            raise click.UsageError(f"--param-stdin {from_stdin}: given twice.")
        parameters[from_stdin] = _text(from_stdin, sys.stdin.buffer.read(MAX_VALUE_BYTES + 1))
    return parameters


def ask_for_secrets(
    find_recipe: Callable[[], Mapping[str, Any] | None], parameters: Mapping[str, str], say: Speaker
) -> dict[str, str]:
    """Return the ``parameters``, with the required secrets that are missing asked for without showing them.

    Nobody is asked where standard input is no terminal: the service then says what is missing.
    """
    complete = dict(parameters)
    recipe = find_recipe() if sys.stdin.isatty() else None
    if recipe is None:
        return complete
    for declared in recipe.get("parameters") or []:
        name = str(declared["name"])
        if declared.get("secret") and declared.get("required") and name not in complete:
            label = say("prompt_secret", name=name)
            complete[name] = click.prompt(label, hide_input=True, confirmation_prompt=True, err=True)
    return complete


@contextmanager
def naming_the_ways(
    find_recipe: Callable[[], Mapping[str, Any] | None], parameters: Mapping[str, str], say: Speaker
) -> Iterator[None]:
    """Where the service refuses a request for want of a secret, say how one is given that nobody was asked for."""
    try:
        yield
    except ServiceAnswerError as error:
        name = error.field
        if name is None or name in parameters or not _is_secret(find_recipe(), name):
            raise
        reason = f"{error.message(say.locale)} {say('ways_of_secrets', name=name)}"
        raise ServiceAnswerError(status=error.status, kind=error.kind, reason=reason, field=name) from None


def _is_secret(recipe: Mapping[str, Any] | None, name: str) -> bool:
    declared = (recipe or {}).get("parameters") or []
    return any(parameter["name"] == name and parameter.get("secret") for parameter in declared)


def _read_file(name: str, path: Path) -> str:
    try:
        with path.expanduser().open("rb") as file:
            return _text(name, file.read(MAX_VALUE_BYTES + 1))
    except OSError as error:
        raise click.UsageError(f"--param {name}: {path}: {error.strerror}.") from None


def _text(name: str, raw: bytes) -> str:
    if len(raw) > MAX_VALUE_BYTES:
        raise InvalidInputError(field=name, reason=f"is longer than {MAX_VALUE_BYTES} bytes")
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise InvalidInputError(field=name, reason="is not UTF-8") from None
    return text.removesuffix("\n").removesuffix("\r")


def _before(text: str) -> str:
    # What was typed may be a secret with a slip of the finger.
    return text[:8] + "…" if len(text) > 8 else text
