/** What is above the log: which task, how it stands, how far it is. */

import { clockDuration, joined, roughDuration, timeOfDay } from "../core/format.js";
import type { Words } from "../core/locale.js";
import { textIn } from "../core/locale.js";
import { stepText } from "../core/task.js";
import type { Context } from "./context.js";
import { button, element, setText } from "./dom.js";

export interface HeadActions {
  cancel(): Promise<void>;
  /** Start the task again; absent where that is left to the page. */
  retry?: (() => Promise<void>) | undefined;
}

/** Return why the task does not go on, `""` when it does. */
export function stalledText({ task, words, locale }: Context): string {
  const { stalled, status } = task;
  if (!stalled || status !== "running") return "";
  const detail = textIn(locale, stalled.detail, stalled.detail_zh);
  const sentence = Object.hasOwn(words.stalled, stalled.reason) ? words.stalled[stalled.reason as keyof Words["stalled"]] : words.stalled.silent;
  return joined(locale === "zh" ? "：" : ": ", sentence, detail);
}

/** Below this, in seconds, a number would only be wrong. */
const SOON_SECONDS = 10;
/** How long the second press of “cancel” counts. */
const CONFIRM_MS = 4_000;

export class Head {
  readonly node: HTMLElement;
  readonly #context: Context;
  readonly #actions: HeadActions;
  readonly #badge = element("span", "icv-badge");
  readonly #name = element("span", "icv-name");
  readonly #version = element("span", "icv-version");
  readonly #action = element("span", "icv-action");
  readonly #user = element("span", "icv-user");
  readonly #elapsed = element("span", "icv-elapsed");
  readonly #remaining = element("span", "icv-remaining");
  readonly #fill = element("div", "icv-fill");
  readonly #bar: HTMLElement;
  readonly #step = element("span", "icv-step");
  readonly #basis = element("span", "icv-basis");
  readonly #percent = element("span", "icv-percent");
  readonly #activity = element("code", "icv-activity");
  readonly #reason = element("span", "icv-stalled-reason");
  readonly #stalledFor = element("span", "icv-stalled-for");
  readonly #stalled = element("p", "icv-stalled", this.#reason, this.#stalledFor);
  readonly #problem = element("p", { class: "icv-problem", role: "alert" });
  readonly #cancel: HTMLButtonElement;
  readonly #retry: HTMLButtonElement;
  #confirming: number | undefined;

  constructor(context: Context, actions: HeadActions) {
    const { words } = context;
    this.#context = context;
    this.#actions = actions;
    this.#bar = element(
      "div",
      { class: "icv-bar", role: "progressbar", "aria-label": words.progress, "aria-valuemin": "0", "aria-valuemax": "100" },
      this.#fill,
    );
    this.#retry = button("icv-button", () => this.#pressRetry(), words.retry);
    this.#cancel = button("icv-button icv-cancel", () => this.#pressCancel(), words.cancel);
    this.node = element(
      "header",
      "icv-head",
      element(
        "div",
        "icv-top",
        this.#badge,
        element("div", "icv-title", this.#name, this.#version, this.#action, this.#user),
        element("div", "icv-times", this.#elapsed, this.#remaining),
        this.#retry,
        this.#cancel,
      ),
      this.#bar,
      element("div", "icv-below", this.#step, this.#activity, this.#basis, this.#percent),
      this.#stalled,
      this.#problem,
    );
    this.#problem.hidden = true;
  }

  update(now: number): void {
    const { task, words } = this.#context;
    const { status } = task;
    this.#badge.dataset.status = status ?? "unknown";
    setText(this.#badge, status ? words.statuses[status] : "…");
    setText(this.#name, task.key || task.taskId);
    setText(this.#version, task.version);
    setText(this.#action, task.action ? (words.actions[task.action] ?? task.action) : "");
    setText(this.#user, task.user ? words.startedBy(task.user) : "");
    this.#updateProgress();
    this.#updateStep();
    this.#updateStalled(now);
    this.#retry.hidden = !this.#actions.retry || !task.canRetry;
    this.#cancel.hidden = status !== "running" && status !== "queued";
    this.tick(now);
  }

  /** Show the time that has passed. */
  tick(now: number): void {
    const { task, words } = this.#context;
    const elapsed = task.elapsed(now);
    setText(this.#elapsed, elapsed === undefined ? "" : clockDuration(elapsed));
    const since = task.startedAt;
    this.#elapsed.title = joined(", ", words.elapsed, since !== undefined && words.startedAt(timeOfDay(since)));
    setText(this.#remaining, this.#remainingText(task.remaining(now)));
    if (task.stalled) this.#updateStalled(now);
  }

  destroy(): void {
    clearTimeout(this.#confirming);
  }

  #remainingText(seconds: number | undefined): string {
    const { words, locale } = this.#context;
    if (seconds === undefined) return "";
    return seconds < SOON_SECONDS ? words.soonDone : words.remaining(roughDuration(seconds, locale));
  }

  #updateProgress(): void {
    const { task, words } = this.#context;
    const { progress, status, indeterminate, basis } = task;
    const queued = status === "queued" || status === undefined;
    this.#bar.classList.toggle("icv-indeterminate", indeterminate);
    this.#bar.dataset.status = status ?? "unknown";
    this.#fill.style.width = indeterminate ? "" : `${progress}%`;
    const restsOn = indeterminate ? "none" : basis;
    const told = status === "running" && restsOn !== undefined && (indeterminate || (progress > 0 && restsOn !== "none"));
    setText(this.#basis, told ? words.bases[restsOn] : "");
    setText(this.#percent, indeterminate || queued ? "" : `${progress}%`);
    // Without a value the bar is indeterminate for assistive technology, too.
    if (indeterminate || queued) this.#bar.removeAttribute("aria-valuenow");
    else this.#bar.setAttribute("aria-valuenow", String(progress));
    const text = queued ? words.bases.none : joined(", ", this.#percent.textContent, this.#basis.textContent);
    this.#bar.setAttribute("aria-valuetext", text);
  }

  #updateStep(): void {
    const { task, words } = this.#context;
    const { status, queuePosition, activity } = task;
    setText(this.#step, status === "queued" ? words.queued(queuePosition ?? 0) : stepText(task, words));
    setText(this.#activity, status === "running" ? activity : "");
    this.#activity.title = activity;
  }

  #updateStalled(now: number): void {
    const { task, words, locale } = this.#context;
    const reason = stalledText(this.#context);
    this.#stalled.hidden = reason === "";
    setText(this.#reason, reason);
    const seconds = task.stalledFor(now);
    setText(this.#stalledFor, seconds === undefined ? "" : words.stalledFor(roughDuration(seconds, locale)));
  }

  #pressCancel(): void {
    if (this.#confirming === undefined) {
      setText(this.#cancel, this.#context.words.confirmCancel);
      this.#cancel.classList.add("icv-danger");
      this.#confirming = window.setTimeout(() => this.#calmCancel(), CONFIRM_MS);
      return;
    }
    this.#calmCancel();
    setText(this.#cancel, this.#context.words.canceling);
    this.#try(this.#cancel, this.#actions.cancel(), this.#context.words.cancelFailed);
  }

  #pressRetry(): void {
    if (this.#actions.retry) this.#try(this.#retry, this.#actions.retry(), this.#context.words.retryFailed);
  }

  /** While the service is asked, `pressed` counts no more; it says why where the answer is no. */
  #try(pressed: HTMLButtonElement, asked: Promise<void>, failed: (reason: string) => string): void {
    this.#problem.hidden = true;
    pressed.disabled = true;
    asked.catch((error: unknown) => {
      pressed.disabled = false;
      this.#calmCancel();
      setText(this.#problem, failed(error instanceof Error ? error.message : String(error)));
      this.#problem.hidden = false;
    });
  }

  #calmCancel(): void {
    clearTimeout(this.#confirming);
    this.#confirming = undefined;
    this.#cancel.classList.remove("icv-danger");
    setText(this.#cancel, this.#context.words.cancel);
  }
}
