/** The head of a part of the log, among its lines: opens and closes it. */

import type { Words } from "../core/locale.js";
import type { Section, SectionState } from "../core/sections.js";
import { button, element, setText } from "./dom.js";
import { chevron, Count, durationOf, StateMark, titleOf } from "./section.js";

export interface FoldState {
  state: SectionState;
  open: boolean;
  /** How many lines it has. */
  lines: number;
  /** What the server's clock shows, in Unix time in ms. */
  now: number;
}

export class FoldHead {
  readonly node: HTMLElement;
  readonly #section: Section;
  readonly #words: Words;
  readonly #mark: StateMark;
  readonly #button: HTMLButtonElement;
  readonly #number = element("span", "icv-fold-number");
  readonly #title = element("span", "icv-fold-title");
  readonly #errors: Count;
  readonly #warnings: Count;
  readonly #lines = element("span", "icv-fold-lines");
  readonly #time = element("span", "icv-fold-time");

  constructor(section: Section, words: Words, toggle: () => void) {
    this.#section = section;
    this.#words = words;
    this.#mark = new StateMark(words);
    this.#errors = new Count("ERROR", words);
    this.#warnings = new Count("WARN", words);
    this.#button = button(
      "icv-fold-button", toggle,
      chevron(), this.#mark.node, this.#number, this.#title, this.#errors.node, this.#warnings.node, this.#lines, this.#time,
    );
    this.node = element("div", { class: "icv-row icv-fold", "data-section": String(section.index) }, this.#button);
  }

  update({ state, open, lines, now }: FoldState): void {
    const words = this.#words;
    const { number, errors, warnings } = this.#section;
    this.#button.setAttribute("aria-expanded", String(open));
    this.#mark.set(state);
    setText(this.#number, number > 0 && this.#section.title ? String(number) : "");
    setText(this.#title, titleOf(this.#section, words));
    this.#errors.set(errors);
    this.#warnings.set(warnings);
    setText(this.#lines, words.lines(lines));
    setText(this.#time, durationOf(this.#section, state, now));
  }
}
