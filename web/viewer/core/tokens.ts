/** What can be read of a JWT without its key: RFC 7519, 4.1.4. */

import { isObject } from "./protocol.js";

/** Return when `token` expires, as Unix time in ms, or `undefined` where it does not say so. */
export function expiryOf(token: string | undefined): number | undefined {
  const payload = token?.split(".")[1];
  if (payload === undefined) return undefined;
  try {
    const claims: unknown = JSON.parse(atob(payload.replace(/-/g, "+").replace(/_/g, "/")));
    return isObject(claims) && typeof claims.exp === "number" ? claims.exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}
