/** The log itself: of any number of lines, only the rows on screen are in the page. */

import { Follow } from "../core/follow.js";
import type { Lines } from "../core/lines.js";
import type { Words } from "../core/locale.js";
import { contentHeight, topOf, windowAt } from "../core/viewport.js";
import { button, element, setText } from "./dom.js";
import { rowOf } from "./row.js";

/** Used until a row can be measured. */
const ASSUMED_ROW_HEIGHT = 20;

interface Row {
  node: HTMLElement;
  seq: number;
}

export class LogPane {
  readonly node: HTMLElement;
  readonly #lines: Lines;
  readonly #words: Words;
  readonly #scroller: HTMLElement;
  readonly #content: HTMLElement;
  readonly #window: HTMLElement;
  readonly #empty: HTMLElement;
  readonly #toEnd: HTMLButtonElement;
  readonly #follow = new Follow();
  readonly #resizes: ResizeObserver;
  #rows = new Map<number, Row>();
  #rowHeight = ASSUMED_ROW_HEIGHT;
  #viewport = 0;
  #frame = 0;
  #partialIndex = -1;
  #marked = -1;
  #columns = 0;
  #digits = 0;

  constructor(lines: Lines, words: Words) {
    this.#lines = lines;
    this.#words = words;
    this.#window = element("div", { class: "icv-window" });
    this.#content = element("div", { class: "icv-content" }, this.#window);
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
    this.node = element("div", { class: "icv-pane" }, this.#scroller, this.#toEnd);
    this.#resizes = new ResizeObserver(() => this.#measure());
    this.#resizes.observe(this.#scroller);
  }

  /** Show what the lines hold now, at the next frame. */
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

  /** Bring the row of record `seq` into view and mark it. */
  show(seq: number): void {
    const index = this.#lines.indexOf(seq);
    if (index < 0) return;
    this.#marked = index;
    this.#follow.release(this.#lines.length);
    this.#forgetRow(index);
    this.#scroller.scrollTop = topOf(index, this.#viewport, this.#lines.length, this.#rowHeight);
    this.#render();
    this.#scroller.focus({ preventScroll: true });
  }

  destroy(): void {
    cancelAnimationFrame(this.#frame);
    this.#resizes.disconnect();
    this.#rows.clear();
  }

  #measure(): void {
    const probe = element("div", { class: "icv-row" }, "0");
    this.#window.append(probe);
    const height = probe.getBoundingClientRect().height;
    probe.remove();
    if (height > 0) this.#rowHeight = height;
    this.#viewport = this.#scroller.clientHeight;
    this.update();
  }

  #scrolled(): void {
    const { scrollTop: top, clientHeight: viewport, scrollHeight: content } = this.#scroller;
    this.#follow.scrolled({ top, viewport, content }, this.#lines.length);
    this.update();
  }

  // Writes come first, the one read of the layout – the scroll position – is cheap when following: it is then not read at all.
  #render(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const rows = this.#lines.length;
    const height = contentHeight(rows, this.#rowHeight);
    this.#content.style.height = `${height}px`;
    this.#sizeColumns(rows);
    this.#empty.hidden = rows > 0;
    const end = Math.max(0, this.#scroller.scrollHeight - this.#viewport);
    if (this.#follow.following && rows > 0) this.#scroller.scrollTop = end;
    this.#renderWindow(this.#follow.following ? end : this.#scroller.scrollTop, rows);
    const unseen = this.#follow.unseen(rows);
    this.#toEnd.hidden = this.#follow.following;
    setText(this.#toEnd, this.#words.newLines(unseen));
    this.#toEnd.classList.toggle("icv-news", unseen > 0);
  }

  #renderWindow(top: number, rows: number): void {
    const { first, last, offset } = windowAt(top, this.#viewport, rows, this.#rowHeight);
    this.#window.style.transform = `translateY(${offset}px)`;
    for (const index of this.#rows.keys()) if (index < first || index >= last) this.#forgetRow(index);
    if (this.#partialIndex >= 0) this.#forgetRow(this.#partialIndex);
    this.#partialIndex = -1;
    let before: ChildNode | null = this.#window.firstChild;
    for (let index = first; index < last; index++) {
      const line = this.#lines.at(index);
      if (!line) break;
      const known = this.#rows.get(index);
      if (known?.seq === line.seq) {
        before = known.node.nextSibling;
        continue;
      }
      if (known) {
        if (before === known.node) before = known.node.nextSibling;
        this.#forgetRow(index);
      }
      const partial = this.#lines.isPartial(index);
      const node = rowOf(line, index, partial, this.#words);
      if (index === this.#marked) node.classList.add("icv-marked");
      this.#window.insertBefore(node, before);
      this.#rows.set(index, { node, seq: line.seq });
      if (partial) this.#partialIndex = index;
    }
  }

  #forgetRow(index: number): void {
    this.#rows.get(index)?.node.remove();
    this.#rows.delete(index);
  }

  /** The widest line decides how far one can scroll sideways, on screen or not: else the bar would jump. */
  #sizeColumns(rows: number): void {
    const columns = this.#lines.columns;
    const digits = Math.max(3, String(rows).length);
    if (columns !== this.#columns) this.#content.style.setProperty("--icv-columns", String(columns));
    if (digits !== this.#digits) this.#content.style.setProperty("--icv-digits", String(digits));
    this.#columns = columns;
    this.#digits = digits;
  }
}
