/** Whether somebody still looks at what asked for something that took its time. */

import { onScopeDispose } from "vue";

/** Return how to tell whether this component is still there. Who went on to another page is not brought back. */
export function usePresence(): () => boolean {
  let isHere = true;
  onScopeDispose(() => (isHere = false));
  return () => isHere;
}
