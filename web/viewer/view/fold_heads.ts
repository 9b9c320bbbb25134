/** The heads of the parts of a log: those among its lines, and the one that stays at the upper edge while its lines are read. */

import type { Row } from "../core/rows.js";
import { isHead, sectionOfHead } from "../core/rows.js";
import type { Section } from "../core/sections.js";
import { isNamed } from "../core/sections.js";
import type { Context } from "./context.js";
import { element } from "./dom.js";
import type { FoldState } from "./fold.js";
import { FoldHead } from "./fold.js";

export class FoldHeads {
  /** Repeats the head of the part that is read, while the head itself is above the edge. */
  readonly sticky = element("div", "icv-sticky");
  readonly #context: Context;
  readonly #toggle: (section: Section) => void;
  readonly #heads = new Map<Row, FoldHead>();
  #stickySection: Section | undefined;
  #stickyHead: FoldHead | undefined;

  constructor(context: Context, toggle: (section: Section) => void) {
    this.#context = context;
    this.#toggle = toggle;
    this.sticky.hidden = true;
  }

  make(row: Row): HTMLElement {
    const head = this.#headOf(this.#sectionOf(row));
    this.#heads.set(row, head);
    return head.node;
  }

  refresh(row: Row): void {
    this.#heads.get(row)?.update(this.#stateOf(this.#sectionOf(row)));
  }

  /** `row` is at the upper edge of a log that is `width` px wide. */
  stick(row: Row | undefined, width: number): void {
    const { rows, sections } = this.#context.log;
    const section = row === undefined || isHead(row) || rows.levels.size > 0 ? undefined : sections.ofLine(row);
    const shown = section !== undefined && isNamed(section);
    this.sticky.hidden = !shown;
    if (!shown) return;
    if (section !== this.#stickySection) {
      this.#stickyHead = this.#headOf(section);
      this.sticky.replaceChildren(this.#stickyHead.node);
    }
    this.#stickySection = section;
    this.#stickyHead?.update(this.#stateOf(section));
    this.sticky.style.width = `${width}px`;
  }

  #sectionOf(row: Row): Section {
    return this.#context.log.sections.at(sectionOfHead(row)) as Section;
  }

  #headOf(section: Section): FoldHead {
    return new FoldHead(section, this.#context.words, () => this.#toggle(section));
  }

  #stateOf(section: Section): FoldState {
    const { log, task } = this.#context;
    const { sections, folds, lines, rows } = log;
    return {
      state: sections.stateOf(section, log.standing(task)),
      open: folds.isOpen(section) && rows.levels.size === 0,
      lines: sections.endOf(section, lines.finished) - section.firstLine,
      now: task.serverTime(Date.now()),
    };
  }
}
