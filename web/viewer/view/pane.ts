/** The log itself: of any number of lines, only the rows on screen are in the page. */

import { Follow } from "../core/follow.js";
import { even, Uneven } from "../core/heights.js";
import type { Line } from "../core/lines.js";
import type { Log } from "../core/log.js";
import type { Words } from "../core/locale.js";
import type { Row } from "../core/rows.js";
import { headRow, isHead } from "../core/rows.js";
import type { Section } from "../core/sections.js";
import type { Task } from "../core/task.js";
import type { Geometry } from "../core/viewport.js";
import { contentHeight, topOf, topRow, windowAt } from "../core/viewport.js";
import { Wrapping } from "../core/wrapping.js";
import type { Context } from "./context.js";
import { button, element, setText } from "./dom.js";
import { FoldHeads } from "./fold_heads.js";
import { rowOf } from "./row.js";
import { RowWindow } from "./row_window.js";

/** Used until a row can be measured. */
const ASSUMED_LINE_HEIGHT = 20;
const PROBE_LETTERS = 50;
/** Rows that were measured push others into view, which are measured in turn; after so many times it is good enough. */
const CORRECTIONS = 3;

/** What a place in the log is held by: a row, and how far it is above the upper edge, in px. */
interface Anchor {
  row: Row;
  above: number;
}

export class LogPane {
  readonly node: HTMLElement;
  readonly #log: Log;
  readonly #task: Task;
  readonly #words: Words;
  readonly #scroller: HTMLElement;
  readonly #content: HTMLElement;
  readonly #window: RowWindow;
  readonly #empty: HTMLElement;
  readonly #toEnd: HTMLButtonElement;
  readonly #follow = new Follow();
  readonly #wrapping = new Wrapping();
  readonly #resizes: ResizeObserver;
  readonly #heads: FoldHeads;
  #geometry: Geometry = { rows: 0, heights: even(0), lineHeight: ASSUMED_LINE_HEIGHT, viewport: 0 };
  #frame = 0;
  #anchor: Anchor | undefined;
  #layout = "";
  #wraps = false;
  /** How many characters fit into a line. */
  #fitting = 1;
  #marked = -1;
  #columns = 0;
  #digits = 0;

  constructor({ log, task, words }: Context) {
    this.#log = log;
    this.#task = task;
    this.#words = words;
    this.#heads = new FoldHeads(log, task, words, (section) => this.#toggle(section));
    this.#window = new RowWindow({
      make: (row) => this.#make(row),
      isFleeting: (row) => !isHead(row) && log.lines.isPartial(row),
      refresh: (row, node) => this.#refresh(row, node),
      focusLost: () => this.#scroller.focus({ preventScroll: true }),
    });
    this.#content = element("div", { class: "icv-content" }, this.#window.node);
    this.#empty = element("p", { class: "icv-empty" }, words.waitingForLog);
    this.#scroller = element(
      "div",
      {
        class: "icv-log",
        // Rows come and go as one scrolls: what is worth saying is said by the status line instead.
        attributes: { role: "log", "aria-label": words.log, "aria-live": "off", tabindex: "0" },
      },
      this.#content,
      this.#empty,
    );
    this.#scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.#toEnd = button(words.toEnd, () => this.toEnd(), "icv-to-end");
    this.#toEnd.hidden = true;
    this.node = element("div", { class: "icv-pane" }, this.#scroller, this.#heads.sticky, this.#toEnd);
    this.#resizes = new ResizeObserver(() => this.#measure());
    this.#resizes.observe(this.#scroller);
  }

  /** Show what the log holds now, at the next frame. */
  update(): void {
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#render());
  }

  /** Tell whoever reads an empty log what to expect. */
  explainEmpty(text: string): void {
    setText(this.#empty, text);
  }

  toEnd(): void {
    this.#follow.resume();
    this.#render();
  }

  /** Bring row `line` of the log into view and mark it. */
  showLine(line: number): void {
    this.#marked = line;
    const section = this.#log.sections.ofLine(line);
    if (section) this.#log.folds.set(section, true);
    this.#goTo({ row: line, above: -this.#geometry.viewport / 3 });
  }

  /** Bring the head of part `index` to the upper edge, and open it. */
  showSection(index: number): void {
    const section = this.#log.sections.at(index);
    if (!section) return;
    this.#log.folds.set(section, true);
    this.#goTo({ row: headRow(index), above: 0 });
  }

  /** Break lines that are longer than the log is wide, or let them run out. */
  wrap(wraps: boolean): void {
    this.#wraps = wraps;
    this.#scroller.classList.toggle("icv-wrap", wraps);
    this.#measure();
    this.#render();
  }

  destroy(): void {
    cancelAnimationFrame(this.#frame);
    this.#resizes.disconnect();
    this.#window.clear();
  }

  #goTo(anchor: Anchor): void {
    this.#follow.release(this.#log.lines.length);
    this.#render(anchor);
    this.#scroller.focus({ preventScroll: true });
  }

  #measure(): void {
    const letters = element("span", {}, "0".repeat(PROBE_LETTERS));
    const text = element("span", { class: "icv-text" }, letters);
    const probe = element("div", { class: "icv-row icv-probe" }, element("span", { class: "icv-number" }), element("span", { class: "icv-time" }), text);
    this.#content.append(probe);
    const height = probe.getBoundingClientRect().height;
    if (height > 0) this.#geometry.lineHeight = height;
    const columns = (text.clientWidth / letters.getBoundingClientRect().width) * PROBE_LETTERS;
    this.#fitting = Math.max(1, Math.floor(columns) || 1);
    probe.remove();
    this.#geometry.viewport = this.#scroller.clientHeight;
    this.update();
  }

  #scrolled(): void {
    const { scrollTop: top, clientHeight: viewport, scrollHeight: content } = this.#scroller;
    this.#follow.scrolled({ top, viewport, content }, this.#log.lines.length);
    this.#dropAnchor(top);
    this.update();
  }

  /** Show what there is; `goal`: with that row at that place. */
  #render(goal?: Anchor): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const moved = this.#sync();
    // While somebody reads, what is read stays where it is, whatever opens or closes around it.
    const held = goal ?? (moved && !this.#follow.following ? this.#anchor : undefined);
    this.#place(held);
    const { lines } = this.#log;
    this.#empty.hidden = this.#geometry.rows > 0;
    const unseen = this.#follow.unseen(lines.length);
    this.#toEnd.hidden = this.#follow.following;
    setText(this.#toEnd, this.#words.newLines(unseen));
    this.#toEnd.classList.toggle("icv-news", unseen > 0);
  }

  /** Take in what has come and what was opened and closed; return whether rows that were there have moved. */
  #sync(): boolean {
    const { sections, folds, rows, lines } = this.#log;
    const { viewport, lineHeight } = this.#geometry;
    // What can be seen as a whole is better not folded.
    const fits = (lines.length + sections.length) * lineHeight <= viewport;
    if (this.#follow.following && viewport > 0 && !fits) folds.settle(sections.length - 1);
    const end = sections.whereItEnded(this.#log.standing(this.#task));
    if (end) folds.keep(end.index);
    rows.update();
    this.#geometry.rows = rows.length;
    this.#geometry.heights = this.#wraps ? this.#wrapping.sync(rows, lines, this.#fitting) : even(rows.length);
    this.#sizeColumns(lines.length);
    const layout = `${rows.version} ${this.#wraps ? this.#fitting : ""}`;
    const moved = layout !== this.#layout;
    this.#layout = layout;
    return moved;
  }

  // Writes come first, the one read of the layout – the scroll position – is cheap when following: it is then not read at all.
  #place(held: Anchor | undefined): void {
    const { rows } = this.#log;
    for (let round = 0; round < CORRECTIONS; round++) {
      const top = this.#scroll(held);
      const { first, last, offset } = windowAt(top, this.#geometry);
      this.#window.show(Array.from({ length: last - first }, (_, index) => rows.at(first + index) as Row), offset);
      this.#dropAnchor(top);
      if (!this.#correct(first)) break;
      held ??= this.#anchor;
    }
    this.#heads.stick(this.#anchor?.row, this.#scroller.clientWidth);
  }

  /** Scroll to where the log should stand, and return where that is, in px. */
  #scroll(held: Anchor | undefined): number {
    const { rows } = this.#log;
    const height = contentHeight(this.#geometry);
    this.#content.style.height = `${height}px`;
    const end = Math.max(0, height - this.#geometry.viewport);
    if (!this.#follow.following && !held) return this.#scroller.scrollTop;
    // What held the place may be folded away now: then what stands before it does.
    const top = this.#follow.following || !held ? end : topOf(rows.indexOf(held.row), rows.has(held.row) ? -held.above : 0, this.#geometry);
    this.#follow.place(top);
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

  #dropAnchor(top: number): void {
    const { row, above } = topRow(top, this.#geometry);
    const anchor = this.#log.rows.at(row);
    this.#anchor = anchor === undefined ? undefined : { row: anchor, above };
  }

  #make(row: Row): HTMLElement {
    if (isHead(row)) return this.#heads.make(row);
    const { lines } = this.#log;
    return rowOf(lines.at(row) as Line, row, lines.isPartial(row), this.#words);
  }

  #refresh(row: Row, node: HTMLElement): void {
    if (isHead(row)) this.#heads.refresh(row);
    else node.classList.toggle("icv-marked", row === this.#marked);
  }

  #toggle(section: Section): void {
    const { folds } = this.#log;
    const open = !folds.isOpen(section);
    // Who opens a part wants to read it.
    if (open) this.#follow.release(this.#log.lines.length);
    folds.set(section, open);
    this.#render();
  }

  /** The widest line decides how far one can scroll sideways, on screen or not: else the bar would jump. */
  #sizeColumns(rows: number): void {
    const columns = this.#log.lines.columns;
    const digits = Math.max(3, String(rows).length);
    if (columns !== this.#columns) this.#content.style.setProperty("--icv-columns", String(columns));
    if (digits !== this.#digits) this.#content.style.setProperty("--icv-digits", String(digits));
    this.#columns = columns;
    this.#digits = digits;
  }
}
