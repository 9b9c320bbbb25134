/** `InstallManager`: starts, cancels, retries and lists installs. */

import type { ServiceOptions } from "./core/api.js";
import { Service, ServiceError } from "./core/api.js";
import { localeOf, WORDS } from "./core/locale.js";
import type { TaskStatus } from "./core/protocol.js";
import { InstallLogElement } from "./element.js";
import { serviceAddress } from "./origin.js";
import { element } from "./view/dom.js";
import type { ViewerOptions } from "./viewer.js";
import { InstallLogViewer, viewerIn } from "./viewer.js";

/** Id of the element that shows an install as soon as it has started, where a page has one. */
const LOG_CONTAINER = "log-container";

export interface InstallParameters {
  key: string;
  version?: string;
  port?: string | number;
  username?: string;
  pwd?: string;
  parameters?: Record<string, string | number | boolean>;
  [name: string]: unknown;
}

export interface TaskSummary {
  task_id: string;
  key: string;
  version: string;
  action: string;
  status: TaskStatus;
  progress: number;
  created_at: string;
  [name: string]: unknown;
}

export interface TaskPage {
  tasks: TaskSummary[];
  next_cursor?: string | null;
}

interface Started {
  task_id: string;
}

/** The options that a viewer takes count here, too: they are those of the viewer that `startInstall` opens. */
export class InstallManager {
  readonly #service: Service;
  readonly #options: ViewerOptions;

  constructor(options: ViewerOptions & ServiceOptions = {}) {
    const locale = localeOf(options.locale ?? (document.documentElement.lang || navigator.language));
    this.#options = options;
    this.#service = new Service(serviceAddress(options.baseUrl), locale, options);
  }

  /**
   * Start an install and return its task id. Where the page has an element `#log-container`, the log appears in it.
   *
   * Throws {@link ServiceError}, with the reason in the page's language.
   */
  async startInstall(params: InstallParameters): Promise<string> {
    try {
      const { task_id } = await this.#service.call<Started>("/v1/soft/install", { method: "POST", body: params });
      this.#show(task_id);
      return task_id;
    } catch (error) {
      if (error instanceof ServiceError) this.#explain(error);
      throw error;
    }
  }

  /** Stop a task and everything it started. Throws {@link ServiceError}. */
  async cancel(taskId: string): Promise<void> {
    await this.#service.cancel(taskId);
  }

  /**
   * Run a task again with the same parameters and return the new task's id.
   *
   * Secrets are not kept: give them again in `secrets`. Throws {@link ServiceError}.
   */
  async retry(taskId: string, secrets: Record<string, string> = {}): Promise<string> {
    const newId = await this.#service.retry(taskId, secrets);
    this.#show(newId);
    return newId;
  }

  /** Return tasks, newest first. Throws {@link ServiceError}. */
  async list(filter: { status?: TaskStatus; key?: string; limit?: number; cursor?: string } = {}): Promise<TaskPage> {
    return this.#service.call<TaskPage>("/v1/soft/tasks", { query: { ...filter } });
  }

  #show(taskId: string): void {
    const place = document.getElementById(LOG_CONTAINER);
    // The element has options of its own.
    if (place instanceof InstallLogElement) place.taskId = taskId;
    else if (place && viewerIn(place)?.taskId !== taskId) new InstallLogViewer(taskId, place, this.#options);
  }

  /** Say in the page why nothing starts, unless a log is there: then somebody is watching it. */
  #explain(error: ServiceError): void {
    const place = document.getElementById(LOG_CONTAINER);
    if (!place || viewerIn(place)) return;
    if (error.type === "task_active" && error.taskId) {
      this.#show(error.taskId);
      return;
    }
    const words = WORDS[this.#service.locale];
    const box = element(
      "p",
      { role: "alert" },
      element("strong", {}, words.installRefused),
      ` — ${error.message} `,
    );
    if (error.status === 401 && !this.#service.hasToken) {
      box.append(element("a", { href: this.#service.url("/login") }, words.signIn));
    }
    place.replaceChildren(box);
  }
}
