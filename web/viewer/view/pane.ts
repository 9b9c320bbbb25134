/** The log itself: its lines and the heads of its parts, kept at the end until somebody reads. */

import type { Line } from "../core/lines.js";
import type { Times } from "../core/preferences.js";
import type { Level } from "../core/protocol.js";
import type { Row } from "../core/rows.js";
import type { Spans } from "../core/search.js";
import type { Section } from "../core/sections.js";
import type { Context } from "./context.js";
import type { Anchor } from "./virtual_list.js";
import { FoldHeads } from "./fold_heads.js";
import { button, element, setText } from "./dom.js";
import { Follow } from "../core/follow.js";
import { holeOf, rowOf } from "./row.js";
import { VirtualList } from "./virtual_list.js";
import { momentOf, relativeTime, timeOfDay } from "../core/format.js";
import { headRow, isHead } from "../core/rows.js";

export interface PaneActions {
  isSelected(line: number): boolean;
  /** Whether one stands at it while one searches. */
  isCurrent(line: number): boolean;
  linkTo(line: number): string | undefined;
  /** What was searched for in record `seq`. */
  spansOf(seq: number): Spans;
}

export class LogPane {
  readonly node: HTMLElement;
  /** Has the keyboard's focus while somebody reads. */
  readonly scroller: HTMLElement;
  readonly #context: Context;
  readonly #actions: PaneActions;
  readonly #list: VirtualList;
  readonly #heads: FoldHeads;
  readonly #empty: HTMLElement;
  readonly #toEnd: HTMLButtonElement;
  readonly #follow = new Follow();
  readonly #resizes: ResizeObserver;
  /** It has no box: in a tab that is not shown, or out of the page. Where it was scrolled to is forgotten there. */
  #hidden = false;
  #frame = 0;
  /** What was brought into view, until the reader scrolls. */
  #goal: Anchor | undefined;
  #times: Times = "off";

  constructor(context: Context, actions: PaneActions) {
    const { log, words } = context;
    this.#context = context;
    this.#actions = actions;
    this.#heads = new FoldHeads(context, (section) => this.#toggle(section));
    // Rows come and go as one scrolls: what is worth saying is said by the status line instead.
    this.scroller = element("div", { class: "icv-log", role: "log", "aria-label": words.log, "aria-live": "off", tabindex: "0" });
    const maker = {
      make: (row: Row) => this.#make(row),
      isStale: (row: Row, node: HTMLElement) => this.#isStale(row, node),
      refresh: (row: Row, node: HTMLElement) => this.#refresh(row, node),
      focusLost: () => this.focus(),
    };
    this.#list = new VirtualList(log, this.scroller, maker, (top) => this.#follow.place(top));
    this.#empty = element("p", "icv-empty", words.waitingForLog);
    this.scroller.append(this.#list.node, this.#empty);
    this.scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.#toEnd = button("icv-to-end", () => this.toEnd(), words.toEnd);
    this.#toEnd.hidden = true;
    this.node = element("div", "icv-pane", this.scroller, this.#heads.sticky, this.#toEnd);
    this.#resizes = new ResizeObserver(() => this.#resized());
    this.#resizes.observe(this.scroller);
  }

  /** Show what the log holds now, at the next frame. */
  update(): void {
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#render());
  }

  /** Show it at once: the answer to a key or a press. */
  showNow(): void {
    this.#render();
  }

  /** Tell whoever reads an empty log what to expect. */
  explainEmpty(text: string): void {
    setText(this.#empty, text);
  }

  focus(): void {
    this.scroller.focus({ preventScroll: true });
  }

  toEnd(): void {
    this.#goal = undefined;
    this.#follow.resume();
    this.#render();
  }

  toStart(): void {
    const first = this.#context.log.rows.at(0);
    if (first !== undefined) this.#goTo({ row: first, above: 0 });
  }

  /**
   * Bring row `line` into view, opening what hides it; `centre`: even where it is seen already.
   *
   * `focus`: the keys go to the log from now on.
   */
  reveal(line: number, { centre, focus }: { centre: boolean; focus: boolean }): void {
    const { sections, folds, rows } = this.#context.log;
    const section = sections.ofLine(line);
    if (rows.levels.size > 0 && !rows.has(line)) rows.filter([]);
    if (rows.levels.size === 0 && section) folds.set(section, true);
    const { lineHeight, viewport } = this.#list;
    const place = this.#list.placeOf(line);
    // One line at the upper edge is under the head that stays there.
    const seen = place !== undefined && place > lineHeight && place < viewport - 2 * lineHeight;
    if (seen && !centre) this.#render();
    else this.#goTo({ row: line, above: this.#centre }, focus);
  }

  /** Bring what was found in the current row into view, which may be far to the right. */
  showFound(): void {
    const found = this.scroller.querySelector(".icv-current .icv-found")?.getBoundingClientRect();
    const number = this.scroller.querySelector(".icv-number")?.getBoundingClientRect();
    const { left, right, width } = this.scroller.getBoundingClientRect();
    if (!found || (found.left >= (number?.right ?? left) && found.right <= right)) return;
    this.scroller.scrollLeft += found.left - left - width / 2;
  }

  /** Bring the head of part `index` to the upper edge, and open it. */
  showSection(index: number): void {
    const { sections, folds, rows } = this.#context.log;
    const section = sections.at(index);
    if (!section) return;
    if (rows.levels.size > 0) rows.filter([]);
    folds.set(section, true);
    this.#goTo({ row: headRow(index), above: 0 });
  }

  /** The row at the upper edge. */
  get topRow(): Row | undefined {
    return this.#list.anchor?.row;
  }

  /** What is held at the upper edge while somebody reads; `undefined` while the log follows its end. */
  get standing(): Anchor | undefined {
    return this.#follow.following ? undefined : this.#list.anchor;
  }

  /** Stand there; the end, where nothing is held. */
  stand(anchor: Anchor | undefined): void {
    if (anchor) this.#goTo(anchor, false);
    else this.toEnd();
  }

  /** List only lines of `levels`; none: all. */
  filter(levels: Iterable<Level>): void {
    this.#context.log.rows.filter(levels);
    this.#render();
  }

  openAll(open: boolean): void {
    if (open) this.#follow.release(this.#context.log.total);
    this.#context.log.folds.setAll(open);
    this.#render();
  }

  showTimes(times: Times): void {
    this.#times = times;
    this.remake();
  }

  /** Break lines that are longer than the log is wide, or let them run out. */
  wrap(wraps: boolean): void {
    this.#list.wrap(wraps);
    this.remake();
  }

  /** Make the rows anew: what they look like has changed. */
  remake(): void {
    this.#list.clear();
    this.#measure();
    this.#render();
  }

  destroy(): void {
    cancelAnimationFrame(this.#frame);
    this.#resizes.disconnect();
    this.#list.clear();
  }

  #goTo(anchor: Anchor, focus = true): void {
    this.#follow.release(this.#context.log.total);
    this.#goal = anchor;
    this.#render(anchor);
    // Who comes from elsewhere in the page may have the log out of sight.
    if (!focus) return;
    if (!this.node.matches(":focus-within")) this.node.scrollIntoView({ block: "nearest" });
    this.focus();
  }

  /** Where a row is put that was asked for: a third of the way down. */
  get #centre(): number {
    return -this.#list.viewport / 3;
  }

  #measure(): void {
    const { sample } = this.#context.log.lines;
    this.#list.measure(sample ? this.#timeOf(sample) : "");
  }

  #resized(): void {
    const back = this.#hidden;
    this.#hidden = this.scroller.clientHeight === 0;
    if (this.#hidden) return;
    this.#measure();
    if (back) this.stand(this.standing);
    // What stands around the log has grown, or has gone: that must not take away what somebody has asked for.
    else if (this.#goal && this.#goal.above < 0) this.#render({ row: this.#goal.row, above: this.#centre });
    else this.update();
  }

  #scrolled(): void {
    const { scrollTop: top, clientHeight: viewport, scrollHeight: content } = this.scroller;
    if (viewport === 0) return;
    if (this.#follow.scrolled({ top, viewport, content }, this.#context.log.total)) this.#goal = undefined;
    this.#list.note(top);
    this.update();
  }

  /** Show what there is; `goal`: with that row at that place. */
  #render(goal?: Anchor): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    // Where the reader stands could not be found again.
    if (!this.#follow.following && this.scroller.clientHeight === 0) return;
    const { log, words } = this.#context;
    this.#settle();
    const before = this.#list.anchor;
    const moved = this.#list.sync();
    // While somebody reads, what is read stays where it is, whatever opens or closes around it.
    this.#list.show(this.#follow.following ? "end" : (goal ?? (moved ? before : undefined)));
    log.pager.want(this.#list.shown.filter((row) => !isHead(row)));
    this.#heads.stick(this.topRow, this.scroller.clientWidth);
    this.#empty.hidden = log.rows.length > 0;
    const unseen = this.#follow.unseen(log.total);
    this.#toEnd.hidden = this.#follow.following;
    setText(this.#toEnd, unseen > 0 ? words.newLines(unseen) : words.toEnd);
    this.#toEnd.classList.toggle("icv-news", unseen > 0);
  }

  /** Close what is over, unless somebody reads; keep open what failed. */
  #settle(): void {
    const { task, log } = this.#context;
    const { sections, folds, lines } = log;
    const { viewport, lineHeight } = this.#list;
    // What can be seen as a whole is better not folded.
    const fits = (lines.length + sections.length) * lineHeight <= viewport;
    if (this.#follow.following && viewport > 0 && !fits) folds.settle(sections.length - 1);
    const end = sections.whereItEnded(log.standing(task));
    if (end) folds.keep(end.index);
  }

  #make(row: Row): HTMLElement {
    if (isHead(row)) return this.#heads.make(row);
    const { log, words } = this.#context;
    const line = log.lines.at(row);
    if (!line) return holeOf(row, this.#holeText);
    const labels = { time: this.#timeOf(line), link: this.#actions.linkTo(row), spans: this.#actions.spansOf(line.seq) };
    return rowOf(line, row, log.lines.isPartial(row), labels, words);
  }

  #refresh(row: Row, node: HTMLElement): void {
    if (isHead(row)) return this.#heads.refresh(row);
    node.classList.toggle("icv-marked", this.#actions.isSelected(row));
    node.classList.toggle("icv-current", this.#actions.isCurrent(row));
  }

  /** What stands in the place of a line that is on its way. */
  get #holeText(): string {
    const { log, words } = this.#context;
    return log.pager.failing ? words.lineNotHad : "…";
  }

  #isStale(row: Row, node: HTMLElement): boolean {
    if (isHead(row)) return false;
    const isHole = node.matches(".icv-hole");
    return node.matches(".icv-partial") || (isHole && (this.#context.log.lines.at(row) !== undefined || node.lastChild?.textContent !== this.#holeText));
  }

  #timeOf({ timestamp }: Line): string {
    if (this.#times === "off") return "";
    if (this.#times === "clock") return timeOfDay(timestamp);
    const moment = momentOf(timestamp);
    const { startedAt } = this.#context.task;
    return moment === undefined || startedAt === undefined ? "" : relativeTime(moment - startedAt);
  }

  #toggle(section: Section): void {
    const { folds, rows, total } = this.#context.log;
    // Among the lines of one level, a head leads to all lines of its part.
    if (rows.levels.size > 0) return this.showSection(section.index);
    const open = !folds.isOpen(section);
    // Who opens a part wants to read it.
    if (open) this.#follow.release(total);
    folds.set(section, open);
    this.#render();
  }
}
