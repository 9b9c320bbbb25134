/** The state of a form that starts an action: values, problems, and the request that comes of them. */

import type { ComputedRef, Ref, ShallowRef } from "vue";
import { computed, reactive, ref, shallowRef, watch } from "vue";
import { ServiceError } from "../../viewer/core/api.js";
import type { Action, Parameter, Software, Started } from "../api/types.js";
import type { FieldValue, Problem } from "../core/checks.js";
import { initialValue, problemOf, requestBody, versionProblem } from "../core/checks.js";
import { generateSecret } from "../core/secrets.js";
import { parametersOf, versionsOf } from "../core/software.js";
import { useShell } from "../shell.js";
import { dropDraft, keepDraft, readDraft } from "./drafts.js";

export interface ActionForm {
  parameters: ComputedRef<Parameter[]>;
  version: Ref<string>;
  values: Record<string, FieldValue | undefined>;
  /** Field → what is wrong with it, in words. */
  problems: ComputedRef<Record<string, string>>;
  /** The request, once every field is good. */
  request: ComputedRef<Record<string, unknown> | undefined>;
  /** Why the service refused, where no field of the form is to blame. */
  refusal: ShallowRef<ServiceError | undefined>;
  sending: Ref<boolean>;
  /** Tell why the service refused: at the field that is to blame, else below the form. */
  refuse(error: ServiceError): void;
  /** Somebody has left this field: now its problem may be told. */
  left(field: string): void;
  /** Start it; returns the id of the task, or `undefined` when something is wrong. */
  send(): Promise<string | undefined>;
}

const VERSION = "version";

export function useActionForm(software: () => Software, action: Action): ActionForm {
  const { words, service, activity } = useShell();
  const key = software().key;
  const draft = readDraft(key, action);
  const parameters = computed(() => parametersOf(software(), action));
  const asksVersion = action !== "uninstall";
  const firstVersion = asksVersion ? (versionsOf(software()).fixed[0] ?? "") : "";
  const version = ref(draft?.version ?? firstVersion);
  const values = reactive<Record<string, FieldValue | undefined>>({});
  for (const parameter of parameters.value) values[parameter.name] = draft?.values[parameter.name] ?? initialValue(parameter);
  // A recipe may be saved while its form is open: what it asks for now begins as if it had always been there.
  watch(parameters, (declared) => {
    for (const parameter of declared) {
      const initial = initialValue(parameter);
      if (typeof values[parameter.name] !== typeof initial) values[parameter.name] = initial;
    }
  });
  const touched = reactive(new Set<string>(Object.keys(draft?.values ?? {})));
  const refused = reactive(new Map<string, string>());
  const refusal = shallowRef<ServiceError>();
  const sending = ref(false);

  const faults = computed(() => {
    const found = new Map<string, Problem>();
    const wrongVersion = versionProblem(software().versions, version.value.trim());
    if (asksVersion && wrongVersion) found.set(VERSION, wrongVersion);
    for (const parameter of parameters.value) {
      const problem = problemOf(parameter, values[parameter.name] ?? "");
      if (problem) found.set(parameter.name, problem);
    }
    return found;
  });
  const problems = computed(() => {
    const told: Record<string, string> = Object.fromEntries(refused);
    for (const [field, problem] of faults.value) if (touched.has(field)) told[field] = words.value.problem(problem);
    return told;
  });
  const request = computed(() => {
    if (faults.value.size > 0) return undefined;
    const given = parameters.value.map(({ name }) => [name, values[name] ?? ""] as const);
    return requestBody(key, version.value.trim(), new Map(given));
  });

  watch([values, version], () => {
    refused.clear();
    refusal.value = undefined;
    const kept = parameters.value.filter((parameter) => !parameter.secret && values[parameter.name] !== initialValue(parameter));
    if (kept.length === 0 && version.value === firstVersion) dropDraft(key, action);
    else keepDraft(key, action, { version: version.value, values: Object.fromEntries(kept.map(({ name }) => [name, values[name] ?? ""])) });
  });

  const has = (field: string): boolean => field === VERSION || parameters.value.some(({ name }) => name === field);
  const refuse = (error: ServiceError): void => {
    // The notice above the page says it, and offers the way.
    if (error.status === 401) return;
    if (has(error.field ?? "")) refused.set(error.field ?? "", error.message);
    else refusal.value = error;
  };

  // The same request, pressed twice or sent again after a broken answer, is still one task.
  let idempotencyKey = "";
  let sent = "";
  const send = async (): Promise<string | undefined> => {
    for (const field of faults.value.keys()) touched.add(field);
    if (!request.value || sending.value) return undefined;
    const body = request.value;
    if (JSON.stringify(body) !== sent) idempotencyKey = generateSecret((bytes) => crypto.getRandomValues(bytes));
    sent = JSON.stringify(body);
    sending.value = true;
    refusal.value = undefined;
    try {
      const headers = { "Idempotency-Key": idempotencyKey };
      const started = await service.value.call<Started>(`/v1/soft/${action}`, { method: "POST", body, headers });
      dropDraft(key, action);
      void activity.poll.refresh();
      return started.task_id;
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      refuse(error);
      return undefined;
    } finally {
      sending.value = false;
    }
  };
  return { parameters, version, values, problems, request, refusal, sending, refuse, left: (field) => touched.add(field), send };
}
