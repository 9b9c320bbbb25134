/** The service as the console asks it: every answer also tells whether it is there and whether the session still counts. */

import type { Call } from "../../viewer/core/api.js";
import { Service, ServiceError } from "../../viewer/core/api.js";
import type { Locale } from "../../viewer/core/locale.js";
import type { ServiceClock } from "../core/service_clock.js";

/** How a request went: an answer, no answer, or the answer that nobody is signed in. */
export type Contact = "answered" | "unreachable" | "signed_out";

/** What a proxy says of a service that is not there. */
const GATEWAY_STATUSES: ReadonlySet<number> = new Set([0, 502, 503, 504]);

export class ConsoleService extends Service {
  readonly #told: (contact: Contact) => void;

  constructor(baseUrl: string, locale: Locale, clock: ServiceClock, told: (contact: Contact) => void) {
    super(baseUrl, locale, {}, async (input, init) => {
      const answer = await fetch(input, init);
      clock.hear(answer.headers.get("Date"));
      return answer;
    });
    this.#told = told;
  }

  override async call<Data>(path: string, call: Call = {}): Promise<Data> {
    try {
      const data = await super.call<Data>(path, call);
      this.#told("answered");
      return data;
    } catch (error) {
      if (error instanceof ServiceError) this.#told(contactOf(error));
      throw error;
    }
  }
}

/** Return what an error says about the service itself. */
export function contactOf(error: ServiceError): Contact {
  if (error.status === 401) return "signed_out";
  return GATEWAY_STATUSES.has(error.status) ? "unreachable" : "answered";
}
