/** The service's HTTP interface: where it is, who asks, and the one shape of its answers. */

import type { Comparison } from "./comparison.js";
import type { Locale } from "./locale.js";
import { WORDS } from "./locale.js";
import type { LogRecord, Outline, StatusReport, TaskResult, TaskStatus } from "./protocol.js";
import { isObject } from "./protocol.js";
import type { FoundPage, Query as Sought } from "./search.js";

/** How to reach the service. */
export interface ServiceOptions {
  /** Address of the service, without `/v1`. Default: where this script came from. */
  baseUrl?: string;
  /** A JWT. Without one the session cookie counts, which only pages of the service's own origin have. */
  token?: string;
  /** Asked for a JWT before each request and each connection, so that it can be renewed. */
  getToken?: () => string | Promise<string>;
  /** `zh` or `en`. Default: the page's language, else the browser's. */
  locale?: string | undefined;
}

/** The service said no, or could not be reached. */
export class ServiceError extends Error {
  override readonly name = "ServiceError";
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** Stable, such as `task_active`. */
  readonly type: string;
  /** The input at fault. */
  readonly field: string | null;
  /** The task that is in the way, where there is one and the caller may see it. */
  readonly taskId: string | null;

  constructor(message: string, status: number, details: Record<string, unknown> = {}) {
    super(message);
    this.status = status;
    const text = (value: unknown): string | null => (typeof value === "string" ? value : null);
    this.type = text(details.type) ?? "network_error";
    this.field = text(details.field);
    this.taskId = text(details.task_id);
  }
}

export interface HistoryPage {
  next_offset: number | null;
  total: number;
  completed: boolean;
  progress: number;
  status: TaskStatus;
  messages: LogRecord[];
}

type Query = Record<string, string | number | boolean>;

/** What a request sends. */
export interface Call {
  method?: "GET" | "POST";
  query?: Query;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

const EVENT_STREAM = "text/event-stream";

/** Matches in one answer: the most that the service gives. */
const FOUND_AT_ONCE = 1_000;

export class Service {
  readonly baseUrl: string;
  /** The language of the service's answers. */
  locale: Locale;
  readonly #getToken: (() => string | Promise<string>) | undefined;
  readonly #fetch: typeof fetch;

  constructor(baseUrl: string, locale: Locale, options: ServiceOptions = {}, fetcher: typeof fetch = fetch) {
    this.baseUrl = baseUrl.replace(/\/+$/, "");
    this.locale = locale;
    const { token, getToken } = options;
    this.#getToken = getToken ?? (token === undefined ? undefined : () => token);
    this.#fetch = (input, init) => fetcher(input, init);
  }

  /** Whether a token is sent; else the session cookie counts. */
  get hasToken(): boolean {
    return this.#getToken !== undefined;
  }

  /** Return a token that is good now. Throws {@link ServiceError} of type `no_token` where the page cannot get one. */
  async token(): Promise<string | undefined> {
    try {
      return await this.#getToken?.();
    } catch (error) {
      throw new ServiceError(error instanceof Error ? error.message : String(error), 0, { type: "no_token" });
    }
  }

  url(path: string, query: Query = {}): string {
    const parameters = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
    const search = parameters.toString();
    return `${this.baseUrl}${path}${search ? `?${search}` : ""}`;
  }

  socketUrl(path: string, query: Query): string {
    return this.url(path, query).replace(/^http/, "ws");
  }

  /** Return `data` of the answer. Throws {@link ServiceError}. */
  async call<Data>(path: string, call: Call = {}): Promise<Data> {
    const answer = await this.#ask(path, call, await this.token());
    const envelope: unknown = await answer.json().catch(() => undefined);
    if (isObject(envelope) && envelope.success === true) return envelope.data as Data;
    throw this.#refusal(answer.status, envelope);
  }

  /** Return a stream of events, or an answer without a body where there are none left. Throws {@link ServiceError}. */
  async stream(path: string, query: Query, token: string | undefined, signal: AbortSignal): Promise<Response> {
    const answer = await this.#ask(path, { query, signal, headers: { Accept: EVENT_STREAM } }, token);
    if (answer.status === 204 || (answer.ok && answer.headers.get("Content-Type")?.startsWith(EVENT_STREAM))) return answer;
    throw this.#refusal(answer.status, answer.ok ? undefined : await answer.json().catch(() => undefined));
  }

  /** Secret results stay where they are until somebody asks for them: see {@link takeSecrets}. */
  status(taskId: string, signal?: AbortSignal): Promise<StatusReport> {
    return this.call("/v1/log/status", { query: { task_id: taskId, reveal: false }, signal });
  }

  history(taskId: string, offset: number, limit: number, signal?: AbortSignal): Promise<HistoryPage> {
    return this.call("/v1/log/history", { query: { task_id: taskId, offset, limit }, signal });
  }

  /** Return the records that match, from record `from` on. Throws {@link ServiceError}. */
  search(taskId: string, { text, regex, caseSensitive }: Sought, from: number, signal: AbortSignal): Promise<FoundPage> {
    const query = { task_id: taskId, q: text, regex, case_sensitive: caseSensitive, from, limit: FOUND_AT_ONCE };
    return this.call("/v1/log/search", { query, signal });
  }

  /** Return where failed task `taskId` went another way than an earlier one. Throws {@link ServiceError}. */
  compare(taskId: string): Promise<Comparison> {
    return this.call("/v1/log/compare", { query: { task_id: taskId } });
  }

  /** Return the errors or the warnings, from record `from` on. Throws {@link ServiceError}. */
  problems(taskId: string, level: string, from: number, signal: AbortSignal): Promise<FoundPage> {
    return this.call("/v1/log/search", { query: { task_id: taskId, level, from, limit: FOUND_AT_ONCE }, signal });
  }

  /** Return what the log holds, without its lines. Throws {@link ServiceError}. */
  outline(taskId: string, signal: AbortSignal): Promise<Outline> {
    return this.call("/v1/log/steps", { query: { task_id: taskId, numbering: true }, signal });
  }

  /** Return an address at which a browser downloads the whole log. Throws {@link ServiceError}. */
  async downloadUrl(taskId: string): Promise<string> {
    const query = { task_id: taskId, format: "text" };
    if (!this.hasToken) return this.url("/v1/log/download", query);
    const { ticket } = await this.call<{ ticket: string }>("/v1/log/ticket", { method: "POST", body: { task_id: taskId } });
    return this.url("/v1/log/download", { ...query, ticket });
  }

  cancel(taskId: string): Promise<unknown> {
    return this.#order(taskId, "cancel");
  }

  /** Run a task again with the same parameters, and return the id of the new one. Secrets are not kept: give them again. */
  async retry(taskId: string, secrets: Record<string, string> = {}): Promise<string> {
    return (await this.#order<{ task_id: string }>(taskId, "retry", { parameters: secrets })).task_id;
  }

  /** Return the secret results of a task; the service gives them to the task's owner, once. */
  async takeSecrets(taskId: string): Promise<TaskResult[]> {
    return (await this.#order<{ results: TaskResult[] }>(taskId, "results")).results;
  }

  #order<Data>(taskId: string, what: string, body?: unknown): Promise<Data> {
    return this.call(`/v1/soft/tasks/${encodeURIComponent(taskId)}/${what}`, { method: "POST", body });
  }

  async #ask(path: string, call: Call, token: string | undefined): Promise<Response> {
    const headers: Record<string, string> = { "Accept-Language": this.locale, ...call.headers };
    const { method = "GET", query, body, signal } = call;
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (token !== undefined) headers.Authorization = `Bearer ${token}`;
    try {
      return await this.#fetch(this.url(path, query), {
        method,
        headers,
        credentials: token === undefined ? "same-origin" : "omit",
        cache: "no-store",
        body: body === undefined ? null : JSON.stringify(body),
        signal: signal ?? null,
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new ServiceError(WORDS[this.locale].networkError, 0);
    }
  }

  #refusal(status: number, envelope: unknown): ServiceError {
    if (!isObject(envelope) || envelope.success !== false) {
      return new ServiceError(WORDS[this.locale].badAnswer(status), status, { type: "bad_answer" });
    }
    const details = isObject(envelope.error) ? envelope.error : {};
    return new ServiceError(String(details.detail ?? envelope.message), status, details);
  }
}

/**
 * Return the address of the service whose script has the URL `src`: the folder above `static/`, or the script's own folder.
 */
export function serviceOf(src: string): string {
  const url = new URL(src);
  const path = url.pathname.replace(/\/(?:static\/.*|[^/]*)$/, "");
  return `${url.origin}${path}`;
}
