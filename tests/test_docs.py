"""The docs are part of the feature: what exists is documented, in both languages, and the links lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from installcast.parse.causes import CAUSES
from installcast.parse.diagnose import Error
from installcast.runner import causes
from installcast.settings import Settings

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(#[^)]*)?\)")


def setting_keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Yield the path of every setting that is not itself a section."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from setting_keys(kind, f"{prefix}{name}.")
        else:
            yield prefix + name


@pytest.mark.parametrize("page", ["configuration.md", "configuration.zh.md"])
def test_every_setting_is_documented_and_no_other(page: str) -> None:
    """The tables of the page list the settings, each once."""
    documented = re.findall(r"^\| `([a-z_.]+)` \|", (DOCS / page).read_text(), re.MULTILINE)
    assert sorted(documented) == sorted(setting_keys(Settings))


@pytest.mark.parametrize("page", ["configuration.md", "configuration.zh.md"])
def test_documented_defaults_are_the_defaults(page: str) -> None:
    """A plain default in the table is the one in the code."""
    rows = re.findall(r"^\| `([a-z_.]+)` \| `([^`]*)` \|", (DOCS / page).read_text(), re.MULTILINE)
    for key, shown in rows:
        value: object = Settings()
        for part in key.split("."):
            value = getattr(value, part)
        if isinstance(value, (bool, int, str)):
            assert shown == str(value).lower() if isinstance(value, bool) else shown == str(value), key


def pages() -> list[Path]:
    """Return every page that a person may read."""
    return sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link of a page names a file of the project."""
    for target, _ in LINK.findall(page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target


USER_PAGES = [page for page in pages() if page.parent == DOCS and not page.name.endswith(".zh.md")]
ENGLISH_ONLY = {"design.md"}
"""Pages for those who work on the project itself."""


@pytest.mark.parametrize("page", USER_PAGES, ids=lambda page: page.name)
def test_pages_for_users_come_in_both_languages(page: Path) -> None:
    """A page in English has one in Chinese beside it."""
    assert page.name in ENGLISH_ONLY or page.with_suffix(".zh.md").exists()


@pytest.mark.parametrize("page", ["progress.md", "progress.zh.md"])
def test_every_code_of_a_cause_is_documented(page: str) -> None:
    """Whoever meets a code finds it on the page."""
    text = (DOCS / page).read_text()
    own = (value for value in vars(causes).values() if isinstance(value, Error))
    codes = {cause.code for cause in CAUSES} | {error.code for error in own}
    assert sorted(code for code in codes if f"`{code}`" not in text) == []
