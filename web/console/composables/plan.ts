/** The checks before an install: run for what stands in the form now, good for nothing else. */

import type { ComputedRef, Ref, ShallowRef } from "vue";
import { computed, onScopeDispose, ref, shallowRef, watch } from "vue";
import type { Service } from "../../viewer/core/api.js";
import { ServiceError } from "../../viewer/core/api.js";
import type { Plan } from "../api/types.js";

export interface PlanCheck {
  plan: ShallowRef<Plan | undefined>;
  error: ShallowRef<ServiceError | undefined>;
  checking: Ref<boolean>;
  /** Whether the plan is that of the present request, and nothing speaks against it. */
  passed: ComputedRef<boolean>;
  check(): Promise<void>;
}

/** Each check runs scripts: not for every letter that is typed. */
const REST_MS = 700;

/**
 * Check `request` whenever it has changed and rested. `undefined`: there is nothing that could be checked yet.
 */
export function usePlan(service: ComputedRef<Service>, request: ComputedRef<Record<string, unknown> | undefined>): PlanCheck {
  const plan = shallowRef<Plan>();
  const error = shallowRef<ServiceError>();
  const checking = ref(false);
  const checked = ref("");
  const wanted = computed(() => (request.value ? JSON.stringify(request.value) : ""));
  let current = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const check = async (): Promise<void> => {
    clearTimeout(timer);
    current.abort();
    const asked = wanted.value;
    if (!asked) return;
    const own = new AbortController();
    current = own;
    checking.value = true;
    error.value = undefined;
    try {
      const answer = await service.value.call<Plan>("/v1/soft/plan", { method: "POST", body: JSON.parse(asked), signal: own.signal });
      if (own.signal.aborted) return;
      plan.value = answer;
      checked.value = asked;
    } catch (reason) {
      if (own.signal.aborted) return;
      if (!(reason instanceof ServiceError)) throw reason;
      plan.value = undefined;
      checked.value = "";
      error.value = reason;
    }
    checking.value = false;
  };

  watch([wanted, service], ([now], [before]) => {
    clearTimeout(timer);
    current.abort();
    checking.value = now !== "";
    if (now === "") plan.value = undefined;
    else timer = setTimeout(() => void check(), before === undefined ? 0 : REST_MS);
  }, { immediate: true });
  onScopeDispose(() => {
    clearTimeout(timer);
    current.abort();
  });
  const passed = computed(() => plan.value?.ok === true && checked.value === wanted.value && !checking.value);
  return { plan, error, checking, passed, check };
}
