/** The catalog, and below it what was done lately. */

import { ServiceError } from "../viewer/core/api.js";
import { clockDuration, momentOf } from "../viewer/core/format.js";
import { WORDS } from "../viewer/core/locale.js";
import type { StatusReport } from "../viewer/core/protocol.js";
import { isFinal } from "../viewer/core/protocol.js";
import { element } from "../viewer/view/dom.js";
import type { App } from "./app.js";
import { openForm } from "./form.js";
import type { Software } from "./software.js";
import { activeProgress, activeTaskId, offeredActions } from "./software.js";

/** How often the page looks again: while something runs, and when nothing does. */
const BUSY_MS = 2_000;
const CALM_MS = 15_000;
/** The catalog asks the system what is installed, which costs more than a look at the tasks. */
const CATALOG_MS = 60_000;
const TASKS_SHOWN = 20;

interface TaskPage {
  tasks: StatusReport[];
}

export class Home {
  readonly node: HTMLElement;
  readonly #app: App;
  readonly #software = element("div", { class: "cards" });
  readonly #tasks = element("div", { class: "tasks" });
  readonly #problem = element("p", { class: "problem", attributes: { role: "alert" } });
  readonly #abort = new AbortController();
  #catalog: Software[] = [];
  #catalogActive: string | undefined;
  #catalogAt = 0;
  #timer: number | undefined;
  #shown = "";

  constructor(app: App) {
    this.#app = app;
    const { words } = app;
    this.#software.append(element("p", { class: "muted" }, words.loading));
    this.node = element(
      "main",
      {},
      this.#problem,
      element("section", {}, element("h2", {}, words.software), this.#software),
      element("section", {}, element("h2", {}, words.tasks), this.#tasks),
    );
    document.addEventListener("visibilitychange", () => this.#lookIfSeen(), { signal: this.#abort.signal });
    void this.#look();
  }

  destroy(): void {
    this.#abort.abort();
    clearTimeout(this.#timer);
  }

  #lookIfSeen(): void {
    if (document.visibilityState === "visible") void this.#look();
  }

  async #look(): Promise<void> {
    clearTimeout(this.#timer);
    const { service } = this.#app;
    const { signal } = this.#abort;
    let busy = false;
    try {
      const { tasks } = await service.call<TaskPage>("/v1/soft/tasks", { query: { limit: TASKS_SHOWN }, signal });
      const active = tasks.filter((task) => !isFinal(task.status));
      await this.#refreshCatalog(active.map((task) => task.task_id).join(" "));
      this.#problem.textContent = "";
      busy = active.length > 0;
      this.#show(this.#catalog, tasks);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ServiceError)) throw error;
      if (error.status === 401) this.#app.signIn();
      this.#problem.textContent = error.message;
    }
    clearTimeout(this.#timer);
    if (!signal.aborted) this.#timer = window.setTimeout(() => this.#lookIfSeen(), busy ? BUSY_MS : CALM_MS);
  }

  /** Ask for the catalog again when a task has begun or ended, and now and then: others install, too. */
  async #refreshCatalog(active: string): Promise<void> {
    const now = performance.now();
    if (active === this.#catalogActive && now - this.#catalogAt < CATALOG_MS) return;
    const { signal } = this.#abort;
    this.#catalog = (await this.#app.service.call<{ software: Software[] }>("/v1/soft/list", { signal })).software;
    this.#catalogActive = active;
    this.#catalogAt = now;
  }

  #show(software: Software[], tasks: StatusReport[]): void {
    // The focus would be lost, and a click, if what has not changed were made anew.
    const shown = JSON.stringify([software, tasks, Math.floor(Date.now() / 60_000)]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.name : undefined;
    const progress = new Map(tasks.map((task) => [task.task_id, task.progress]));
    this.#software.replaceChildren(...software.map((entry) => this.#card(entry, progress)));
    if (software.length === 0) this.#software.append(element("p", { class: "muted" }, this.#app.words.noSoftware));
    this.#tasks.replaceChildren(...tasks.map((task) => this.#task(task)));
    if (tasks.length === 0) this.#tasks.append(element("p", { class: "muted" }, this.#app.words.noTasks));
    if (focused) this.node.querySelector<HTMLElement>(`[data-name="${CSS.escape(focused)}"]`)?.focus();
  }

  #card(software: Software, progress: ReadonlyMap<string, number | undefined>): HTMLElement {
    const { words } = this.#app;
    const card = element("article", { class: "card", attributes: { "data-key": software.key } });
    card.append(
      element("div", { class: "card-head" }, element("h3", {}, software.name), this.#stateOf(software)),
      element("p", { class: "summary" }, software.broken ? words.broken : software.summary),
    );
    if (software.broken) {
      card.classList.add("broken");
      card.append(element("p", { class: "problem" }, software.broken));
      return card;
    }
    const taskId = activeTaskId(software);
    if (taskId) card.append(this.#activity(software, taskId, progress.get(taskId) ?? activeProgress(software)));
    else card.append(this.#buttons(software));
    return card;
  }

  #stateOf(software: Software): HTMLElement {
    const { words } = this.#app;
    const { installed_version: installed, candidate_version: candidate } = software;
    const state = element("span", { class: "state" });
    if (installed) {
      state.classList.add("installed");
      state.append(words.installed(installed));
      if (candidate && candidate !== installed) state.append(` · ${words.newer(candidate)}`);
    } else if (!software.broken) state.append(software.requires_root ? words.needsRoot : words.notInstalled);
    return state;
  }

  #buttons(software: Software): HTMLElement {
    const row = element("div", { class: "buttons" });
    offeredActions(software).forEach((action, index) => {
      const attributes = { type: "button", "data-name": `${software.key} ${action}` };
      const press = element("button", { class: index === 0 ? "primary" : "plain", attributes }, this.#app.words.actions[action]);
      press.addEventListener("click", () => openForm(this.#app, software, action));
      row.append(press);
    });
    return row;
  }

  #activity(software: Software, taskId: string, progress: number | undefined): HTMLElement {
    const bar = element("div", { class: "bar" }, element("div", { class: "fill" }));
    (bar.firstElementChild as HTMLElement).style.width = `${progress ?? 0}%`;
    bar.classList.toggle("unknown", !progress);
    return element("div", { class: "activity" }, bar, this.#taskLink(taskId, this.#app.words.watch, `${software.key} watch`));
  }

  #task(task: StatusReport): HTMLElement {
    const { words, locale } = this.#app;
    const viewerWords = WORDS[locale];
    const start = momentOf(task.started_at);
    const end = momentOf(task.finished_at);
    const created = momentOf(task.created_at);
    const link = this.#taskLink(task.task_id, `${task.key ?? task.task_id} ${task.version ?? ""}`.trim(), task.task_id);
    const running = !isFinal(task.status);
    return element(
      "div",
      { class: "task", attributes: { "data-task": task.task_id } },
      element("span", { class: "badge", attributes: { "data-status": task.status } }, viewerWords.statuses[task.status]),
      link,
      element("span", { class: "muted action" }, viewerWords.actions[task.action ?? ""] ?? task.action ?? ""),
      element("span", { class: "muted detail" }, running ? `${task.progress ?? 0}% ${task.step ?? ""}` : (task.error?.code ?? "")),
      element("span", { class: "muted took" }, start !== undefined && end !== undefined ? clockDuration((end - start) / 1000) : ""),
      element("span", { class: "muted when" }, created === undefined ? "" : words.ago(Math.max(0, (Date.now() - created) / 1000))),
    );
  }

  #taskLink(taskId: string, text: string, name: string): HTMLElement {
    const link = element("a", { attributes: { href: this.#app.taskUrl(taskId), "data-name": name } }, text);
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
      event.preventDefault();
      this.#app.openTask(taskId);
    });
    return link;
  }
}
