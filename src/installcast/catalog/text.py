"""Texts of a recipe in the languages of its readers."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]


def _spread(value: Any) -> Any:
    return {"en": value} if isinstance(value, str) else value


Text = Annotated[
    dict[Language, Annotated[str, Field(min_length=1, max_length=2000)]], BeforeValidator(_spread)
]
"""Language → text. In a recipe, a plain string reads as English."""


def in_locale(text: dict[str, str], locale: str, default: str = "") -> str:
    """Return ``text`` in the language of ``locale`` (``zh``, ``zh-CN`` …), else in English, else in any, else ``default``."""
    language = locale.replace("_", "-").split("-")[0].lower()
    return text.get(language) or text.get("en") or next(iter(text.values()), default) or default
