"""Parameters of a recipe: their declaration, and the check of what somebody sent against it.

A value that passes becomes the value of one environment variable. Scripts are often written carelessly, so a plain
string is held to harmless characters unless the recipe gives a ``pattern`` of its own: even inside the environment,
``a[$(reboot)]`` runs ``reboot`` when bash uses the variable in arithmetic.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from installcast.catalog.text import Text, in_locale
from installcast.catalog.variables import refusal
from installcast.errors import InvalidParameterError

MIN_SECRET_LENGTH = 6
"""Characters. A shorter secret cannot be masked: it would black out half of the log."""

MAX_LENGTH = 4096
"""Characters of a string where the recipe sets no limit. Linux takes 128 KiB a variable; no form needs that."""

PLAIN_STRING = r"[\w .,:/@%+=~^-]*"
"""What a string without a ``pattern`` may hold: letters and digits of any script, space, and ``_ . , : / @ % + = ~ ^ -``."""

RESERVED_NAMES = frozenset({"key", "version", "parameters"})
"""Parameters may stand flat beside these in a request."""

_INTEGER = re.compile(r"-?[0-9]{1,18}")
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")
_BOOLEANS = {
    "true": "true",
    "yes": "true",
    "on": "true",
    "1": "true",
    "false": "false",
    "no": "false",
    "off": "false",
    "0": "false",
}

ParameterType = Literal["string", "integer", "number", "boolean", "enum"]

RequestedAction = Literal["install", "upgrade", "uninstall"]
REQUESTED_ACTIONS: tuple[RequestedAction, ...] = ("install", "upgrade", "uninstall")
"""What somebody can ask for."""


class Parameter(BaseModel):
    """One declared parameter. ``default`` is the text that a request without it stands for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$")]
    env: str = ""
    """The variable. Where the recipe names none, it is the parameter's name in capitals."""
    type: ParameterType = "string"
    title: Text = {}
    help: Text = {}
    required: bool = False
    secret: bool = False
    default: str | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    min_length: Annotated[int, Field(ge=0)] | None = None
    max_length: Annotated[int, Field(ge=1, le=65536)] | None = None
    pattern: str | None = None
    """A regular expression that the whole value has to match."""
    choices: tuple[str, ...] = ()
    actions: Annotated[tuple[RequestedAction, ...], Field(min_length=1)] = REQUESTED_ACTIONS
    """The requests that take it. A port is asked for once, at the install; an upgrade leaves it as it is."""

    @field_validator("name")
    @classmethod
    def _name_is_free(cls, name: str) -> str:
        if name in RESERVED_NAMES:
            raise ValueError(f"{name!r} is a word of the request itself; choose another name")
        return name

    @field_validator("pattern")
    @classmethod
    def _pattern_compiles(cls, pattern: str | None) -> str | None:
        try:
            re.compile(pattern or "")
        except re.error as error:
            raise ValueError(f"is no regular expression: {error}") from None
        return pattern

    @model_validator(mode="after")
    def _fits_together(self) -> Parameter:
        if not self.env:
            object.__setattr__(self, "env", self.name.upper().replace("-", "_"))
        if reason := refusal(self.env):
            raise ValueError(f"env {self.env!r} {reason}")
        self._only_for({"integer", "number"}, "minimum", "maximum")
        self._only_for({"string"}, "min_length", "max_length", "pattern", "secret")
        self._only_for({"enum"}, "choices")
        if self.type == "enum" and not self.choices:
            raise ValueError("an enum needs choices")
        if self.secret and self.default is not None:
            raise ValueError(
                "a secret cannot have a default: everybody could read it; let the script make one"
            )
        if self.required and self.default is not None:
            raise ValueError("a required parameter never uses its default; leave one of them out")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError("minimum is above maximum")
        if self.min_length is not None and self.min_length > (self.max_length or MAX_LENGTH):
            raise ValueError("min_length is above max_length")
        for choice in self.choices:
            if reason_en := _unsafe(choice):
                raise ValueError(f"choice {choice!r} {reason_en[0]}")
        if self.default:
            try:
                object.__setattr__(self, "default", self.check(self.default))
            except InvalidParameterError as error:
                raise ValueError(f"default {self.default!r}: {error.values['reason']}") from None
        return self

    def _only_for(self, types: set[str], *keys: str) -> None:
        if self.type in types:
            return
        for key in keys:
            if getattr(self, key):
                raise ValueError(f"{key} has no meaning for type {self.type}")

    def check(self, value: Any) -> str:
        """Return ``value`` as the text of the environment variable.

        ``value`` is what JSON or a command line gave; a string stands for any type. Raises
        :class:`InvalidParameterError`, which never repeats a secret.
        """
        text = self._as_text(value)
        if not self.secret and text.startswith("-") and not self._may_be_negative():
            raise self._error("may not begin with -", "不能以 - 开头")
        if reasons := _unsafe(text):
            raise self._error(*reasons)
        return {
            "string": self._check_string,
            "integer": self._check_integer,
            "number": self._check_number,
            "boolean": self._check_boolean,
            "enum": self._check_enum,
        }[self.type](text)

    def _as_text(self, value: Any) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            if self.type == "boolean":
                return "true" if value else "false"
        elif isinstance(value, int) and self.type != "boolean":
            # Longer than any number that passes; Python refuses to write out huge ones.
            return str(value) if abs(value) < 10**18 else "9" * 19
        elif isinstance(value, float) and self.type in ("integer", "number"):
            return f"{Decimal(repr(value)):f}"
        expected_en, expected_zh = _EXPECTED[self.type]
        raise self._error(f"must be {expected_en}", f"应为{expected_zh}")

    def _may_be_negative(self) -> bool:
        return self.minimum is not None and self.minimum < 0

    def _check_string(self, text: str) -> str:
        shortest = max(self.min_length or 0, MIN_SECRET_LENGTH if self.secret else 0)
        longest = self.max_length or MAX_LENGTH
        # Blanks around a secret are not masked, so they do not make it long enough.
        if len(text.strip() if self.secret else text) < shortest:
            raise self._error(f"needs at least {shortest} characters", f"至少需要 {shortest} 个字符")
        if len(text) > longest:
            raise self._error(f"may have at most {longest} characters", f"最多 {longest} 个字符")
        if self.pattern is not None:
            if not re.fullmatch(self.pattern, text):
                raise self._error(f"does not match {self.pattern}", f"不符合格式 {self.pattern}")
        elif not self.secret and not re.fullmatch(PLAIN_STRING, text):
            bad = next(character for character in text if not re.fullmatch(PLAIN_STRING, character))
            raise self._error(f"may not hold the character {bad!r}", f"不能包含字符 {bad!r}")
        return text

    def _check_integer(self, text: str) -> str:
        if not _INTEGER.fullmatch(text):
            raise self._error(f"{_shown(text)} is not a whole number", f"{_shown(text)} 不是整数")
        self._check_range(Decimal(text))
        # Written anew: bash would read a leading zero as octal.
        return str(int(text))

    def _check_number(self, text: str) -> str:
        if not _NUMBER.fullmatch(text):
            raise self._error(f"{_shown(text)} is not a number", f"{_shown(text)} 不是数字")
        self._check_range(Decimal(text))
        return text

    def _check_range(self, number: Decimal) -> None:
        if self.minimum is not None and number < self.minimum:
            raise self._error(f"must be at least {self.minimum}", f"不能小于 {self.minimum}")
        if self.maximum is not None and number > self.maximum:
            raise self._error(f"may be at most {self.maximum}", f"不能大于 {self.maximum}")

    def _check_boolean(self, text: str) -> str:
        try:
            return _BOOLEANS[text.lower()]
        except KeyError:
            raise self._error(
                f"{_shown(text)} is neither true nor false", f"{_shown(text)} 不是 true 或 false"
            ) from None

    def _check_enum(self, text: str) -> str:
        if text not in self.choices:
            offered = ", ".join(self.choices)
            raise self._error(
                f"{_shown(text)} is not one of {offered}", f"{_shown(text)} 不在可选值中：{offered}"
            )
        return text

    def _error(self, reason: str, reason_zh: str) -> InvalidParameterError:
        return InvalidParameterError(field=self.name, reason=reason, reason_zh=reason_zh)

    def misplaced(self, action: str) -> InvalidParameterError:
        """Return the error that says that ``action`` does not take this parameter."""
        return self._error(f"has no meaning for {action}", f"不适用于 {action}")

    def missing(self) -> InvalidParameterError:
        """Return the error that says that this parameter has to be given."""
        return self._error("is required", "必须填写")

    def describe(self, locale: str) -> dict[str, Any]:
        """Return the declaration as the catalog lists it: what a form needs, texts in one language."""
        declared: dict[str, Any] = {
            "name": self.name,
            "type": self.type,
            "title": in_locale(self.title, locale, self.name),
            "help": in_locale(self.help, locale),
            "required": self.required,
            "secret": self.secret,
            "default": self._typed(self.default),
        }
        limits = {
            "minimum": self._typed(self.minimum),
            "maximum": self._typed(self.maximum),
            "min_length": max(self.min_length or 0, MIN_SECRET_LENGTH) if self.secret else self.min_length,
            "max_length": self.max_length,
            "pattern": self.pattern,
            "choices": list(self.choices) or None,
        }
        return declared | {name: limit for name, limit in limits.items() if limit is not None}

    def _typed(self, value: str | Decimal | None) -> Any:
        if value is None:
            return None
        if self.type == "integer":
            return int(value) if value != "" else None
        if self.type == "number":
            return float(value) if value != "" else None
        if self.type == "boolean":
            return value == "true"
        return value


_EXPECTED = {
    "string": ("a string", "字符串"),
    "integer": ("a whole number", "整数"),
    "number": ("a number", "数字"),
    "boolean": ("true or false", " true 或 false"),
    "enum": ("a string", "字符串"),
}


def says_yes(value: Any) -> bool:
    """Return whether ``value``, as a request gives it, is true for a boolean parameter."""
    return _BOOLEANS.get(str(value).lower()) == "true"


def _unsafe(text: str) -> tuple[str, str] | None:
    for character in text:
        # Cc: control characters. Cs: half a surrogate pair, which has no UTF-8. Zl, Zp: line breaks to some readers.
        if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp"):
            return "may not hold a control character or a line break", "不能包含控制字符或换行"
    return None


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:40] + "…")
