/** How a part of the log is called, how long it took, and the sign for its state. */

import { clockDuration } from "../core/format.js";
import type { Words } from "../core/locale.js";
import type { Section, SectionState } from "../core/sections.js";
import { element, icon, setText } from "./dom.js";

export function titleOf({ title, phase, number }: Section, words: Words): string {
  return title || (phase ? words.phases[phase] : words.step(number, 0, ""));
}

/** `now`: what the server's clock shows, in Unix time in ms. */
export function durationOf({ startedAt, endedAt }: Section, state: SectionState, now: number): string {
  const until = endedAt ?? (state === "running" ? now : undefined);
  return startedAt === undefined || until === undefined ? "" : clockDuration((until - startedAt) / 1000);
}

const DRAWINGS: Readonly<Record<SectionState, string>> = {
  done: "M3.25 8.5 6.5 11.75 12.75 4.75",
  running: "M8 5.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5Z",
  failed: "M4.5 4.5 11.5 11.5M11.5 4.5 4.5 11.5",
  stopped: "M4 8h8",
};

const CROSS = "M4.75 4.75 11.25 11.25M11.25 4.75 4.75 11.25";
const TRIANGLE = "M8 2.75 14 13.25H2ZM8 6.75v3M8 11.5v.01";

/** How many errors or warnings there are: a sign and a number, with the words for those who do not see it. */
export class Count {
  readonly node: HTMLElement;
  readonly #words: (count: number) => string;
  readonly #number = element("span", { attributes: { "aria-hidden": "true" } });
  readonly #name = element("span", { class: "icv-hidden" });

  constructor(level: "ERROR" | "WARN", words: Words) {
    this.#words = level === "ERROR" ? words.errors : words.warnings;
    const drawing = icon(level === "ERROR" ? CROSS : TRIANGLE);
    this.node = element("span", { class: "icv-count", attributes: { "data-level": level } }, drawing, this.#number, this.#name);
  }

  set(count: number): void {
    this.node.hidden = count === 0;
    setText(this.#number, count.toLocaleString("en"));
    setText(this.#name, this.#words(count));
    this.node.title = this.#words(count);
  }
}

/** A sign for the state of a part, with its name for those who do not see it. */
export class StateMark {
  readonly node: HTMLElement;
  readonly #words: Words;
  readonly #drawing = icon("");
  readonly #name = element("span", { class: "icv-hidden" });

  constructor(words: Words) {
    this.#words = words;
    this.node = element("span", { class: "icv-mark" }, this.#drawing, this.#name);
  }

  set(state: SectionState): void {
    if (this.node.dataset.state === state) return;
    this.node.dataset.state = state;
    this.#drawing.firstElementChild?.setAttribute("d", DRAWINGS[state]);
    setText(this.#name, this.#words.sectionStates[state]);
  }
}
