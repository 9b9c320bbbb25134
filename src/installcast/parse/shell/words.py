"""Splits the text of a shell script into words: quoting, expansions, comments, here-documents (POSIX.1-2024, XCU 2.2-2.7).

Offsets are positions in the text. What has no end where one must be raises :class:`UnreadableError`, never anything else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from installcast.parse.shell.nodes import Item, Piece, Word

MAX_DEPTH = 40
"""Of commands within commands and quotes within quotes; nobody writes deeper, and Python's own stack ends somewhere."""

_PLAIN = re.compile(r"[^ \t\n;&|<>()\\'\"`$]+")
_BLANKS = re.compile(r"(?:[ \t]+|\\\n)+")
_BLANK = (" ", "\t", "\\")
"""The first characters of these."""
_COMMENT = re.compile(r"#[^\n]*")
_IN_DOUBLE = re.compile(r'[^\\"`$]+')
_IN_BRACES = re.compile(r"[^\\'\"`$}]+")
_IN_PARENTHESES = re.compile(r"[^\\'\"`()]+")
_ANSI_C = re.compile(r"'([^'\\]*(?:\\.[^'\\]*)*)'", re.DOTALL)
_BACKTICKS = re.compile(r"`([^`\\]*(?:\\.[^`\\]*)*)`", re.DOTALL)
_ESCAPED_IN_BACKTICKS = re.compile(r"\\([`\\$])")
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_WHOLE = re.compile(r"[A-Za-z_]\w*|\d+", re.ASCII)
_LIST = re.compile(r"([A-Za-z_]\w*)\[[@*]\]|[@*]", re.ASCII)
_ARRAY_BEFORE = re.compile(r"[A-Za-z_]\w*\+?=", re.ASCII)
_SPECIAL = "?$!#-_"

UNKNOWN_PIECE = Piece("unknown")


class UnreadableError(Exception):
    """The text is no shell script from here on, or one that is nested too deep."""


class WordReader:
    """Reads ``text`` from ``at`` on. What is in it besides words is up to the class that derives from it."""

    def __init__(self, text: str, depth: int = 0) -> None:
        self.text = text
        self.at = 0
        self.depth = depth
        self.cuts: list[tuple[int, int]] = []
        """Where comments and here-documents stand."""
        self._heredocs: list[tuple[str, bool]] = []  # delimiter, leading tabs do not count

    def read_substitution(self) -> tuple[Item, ...]:
        """Read commands up to the parenthesis that closes them, and that, too."""
        raise NotImplementedError

    def read_script(self) -> tuple[Item, ...]:
        """Read all of the text as commands."""
        raise NotImplementedError

    @property
    def ahead(self) -> str:
        """The next character, ``""`` at the end."""
        return self.text[self.at : self.at + 1]

    def deeper(self) -> None:
        """Go down one level; the caller comes back up by itself."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise UnreadableError

    def skip_blanks(self) -> None:
        """Go past blanks, continued lines and a comment."""
        # Asked a dozen times a command, mostly where there is nothing: the first character tells.
        ahead = self.ahead
        if ahead in _BLANK and (found := _BLANKS.match(self.text, self.at)):
            self.at = found.end()
            ahead = self.ahead
        if ahead == "#" and (found := _COMMENT.match(self.text, self.at)):
            self.cuts.append(found.span())
            self.at = found.end()

    def skip_newline(self) -> bool:
        """Go past a newline, with the here-documents that begin behind it."""
        if self.ahead != "\n":
            return False
        self.at += 1
        for delimiter, tabs in self._heredocs:
            self._skip_heredoc(delimiter, tabs)
        self._heredocs.clear()
        return True

    def skip_newlines(self) -> None:
        """Go past everything that separates nothing."""
        self.skip_blanks()
        while self.skip_newline():
            self.skip_blanks()

    def add_heredoc(self, delimiter: Word, *, tabs: bool) -> None:
        """A here-document begins behind the next newline."""
        self._heredocs.append(("".join(piece.text for piece in delimiter.pieces), tabs))

    def _skip_heredoc(self, delimiter: str, tabs: bool) -> None:
        begin = self.at
        while self.at < len(self.text):
            end = self.text.find("\n", self.at)
            end = len(self.text) if end < 0 else end
            line = self.text[self.at : end]
            self.at = min(end + 1, len(self.text))
            if (line.lstrip("\t") if tabs else line) == delimiter:
                break
        self.cuts.append((begin, self.at))

    def read_word(self) -> Word | None:
        """Read the word that begins here, if one does."""
        pieces: list[Piece] = []
        begin = self.at
        while True:
            if found := _PLAIN.match(self.text, self.at):
                self.at = found.end()
                pieces.append(Piece("text", found.group()))
                continue
            ahead = self.ahead
            if ahead == "'":
                pieces.append(self._single())
            elif ahead == '"':
                pieces.extend(self._double())
            elif ahead == "\\":
                escaped = self.text[self.at + 1 : self.at + 2]
                self.at += 2 if escaped else 1
                if escaped != "\n":
                    pieces.append(Piece("text", escaped or "\\", quoted=True))
            elif ahead == "$":
                pieces.extend(self._dollar(quoted=False))
            elif ahead == "`":
                pieces.append(self._backticks(quoted=False))
            elif ahead and ahead in "<>" and self.text.startswith("(", self.at + 1):
                self.at += 2
                pieces.append(Piece("unknown", body=self.read_substitution()))
            elif ahead == "(" and self.at > begin:
                if _ARRAY_BEFORE.fullmatch(self.text, begin, self.at):
                    return Word(tuple(pieces), self._array())
                if self.text[self.at - 1] not in "?*+@!":
                    break
                self.skip_parentheses()  # a pattern such as *.@(gz|xz)
                pieces.append(UNKNOWN_PIECE)
            else:
                break
        return Word(tuple(pieces)) if self.at > begin else None

    def _array(self) -> tuple[Word, ...]:
        self.deeper()
        self.at += 1
        words: list[Word] = []
        while True:
            self.skip_newlines()
            if (word := self.read_word()) is not None:
                words.append(word)
            elif self.ahead == ")":
                self.at += 1
                self.depth -= 1
                return tuple(words)
            else:
                raise UnreadableError

    def _single(self) -> Piece:
        end = self.text.find("'", self.at + 1)
        if end < 0:
            raise UnreadableError
        text, self.at = self.text[self.at + 1 : end], end + 1
        return Piece("text", text, quoted=True)

    def _double(self) -> Sequence[Piece]:
        self.at += 1
        pieces: list[Piece] = []
        while True:
            if found := _IN_DOUBLE.match(self.text, self.at):
                self.at = found.end()
                pieces.append(Piece("text", found.group(), quoted=True))
            ahead = self.ahead
            if ahead == '"':
                self.at += 1
                return pieces or (Piece("text", "", quoted=True),)
            if ahead == "$":
                pieces.extend(self._dollar(quoted=True))
            elif ahead == "`":
                pieces.append(self._backticks(quoted=True))
            elif ahead == "\\":
                escaped = self.text[self.at + 1 : self.at + 2]
                if not escaped:
                    raise UnreadableError
                self.at += 2
                if escaped != "\n":
                    pieces.append(
                        Piece("text", escaped if escaped in '$`"\\' else "\\" + escaped, quoted=True)
                    )
            else:
                raise UnreadableError

    def _dollar(self, *, quoted: bool) -> Sequence[Piece]:
        self.at += 1
        ahead = self.ahead
        if ahead == "(":
            if self.text.startswith("(", self.at + 1):  # arithmetic
                self.skip_parentheses()
                return (Piece("unknown", quoted=quoted),)
            self.at += 1
            return (Piece("unknown", quoted=quoted, body=self.read_substitution()),)
        if ahead == "{":
            return (_parameter(self._braces(quoted=quoted), quoted),)
        if not quoted and ahead == '"':
            return self._double()
        if not quoted and ahead == "'" and (found := _ANSI_C.match(self.text, self.at)):
            self.at = found.end()
            return (Piece("text", found.group(1), quoted=True),)
        if found := _NAME.match(self.text, self.at):
            self.at = found.end()
            return (Piece("variable", found.group(), quoted),)
        if ahead and ahead in "@*0123456789" + _SPECIAL:
            self.at += 1
            return (_parameter(ahead, quoted),)
        return (Piece("text", "$", quoted),)

    def _braces(self, *, quoted: bool) -> str:
        """Go past ``{…}`` and return what is between."""
        self.deeper()
        self.at += 1
        begin = self.at
        while True:
            if found := _IN_BRACES.match(self.text, self.at):
                self.at = found.end()
            ahead = self.ahead
            if ahead == "}":
                self.at += 1
                self.depth -= 1
                return self.text[begin : self.at - 1]
            if ahead == "'" and quoted:
                self.at += 1
            elif not ahead or not self.skip_quoted(ahead):
                raise UnreadableError

    def skip_parentheses(self) -> None:
        """Go past ``(…)``, whatever is between."""
        self.deeper()
        open_ones = 0
        while True:
            if found := _IN_PARENTHESES.match(self.text, self.at):
                self.at = found.end()
            ahead = self.ahead
            if ahead and ahead in "()":
                self.at += 1
                open_ones += 1 if ahead == "(" else -1
                if not open_ones:
                    self.depth -= 1
                    return
            elif not ahead or not self.skip_quoted(ahead):
                raise UnreadableError

    def skip_quoted(self, ahead: str) -> bool:
        """Go past what begins with ``ahead``, a character that quotes or expands; ``False`` when it is none."""
        if ahead == "\\":
            self.at += 2
        elif ahead == "'":
            self._single()
        elif ahead == '"':
            self._double()
        elif ahead == "`":
            self._backticks(quoted=True)
        elif ahead == "$":
            self._dollar(quoted=True)
        else:
            return False
        return True

    def _backticks(self, *, quoted: bool) -> Piece:
        found = _BACKTICKS.match(self.text, self.at)
        if found is None:
            raise UnreadableError
        self.at = found.end()
        self.deeper()
        inner = type(self)(_ESCAPED_IN_BACKTICKS.sub(r"\1", found.group(1)), self.depth)
        body = inner.read_script()
        self.depth -= 1
        return Piece("unknown", quoted=quoted, body=body)


def _parameter(inside: str, quoted: bool) -> Piece:
    if _WHOLE.fullmatch(inside):
        return Piece("variable", inside, quoted)
    if found := _LIST.fullmatch(inside):
        return Piece("all", found.group(1) or "@", quoted)
    return Piece("unknown", quoted=quoted)
