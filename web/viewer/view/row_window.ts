/** The rows that are in the page: they come and go as one scrolls, and those that stay are not touched. */

import type { Row } from "../core/rows.js";
import { element } from "./dom.js";

export interface RowMaker {
  /** Return the node of `row`, made or known. */
  make(row: Row): HTMLElement;
  /** Whether `node`, which was made for `row`, has to be made anew. */
  isStale(row: Row, node: HTMLElement): boolean;
  /** Show on `node` what changes while it stays. */
  refresh(row: Row, node: HTMLElement): void;
  /** A row goes that had the keyboard's focus. */
  focusLost(): void;
}

export class RowWindow {
  readonly node = element("div", "icv-window");
  readonly #maker: RowMaker;
  #nodes = new Map<Row, HTMLElement>();

  constructor(maker: RowMaker) {
    this.#maker = maker;
  }

  /** Show `rows`, in this order, from `offset` px below the top of the content. */
  show(rows: readonly Row[], offset: number): void {
    this.node.style.transform = `translateY(${offset}px)`;
    const wanted = new Set(rows);
    for (const [row, node] of this.#nodes) if (!wanted.has(row) || this.#maker.isStale(row, node)) this.#forget(row);
    let next: ChildNode | null = this.node.firstChild;
    for (const row of rows) {
      const known = this.#nodes.get(row);
      const node = known ?? this.#maker.make(row);
      if (node === next) next = node.nextSibling;
      else this.node.insertBefore(node, next);
      if (!known) this.#nodes.set(row, node);
      this.#maker.refresh(row, node);
    }
  }

  /** Make all rows anew the next time: what they look like has changed. */
  clear(): void {
    for (const row of [...this.#nodes.keys()]) this.#forget(row);
  }

  /** Return the heights of the rows that are shown, in px and in order. */
  measure(): number[] {
    return [...this.node.children].map((node) => node.getBoundingClientRect().height);
  }

  #forget(row: Row): void {
    const node = this.#nodes.get(row);
    if (!node) return;
    const focused = node.matches(":focus-within");
    node.remove();
    this.#nodes.delete(row);
    if (focused) this.#maker.focusLost();
  }
}
