"""What somebody sent, made plain: key, version, and the parameters from wherever they stood."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from installcast.errors import InvalidInputError

_FIELDS_OF_OLD_PAGES = ("port", "username", "pwd")
"""Old pages send these whatever is installed; empty, they were never meant."""


class Request(NamedTuple):
    """The body of a request. ``version`` is ``None`` where the recipe's default is meant."""

    key: str
    version: str | None
    parameters: dict[str, Any]

    def without(self, names: Collection[str]) -> Request:
        """Return the same without the parameters called ``names``."""
        kept = {name: value for name, value in self.parameters.items() if name not in names}
        return self._replace(parameters=kept)

    def canonical(self, action: str) -> str:
        """Return a text that is the same for requests that ask for the same."""
        version = self.version or ""
        return json.dumps([action, self.key, version, self.parameters], sort_keys=True, default=str)


def read_request(params: Mapping[str, Any]) -> Request:
    """Return ``params``, the body of an install, as a request.

    Parameters stand flat beside ``key`` and ``version`` or under ``parameters``; one that stands in both has to be the
    same. Raises :class:`InvalidInputError`, which names the field.
    """
    key = params.get("key")
    if key is None:
        raise InvalidInputError(field="key", reason="is missing")
    if not isinstance(key, str):
        raise InvalidInputError(field="key", reason="has to be a string")
    version = params.get("version")
    if version is not None and not isinstance(version, str):
        raise InvalidInputError(field="version", reason="has to be a string")
    flat = {name: value for name, value in params.items() if name not in ("key", "version")}
    return Request(key, version or None, merge_parameters(flat))


def merge_parameters(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters in ``params`` that stand flat or under ``parameters``. Raises :class:`InvalidInputError`."""
    nested = params.get("parameters")
    if nested is not None and not isinstance(nested, Mapping):
        raise InvalidInputError(field="parameters", reason="has to be an object")
    merged: dict[str, Any] = {
        name: value
        for name, value in params.items()
        if name != "parameters" and not (name in _FIELDS_OF_OLD_PAGES and value in (None, ""))
    }
    for name, value in (nested or {}).items():
        if name in merged and merged[name] != value:
            raise InvalidInputError(field=str(name), reason="stands here twice, with different values")
        merged[name] = value
    return merged
