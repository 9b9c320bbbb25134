/** What a screen reader is told: steps, each tenth of the way, why it does not go on, errors, the end. Not every line: nobody could listen to that. */

import { joined } from "../core/format.js";
import { stepText } from "../core/task.js";
import type { Context } from "./context.js";
import { element } from "./dom.js";
import { stalledText } from "./head.js";

const PAUSE_MS = 1_000;
const PERCENT_STEP = 10;

export class Announcer {
  readonly node = element("div", { class: "icv-hidden", role: "status", "aria-live": "polite" });
  readonly #context: Context;
  #said = "";
  #stalled = "";
  #pending = "";
  #urgent = false;
  #timer: number | undefined;

  constructor(context: Context) {
    this.#context = context;
  }

  update(): void {
    const { task, words } = this.#context;
    if (task.ended) return;
    const stalled = stalledText(this.#context);
    if (stalled !== this.#stalled) {
      this.#stalled = stalled;
      if (stalled) this.say(stalled, false);
    }
    const tenth = Math.floor(task.progress / PERCENT_STEP) * PERCENT_STEP;
    const text = joined(", ", stepText(task, words), tenth > 0 && `${tenth}%`);
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
