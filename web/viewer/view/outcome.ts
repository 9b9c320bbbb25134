/** How a task ended: why it failed and what to do, or what came out of it. */

import type { Locale, Words } from "../core/locale.js";
import { textIn } from "../core/locale.js";
import type { TaskResult } from "../core/protocol.js";
import type { Task } from "../core/task.js";
import { button, element, isSafeUrl } from "./dom.js";

export interface OutcomeActions {
  showLine(seq: number): void;
  /** Fetch the secret results, which the service hands out once. */
  takeSecrets(): Promise<readonly TaskResult[]>;
}

const COPIED_MS = 1_500;

export class Outcome {
  readonly node = element("div", { class: "icv-outcome" });
  readonly #task: Task;
  readonly #words: Words;
  readonly #locale: Locale;
  readonly #actions: OutcomeActions;
  readonly #timers = new Set<number>();
  readonly #secrets = new Map<string, string>();
  #shown = "";

  constructor(task: Task, words: Words, locale: Locale, actions: OutcomeActions) {
    this.#task = task;
    this.#words = words;
    this.#locale = locale;
    this.#actions = actions;
    this.node.hidden = true;
  }

  update(): void {
    const { status, error, exitCode, rollback, afterState, results } = this.#task;
    const key = JSON.stringify([status, error, exitCode, rollback, afterState, results]);
    if (key === this.#shown) return;
    this.#shown = key;
    const parts: Node[] = [];
    if (status === "failed" || status === "interrupted") parts.push(this.#failure());
    if (status === "canceled" && (afterState || rollback !== "none")) parts.push(this.#canceled());
    if (this.#task.ended && results.length > 0) parts.push(this.#results(results));
    this.node.replaceChildren(...parts);
    this.node.hidden = parts.length === 0;
  }

  destroy(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #failure(): HTMLElement {
    const { error, exitCode, status } = this.#task;
    const words = this.#words;
    const title = status === "interrupted" ? words.statuses.interrupted : words.failedWith(exitCode);
    const card = element(
      "div",
      { class: "icv-failure", attributes: { role: "alert" } },
      element("div", { class: "icv-failure-title" }, element("strong", {}, title), error?.code ? element("code", {}, error.code) : null),
    );
    const hint = textIn(this.#locale, error?.hint, error?.hint_zh);
    if (hint) card.append(element("p", { class: "icv-hint" }, hint));
    card.append(...this.#left());
    const seq = error?.seq;
    if (typeof seq === "number") card.append(button(words.showLine, () => this.#actions.showLine(seq)));
    return card;
  }

  #canceled(): HTMLElement {
    return element("div", { class: "icv-failure", attributes: { role: "status", "data-status": "canceled" } }, ...this.#left());
  }

  /** What became of the machine. */
  #left(): HTMLElement[] {
    const { rollback, afterState } = this.#task;
    const sentences = [rollback === "none" ? "" : this.#words.rolledBack[rollback], afterState ? this.#words.left[afterState] : ""];
    return sentences.filter(Boolean).map((sentence) => element("p", {}, sentence));
  }

  #results(results: readonly TaskResult[]): HTMLElement {
    const list = element("dl", { class: "icv-results", attributes: { "aria-label": this.#words.results } });
    for (const result of results) {
      list.append(element("dt", {}, result.name), element("dd", {}, ...this.#value(result)));
    }
    return list;
  }

  #value({ name, value, secret }: TaskResult): Node[] {
    if (secret) return [this.#secret(name, value)];
    if (value === null) return [];
    if (!isSafeUrl(value)) return [element("code", {}, value), this.#copyButton(value)];
    const attributes = { href: value, target: "_blank", rel: "noopener noreferrer" };
    return [element("a", { attributes }, value), this.#copyButton(value)];
  }

  #secret(name: string, value: string | null): HTMLElement {
    const box = element("span", { class: "icv-secret" }, element("code", {}, "••••••••"));
    const show = (text: string | undefined | null): void => {
      if (text) box.replaceChildren(element("code", {}, text), this.#copyButton(text));
      else box.replaceChildren(element("span", { class: "icv-dim" }, this.#words.secretGone));
    };
    const known = value ?? this.#secrets.get(name);
    if (known !== undefined) {
      show(known);
      return box;
    }
    const press = (): void => {
      reveal.disabled = true;
      this.#takeSecrets().then(
        () => show(this.#secrets.get(name)),
        // Nothing was handed out: it can be tried again.
        () => (reveal.disabled = false),
      );
    };
    const reveal = button(this.#words.reveal, press, "icv-button icv-small");
    reveal.title = this.#words.oncePerOwner;
    box.append(reveal);
    return box;
  }

  /** All of them come at once and never again: they are kept for the other “reveal” buttons. */
  async #takeSecrets(): Promise<void> {
    if (this.#secrets.size > 0) return;
    for (const { name, value } of await this.#actions.takeSecrets()) if (value !== null) this.#secrets.set(name, value);
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
