/** Everything that is seen of one task: head, notices, outcome, problems, steps and log, put together. */

import type { ConnectionState } from "../core/connection.js";
import type { Context } from "./context.js";
import type { HeadActions } from "./head.js";
import { Controls } from "./controls.js";
import { ProblemList } from "./problems.js";
import { element } from "./dom.js";
import { StepList } from "./steps.js";
import { Outcome } from "./outcome.js";
import { Notice } from "./notice.js";
import { Head } from "./head.js";
import { Announcer } from "./announcer.js";
import { Address } from "./address.js";
import { FullScreen } from "./full_screen.js";

export type Theme = "light" | "dark" | "auto";

export interface ScreenOptions {
  theme: Theme | undefined;
  height: number | string | undefined;
  /** Whether the page's address may name lines. */
  lineLinks: boolean;
}

export interface ScreenActions extends HeadActions {
  retryNow(): void;
  retryIn(): number | undefined;
  /** Where to sign in, or `undefined` where the page brings its own token. */
  signInUrl(): string | undefined;
  findProblems(): void;
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
  #placed = false;

  constructor(context: Context, options: ScreenOptions, actions: ScreenActions) {
    const { task, words, locale } = context;
    this.#context = context;
    this.node = element("section", { class: "icv", "aria-label": `${words.log} ${task.taskId}`, lang: locale });
    this.announcer = new Announcer(context);
    const { signal } = this.#abort;
    const address = new Address(options.lineLinks, () => this.#isFirst());
    const fullScreen = new FullScreen(this.node, signal, () => this.#controls.update());
    this.#controls = new Controls(context, address, fullScreen, {
      say: (text) => this.announcer.say(text, true),
      findProblems: () => actions.findProblems(),
    });
    this.#head = new Head(context, actions);
    this.#notice = new Notice(words, actions, (text) => this.announcer.say(text, false));
    const showLine = (line: number): void => this.#controls.showLine(line);
    this.#outcome = new Outcome(context, showLine);
    this.#problems = new ProblemList(context, showLine);
    this.#steps = new StepList(context, (section) => this.#controls.pane.showSection(section));
    this.node.append(
      this.#head.node,
      this.#notice.node,
      this.#outcome.node,
      this.#problems.node,
      element("div", "icv-body", this.#steps.node, this.#controls.node),
      this.announcer.node,
    );
    this.size(options.height);
    this.paint(options.theme);
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
    const { words } = this.#context;
    this.#head.update(now);
    this.#notice.update(connection);
    this.#outcome.update();
    this.#problems.update();
    this.announcer.update();
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
    this.node.style.colorScheme = theme === "auto" ? "light dark" : theme;
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
