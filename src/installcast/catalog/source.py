"""``recipe.yaml`` as data that remembers its lines.

The file is read without YAML's guesses: ``1.20`` stays ``1.20`` and ``no`` stays ``no``; what is a number or a boolean is
for the declaration of the recipe to say. Anchors are refused, so that a small file cannot grow when it is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

MAX_FILE_BYTES = 256 * 1024
"""The longest recipe of the catalog has 4 KiB."""

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a recipe: ``file`` within its folder, ``line`` from 1 and ``key`` where they are known."""

    file: str
    reason: str
    line: int | None = None
    key: str = ""

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{place}: {self.key}: {self.reason}" if self.key else f"{place}: {self.reason}"


class SourceError(Exception):
    """The file cannot be read as keys and values."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(str(problem))


@dataclass
class Source:
    """The data of a file, and the line of each key in it."""

    values: dict[str, Any]
    lines: dict[KeyPath, int] = field(default_factory=dict)

    def line(self, path: Sequence[str | int]) -> int | None:
        """Return the line of the key at ``path``, or of the nearest key above it."""
        for length in range(len(path), -1, -1):
            if (line := self.lines.get(tuple(path[:length]))) is not None:
                return line
        return None


def read_source(path: Path) -> Source:
    """Return what the file at ``path`` holds. Raises :class:`SourceError`, ``OSError`` when it cannot be opened."""
    with path.open("rb") as stream:
        raw = stream.read(MAX_FILE_BYTES + 1)
    if len(raw) > MAX_FILE_BYTES:
        raise SourceError(Problem(path.name, f"is larger than {MAX_FILE_BYTES} bytes"))
    try:
        root = yaml.compose(raw.decode("utf-8"), Loader=_NoAnchorsLoader)
        source = Source({})
        values = _construct(root, (), source.lines) if root is not None else {}
    except UnicodeDecodeError as error:
        raise SourceError(Problem(path.name, f"is not UTF-8 (byte {error.start})")) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        if mark and error.context_mark and mark.index >= len(raw.decode().rstrip()):
            mark = error.context_mark  # what was never closed: nobody finds it where the file ends
        line = mark.line + 1 if mark else None
        # PyYAML types the text of an error as optional.
        raise SourceError(Problem(path.name, error.problem or "is not YAML", line)) from None
    except yaml.YAMLError as error:
        raise SourceError(Problem(path.name, " ".join(str(error).split()))) from None
    except RecursionError:
        raise SourceError(Problem(path.name, "is nested too deeply")) from None
    if not isinstance(values, dict):
        raise SourceError(Problem(path.name, "expected keys and values at the top", 1))
    source.values = values
    return source


class _NoAnchorsLoader(yaml.BaseLoader):
    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise yaml.MarkedYAMLError(
                problem="anchors and aliases are not used here", problem_mark=event.start_mark
            )
        return super().compose_node(parent, index)


def _construct(node: yaml.Node, path: KeyPath, lines: dict[KeyPath, int]) -> Any:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        return [_construct(item, (*path, index), lines) for index, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(
                    problem="a key has to be a plain word", problem_mark=key_node.start_mark
                )
            key = str(key_node.value)
            if key in values:
                raise yaml.MarkedYAMLError(
                    problem=f"{key!r} stands here twice", problem_mark=key_node.start_mark
                )
            lines[*path, key] = key_node.start_mark.line + 1
            values[key] = _construct(value_node, (*path, key), lines)
        return values
    return node.value
