/** How a task ended: why it failed and what to do, or what came out of it. */

import type { Locale, Words } from "../core/locale.js";
import { textIn } from "../core/locale.js";
import type { TaskResult } from "../core/protocol.js";
import type { Task } from "../core/task.js";
import { button, element, safeUrl } from "./dom.js";

const COPIED_MS = 1_500;

export class Outcome {
  readonly node = element("div", { class: "icv-outcome" });
  readonly #task: Task;
  readonly #words: Words;
  readonly #locale: Locale;
  readonly #showLine: (seq: number) => void;
  readonly #timers = new Set<number>();
  #shown = "";

  constructor(task: Task, words: Words, locale: Locale, showLine: (seq: number) => void) {
    this.#task = task;
    this.#words = words;
    this.#locale = locale;
    this.#showLine = showLine;
    this.node.hidden = true;
  }

  update(): void {
    const { status, error, exitCode, rollback, results } = this.#task;
    const key = JSON.stringify([status, error, exitCode, rollback, results]);
    if (key === this.#shown) return;
    this.#shown = key;
    const parts: Node[] = [];
    if (status === "failed" || status === "interrupted") parts.push(this.#failure());
    if (this.#task.ended && results.length > 0) parts.push(this.#results(results));
    this.node.replaceChildren(...parts);
    this.node.hidden = parts.length === 0;
  }

  destroy(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #failure(): HTMLElement {
    const { error, exitCode, rollback, status } = this.#task;
    const words = this.#words;
    const title = status === "interrupted" ? words.statuses.interrupted : words.failedWith(exitCode);
    const card = element(
      "div",
      { class: "icv-failure", attributes: { role: "alert" } },
      element("div", { class: "icv-failure-title" }, element("strong", {}, title), error?.code ? element("code", {}, error.code) : null),
    );
    const hint = textIn(error?.hint, this.#locale);
    if (hint) card.append(element("p", { class: "icv-hint" }, hint));
    if (rollback !== "none") card.append(element("p", {}, words.rolledBack[rollback]));
    const seq = error?.seq;
    if (typeof seq === "number") card.append(button(words.showLine, () => this.#showLine(seq)));
    return card;
  }

  #results(results: readonly TaskResult[]): HTMLElement {
    const list = element("dl", { class: "icv-results", attributes: { "aria-label": this.#words.results } });
    for (const result of results) {
      list.append(element("dt", {}, result.name), element("dd", {}, ...this.#value(result)));
    }
    return list;
  }

  #value({ value, secret }: TaskResult): Node[] {
    if (value === null || value === undefined) {
      return [element("span", { class: "icv-dim" }, `••••••  (${this.#words.oncePerOwner})`)];
    }
    if (secret) return this.#secret(value);
    const url = safeUrl(value);
    if (!url) return [element("code", {}, value), this.#copyButton(value)];
    const attributes = { href: url, target: "_blank", rel: "noopener noreferrer" };
    return [element("a", { attributes }, value), this.#copyButton(value)];
  }

  #secret(value: string): Node[] {
    const shown = element("code", {}, "••••••••");
    const reveal = button(this.#words.reveal, () => {
      shown.textContent = value;
      reveal.remove();
    }, "icv-button icv-small");
    return [shown, reveal, this.#copyButton(value)];
  }

  #copyButton(value: string): HTMLElement {
    const copy = button(this.#words.copy, () => {
      void navigator.clipboard.writeText(value).then(() => {
        copy.textContent = this.#words.copied;
        this.#timers.add(window.setTimeout(() => (copy.textContent = this.#words.copy), COPIED_MS));
      });
    }, "icv-button icv-small");
    // A page that is neither HTTPS nor local has no clipboard.
    copy.hidden = navigator.clipboard === undefined;
    return copy;
  }
}
