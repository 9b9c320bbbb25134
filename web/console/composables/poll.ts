/** Something of the service that is looked at again and again while somebody sees it. */

import type { Ref, ShallowRef } from "vue";
import { onScopeDispose, ref, shallowRef } from "vue";
import { ServiceError } from "../../viewer/core/api.js";

export interface Poll<Data> {
  /** The last answer; stays while a newer one is on its way or fails to come. */
  data: ShallowRef<Data | undefined>;
  /** Why the last look failed. */
  error: ShallowRef<ServiceError | undefined>;
  loading: Ref<boolean>;
  /** Look now. What was on its way is dropped: another thing is asked for. */
  refresh(): Promise<void>;
  /** Look once more: at once, or when the answer that is on its way is here. */
  renew(): void;
}

/** Waits after one, two … failures: a service that restarts is back within seconds. */
const FAILURE_WAITS_MS = [1_000, 2_000, 3_000, 5_000, 10_000];

/** What is refused is refused for long: no such task, not allowed. */
const REFUSED_WAIT_MS = 60_000;

/** Return how long to wait, in ms; `undefined`: nobody is signed in, and each look would be refused until somebody is. */
function waitAfter(failures: number, error: ServiceError | undefined): number | undefined {
  const status = error?.status ?? 0;
  if (status === 401) return undefined;
  if (status === 400 || status === 403 || status === 404) return REFUSED_WAIT_MS;
  return FAILURE_WAITS_MS[Math.min(failures, FAILURE_WAITS_MS.length) - 1] ?? 0;
}

/**
 * Look at once, then every `pace(data)` ms. A hidden page does not look; one that is seen again, or online again, does at once.
 * When the session has ended it stops, until the page gets the focus again: the sign-in may have been in another window.
 *
 * Ends with the scope that it is used in.
 */
export function usePoll<Data>(load: (signal: AbortSignal) => Promise<Data>, pace: (data: Data | undefined) => number): Poll<Data> {
  const data = shallowRef<Data>();
  const error = shallowRef<ServiceError>();
  const loading = ref(false);
  const listening = new AbortController();
  let current = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let isOld = false;

  const refresh = async (): Promise<void> => {
    clearTimeout(timer);
    current.abort();
    const own = new AbortController();
    current = own;
    isOld = false;
    loading.value = true;
    try {
      const answer = await load(own.signal);
      if (own.signal.aborted) return;
      data.value = answer;
      error.value = undefined;
      failures = 0;
    } catch (reason) {
      if (own.signal.aborted) return;
      if (!(reason instanceof ServiceError)) throw reason;
      error.value = reason;
      failures += 1;
    }
    loading.value = false;
    if (isOld) return refresh();
    const wait = failures === 0 ? pace(data.value) : waitAfter(failures, error.value);
    if (wait !== undefined) timer = setTimeout(lookIfSeen, wait);
  };
  const renew = (): void => {
    if (loading.value) isOld = true;
    else void refresh();
  };
  const lookIfSeen = (): void => {
    if (document.visibilityState === "visible") void refresh();
  };

  const { signal } = listening;
  document.addEventListener("visibilitychange", lookIfSeen, { signal });
  addEventListener("online", lookIfSeen, { signal });
  addEventListener("focus", () => error.value?.status === 401 && lookIfSeen(), { signal });
  addEventListener("pageshow", (event) => event.persisted && lookIfSeen(), { signal });
  onScopeDispose(() => {
    listening.abort();
    current.abort();
    clearTimeout(timer);
  });
  void refresh();
  return { data, error, loading, refresh, renew };
}
