/** Where the service is, when nobody says so: where this script came from. */

import { serviceOf } from "./core/api.js";

/** Known only while a classic script runs: read at once, not when it is asked for. A module has none. */
const SCRIPT_URL = document.currentScript instanceof HTMLScriptElement ? document.currentScript.src : "";

export function defaultBaseUrl(): string {
  return SCRIPT_URL ? serviceOf(SCRIPT_URL) : location.origin;
}
