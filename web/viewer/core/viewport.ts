/** Which rows of a long log are on screen. Pure arithmetic. */

import type { Heights } from "./heights.js";

/** The tallest element, in px, that every browser lays out faithfully: Firefox gives up at 17.8 million. */
export const SAFE_CONTENT_PX = 12_000_000;
/** One that most do: Chromium and Safari give up at 33.5 million. */
export const TALL_CONTENT_PX = 30_000_000;

/** Rows kept above and below what is seen, so that a fast scroll meets no blank. */
const OVERSCAN = 24;

/** What a list and the place that shows it measure. */
export interface Geometry {
  rows: number;
  heights: Heights;
  /** Height of one line of text, in px. */
  lineHeight: number;
  /** Height of what is seen, in px. */
  viewport: number;
  /** The tallest content, in px, that the browser can show. A log that needs more is scrolled in proportion. */
  tallest: number;
}

export interface Window {
  /** First row to render. */
  first: number;
  /** Row after the last one to render. */
  last: number;
  /** Where the first row's top stands inside the content, in px. */
  offset: number;
}

/** Return the height of the content in px. */
export function contentHeight({ heights, lineHeight, tallest }: Geometry): number {
  return Math.min(heights.total * lineHeight, tallest);
}

/** Return which rows to render when the content is scrolled by `top` px. */
export function windowAt(top: number, geometry: Geometry): Window {
  const { rows, heights, lineHeight, viewport } = geometry;
  if (rows === 0) return { first: 0, last: 0, offset: 0 };
  const virtual = toVirtual(top, geometry);
  const first = Math.max(0, heights.rowAt(virtual / lineHeight) - OVERSCAN);
  const last = Math.min(rows, heights.rowAt((virtual + viewport) / lineHeight) + 1 + OVERSCAN);
  return { first: Math.min(first, last), last, offset: heights.before(first) * lineHeight - virtual + top };
}

/** Return the row whose top is at or above the upper edge, and by how much it is above, in px. */
export function topRow(top: number, geometry: Geometry): { row: number; above: number } {
  const virtual = toVirtual(top, geometry);
  const row = geometry.heights.rowAt(virtual / geometry.lineHeight);
  return { row, above: virtual - geometry.heights.before(row) * geometry.lineHeight };
}

/** Return the scroll position, in px, that puts the top of `row` at `distance` px below the upper edge, as far as the ends let it. */
export function topOf(row: number, distance: number, geometry: Geometry): number {
  const { heights, lineHeight, viewport } = geometry;
  const range = Math.max(0, heights.total * lineHeight - viewport);
  const virtual = Math.min(range, Math.max(0, heights.before(row) * lineHeight - distance));
  const real = Math.max(0, contentHeight(geometry) - viewport);
  return range === 0 ? 0 : (virtual * real) / range;
}

function toVirtual(top: number, geometry: Geometry): number {
  const real = contentHeight(geometry) - geometry.viewport;
  const virtual = geometry.heights.total * geometry.lineHeight - geometry.viewport;
  if (real <= 0) return 0;
  const clamped = Math.min(Math.max(0, top), real);
  return real === virtual ? clamped : (clamped * virtual) / real;
}
