/** Everything that is seen of one task: head, notices, outcome, problems, steps and log, put together. */

import type { ConnectionState } from "../core/connection.js";
import type { TaskResult } from "../core/protocol.js";
import { Announcer } from "./announcer.js";
import type { Context } from "./context.js";
import { element } from "./dom.js";
import { Head } from "./head.js";
import { Notice } from "./notice.js";
import { Outcome } from "./outcome.js";
import { LogPane } from "./pane.js";
import { ProblemList } from "./problems.js";
import { StepList } from "./steps.js";

export type Theme = "light" | "dark" | "auto";

export interface ScreenOptions {
  theme: Theme;
  height?: number | string | undefined;
}

export interface ScreenActions {
  cancel(): Promise<void>;
  retryNow(): void;
  /** Where to sign in, or `undefined` where the page brings its own token. */
  signInUrl(): string | undefined;
  takeSecrets(): Promise<readonly TaskResult[]>;
}

export class Screen {
  readonly node: HTMLElement;
  readonly announcer: Announcer;
  readonly #context: Context;
  readonly #head: Head;
  readonly #notice: Notice;
  readonly #outcome: Outcome;
  readonly #problems: ProblemList;
  readonly #steps: StepList;
  readonly #pane: LogPane;
  readonly #abort = new AbortController();

  constructor(context: Context, options: ScreenOptions, actions: ScreenActions) {
    const { task, log, words, locale } = context;
    this.#context = context;
    this.#pane = new LogPane(context);
    this.#head = new Head(task, words, locale, {
      cancel: () => actions.cancel(),
      download: () => this.#download(),
      toggleTimestamps: () => this.node.classList.toggle("icv-timestamps"),
    });
    this.#notice = new Notice(words, actions);
    this.#outcome = new Outcome(context, { showLine: (line) => this.#pane.showLine(line), takeSecrets: () => actions.takeSecrets() });
    this.#problems = new ProblemList(context, (line) => this.#pane.showLine(line));
    this.#steps = new StepList(log, task, words, (section) => this.#pane.showSection(section));
    this.announcer = new Announcer(words, locale);
    this.node = element(
      "section",
      { class: "icv", attributes: { "aria-label": `${words.log} ${task.taskId}`, lang: locale } },
      this.#head.node,
      this.#notice.node,
      this.#outcome.node,
      this.#problems.node,
      element("div", { class: "icv-body" }, this.#steps.node, this.#pane.node),
      this.announcer.node,
    );
    this.#size(options.height);
    this.#paint(options.theme);
  }

  /** Show what is known now. `complete`: the last record is here. */
  update(connection: ConnectionState, complete: boolean): void {
    const now = Date.now();
    const { task, words } = this.#context;
    this.#head.update(now);
    this.#notice.update(connection);
    this.#outcome.update();
    this.#problems.update();
    this.announcer.update(task);
    this.#steps.update(now);
    if (complete) this.#pane.explainEmpty(words.emptyLog);
    this.#pane.update();
  }

  /** Show the time that has passed. */
  tick(): void {
    const now = Date.now();
    this.#head.tick(now);
    if (this.#context.task.ended) return;
    this.#steps.update(now);
    this.#pane.update();
  }

  /** The page is seen again: the log may not have been drawn while it was not. */
  wake(): void {
    this.#pane.update();
  }

  destroy(): void {
    this.#abort.abort();
    this.#head.destroy();
    this.announcer.destroy();
    this.#pane.destroy();
    this.node.remove();
  }

  #size(height: number | string | undefined): void {
    if (height === "fill") this.node.classList.add("icv-fill-height");
    else if (height !== undefined) this.node.style.setProperty("--icv-height", typeof height === "number" ? `${height}px` : height);
  }

  #paint(theme: Theme): void {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const paint = (): void => {
      this.node.dataset.theme = theme === "auto" ? (dark.matches ? "dark" : "light") : theme;
    };
    paint();
    if (theme === "auto") dark.addEventListener("change", paint, { signal: this.#abort.signal });
  }

  #download(): void {
    const { task, log } = this.#context;
    const url = URL.createObjectURL(new Blob([log.lines.text()], { type: "text/plain;charset=utf-8" }));
    element("a", { attributes: { href: url, download: `${task.taskId}.log` } }).click();
    setTimeout(() => URL.revokeObjectURL(url));
  }
}
