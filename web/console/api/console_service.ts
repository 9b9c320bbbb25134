/** The service as the console asks it: every answer also tells whether it is there and whether the session still counts. */

import type { Call } from "../../viewer/core/api.js";
import { Service, ServiceError } from "../../viewer/core/api.js";
import type { Locale } from "../../viewer/core/locale.js";
import { WORDS } from "../../viewer/core/locale.js";
import type { ServiceClock } from "../core/service_clock.js";

/** How a request went: an answer, no answer, or the answer that nobody is signed in. */
export type Contact = "answered" | "unreachable" | "signed_out";

/** What a proxy says of a service that is not there. */
const GATEWAY_STATUSES: ReadonlySet<number> = new Set([0, 502, 503, 504]);

/** How long a look may take. A connection that broke unnoticed gives no answer and no error, for minutes. */
const LOOK_LIMIT_MS = 20_000;

export class ConsoleService extends Service {
  readonly #told: (contact: Contact) => void;
  readonly #limitMs: number;

  constructor(baseUrl: string, locale: Locale, clock: ServiceClock, told: (contact: Contact) => void, limitMs = LOOK_LIMIT_MS) {
    super(baseUrl, locale, {}, async (input, init) => {
      const answer = await fetch(input, init);
      clock.hear(answer.headers.get("Date"));
      return answer;
    });
    this.#told = told;
    this.#limitMs = limitMs;
  }

  override async call<Data>(path: string, call: Call = {}): Promise<Data> {
    try {
      // What changes something is waited for: its outcome would be unknown. So is a plan, which runs scripts.
      const data = await ((call.method ?? "GET") === "GET" ? this.#look<Data>(path, call) : super.call<Data>(path, call));
      this.#told("answered");
      return data;
    } catch (error) {
      if (error instanceof ServiceError) this.#told(contactOf(error));
      throw error;
    }
  }

  async #look<Data>(path: string, call: Call): Promise<Data> {
    const limit = new AbortController();
    const giveUp = (): void => limit.abort();
    const timer = setTimeout(giveUp, this.#limitMs);
    call.signal?.addEventListener("abort", giveUp);
    try {
      return await super.call<Data>(path, { ...call, signal: limit.signal });
    } catch (error) {
      if (limit.signal.aborted && !call.signal?.aborted) throw new ServiceError(WORDS[this.locale].networkError, 0);
      throw error;
    } finally {
      clearTimeout(timer);
      call.signal?.removeEventListener("abort", giveUp);
    }
  }
}

/** Return what an error says about the service itself. */
export function contactOf(error: ServiceError): Contact {
  if (error.status === 401) return "signed_out";
  return GATEWAY_STATUSES.has(error.status) ? "unreachable" : "answered";
}
