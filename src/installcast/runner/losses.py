"""How much of the output a body shows that is lost: lines, and bytes of their text, ends of lines included."""

from __future__ import annotations

import json
from collections.abc import Sequence


def printed(body: bytes) -> tuple[int, int]:
    """Return how many lines and bytes of the output ``body`` shows: none where nothing was printed."""
    if b',"kind":"progress"' in body:
        return 0, 0
    start = body.index(b'"message":"') + len(b'"message":"')
    text = body[start : body.index(b'","progress":', start)]  # in a text a quote is written as \"
    size = len(json.loads(b'"%b"' % text).encode()) if b"\\" in text else len(text)
    return 1, size if b',"continued":true' in body else size + 1


def common_frame(bodies: Sequence[str]) -> int | None:
    """Return the frame of all ``bodies`` at once, where they differ in nothing but a simple text.

    A flood is of such lines, and to take each of them apart would cost as much as to make it.
    """
    if not bodies:
        return None
    start = bodies[0].index('"message":"') + len('"message":"')
    head, end = bodies[0][:start], bodies[0][bodies[0].index('","progress":', start) :]
    text = "\n".join(bodies)
    alike = "\\" not in text and text.count(head) == text.count(end) == len(bodies)
    if not alike or '"kind":' in end or '"continued":' in end:
        return None
    return len(head.encode()) + len(end.encode()) - 1
