/** The page of one task: its log, and what to do when it failed. */

import { ServiceError } from "../viewer/core/api.js";
import { element } from "../viewer/view/dom.js";
import type { InstallLogViewer } from "../viewer/viewer.js";
import type { App } from "./app.js";
import { openForm } from "./form.js";
import type { Software } from "./software.js";
import type { Action } from "./words.js";

export class TaskPage {
  readonly node: HTMLElement;
  readonly #app: App;
  readonly #taskId: string;
  readonly #viewer: InstallLogViewer;
  readonly #again: HTMLElement;
  readonly #uninstall: HTMLButtonElement;
  readonly #problem = element("p", { class: "problem", attributes: { role: "alert" } });

  constructor(app: App, taskId: string) {
    this.#app = app;
    this.#taskId = taskId;
    const { words } = app;
    const back = element("a", { class: "back", attributes: { href: app.taskUrl("") } }, `← ${words.all}`);
    back.addEventListener("click", (event) => {
      event.preventDefault();
      app.openHome();
    });
    const retry = element("button", { class: "plain", attributes: { type: "button" } }, words.again);
    retry.addEventListener("click", () => void this.#retry());
    this.#uninstall = element("button", { class: "plain", attributes: { type: "button" } }, words.actions.uninstall);
    this.#uninstall.hidden = true;
    this.#again = element("div", { class: "buttons again" }, this.#problem, this.#uninstall, retry);
    this.#again.hidden = true;
    const place = element("div", { attributes: { id: "log-container" } });
    this.node = element("main", { class: "task-page" }, back, place, this.#again);
    this.#viewer = new window.InstallLogViewer(taskId, place, { locale: app.locale, height: "fill", retry: false });
    this.#viewer.on("end", ({ status, afterState }) => {
      this.#again.hidden = status === "succeeded" || status === "ended";
      if (afterState === "partly") void this.#offerUninstall();
    });
  }

  destroy(): void {
    this.#viewer.destroy();
  }

  async #retry(): Promise<void> {
    const { service } = this.#app;
    const path = `/v1/soft/tasks/${encodeURIComponent(this.#taskId)}/retry`;
    try {
      this.#app.openTask((await service.call<{ task_id: string }>(path, { method: "POST", body: {} })).task_id);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      if (error.status === 401) this.#app.signIn();
      else if (error.status === 400) await this.#askAgain();
      else this.#problem.textContent = error.message;
    }
  }

  /** A secret is missing, which nobody has kept: ask for everything. */
  async #askAgain(): Promise<void> {
    const { entry, action } = await this.#recipe();
    if (entry) openForm(this.#app, entry, action, this.#app.words.secretsAgain);
  }

  /** Some of it is there: it can be removed, where the recipe knows how. */
  async #offerUninstall(): Promise<void> {
    const { entry } = await this.#recipe().catch((error: unknown) => {
      if (error instanceof ServiceError) return { entry: undefined };
      throw error;
    });
    if (!entry?.actions.includes("uninstall")) return;
    this.#uninstall.addEventListener("click", () => openForm(this.#app, entry, "uninstall"));
    this.#uninstall.hidden = false;
  }

  async #recipe(): Promise<{ entry: Software | undefined; action: Action }> {
    const { service } = this.#app;
    const [{ software }, task] = await Promise.all([
      service.call<{ software: Software[] }>("/v1/soft/list"),
      service.status(this.#taskId),
    ]);
    return { entry: software.find((one) => one.key === task.key), action: (task.action ?? "install") as Action };
  }
}
