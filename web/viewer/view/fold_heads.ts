/** The heads of the parts of a log: those among its lines, and the one that stays at the upper edge while its lines are read. */

import type { Log } from "../core/log.js";
import type { Words } from "../core/locale.js";
import type { Row } from "../core/rows.js";
import { isHead, sectionOfHead } from "../core/rows.js";
import type { Section } from "../core/sections.js";
import { isNamed } from "../core/sections.js";
import type { Task } from "../core/task.js";
import { element } from "./dom.js";
import type { FoldState } from "./fold.js";
import { FoldHead } from "./fold.js";

export class FoldHeads {
  /** Repeats the head of the part that is read, while the head itself is above the edge. */
  readonly sticky = element("div", { class: "icv-sticky" });
  readonly #log: Log;
  readonly #task: Task;
  readonly #words: Words;
  readonly #toggle: (section: Section) => void;
  readonly #heads = new Map<Row, FoldHead>();
  #stickySection: Section | undefined;
  #stickyHead: FoldHead | undefined;

  constructor(log: Log, task: Task, words: Words, toggle: (section: Section) => void) {
    this.#log = log;
    this.#task = task;
    this.#words = words;
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
    const section = row === undefined || isHead(row) || this.#log.rows.levels.size > 0 ? undefined : this.#log.sections.ofLine(row);
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
    return this.#log.sections.at(sectionOfHead(row)) as Section;
  }

  #headOf(section: Section): FoldHead {
    return new FoldHead(section, this.#words, () => this.#toggle(section));
  }

  #stateOf(section: Section): FoldState {
    const { sections, folds, lines, rows } = this.#log;
    return {
      state: sections.stateOf(section, this.#log.standing(this.#task)),
      open: folds.isOpen(section) && rows.levels.size === 0,
      lines: sections.endOf(section, lines.finished) - section.firstLine,
      now: this.#task.serverTime(Date.now()),
    };
  }
}
