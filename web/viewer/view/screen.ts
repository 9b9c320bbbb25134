/** Everything that is seen of one task: head, notices, outcome, problems, steps and log, put together. */

import type { Comparison } from "../core/comparison.js";
import type { ConnectionState } from "../core/connection.js";
import type { TaskResult } from "../core/protocol.js";
import type { FoundPage, Query } from "../core/search.js";
import { Announcer } from "./announcer.js";
import { Address } from "./address.js";
import type { Context } from "./context.js";
import { Controls } from "./controls.js";
import { element } from "./dom.js";
import { FullScreen } from "./full_screen.js";
import type { HeadActions } from "./head.js";
import { Head } from "./head.js";
import { Notice } from "./notice.js";
import { Outcome } from "./outcome.js";
import { ProblemList } from "./problems.js";
import { StepList } from "./steps.js";

export type Theme = "light" | "dark" | "auto";

export interface ScreenOptions {
  theme: Theme | undefined;
  height: number | string | undefined;
  /** Whether the page's address may name lines. */
  lineLinks: boolean;
  /** Whether there is a service that can search the log. */
  searches: boolean;
}

export interface ScreenActions extends HeadActions {
  retryNow(): void;
  retryIn(): number | undefined;
  /** Where to sign in, or `undefined` where the page brings its own token. */
  signInUrl(): string | undefined;
  takeSecrets(): Promise<readonly TaskResult[]>;
  search(query: Query, from: number, signal: AbortSignal): Promise<FoundPage>;
  /** Hold this failed run against one that succeeded. */
  compare: (() => Promise<Comparison>) | undefined;
  findProblems(): void;
  downloadUrl(): Promise<string>;
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
  readonly #controls: Controls;
  readonly #abort = new AbortController();
  readonly #dark = matchMedia("(prefers-color-scheme: dark)");
  #theme: Theme = "auto";
  #placed = false;

  constructor(context: Context, options: ScreenOptions, actions: ScreenActions) {
    const { task, log, words, locale } = context;
    this.#context = context;
    this.node = element("section", { class: "icv", attributes: { "aria-label": `${words.log} ${task.taskId}`, lang: locale } });
    this.announcer = new Announcer(words, locale);
    const { signal } = this.#abort;
    const address = new Address(options.lineLinks, () => this.#isFirst());
    const fullScreen = new FullScreen(this.node, signal, () => this.#controls.update());
    this.#controls = new Controls(context, address, fullScreen, {
      say: (text) => this.announcer.say(text, true),
      search: (query, from, signal) => actions.search(query, from, signal),
      findProblems: () => actions.findProblems(),
      downloadUrl: () => actions.downloadUrl(),
    });
    if (!options.searches) this.#controls.hideSearch();
    this.#head = new Head(task, words, locale, actions);
    this.#notice = new Notice(words, actions, (text) => this.announcer.say(text, false));
    this.#outcome = new Outcome(context, {
      showLine: (line) => this.#controls.showLine(line),
      takeSecrets: () => actions.takeSecrets(),
      compare: actions.compare,
    });
    this.#problems = new ProblemList(context, (line) => this.#controls.showLine(line));
    this.#steps = new StepList(log, task, words, (section) => this.#controls.pane.showSection(section));
    this.node.append(
      this.#head.node,
      this.#notice.node,
      this.#outcome.node,
      this.#problems.node,
      element("div", { class: "icv-body" }, this.#steps.node, this.#controls.node),
      this.announcer.node,
    );
    this.size(options.height);
    this.paint(options.theme);
    this.#dark.addEventListener("change", () => this.paint(this.#theme), { signal });
    this.node.addEventListener("keydown", (event) => this.#controls.press(event));
    addEventListener("hashchange", () => this.#controls.followAddress(), { signal });
  }

  /** Once the viewer is in the page, which may be long after it was made: look whether the address names lines. */
  #lookAtAddress(): void {
    if (this.#placed || !this.node.isConnected) return;
    this.#placed = true;
    this.#controls.pane.remake();
    this.#controls.followAddress();
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
    this.#lookAtAddress();
    // Where the service has refused, nothing will come: the notice says why.
    const waiting = connection.phase === "stopped" ? "" : words.waitingForLog;
    this.#controls.pane.explainEmpty(complete ? words.emptyLog : waiting);
    this.#controls.update();
  }

  /** Show the time that has passed. */
  tick(): void {
    const now = Date.now();
    this.#lookAtAddress();
    this.#head.tick(now);
    this.#notice.tick();
    if (this.#context.task.ended) return;
    this.#steps.update(now);
    this.#controls.pane.update();
  }

  /** The page is seen again: the log may not have been drawn while it was not. */
  wake(): void {
    this.#controls.pane.update();
  }

  /** Stand where `other`, a screen of the same log, has stood. */
  continueFrom(other: Screen): void {
    this.#controls.pane.stand(other.#controls.pane.standing);
  }

  /** It is elsewhere in the page, where browsers forget how far something was scrolled. */
  moved(): void {
    this.continueFrom(this);
  }

  size(height: number | string | undefined): void {
    this.node.classList.toggle("icv-fill-height", height === "fill");
    const length = typeof height === "number" || /^\d+$/.test(height ?? "") ? `${height}px` : height;
    if (length === undefined || length === "fill") this.node.style.removeProperty("--icv-height");
    else this.node.style.setProperty("--icv-height", length);
  }

  paint(theme: Theme = "auto"): void {
    this.#theme = theme;
    this.node.dataset.theme = theme === "auto" ? (this.#dark.matches ? "dark" : "light") : theme;
  }

  destroy(): void {
    this.#abort.abort();
    this.#head.destroy();
    this.announcer.destroy();
    this.#controls.destroy();
    this.node.remove();
  }

  /** Whether it is the first of its page, or of its shadow tree. */
  #isFirst(): boolean {
    const root = this.node.getRootNode();
    return (root instanceof Document || root instanceof ShadowRoot) && root.querySelector(".icv") === this.node;
  }
}
