/** The errors and warnings of the log as a list; each leads to its line. */

import type { Problem } from "../core/problems.js";
import { visibleText } from "../core/visible.js";
import type { Context } from "./context.js";
import { button, element, setText } from "./dom.js";
import { chevron } from "./section.js";

/** On a phone the card that tells the cause has said it all, and the log would be out of sight. */
const ROOMY_PX = 760;

export class ProblemList {
  readonly node: HTMLElement;
  readonly #context: Context;
  readonly #showLine: (line: number) => void;
  readonly #errors = element("span", { class: "icv-count", "data-level": "ERROR" });
  readonly #warnings = element("span", { class: "icv-count", "data-level": "WARN" });
  readonly #preview = element("span", "icv-problems-preview");
  readonly #summary: HTMLButtonElement;
  readonly #list = element("ol", "icv-problems-list");
  readonly #more = element("li", "icv-problems-more");
  #filled = "";
  #open = false;
  /** The reader has opened or closed it: nobody else does that any more. */
  #chosen = false;

  constructor(context: Context, showLine: (line: number) => void) {
    this.#context = context;
    this.#showLine = showLine;
    const press = (): void => {
      this.#chosen = true;
      this.#setOpen(!this.#open);
    };
    this.#summary = button(
      "icv-problems-summary", press,
      chevron(), this.#errors, this.#warnings, this.#preview,
    );
    this.node = element("section", { class: "icv-problems", "aria-label": context.words.problems }, this.#summary, this.#list);
    this.#setOpen(false);
    this.node.hidden = true;
  }

  update(): void {
    const { log, task, words } = this.#context;
    const { problems } = log;
    this.node.hidden = problems.total === 0;
    if (problems.total === 0) return;
    setText(this.#errors, problems.errors > 0 ? words.errors(problems.errors) : "");
    setText(this.#warnings, problems.warnings > 0 ? words.warnings(problems.warnings) : "");
    const { listed } = problems;
    const first = listed[0];
    setText(this.#preview, this.#open || !first ? "" : visibleText(first.message).trim());
    if (this.#open) this.#fill(listed, problems.total - listed.length);
    const opens = task.status === "failed" && problems.errors > 0 && !this.#chosen && !this.#open;
    if (opens && this.node.clientWidth >= ROOMY_PX) this.#setOpen(true);
  }

  #fill(listed: readonly Problem[], more: number): void {
    const filled = `${listed.length} ${this.#context.log.problems.version}`;
    if (this.#filled !== filled) this.#list.replaceChildren(...listed.map((problem) => this.#item(problem)));
    this.#filled = filled;
    // Of a long log, they are being looked for.
    setText(this.#more, listed.length === 0 ? "…" : more > 0 ? this.#context.words.moreProblems(more) : "");
    if (more > 0 && this.#list.lastChild !== this.#more) this.#list.append(this.#more);
  }

  #setOpen(open: boolean): void {
    this.#open = open;
    this.#summary.setAttribute("aria-expanded", String(open));
    this.#list.hidden = !open;
    const { listed, total } = this.#context.log.problems;
    if (open) this.#fill(listed, total - listed.length);
    if (open) setText(this.#preview, "");
  }

  #item({ line, level, message }: Problem): HTMLElement {
    const { words } = this.#context;
    const jump = button(
      "icv-problem-button", () => this.#showLine(line),
      element("span", "icv-hidden", `${words.levels[level]}, ${words.lineNumber(line + 1)}: `),
      element("span", { class: "icv-problem-line", "aria-hidden": "true" }, String(line + 1)),
      element("span", "icv-problem-text", visibleText(message).trim()),
    );
    jump.dataset.level = level;
    return element("li", {}, jump);
  }
}
