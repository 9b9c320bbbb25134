/** How a task ended: why it failed and what to do, or what came out of it. */

import type { Comparison } from "../core/comparison.js";
import { aroundCause, diagnosisOf } from "../core/diagnosis.js";
import { textIn } from "../core/locale.js";
import type { TaskResult } from "../core/protocol.js";
import { visibleText } from "../core/visible.js";
import { VERSION } from "../version.js";
import { copyButton } from "./clipboard.js";
import { comparisonOf } from "./comparison.js";
import type { Context } from "./context.js";
import { button, element, isSafeUrl } from "./dom.js";

export interface OutcomeActions {
  /** Show row `line` of the log. */
  showLine(line: number): void;
  /** Fetch the secret results, which the service hands out once. */
  takeSecrets(): Promise<readonly TaskResult[]>;
  /** Hold this failed run against one that succeeded. */
  compare: (() => Promise<Comparison>) | undefined;
}

export class Outcome {
  readonly node = element("div", { class: "icv-outcome" });
  readonly #context: Context;
  readonly #actions: OutcomeActions;
  readonly #secrets = new Map<string, string>();
  readonly #compared = element("div");
  #isCompared = false;
  #shown = "";

  constructor(context: Context, actions: OutcomeActions) {
    this.#context = context;
    this.#actions = actions;
    this.node.hidden = true;
  }

  update(): void {
    const { task, log } = this.#context;
    const { status, error, exitCode, rollback, afterState, results } = task;
    const cause = task.ended ? log.standing(task).errorLine : undefined;
    // The cause may be far from what is read.
    if (task.ended) log.pager.pin(aroundCause(log, cause));
    const isHere = cause !== undefined && log.lines.at(cause) !== undefined;
    const key = JSON.stringify([status, error, exitCode, rollback, afterState, results, cause, isHere]);
    if (key === this.#shown) return;
    this.#shown = key;
    const parts: Node[] = [];
    if (status === "failed" || status === "interrupted") parts.push(this.#failure());
    if (status === "canceled" && (afterState || rollback !== "none")) parts.push(this.#canceled());
    if (task.ended && results.length > 0) parts.push(this.#results(results));
    this.node.replaceChildren(...parts);
    this.node.hidden = parts.length === 0;
  }

  #failure(): HTMLElement {
    const { task, words, locale } = this.#context;
    const { error, exitCode, status } = task;
    const title = status === "interrupted" ? words.statuses.interrupted : words.failedWith(exitCode);
    const card = element(
      "div",
      { class: "icv-failure", attributes: { role: "alert" } },
      element("div", { class: "icv-failure-title" }, element("strong", {}, title), error?.code ? element("code", {}, error.code) : null),
    );
    const hint = textIn(locale, error?.hint, error?.hint_zh);
    if (hint) card.append(element("p", { class: "icv-hint" }, hint));
    card.append(...this.#left(), ...this.#cause(), this.#compared);
    if (status === "failed") this.#compare();
    return card;
  }

  /** Ask once where this run went another way; without an answer there is nothing to show. */
  #compare(): void {
    const { compare, showLine } = this.#actions;
    if (this.#isCompared || !compare) return;
    this.#isCompared = true;
    compare().then(
      (found) => {
        const shown = comparisonOf(this.#context, found, (line) => showLine(line - 1));
        if (shown) this.#compared.replaceChildren(shown);
      },
      () => undefined,
    );
  }

  /** The line that shows the cause, and what one does with it. */
  #cause(): HTMLElement[] {
    const { task, log, words, locale } = this.#context;
    const cause = log.standing(task).errorLine;
    const message = cause === undefined ? "" : (log.lines.at(cause)?.message ?? "");
    const diagnosis = (): string =>
      diagnosisOf(task, log, { words, locale, now: Date.now(), versions: [`Installcast viewer ${VERSION}`, navigator.userAgent] });
    const buttons = element("div", { class: "icv-buttons" });
    if (cause !== undefined) buttons.append(button(words.showLine, () => this.#actions.showLine(cause)));
    buttons.append(copyButton(words, words.copyDiagnosis, diagnosis, "icv-button"));
    if (message.trim() === "" || cause === undefined) return [buttons];
    const quote = element(
      "p",
      { class: "icv-quote" },
      element("span", { class: "icv-dim", attributes: { title: words.lineNumber(cause + 1) } }, String(cause + 1)),
      element("code", {}, visibleText(message)),
    );
    return [quote, buttons];
  }

  #canceled(): HTMLElement {
    return element("div", { class: "icv-failure", attributes: { role: "status", "data-status": "canceled" } }, ...this.#left());
  }

  /** What became of the machine. */
  #left(): HTMLElement[] {
    const { task, words, locale } = this.#context;
    const sentences = words.outcome(task.rollback, task.afterState);
    return sentences.length > 0 ? [element("p", {}, sentences.join(locale === "zh" ? "" : " "))] : [];
  }

  #results(results: readonly TaskResult[]): HTMLElement {
    const list = element("dl", { class: "icv-results", attributes: { "aria-label": this.#context.words.results } });
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
    const { words } = this.#context;
    const box = element("span", { class: "icv-secret" }, element("code", {}, "••••••••"));
    const show = (text: string | undefined | null): void => {
      if (text) box.replaceChildren(element("code", {}, text), this.#copyButton(text));
      else box.replaceChildren(element("span", { class: "icv-dim" }, words.secretGone));
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
    const reveal = button(words.reveal, press, "icv-button icv-small");
    reveal.title = words.oncePerOwner;
    box.append(reveal);
    return box;
  }

  /** All of them come at once and never again: they are kept for the other “reveal” buttons. */
  async #takeSecrets(): Promise<void> {
    if (this.#secrets.size > 0) return;
    for (const { name, value } of await this.#actions.takeSecrets()) if (value !== null) this.#secrets.set(name, value);
  }

  #copyButton(value: string): HTMLElement {
    return copyButton(this.#context.words, this.#context.words.copy, () => value);
  }
}
