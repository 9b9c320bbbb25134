/** The time, for what is told by it. */

import type { Ref } from "vue";
import { onScopeDispose, ref } from "vue";

const TICK_MS = 1_000;

/** Return Unix time in ms, new every second while the page is seen. */
export function useClock(): Ref<number> {
  const now = ref(Date.now());
  const timer = setInterval(() => {
    if (document.visibilityState === "visible") now.value = Date.now();
  }, TICK_MS);
  onScopeDispose(() => clearInterval(timer));
  return now;
}
