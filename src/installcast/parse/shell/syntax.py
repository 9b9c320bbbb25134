"""Reads shell scripts, a line at a time as a shell does (POSIX.1-2024, XCU 2.9-2.10; bash's reference manual, chapter 3).

It takes what a shell takes, and some of what a shell refuses: nothing is run here, so nothing hangs on it.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from installcast.parse.shell.nodes import (
    AndOr,
    Assignment,
    Case,
    Function,
    Group,
    If,
    Item,
    Line,
    Loop,
    Node,
    Piece,
    Pipeline,
    Simple,
    Word,
)
from installcast.parse.shell.words import UNKNOWN_PIECE, UnreadableError, WordReader

_REDIRECTION = re.compile(
    r"(?:\d+|\{\w+\})?(<<<|<<-?|<&|<>(?!\()|>>|>&|>\||<(?!\()|>(?!\())|(&>>?)", re.ASCII
)
_REDIRECTING = frozenset("0123456789{<>&")
"""The first characters of one."""
_KEYWORD = re.compile(
    r"(if|then|elif|else|fi|for|select|while|until|do|done|case|esac|function|coproc|time|[{}!]|\[\[)(?=[\s;&|()<>]|\Z)"
)
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)(?:\[[^\]]*\])?(\+?)=", re.ASCII)
_PARENTHESES = re.compile(r"[ \t]*\([ \t]*\)")
_COUNTED = re.compile(r"\(\(\s*\w+\s*=\s*(\d{1,6})\s*;\s*\w+\s*(<=?)\s*(\d{1,6})\s*;[^;]*\)\)", re.ASCII)
_TEST_END = re.compile(r"\]\](?=[\s;&|()<>]|\Z)")
_TEST_TEXT = re.compile(r"[^\\'\"`$\]\n]+")


class ScriptReader(WordReader):
    """Reads commands; see :meth:`read_line`."""

    has_jobs = False
    """Whether something was put into the background."""

    def read_line(self) -> Line | None:
        """Read the next commands that a shell would read before it runs one; ``None`` at the end.

        Raises :class:`UnreadableError`.
        """
        self.skip_newlines()
        if not self.ahead:
            return None
        items = self._list(())
        stop = items[-1].end
        if self.ahead and not self.skip_newline():
            raise UnreadableError
        return Line(items, items[0].start, stop, self.at)

    def read_script(self) -> tuple[Item, ...]:
        """Read all of the text. Raises :class:`UnreadableError`."""
        items: list[Item] = []
        while (line := self.read_line()) is not None:
            items.extend(line.items)
        return tuple(items)

    def read_substitution(self) -> tuple[Item, ...]:
        """Read commands up to the parenthesis that closes them, and that, too."""
        self.deeper()
        items = self._lists((), ")")
        self.at += 1
        self.depth -= 1
        return items

    def _keyword(self) -> str:
        """Return the reserved word ahead, ``""`` when there is none."""
        found = _KEYWORD.match(self.text, self.at)
        return found.group(1) if found else ""

    def _expect(self, keyword: str) -> None:
        self.skip_newlines()
        if self._keyword() != keyword:
            raise UnreadableError
        self.at += len(keyword)

    def _lists(self, closers: Collection[str], character: str = "") -> tuple[Item, ...]:
        """Read commands over any number of lines, up to one of the reserved words or the character, which stays ahead."""
        items: list[Item] = []
        while True:
            self.skip_newlines()
            ahead = self.ahead
            if (character and ahead == character) or self._keyword() in closers:
                return tuple(items)
            if ";;" in closers and self.text.startswith((";;", ";&"), self.at):
                return tuple(items)
            if not ahead:
                raise UnreadableError
            items.extend(self._list(closers))

    def _list(self, closers: Collection[str]) -> tuple[Item, ...]:
        """Read ``a; b & c`` up to the end of the line, or to what cannot go on."""
        items: list[Item] = []
        while True:
            start = self.at
            node = self._and_or()
            end = self.at
            self.skip_blanks()
            background = self.ahead == "&"
            items.append(Item(node, background, start, end))
            if background:
                self.has_jobs = True
                self.at += 1
            elif self.ahead == ";" and not self.text.startswith((";;", ";&"), self.at):
                self.at += 1
            else:
                return tuple(items)
            self.skip_blanks()
            if self.ahead in ("", "\n", ")") or self._keyword() in closers:
                return tuple(items)
            if self.text.startswith((";;", ";&"), self.at):
                return tuple(items)

    def _and_or(self) -> Node:
        commands = [self._pipeline()]
        operators: list[str] = []
        while True:
            self.skip_blanks()
            operator = self.text[self.at : self.at + 2]
            if operator not in ("&&", "||"):
                return commands[0] if not operators else AndOr(tuple(commands), tuple(operators))
            self.at += 2
            self.skip_newlines()
            operators.append(operator)
            commands.append(self._pipeline())

    def _pipeline(self) -> Node:
        negated = False
        while (keyword := self._keyword()) in ("!", "time"):
            negated ^= keyword == "!"
            self.at += len(keyword)
            self.skip_blanks()
            if keyword == "time" and self.text.startswith("-p", self.at):
                self.at += 2
                self.skip_blanks()
        commands = [self._command()]
        while True:
            self.skip_blanks()
            if self.ahead != "|" or self.text.startswith("||", self.at):
                break
            self.at += 2 if self.text.startswith("|&", self.at) else 1
            self.skip_newlines()
            commands.append(self._command())
        return commands[0] if len(commands) == 1 and not negated else Pipeline(tuple(commands), negated)

    def _command(self) -> Node:
        self.deeper()
        node = self._compound()
        if node is None:
            node = self._simple()
        elif not isinstance(node, Function):
            while self._redirection():
                pass
        self.depth -= 1
        return node

    def _compound(self) -> Node | None:
        if self.ahead == "(":
            return self._parenthesis()
        keyword = self._keyword()
        if not keyword:
            return None
        self.at += len(keyword)
        if keyword == "{":
            body = self._lists({"}"})
            self._expect("}")
            return Group(body)
        if keyword == "if":
            return self._if()
        if keyword in ("while", "until"):
            condition = self._lists({"do"})
            return Loop(keyword, self._do(), condition)
        if keyword in ("for", "select"):
            return self._for(keyword)
        if keyword == "case":
            return self._case()
        if keyword == "[[":
            return self._test()
        if keyword == "function":
            return self._function()
        if keyword == "coproc":
            self.has_jobs = True
            self.skip_blanks()
            return self._command()
        raise UnreadableError  # a reserved word that closes what nobody opened

    def _parenthesis(self) -> Node:
        if self.text.startswith("((", self.at):
            begin = self.at
            self.skip_parentheses()
            if self.text.startswith("))", self.at - 2):
                return Simple((Word((Piece("text", "(("),)),))
            self.at = begin
        self.at += 1
        body = self._lists((), ")")
        self.at += 1
        return Group(body)

    def _if(self) -> Node:
        branches: list[tuple[tuple[Item, ...], tuple[Item, ...]]] = []
        while True:
            condition = self._lists({"then"})
            self._expect("then")
            branches.append((condition, self._lists({"elif", "else", "fi"})))
            keyword = self._keyword()
            self.at += len(keyword)
            if keyword == "else":
                branches.append(((), self._lists({"fi"})))
                self._expect("fi")
            if keyword != "elif":
                return If(tuple(branches))

    def _do(self) -> tuple[Item, ...]:
        self._expect("do")
        body = self._lists({"done"})
        self._expect("done")
        return body

    def _for(self, kind: str) -> Node:
        self.skip_blanks()
        if found := _COUNTED.match(self.text, self.at):
            first, relation, last = found.groups()
            limit = max(0, int(last) - int(first) + (relation == "<="))
        elif not self.text.startswith("((", self.at):
            return self._for_words(kind)
        else:
            limit = None
        self.skip_parentheses()
        self._semicolon()
        return Loop(kind, self._do(), limit=limit)

    def _for_words(self, kind: str) -> Node:
        variable = self.read_word()
        if variable is None:
            raise UnreadableError
        name = "".join(piece.text for piece in variable.pieces)
        words: list[Word] = [Word((Piece("all", "@", quoted=True),))]
        self.skip_newlines()
        if self.text.startswith("in", self.at):
            self.at += 2
            words.clear()
            while True:
                self.skip_blanks()
                if (word := self.read_word()) is None:
                    break
                words.append(word)
        self._semicolon()
        return Loop(kind, self._do(), variable=name, words=tuple(words))

    def _semicolon(self) -> None:
        self.skip_blanks()
        if self.ahead == ";":
            self.at += 1

    def _case(self) -> Node:
        self.skip_blanks()
        word = self.read_word()
        self.skip_newlines()
        if word is None or not self.text.startswith("in", self.at):
            raise UnreadableError
        self.at += 2
        branches: list[tuple[Item, ...]] = []
        while True:
            self.skip_newlines()
            if self._keyword() == "esac":
                self.at += 4
                return Case(word, tuple(branches))
            self._patterns()
            branches.append(self._lists({";;", "esac"}))
            if self.ahead == ";":
                self.at += 3 if self.text.startswith(";;&", self.at) else 2

    def _patterns(self) -> None:
        if self.ahead == "(":
            self.at += 1
        while True:
            self.skip_blanks()
            if self.read_word() is None:
                raise UnreadableError
            self.skip_blanks()
            ahead, self.at = self.ahead, self.at + 1
            if ahead == ")":
                return
            if ahead != "|":
                raise UnreadableError

    def _test(self) -> Node:
        """Go past ``[[ … ]]``: in it, ``<``, ``>``, ``(`` and ``|`` are no operators of the shell."""
        while True:
            if found := _TEST_TEXT.match(self.text, self.at):
                self.at = found.end()
            ahead = self.ahead
            if ahead == "]":
                if self.text[self.at - 1].isspace() and _TEST_END.match(self.text, self.at):
                    self.at += 2
                    return Simple((Word((Piece("text", "[["),)),))
                self.at += 1
            elif ahead == "\n":
                self.at += 1
            elif not ahead or not self.skip_quoted(ahead):
                raise UnreadableError

    def _function(self) -> Node:
        self.skip_blanks()
        word = self.read_word()
        if word is None:
            raise UnreadableError
        if found := _PARENTHESES.match(self.text, self.at):
            self.at = found.end()
        return self._define(word)

    def _define(self, word: Word) -> Node:
        self.skip_newlines()
        self.deeper()
        body = self._compound()
        self.depth -= 1
        if body is None:
            raise UnreadableError
        while self._redirection():
            pass
        return Function("".join(piece.text for piece in word.pieces), body)

    def _simple(self) -> Node:
        words: list[Word] = []
        assignments: list[Assignment] = []
        begin = self.at
        while True:
            self.skip_blanks()
            if self._redirection():
                continue
            start = self.at
            word = self.read_word()
            if word is None:
                break
            if not words and (found := _ASSIGNMENT.match(self.text, start, self.at)):
                assignments.append(_assignment(word, found))
                continue
            words.append(word)
            if len(words) == 1 and not assignments and (found := _PARENTHESES.match(self.text, self.at)):
                self.at = found.end()
                return self._define(word)
        if self.at == begin:
            raise UnreadableError
        return Simple(tuple(words), tuple(assignments))

    def _redirection(self) -> bool:
        self.skip_blanks()
        if self.ahead not in _REDIRECTING or (found := _REDIRECTION.match(self.text, self.at)) is None:
            return False
        self.at = found.end()
        self.skip_blanks()
        target = self.read_word()
        if target is None:
            raise UnreadableError
        if found.group(1) in ("<<", "<<-"):
            self.add_heredoc(target, tabs=found.group(1) == "<<-")
        return True


def _assignment(word: Word, found: re.Match[str]) -> Assignment:
    """Take the name off the word that begins with it."""
    if "[" in found.group():  # an element of an array
        return Assignment(found.group(1), Word((UNKNOWN_PIECE,)), False)
    first, *rest = word.pieces
    value = first._replace(text=first.text[found.end() - found.start() :])
    pieces = (*((value,) if value.text else ()), *rest)
    return Assignment(found.group(1), Word(pieces, word.array), found.group(2) == "+")
