/** What a screen reader is told: steps, each tenth of the way, why it does not go on, errors, the end. Not every line: nobody could listen to that. */

import type { Locale, Words } from "../core/locale.js";
import type { Task } from "../core/task.js";
import { element } from "./dom.js";
import { stalledText } from "./head.js";

const PAUSE_MS = 1_000;
const PERCENT_STEP = 10;

export class Announcer {
  readonly node = element("div", { class: "icv-hidden", attributes: { role: "status", "aria-live": "polite" } });
  readonly #words: Words;
  readonly #locale: Locale;
  #said = "";
  #stalled = "";
  #pending = "";
  #urgent = false;
  #timer: number | undefined;

  constructor(words: Words, locale: Locale) {
    this.#words = words;
    this.#locale = locale;
  }

  update(task: Task): void {
    if (task.ended) return;
    const stalled = stalledText(task, this.#words, this.#locale);
    if (stalled !== this.#stalled) {
      this.#stalled = stalled;
      if (stalled) this.say(stalled, false);
    }
    const tenth = Math.floor(task.progress / PERCENT_STEP) * PERCENT_STEP;
    const step = this.#words.step(task.currentStep, task.totalSteps, task.step);
    const text = [step, tenth > 0 ? `${tenth}%` : ""].filter(Boolean).join(", ");
    if (text && text !== this.#said) {
      this.#said = text;
      this.say(text, false);
    }
  }

  /** Say `text` soon; what is not urgent gives way to what comes later. */
  say(text: string, urgent: boolean): void {
    if (this.#urgent && !urgent) return;
    this.#pending = text;
    this.#urgent = urgent;
    this.#timer ??= window.setTimeout(() => {
      this.#timer = undefined;
      this.#urgent = false;
      this.node.textContent = this.#pending;
    }, PAUSE_MS);
  }

  destroy(): void {
    clearTimeout(this.#timer);
  }
}
