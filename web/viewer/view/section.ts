/** How a part of the log is called, how long it took, and the sign for its state. */

import { clockDuration, grouped } from "../core/format.js";
import type { Words } from "../core/locale.js";
import type { Section, SectionState } from "../core/sections.js";
import { element, icon, setText } from "./dom.js";

export function titleOf({ title, phase, number }: Section, words: Words): string {
  return title || (phase ? words.phases[phase] : words.step(String(number)));
}

/** `now`: what the server's clock shows, in Unix time in ms. */
export function durationOf({ startedAt, endedAt }: Section, state: SectionState, now: number): string {
  const until = endedAt ?? (state === "running" ? now : undefined);
  return startedAt === undefined || until === undefined ? "" : clockDuration((until - startedAt) / 1000);
}

const DRAWINGS: Readonly<Record<SectionState, string>> = {
  done: "M13 34 26 47 51 19",
  running: "M32 22a10 10 0 1 0 0 20 10 10 0 0 0 0-20Z",
  failed: "M18 18 46 46M46 18 18 46",
  stopped: "M16 32h32",
};

/** Points to what a press opens, and turns when that is open. */
export function chevron(): HTMLElement {
  return element("span", "icv-chevron", icon("M24 15 41 32 24 49"));
}

const CROSS = "M19 19 45 45M45 19 19 45";
const TRIANGLE = "M32 11 56 53H8ZM32 27v12M32 46v1";

/** How many errors or warnings there are: a sign and a number, with the words for those who do not see it. */
export class Count {
  readonly node: HTMLElement;
  readonly #words: (count: number) => string;
  readonly #number = element("span", { "aria-hidden": "true" });
  readonly #name = element("span", "icv-hidden");

  constructor(level: "ERROR" | "WARN", words: Words) {
    this.#words = level === "ERROR" ? words.errors : words.warnings;
    const drawing = icon(level === "ERROR" ? CROSS : TRIANGLE);
    this.node = element("span", { class: "icv-count", "data-level": level }, drawing, this.#number, this.#name);
  }

  set(count: number): void {
    this.node.hidden = count === 0;
    setText(this.#number, grouped(count));
    setText(this.#name, this.#words(count));
    this.node.title = this.#words(count);
  }
}

/** A sign for the state of a part, with its name for those who do not see it. */
export class StateMark {
  readonly node: HTMLElement;
  readonly #words: Words;
  readonly #drawing = icon("");
  readonly #name = element("span", "icv-hidden");

  constructor(words: Words) {
    this.#words = words;
    this.node = element("span", "icv-mark", this.#drawing, this.#name);
  }

  set(state: SectionState): void {
    if (this.node.dataset.state === state) return;
    this.node.dataset.state = state;
    this.#drawing.firstElementChild?.setAttribute("d", DRAWINGS[state]);
    setText(this.#name, this.#words.sectionStates[state]);
  }
}
