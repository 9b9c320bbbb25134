/** A list of any number of rows, of which only those on screen are in the page. */

import { even, Uneven } from "../core/heights.js";
import type { Log } from "../core/log.js";
import type { Row } from "../core/rows.js";
import type { Geometry } from "../core/viewport.js";
import { contentHeight, SAFE_CONTENT_PX, TALL_CONTENT_PX, topOf, topRow, windowAt } from "../core/viewport.js";
import { Wrapping } from "../core/wrapping.js";
import { element } from "./dom.js";
import type { RowMaker } from "./row_window.js";
import { RowWindow } from "./row_window.js";

/** Used until a row can be measured. */
const ASSUMED_LINE_HEIGHT = 20;
const PROBE_LETTERS = 50;
/** Rows that were measured push others into view, which are measured in turn; after so many times it is good enough. */
const CORRECTIONS = 3;

/** What a place in the list is held by: a row, and how far it is above the upper edge, in px. */
export interface Anchor {
  row: Row;
  above: number;
}

/** Where to scroll: to the end, to have a row at a place, or nowhere. */
export type Goal = "end" | Anchor | undefined;

export class VirtualList {
  readonly node = element("div", "icv-content");
  readonly #log: Log;
  readonly #scroller: HTMLElement;
  readonly #window: RowWindow;
  /** Tells that the list itself has scrolled, to so many px. */
  readonly #scrolled: (top: number) => void;
  readonly #wrapping = new Wrapping();
  readonly #geometry: Geometry = { rows: 0, heights: even(0), lineHeight: ASSUMED_LINE_HEIGHT, viewport: 0, tallest: SAFE_CONTENT_PX };
  #anchor: Anchor | undefined;
  #layout = "";
  #wraps = false;
  /** How many characters fit into a line. */
  #fitting = 1;
  #columns = 0;
  #digits = 0;
  #shown: readonly Row[] = [];

  constructor(log: Log, scroller: HTMLElement, maker: RowMaker, scrolled: (top: number) => void) {
    this.#log = log;
    this.#scroller = scroller;
    this.#scrolled = scrolled;
    this.#window = new RowWindow(maker);
    this.node.append(this.#window.node);
  }

  /** What is at the upper edge. */
  get anchor(): Anchor | undefined {
    return this.#anchor;
  }

  /** The rows that are in the page. */
  get shown(): readonly Row[] {
    return this.#shown;
  }

  get lineHeight(): number {
    return this.#geometry.lineHeight;
  }

  /** Height of what is seen, in px; 0 until it was measured. */
  get viewport(): number {
    return this.#geometry.viewport;
  }

  /** Break lines that are longer than the list is wide, or let them run out. */
  wrap(wraps: boolean): void {
    this.#wraps = wraps;
    this.#scroller.classList.toggle("icv-wrap", wraps);
  }

  /** Take in what the rows are now; return whether rows that were there have moved. */
  sync(): boolean {
    const { rows, lines } = this.#log;
    rows.update();
    this.#geometry.rows = rows.length;
    this.#geometry.heights = this.#wraps ? this.#wrapping.sync(rows, lines, this.#fitting) : even(rows.length);
    this.#sizeColumns();
    const layout = `${rows.version} ${this.#wraps ? this.#fitting : ""}`;
    const moved = layout !== this.#layout;
    this.#layout = layout;
    return moved;
  }

  // Writes come first, the one read of the layout – the scroll position – is cheap when following: it is then not read at all.
  show(goal: Goal): void {
    const { rows } = this.#log;
    let held = goal;
    for (let round = 0; round < CORRECTIONS; round++) {
      const top = this.#scroll(held);
      const { first, last, offset } = windowAt(top, this.#geometry);
      this.#shown = Array.from({ length: last - first }, (_, index) => rows.at(first + index) as Row);
      this.#window.show(this.#shown, offset);
      this.note(top);
      if (!this.#correct(first)) return;
      held ??= this.#anchor;
    }
  }

  /** Note that the list stands at `top` px. */
  note(top: number): void {
    const { row, above } = topRow(top, this.#geometry);
    const anchor = this.#log.rows.at(row);
    this.#anchor = anchor === undefined ? undefined : { row: anchor, above };
  }

  /** Return how far the top of `row` is below the upper edge, in px; `undefined` where it is not listed. */
  placeOf(row: Row): number | undefined {
    const anchor = this.#anchor;
    const { rows } = this.#log;
    if (!anchor || !rows.has(row)) return undefined;
    const { heights, lineHeight } = this.#geometry;
    return (heights.before(rows.indexOf(row)) - heights.before(rows.indexOf(anchor.row))) * lineHeight - anchor.above;
  }

  /** Make all rows anew the next time: what they look like has changed. */
  clear(): void {
    this.#window.clear();
  }

  /** Measure a line of text; `time`: what stands before it, where something does. */
  measure(time: string): void {
    const letters = element("span", {}, "0".repeat(PROBE_LETTERS));
    const text = element("span", "icv-text", letters);
    const before = time ? element("span", "icv-time", time) : null;
    const probe = element("div", "icv-row icv-probe", element("span", "icv-number"), before, text);
    this.node.append(probe);
    const height = probe.getBoundingClientRect().height;
    if (height > 0) this.#geometry.lineHeight = height;
    const columns = (text.clientWidth / letters.getBoundingClientRect().width) * PROBE_LETTERS;
    this.#fitting = Math.max(1, Math.floor(columns) || 1);
    probe.style.height = `${TALL_CONTENT_PX}px`;
    if (probe.getBoundingClientRect().height === TALL_CONTENT_PX) this.#geometry.tallest = TALL_CONTENT_PX;
    probe.remove();
    this.#geometry.viewport = this.#scroller.clientHeight;
  }

  /** Scroll to where the list should stand, and return where that is, in px. */
  #scroll(goal: Goal): number {
    const { rows } = this.#log;
    const height = contentHeight(this.#geometry);
    this.node.style.height = `${height}px`;
    if (!goal) return this.#scroller.scrollTop;
    const top = goal === "end"
      ? Math.max(0, height - this.#geometry.viewport)
      // What held the place may be folded away now: then what stands before it does.
      : topOf(rows.indexOf(goal.row), rows.has(goal.row) ? -goal.above : 0, this.#geometry);
    this.#scrolled(top);
    this.#scroller.scrollTop = top;
    return top;
  }

  /** Wrapped rows are as high as the browser makes them: return whether the rows from `first` on, which are shown, were guessed wrong. */
  #correct(first: number): boolean {
    const { heights, lineHeight } = this.#geometry;
    if (!(heights instanceof Uneven)) return false;
    let wrong = false;
    for (const [index, height] of this.#window.measure().entries()) {
      const textLines = Math.max(1, Math.round(height / lineHeight));
      wrong ||= heights.of(first + index) !== textLines;
      heights.set(first + index, textLines);
    }
    return wrong;
  }

  /** The widest line decides how far one can scroll sideways, on screen or not: else the bar would jump. */
  #sizeColumns(): void {
    const { columns, length } = this.#log.lines;
    const digits = Math.max(3, String(length).length);
    if (columns !== this.#columns) this.node.style.setProperty("--icv-columns", String(columns));
    if (digits !== this.#digits) this.node.style.setProperty("--icv-digits", String(digits));
    this.#columns = columns;
    this.#digits = digits;
  }
}
