"""Screenshots as PNG files of 256 colours: a third of what a browser writes, and no difference to be seen."""

from __future__ import annotations

import base64
import struct
import zlib

from playwright.sync_api import Page

_INDEXED = 3
"""The PNG colour type whose pixels are numbers of a palette."""

_COUNT_COLOURS = """async (png) => {
  const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d");
  context.drawImage(bitmap, 0, 0);
  const pixels = new Uint32Array(context.getImageData(0, 0, width, height).data.buffer);
  const counts = new Map();
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
  const parts = (pixel) => [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255];
  const palette = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a)).slice(0, 256).map(parts);
  const nearest = (pixel) => {
    const [r, g, b] = parts(pixel);
    const distance = ([red, green, blue]) => (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2;
    return palette.reduce((best, colour, index) => (distance(colour) < distance(palette[best]) ? index : best), 0);
  };
  const numbers = new Map([...counts.keys()].map((pixel) => [pixel, nearest(pixel)]));
  let text = "";
  for (const pixel of pixels) text += String.fromCharCode(numbers.get(pixel));
  return { width, height, palette, pixels: btoa(text) };
}"""
"""The most frequent colours, and for each pixel the one that comes nearest."""


def shrink(png: bytes, page: Page) -> bytes:
    """Return ``png`` with 256 colours; ``page``, a blank one, does the decoding."""
    image = page.evaluate(_COUNT_COLOURS, base64.b64encode(png).decode())
    width, height = image["width"], image["height"]
    pixels = base64.b64decode(image["pixels"])
    # Each row begins with the number of its filter: none, since neighbours in a palette have nothing in common.
    rows = b"".join(b"\0" + pixels[row * width : (row + 1) * width] for row in range(height))
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, _INDEXED, 0, 0, 0)),
            _chunk(b"PLTE", bytes(part for colour in image["palette"] for part in colour)),
            _chunk(b"IDAT", zlib.compress(rows, 9)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    """Return a chunk as in section 5.3 of the PNG specification, third edition."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
