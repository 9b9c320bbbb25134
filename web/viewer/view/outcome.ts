/** How a task ended: why it failed and what to do, or what came out of it. */

import { aroundCause, diagnosisOf } from "../core/diagnosis.js";
import { textIn } from "../core/locale.js";
import type { TaskResult } from "../core/protocol.js";
import { outcomeOf } from "../core/task.js";
import { visibleText } from "../core/visible.js";
import { VERSION } from "../version.js";
import { copyButton } from "./clipboard.js";
import { comparisonOf } from "./comparison.js";
import type { Context } from "./context.js";
import { button, element, isSafeUrl } from "./dom.js";

export class Outcome {
  readonly node = element("div", "icv-outcome");
  readonly #context: Context;
  readonly #showLine: (line: number) => void;
  readonly #compared = element("div");
  #isCompared = false;
  #shown = "";

  /** `showLine` shows a row of the log. */
  constructor(context: Context, showLine: (line: number) => void) {
    this.#context = context;
    this.#showLine = showLine;
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
      { class: "icv-failure", role: "alert", "data-status": String(status) },
      element("div", "icv-failure-title", element("strong", {}, title), error?.code ? element("code", {}, error.code) : null),
    );
    const hint = textIn(locale, error?.hint, error?.hint_zh);
    if (hint) card.append(element("p", "icv-hint", hint));
    card.append(...this.#left(), ...this.#cause(), this.#compared);
    if (status === "failed") this.#compare();
    return card;
  }

  /** Ask once where this run went another way; without an answer there is nothing to show. */
  #compare(): void {
    const { task, service, asks } = this.#context;
    if (this.#isCompared || !asks) return;
    this.#isCompared = true;
    task.comparison ??= service.compare(task.taskId);
    task.comparison.then(
      (found) => {
        const shown = comparisonOf(this.#context, found, (line) => this.#showLine(line - 1));
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
    const buttons = element("div", "icv-buttons");
    if (cause !== undefined) buttons.append(button("icv-button", () => this.#showLine(cause), words.showLine));
    buttons.append(copyButton(words, words.copyDiagnosis, diagnosis, "icv-button"));
    if (message.trim() === "" || cause === undefined) return [buttons];
    const quote = element(
      "p",
      "icv-quote",
      element("span", { class: "icv-dim", title: words.lineNumber(cause + 1) }, String(cause + 1)),
      element("code", {}, visibleText(message)),
    );
    return [quote, buttons];
  }

  #canceled(): HTMLElement {
    return element("div", { class: "icv-failure", role: "status", "data-status": "canceled" }, ...this.#left());
  }

  /** What became of the machine. */
  #left(): HTMLElement[] {
    const { task, words, locale } = this.#context;
    const sentences = outcomeOf(task, words);
    return sentences.length > 0 ? [element("p", {}, sentences.join(locale === "zh" ? "" : " "))] : [];
  }

  #results(results: readonly TaskResult[]): HTMLElement {
    const list = element("dl", { class: "icv-results", "aria-label": this.#context.words.results });
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
    return [element("a", attributes, value), this.#copyButton(value)];
  }

  #secret(name: string, value: string | null): HTMLElement {
    const { words, task } = this.#context;
    const box = element("span", "icv-secret", element("code", {}, "••••••••"));
    const show = (text: string | undefined | null): void => {
      if (text) box.replaceChildren(element("code", {}, text), this.#copyButton(text));
      else box.replaceChildren(element("span", "icv-dim", words.secretGone));
    };
    const known = value ?? task.secrets.get(name);
    if (known !== undefined) {
      show(known);
      return box;
    }
    const press = (): void => {
      reveal.disabled = true;
      this.#takeSecrets().then(
        () => show(task.secrets.get(name)),
        // Nothing was handed out: it can be tried again.
        () => (reveal.disabled = false),
      );
    };
    const reveal = button("icv-button icv-small", press, words.reveal);
    reveal.title = words.oncePerOwner;
    box.append(reveal);
    return box;
  }

  /** All of them come at once and never again: they are kept for the other “reveal” buttons. */
  async #takeSecrets(): Promise<void> {
    const { task, service } = this.#context;
    if (task.secrets.size > 0) return;
    for (const { name, value } of await service.takeSecrets(task.taskId)) if (value !== null) task.secrets.set(name, value);
  }

  #copyButton(value: string): HTMLElement {
    return copyButton(this.#context.words, this.#context.words.copy, () => value);
  }
}
