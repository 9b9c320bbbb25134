/** What is above the log: which task, how it stands, how far it is. */

import { clockDuration, roughDuration, timeOfDay } from "../core/format.js";
import type { Locale, Words } from "../core/locale.js";
import { textIn } from "../core/locale.js";
import type { Task } from "../core/task.js";
import { button, element, setText } from "./dom.js";

export interface HeadActions {
  cancel(): Promise<void>;
  /** Start the task again; absent where that is left to the page. */
  retry?: (() => Promise<void>) | undefined;
}

/** Return why `task` does not go on, `""` when it does. */
export function stalledText(task: Task, words: Words, locale: Locale): string {
  const { stalled, status } = task;
  if (!stalled || status !== "running") return "";
  const detail = textIn(locale, stalled.detail, stalled.detail_zh);
  const sentence = Object.hasOwn(words.stalled, stalled.reason) ? words.stalled[stalled.reason as keyof Words["stalled"]] : words.stalled.silent;
  return sentence(detail);
}

/** Below this, in seconds, a number would only be wrong. */
const SOON_SECONDS = 10;
/** How long the second press of “cancel” counts. */
const CONFIRM_MS = 4_000;

export class Head {
  readonly node: HTMLElement;
  readonly #task: Task;
  readonly #words: Words;
  readonly #locale: Locale;
  readonly #actions: HeadActions;
  readonly #badge = element("span", { class: "icv-badge" });
  readonly #name = element("span", { class: "icv-name" });
  readonly #version = element("span", { class: "icv-version" });
  readonly #action = element("span", { class: "icv-action" });
  readonly #user = element("span", { class: "icv-user" });
  readonly #elapsed = element("span", { class: "icv-elapsed" });
  readonly #remaining = element("span", { class: "icv-remaining" });
  readonly #fill = element("div", { class: "icv-fill" });
  readonly #bar: HTMLElement;
  readonly #step = element("span", { class: "icv-step" });
  readonly #basis = element("span", { class: "icv-basis" });
  readonly #percent = element("span", { class: "icv-percent" });
  readonly #activity = element("code", { class: "icv-activity" });
  readonly #reason = element("span", { class: "icv-stalled-reason" });
  readonly #stalledFor = element("span", { class: "icv-stalled-for" });
  readonly #stalled = element("p", { class: "icv-stalled" }, this.#reason, this.#stalledFor);
  readonly #problem = element("p", { class: "icv-problem", attributes: { role: "alert" } });
  readonly #cancel: HTMLButtonElement;
  readonly #retry: HTMLButtonElement;
  #confirming: number | undefined;
  #canceling = false;

  constructor(task: Task, words: Words, locale: Locale, actions: HeadActions) {
    this.#task = task;
    this.#words = words;
    this.#locale = locale;
    this.#actions = actions;
    this.#bar = element(
      "div",
      { class: "icv-bar", attributes: { role: "progressbar", "aria-label": words.progress, "aria-valuemin": "0", "aria-valuemax": "100" } },
      this.#fill,
    );
    this.#retry = button(words.retry, () => this.#pressRetry());
    this.#cancel = button(words.cancel, () => this.#pressCancel(), "icv-button icv-cancel");
    this.node = element(
      "header",
      { class: "icv-head" },
      element(
        "div",
        { class: "icv-top" },
        this.#badge,
        element("div", { class: "icv-title" }, this.#name, this.#version, this.#action, this.#user),
        element("div", { class: "icv-times" }, this.#elapsed, this.#remaining),
        this.#retry,
        this.#cancel,
      ),
      this.#bar,
      element("div", { class: "icv-below" }, this.#step, this.#activity, this.#basis, this.#percent),
      this.#stalled,
      this.#problem,
    );
    this.#problem.hidden = true;
  }

  update(now: number): void {
    const task = this.#task;
    const words = this.#words;
    const status = task.status;
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
    const task = this.#task;
    const elapsed = task.elapsed(now);
    setText(this.#elapsed, elapsed === undefined ? "" : clockDuration(elapsed));
    const since = task.startedAt;
    this.#elapsed.title = [this.#words.elapsed, since === undefined ? "" : this.#words.startedAt(timeOfDay(since))].filter(Boolean).join(", ");
    setText(this.#remaining, this.#remainingText(task.remaining(now)));
    if (task.stalled) this.#updateStalled(now);
  }

  destroy(): void {
    clearTimeout(this.#confirming);
  }

  #remainingText(seconds: number | undefined): string {
    if (seconds === undefined) return "";
    return seconds < SOON_SECONDS ? this.#words.soonDone : this.#words.remaining(roughDuration(seconds, this.#locale));
  }

  #updateProgress(): void {
    const { progress, status, indeterminate, basis } = this.#task;
    const words = this.#words;
    const queued = status === "queued" || status === undefined;
    this.#bar.classList.toggle("icv-indeterminate", indeterminate);
    this.#bar.dataset.status = status ?? "unknown";
    this.#fill.style.width = indeterminate ? "" : `${progress}%`;
    const restsOn = indeterminate ? "none" : basis;
    const told = status === "running" && restsOn !== undefined && (indeterminate || (progress > 0 && restsOn !== "none"));
    setText(this.#basis, told ? words.bases[restsOn] : "");
    this.#basis.title = told ? words.basisHelp[restsOn] : "";
    setText(this.#percent, indeterminate || queued ? "" : `${progress}%`);
    // Without a value the bar is indeterminate for assistive technology, too.
    if (indeterminate || queued) this.#bar.removeAttribute("aria-valuenow");
    else this.#bar.setAttribute("aria-valuenow", String(progress));
    const text = queued ? words.bases.none : [this.#percent.textContent, this.#basis.textContent].filter(Boolean).join(", ");
    this.#bar.setAttribute("aria-valuetext", text);
  }

  #updateStep(): void {
    const { currentStep, totalSteps, step, status, queuePosition, activity } = this.#task;
    const queued = status === "queued";
    setText(this.#step, queued ? this.#words.queued(queuePosition ?? 0) : this.#words.step(currentStep, totalSteps, step));
    setText(this.#activity, status === "running" ? activity : "");
    this.#activity.title = activity;
  }

  #updateStalled(now: number): void {
    const task = this.#task;
    const show = task.stalled !== null && task.status === "running";
    this.#stalled.hidden = !show;
    if (!show) return;
    setText(this.#reason, stalledText(task, this.#words, this.#locale));
    const seconds = task.stalledFor(now);
    setText(this.#stalledFor, seconds === undefined ? "" : this.#words.stalledFor(roughDuration(seconds, this.#locale)));
  }

  #pressCancel(): void {
    if (this.#canceling) return;
    if (this.#confirming === undefined) {
      setText(this.#cancel, this.#words.confirmCancel);
      this.#cancel.classList.add("icv-danger");
      this.#confirming = window.setTimeout(() => this.#calmCancel(), CONFIRM_MS);
      return;
    }
    this.#calmCancel();
    this.#canceling = true;
    this.#problem.hidden = true;
    this.#cancel.disabled = true;
    setText(this.#cancel, this.#words.canceling);
    this.#actions.cancel().catch((error: unknown) => {
      this.#canceling = false;
      this.#cancel.disabled = false;
      this.#calmCancel();
      setText(this.#problem, this.#words.cancelFailed(error instanceof Error ? error.message : String(error)));
      this.#problem.hidden = false;
    });
  }

  #pressRetry(): void {
    if (!this.#actions.retry) return;
    this.#problem.hidden = true;
    this.#retry.disabled = true;
    this.#actions.retry().catch((error: unknown) => {
      this.#retry.disabled = false;
      setText(this.#problem, this.#words.retryFailed(error instanceof Error ? error.message : String(error)));
      this.#problem.hidden = false;
    });
  }

  #calmCancel(): void {
    clearTimeout(this.#confirming);
    this.#confirming = undefined;
    this.#cancel.classList.remove("icv-danger");
    setText(this.#cancel, this.#words.cancel);
  }
}
