/** Where the service is, when nobody says so: where this script came from. */

import { serviceOf } from "./core/api.js";

/** Known only while a classic script runs: read at once, not when it is asked for. A module has none, and a server that renders pages has no document. */
const SCRIPT_URL = (globalThis.document?.currentScript as HTMLScriptElement | null | undefined)?.src ?? "";

/** Return the address of the service, whole, for what a page says of it: `undefined`, an address, or a path of its own origin. */
export function serviceAddress(baseUrl: string | undefined): string {
  if (baseUrl !== undefined) return new URL(baseUrl, document.baseURI).href;
  return SCRIPT_URL ? serviceOf(SCRIPT_URL) : location.origin;
}
