/** The browser, as the connection needs it. */

import type { Platform } from "./core/channel.js";
import { soonByMessage } from "./core/slices.js";

const REACHABLE_LIMIT_MS = 5_000;

/** Return the browser's sockets, timers and chance, and how to let go of them. */
export function browserPlatform(): Platform & { close(): void } {
  const { soon, close } = soonByMessage();
  let ahead = Number.NEGATIVE_INFINITY;
  return {
    soon,
    close,
    createSocket: (url, protocols) => new WebSocket(url, protocols),
    later(ms, run) {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    random: Math.random,
    // `performance.now()` stands still while some machines sleep, and `Date.now()` goes back when a clock is set.
    now() {
      ahead = Math.max(ahead, Date.now() - performance.now());
      return performance.now() + ahead;
    },
    date: Date.now,
    online: () => navigator.onLine,
    foreign: (url) => new URL(url, location.href).origin !== location.origin,
    async reachable(url) {
      try {
        await fetch(url, { mode: "no-cors", cache: "no-store", signal: AbortSignal.timeout(REACHABLE_LIMIT_MS) });
        return true;
      } catch {
        return false;
      }
    },
  };
}
