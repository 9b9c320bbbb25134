"""HTML of the few pages that the service writes itself: sign-in and reference. They need no script and no other site."""

from __future__ import annotations

from html import escape

from starlette.responses import HTMLResponse


def page(
    title: str, body: str, *, locale: str, status: int = 200, wide: bool = False, up: str = ""
) -> HTMLResponse:
    """Return a whole page around ``body``, which is HTML already. Addresses in it are relative: a prefix may stand in front.

    ``up`` leads from the page's own address to the root, such as ``../``.
    """
    base = f'<base href="{up}">\n' if up else ""
    html = (
        f'<!doctype html>\n<html lang="{"zh-CN" if locale == "zh" else "en"}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"{base}<title>{escape(title)} · Installcast</title>\n"
        '<link rel="stylesheet" href="assets/pages.css">\n<link rel="icon" href="data:,">\n</head>\n'
        f'<body>\n<main class="{"wide" if wide else "narrow"}">\n{body}\n</main>\n</body>\n</html>\n'
    )
    return HTMLResponse(html, status, headers={"Cache-Control": "no-store", "Vary": "Accept-Language"})
