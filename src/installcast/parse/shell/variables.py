"""What the words of a script become, as far as that is known before it runs."""

from __future__ import annotations

import re
from itertools import islice

from installcast.parse.shell.nodes import Assignment, Piece, Word

UNKNOWN = "\0"
"""Stands in a word for text that is known only when the script runs. No argument of a process can contain it."""

MAX_VALUE = 4096
"""Characters of a value, since ``a=$a$a`` doubles; a longer one is as good as unknown."""

MAX_WORDS = 256
"""Words of a list."""

MAX_VARIABLES = 512
"""The values of more are not kept: each way that a script may take has its own copy."""

_RUN = re.compile(f"{UNKNOWN}+")
_SECRET_NAME = re.compile(
    r"pass|pwd|secret|token|credential|(?:api|access|private|auth)_?key|(?:^|_)key$", re.IGNORECASE
)


def is_secret_name(name: str) -> bool:
    """Whether a variable or an option is called as if its value should be shown to nobody."""
    return _SECRET_NAME.search(name) is not None


class Variables:
    """Values of variables, each a list of words: one, but for arrays and ``@``. What is not in it is unknown."""

    def __init__(self) -> None:
        self._values: dict[str, tuple[str, ...]] = {}

    def get(self, name: str) -> tuple[str, ...] | None:
        """Return the value of ``name``, ``None`` when nobody knows it, or nobody should."""
        return None if is_secret_name(name) else self._values.get(name)

    def set(self, name: str, value: tuple[str, ...] | None) -> None:
        """Give ``name`` a value; ``None``: unknown from here on."""
        if value is None or len(value) > MAX_WORDS or sum(map(len, value)) > MAX_VALUE:
            self._values.pop(name, None)
        elif len(self._values) < MAX_VARIABLES or name in self._values:
            self._values[name] = value

    def copy(self) -> Variables:
        """Return a copy that changes by itself."""
        other = Variables()
        other._values = dict(self._values)
        return other

    def keep_common(self, others: list[Variables]) -> None:
        """Keep what has the same value here and in all ``others``: any of them may have come true."""
        for other in others:
            theirs = other._values
            if theirs != self._values:
                self._values = {
                    name: value for name, value in self._values.items() if theirs.get(name) == value
                }

    def assign(self, assignment: Assignment) -> None:
        """Carry out ``name=value``."""
        if assignment.value.array is not None:
            words = (word for element in assignment.value.array for word in self.expand(element))
            value = tuple(islice(words, MAX_WORDS + 1))
        else:
            value = (_once(self._text(assignment.value)),)
        if assignment.appends:
            before = self._values.get(assignment.name, (UNKNOWN,))
            value = (
                before + value if assignment.value.array is not None else (_once("".join((*before, *value))),)
            )
        self.set(assignment.name, value)

    def expand(self, word: Word) -> list[str]:
        """Return the words that ``word`` becomes, with :data:`UNKNOWN` for what is not known. Patterns stay as they are."""
        words: list[str] = []
        begun: list[str] = []  # pieces of the word that is being made
        length = 0
        for piece in word.pieces:
            if piece.kind == "all":
                parts = list(self.get(piece.text) or (() if self._is_empty(piece.text) else (UNKNOWN,)))
            elif piece.kind == "variable" and not piece.quoted:
                parts = [part for value in self.get(piece.text) or (UNKNOWN,) for part in value.split()]
            else:
                parts = [self._joined(piece)]
            length += sum(map(len, parts))
            if length > MAX_VALUE:
                return [UNKNOWN]
            begun += parts[:1]
            if len(parts) > 1:
                words += ["".join(begun), *parts[1:-1]]
                begun = [parts[-1]]
        if begun:
            words.append("".join(begun))
        return [_readable(_once(text)) for text in words]

    def _is_empty(self, name: str) -> bool:
        return self._values.get(name) == ()

    def _text(self, word: Word) -> str:
        """Return what a word becomes where it is not split, no more of it than is needed to see that it is too long."""
        text: list[str] = []
        length = 0
        for piece in word.pieces:
            text.append(self._joined(piece))
            length += len(text[-1])
            if length > MAX_VALUE:
                break
        return "".join(text)

    def _joined(self, piece: Piece) -> str:
        if piece.kind == "text":
            return piece.text
        if piece.kind == "unknown":
            return UNKNOWN
        value = self.get(piece.text)
        return UNKNOWN if value is None else " ".join(value)


def as_read(text: str) -> str:
    """Return ``text`` as the reader of scripts wants it: a character for each byte, so that positions are those of a file."""
    return text.encode(errors="replace").decode("latin-1")


def _once(text: str) -> str:
    """Two unknown texts in a row are one."""
    return _RUN.sub(UNKNOWN, text) if UNKNOWN in text else text


def _readable(text: str) -> str:
    return text if text.isascii() else text.encode("latin-1", "replace").decode(errors="replace")
