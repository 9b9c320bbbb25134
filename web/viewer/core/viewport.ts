/** Which rows of a long log are on screen. Pure arithmetic. */

/**
 * The tallest element, in px, that every browser lays out faithfully (Firefox gives up at 17.8 million).
 * A log that needs more is scrolled in proportion.
 */
export const MAX_CONTENT_PX = 12_000_000;

/** Rows kept above and below what is seen, so that a fast scroll meets no blank. */
const OVERSCAN = 24;

export interface Window {
  /** First row to render. */
  first: number;
  /** Row after the last one to render. */
  last: number;
  /** Where the first row's top stands inside the content, in px. */
  offset: number;
}

/** Return the height of the content in px. */
export function contentHeight(rows: number, rowHeight: number): number {
  return Math.min(rows * rowHeight, MAX_CONTENT_PX);
}

/** Return which rows to render when the content is scrolled by `top` px. */
export function windowAt(top: number, viewport: number, rows: number, rowHeight: number): Window {
  const virtualTop = toVirtual(top, viewport, rows, rowHeight);
  const first = Math.max(0, Math.floor(virtualTop / rowHeight) - OVERSCAN);
  const last = Math.min(rows, Math.ceil((virtualTop + viewport) / rowHeight) + OVERSCAN);
  return { first: Math.min(first, last), last, offset: first * rowHeight - virtualTop + top };
}

/** Return the scroll position, in px, that puts `row` at a third of the viewport. */
export function topOf(row: number, viewport: number, rows: number, rowHeight: number): number {
  const range = Math.max(0, rows * rowHeight - viewport);
  const virtualTop = Math.min(range, Math.max(0, row * rowHeight - viewport / 3));
  const real = Math.max(0, contentHeight(rows, rowHeight) - viewport);
  return range === 0 ? 0 : (virtualTop * real) / range;
}

function toVirtual(top: number, viewport: number, rows: number, rowHeight: number): number {
  const real = contentHeight(rows, rowHeight) - viewport;
  const virtual = rows * rowHeight - viewport;
  if (real <= 0) return 0;
  const clamped = Math.min(Math.max(0, top), real);
  return real === virtual ? clamped : (clamped * virtual) / real;
}
