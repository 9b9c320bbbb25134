/** Selecting lines by their numbers, by keys and by the address; copying them without the numbers. */

import type { LineRange } from "../core/selection.js";
import { Selection } from "../core/selection.js";
import type { Address } from "./address.js";
import type { Context } from "./context.js";

export interface SelectingActions {
  /** Bring row `line` into view; `centre`: not at an edge, and where its part is folded, open that. */
  reveal(line: number, centre: boolean): void;
  /** Show which lines are selected. */
  refresh(): void;
  /** Copy the selected lines, which are not all here. */
  copyLater(): void;
}

export class Selecting {
  readonly selection = new Selection();
  readonly #context: Context;
  readonly #address: Address;
  readonly #actions: SelectingActions;
  /** Lines that the address names and that have not come yet. */
  #awaited: LineRange | undefined;

  constructor(context: Context, address: Address, actions: SelectingActions) {
    this.#context = context;
    this.#address = address;
    this.#actions = actions;
  }

  /** Select row `line` and show it. */
  show(line: number): void {
    this.selection.select(line);
    this.#changed();
    this.#actions.reveal(line, true);
  }

  /** A number was pressed. */
  press(line: number, extend: boolean): void {
    const { range } = this.selection;
    if (!extend && range && range.first === line && range.last === line) this.selection.clear();
    else this.selection.select(line, extend);
    this.#changed();
  }

  /** Go to the line that is listed `by` lines after the last selected one, to `first` where none is. */
  move(by: number, extend: boolean, first: number | undefined): void {
    const { head } = this.selection;
    const next = head === undefined ? first : this.#context.log.rows.lineFrom(head, by);
    if (next === undefined) return;
    this.selection.select(next, extend);
    this.#changed();
    this.#actions.reveal(next, false);
  }

  all(): void {
    const count = this.#context.log.lines.finished;
    if (count === 0) return;
    this.selection.selectRange({ first: 0, last: count - 1 });
    this.#actions.refresh();
  }

  clear(): void {
    if (!this.selection.range) return;
    this.selection.clear();
    this.#changed();
  }

  /** Go to the lines that the address names, now or when they come. */
  follow(): void {
    this.#awaited = this.#address.read();
    this.arrive();
  }

  /** Lines have come: are they the ones that are waited for? */
  arrive(): void {
    const awaited = this.#awaited;
    if (!awaited || this.#context.log.lines.finished <= awaited.first) return;
    this.#awaited = undefined;
    this.selection.selectRange(awaited);
    this.#actions.refresh();
    this.#actions.reveal(awaited.first, true);
  }

  /** Return the address of the selected lines, of the whole log where none are. */
  link(): string {
    const { range } = this.selection;
    return new URL((range && this.#address.linkTo(range)) ?? location.href, location.href).href;
  }

  /** The selected lines, the whole log where none are selected. */
  get range(): LineRange {
    return this.selection.range ?? { first: 0, last: this.#context.log.lines.finished - 1 };
  }

  /** Put into the clipboard what somebody copies from the log: lines, without numbers, times and heads. */
  copy(event: ClipboardEvent, root: HTMLElement): void {
    const { lines } = this.#context.log;
    const byMouse = selectedText(root);
    const { range } = this.selection;
    if (byMouse === undefined && !range) return;
    event.preventDefault();
    if (byMouse === undefined && lines.missing(this.range).length > 0) this.#actions.copyLater();
    else event.clipboardData?.setData("text/plain", byMouse ?? lines.text(this.range.first, this.range.last + 1));
  }

  #changed(): void {
    this.#awaited = undefined;
    this.#address.write(this.selection.range);
    this.#actions.refresh();
  }
}

/** Return what is selected with the mouse in more than one row; one row the browser copies well by itself. */
function selectedText(root: HTMLElement): string | undefined {
  const selection = getSelection();
  if (!selection || selection.isCollapsed || selection.rangeCount === 0) return undefined;
  const range = selection.getRangeAt(0);
  if (!root.contains(range.commonAncestorContainer)) return undefined;
  const rows = [...range.cloneContents().querySelectorAll(".icv-row:not(.icv-fold)")];
  if (rows.length === 0) return undefined;
  return rows
    .map((row) => `${row.querySelector(".icv-text")?.textContent ?? ""}${row.classList.contains("icv-continued") ? "" : "\n"}`)
    .join("")
    .replace(/\n$/, "");
}
