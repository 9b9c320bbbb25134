"""What a log is searched for: plain text, or an expression that cannot be made to run away.

Both are expressions of RE2, whose time grows with the text and never with how it is written: no backtracking, and so no
back-references and no look-around. Memory is bounded, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from json.encoder import encode_basestring
from typing import Any, Protocol

import re2  # type: ignore[import-untyped]

from installcast.errors import InvalidInputError

MAX_CHARACTERS = 1000
"""Of an expression. What people search for is shorter; what is longer was made to cost something."""
MAX_MEMORY = 1_048_576
"""Bytes for one expression. At the worst it takes a second for 64 KiB then, off the interpreter's lock."""
MAX_TRIES = 1000
"""How often one message is searched again behind a match: an expression such as ``x*`` matches nothing everywhere."""

_SINGLE_TEXT = re.compile(r"\\[AzC]|\(\?[a-zA-Z]*-?[a-zA-Z]*m")
"""What means something else where many messages stand in one text: its very beginning and end, any byte, one line only."""

_KINDS_ZH = {
    "missing )": "缺少 )",
    "unexpected )": "多余的 )",
    "missing ]": "缺少 ]",
    "no argument for repetition operator": "重复符号前没有内容",
    "bad repetition operator": "重复符号用法错误",
    "invalid repetition size": "重复次数无效",
    "invalid character class range": "字符范围无效",
    "invalid escape sequence": "转义无效",
    "invalid named capture group": "命名分组无效",
    "invalid perl operator": "不支持的 (? 语法",
    "trailing \\": "末尾多余的 \\",
    "pattern too large - compile failed": "表达式过大",
}


class Pattern(Protocol):
    """A compiled expression of RE2."""

    def search(self, text: bytes, pos: int | None = None) -> Any:
        """Return the first match at or behind ``pos``, or ``None``."""


class BadExpressionError(InvalidInputError):
    """The expression is none. ``position`` is the character at which it goes wrong, from 0."""

    type = "bad_expression"
    en = "{field}: {reason}, at character {place}. The syntax is that of RE2."
    zh = "{field}：{reason_zh}（第 {place} 个字符）。语法为 RE2。"

    def __init__(self, *, field: str, reason: str, reason_zh: str, position: int) -> None:
        self.position = position
        super().__init__(field=field, reason=reason, reason_zh=reason_zh, place=position + 1)

    @property
    def details(self) -> dict[str, Any]:
        """What a program needs."""
        return {"position": self.position}


class Expression:
    """A search text, compiled. Raises :class:`BadExpressionError` for a bad expression.

    ``regex``: it is an expression of RE2, else plain text. Letters of both cases match each other unless ``case_sensitive``.
    """

    def __init__(self, text: str, *, regex: bool = False, case_sensitive: bool = False) -> None:
        # Half a surrogate pair is what a shell makes of bytes that are no text; no record has it.
        text = text.encode(errors="replace").decode()
        source = text if regex else re2.escape(text)
        try:
            alone = _compile(source, case_sensitive)
            # The same where a message stands alone; among others, its line begins and ends where it does.
            self.in_lines: Pattern | None = _compile(f"(?m){source}", case_sensitive)
        except re2.error as error:
            raise _bad_expression(text, error) from None
        self._alone = alone
        if regex and _SINGLE_TEXT.search(text):
            self.in_lines = None
        self.in_json: Pattern | None = None
        """Finds every record whose message matches, and some more, in the bytes of records."""
        if not regex:
            self.in_json = _compile(re2.escape(encode_basestring(text)[1:-1]), case_sensitive)

    def matches(self, message: bytes) -> bool:
        """Return whether a message, in UTF-8, matches."""
        return self._alone.search(message) is not None

    def spans(self, message: bytes) -> Iterator[tuple[int, int]]:
        """Yield where it matches, in bytes of ``message``: parts that do not overlap, and are not empty."""
        position = 0
        for _ in range(MAX_TRIES):
            found = self._alone.search(message, position) if position <= len(message) else None
            if found is None:
                return
            start, end = found.start(), found.end()
            if end > start:
                yield start, end
            position = end if end > start else end + 1


def alternatives(texts: list[bytes]) -> Pattern:
    """Return what finds any of ``texts``, byte for byte."""
    return _compile(b"|".join(map(re2.escape, texts)), case_sensitive=True)


def _compile(source: str | bytes, case_sensitive: bool) -> Pattern:
    options = re2.Options()
    options.log_errors = False
    options.never_nl = True
    options.never_capture = True
    options.max_mem = MAX_MEMORY
    options.case_sensitive = case_sensitive
    compiled: Pattern = re2.compile(source if isinstance(source, bytes) else source.encode(), options)
    # Its memory is ours to bound: the library would keep the last 128.
    re2.purge()
    return compiled


def _bad_expression(text: str, error: Exception) -> BadExpressionError:
    """Return what RE2 says, ``kind: the part at fault``, with the place of that part."""
    said = error.args[0] if error.args else ""
    reason = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    kind, _, part = reason.partition(": ")
    if kind in {"missing )", "unexpected )"}:
        position = _unbalanced(text)
    elif kind.startswith("trailing"):
        position = len(text) - 1
    else:
        position = max(0, text.find(part))
    shown = reason if part and part != text else kind
    kind_zh = _KINDS_ZH.get(kind, kind)
    return BadExpressionError(
        field="q",
        reason=shown,
        reason_zh=f"{kind_zh}：{part}" if part and part != text else kind_zh,
        position=position,
    )


def _unbalanced(text: str) -> int:
    """Return the place of the parenthesis that has no other."""
    opened: list[int] = []
    # An escaped character, a class with all in it, or a parenthesis.
    for token in re.finditer(r"\\.|\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\]|[()]", text, re.DOTALL):
        if token[0] == "(":
            opened.append(token.start())
        elif token[0] == ")":
            if not opened:
                return token.start()
            opened.pop()
    return opened[-1] if opened else 0
