"""Each state of a page as people see it: in both languages and themes, on a desk and on a phone; kept for them to look at."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Literal, NamedTuple

from playwright.sync_api import Locator, Page, ViewportSize, expect

Language = Literal["en", "zh"]
Theme = Literal["light", "dark"]
Speak = Callable[[Page, Language], None]
"""Turns a page to a language."""

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".build/reports/screenshots"
AXE = (ROOT / "web/node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
SERIOUS = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
    .filter(({impact}) => impact === "serious" || impact === "critical")
    .map(({id, nodes}) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`)"""

DESK, PHONE = ViewportSize(width=1280, height=800), ViewportSize(width=320, height=640)

ASPECTS: tuple[tuple[Language, tuple[tuple[Theme, ViewportSize], ...]], ...] = (
    ("en", (("light", DESK), ("dark", DESK), ("dark", PHONE), ("light", PHONE))),
    ("zh", (("light", PHONE), ("dark", PHONE), ("dark", DESK), ("light", DESK))),
)
"""In an order in which few things change from one to the next."""

CONTENT_IS_ITS_NAME = {"button", "heading", "link", "option"}

PAINTED = """(dark) => new Promise((done) => {
  const look = () => {
    const turned = !document.querySelector(".page-header") || document.documentElement.classList.contains("dark") === dark;
    requestAnimationFrame(turned ? () => setTimeout(() => done(document.documentElement.scrollWidth - innerWidth)) : look);
  };
  look();
})"""
"""Waits until the page has taken over theme and width; tells by how many pixels it sticks out."""


class Reads(NamedTuple):
    """What a person must be able to read, or a screen reader to find, in both languages."""

    role: str
    en: str
    zh: str

    def locator(self, page: Page, language: Language) -> Locator:
        """Return the first place where it stands."""
        text = getattr(self, language)
        if self.role == "text":
            return page.get_by_text(text).first
        if self.role in CONTENT_IS_ITS_NAME or self.role == "progressbar":
            return page.get_by_role(self.role, name=text).first  # type: ignore[arg-type]
        return page.get_by_role(self.role).filter(has_text=text).first  # type: ignore[arg-type]


class Album:
    """The pictures of one run."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self.folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)

    def look(
        self, page: Page, name: str, reads: Sequence[Reads], speak: Speak, *, whole: bool = False
    ) -> None:
        """Check the state ``name`` of ``page`` in all its aspects, and take a picture of each; ``whole``: also of what is
        below the screen."""
        page.evaluate(AXE)
        for language, aspects in ASPECTS:
            speak(page, language)
            read_at = None
            for theme, size in aspects:
                aspect = f"{name}-{language}-{theme}-{size['width']}"
                page.set_viewport_size(size)
                page.emulate_media(color_scheme=theme)
                if size != read_at:  # colours alone hide nothing
                    for each in reads:
                        expect(each.locator(page, language), aspect).to_be_visible()
                read_at = size
                assert page.evaluate(PAINTED, theme == "dark") <= 0, f"{aspect} scrolls sideways"
                page.screenshot(path=self.folder / f"{aspect}.png", full_page=whole, animations="disabled")
                if (theme, size) in (("light", DESK), ("dark", PHONE)) and (theme == "light") == (
                    language == "en"
                ):
                    assert page.evaluate(SERIOUS) == [], aspect

    def bind(self) -> None:
        """Write the page that shows all pictures."""
        names = sorted(path.name for path in self.folder.glob("*.png"))
        rows = (
            _row(state, pictures) for state, pictures in groupby(names, lambda name: name.rsplit("-", 3)[0])
        )
        (self.folder / "index.html").write_text(INDEX.format(rows="\n".join(rows)), encoding="utf-8")


def _row(state: str, pictures: Iterable[str]) -> str:
    cells = (
        f'<a href="{escape(name)}"><img src="{escape(name)}" alt="{escape(name)}" loading="lazy"></a>'
        for name in pictures
    )
    return f"<section><h2>{escape(state)}</h2>{''.join(cells)}</section>"


INDEX = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Screenshots</title><style>
body {{ font: 14px sans-serif; background: #8a919c }} h2 {{ font-size: 16px }} a {{ margin: 0 8px 8px 0 }}
section {{ display: flex; flex-wrap: wrap; align-items: start }} h2 {{ flex-basis: 100% }} img {{ width: 300px }}
img[src*="-320."] {{ width: 120px }}
</style></head><body>
{rows}
</body></html>
"""
