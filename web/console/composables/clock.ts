/** The time, for what is told by it. */

import type { Ref } from "vue";
import { onScopeDispose, ref } from "vue";
import { useShell } from "../shell.js";

const TICK_MS = 1_000;

/** Return the service's Unix time in ms, new every second while the page is seen. */
export function useClock(): Ref<number> {
  const { clock } = useShell();
  const now = ref(clock.now());
  const timer = setInterval(() => {
    if (document.visibilityState === "visible") now.value = clock.now();
  }, TICK_MS);
  onScopeDispose(() => clearInterval(timer));
  return now;
}
