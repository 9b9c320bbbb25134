/** What runs now, looked at by all pages together. */

import type { ComputedRef } from "vue";
import { computed, watch } from "vue";
import { isFinal } from "../../viewer/core/protocol.js";
import type { Service } from "../../viewer/core/api.js";
import type { TaskEntry, TaskList } from "../api/types.js";
import type { Poll } from "./poll.js";
import { usePoll } from "./poll.js";

const BUSY_MS = 1_500;
/** How late one sees what somebody else has started. */
const CALM_MS = 4_000;
/** The newest tasks hold every active one, but for a queue that is longer. */
const LOOKED_AT = 50;

export interface Activity {
  poll: Poll<TaskList>;
  active: ComputedRef<TaskEntry[]>;
  /** Changes when a task begins, starts or ends: what is shown elsewhere is not true any more. `""` at first. */
  turn: ComputedRef<string>;
}

export function createActivity(service: ComputedRef<Service>): Activity {
  const poll = usePoll(
    (signal) => service.value.call<TaskList>("/v1/soft/tasks", { query: { limit: LOOKED_AT }, signal }),
    (list) => (list?.tasks.some((task) => !isFinal(task.status)) ? BUSY_MS : CALM_MS),
  );
  const active = computed(() => poll.data.value?.tasks.filter((task) => !isFinal(task.status)) ?? []);
  const turn = computed(() => {
    if (!poll.data.value) return "";
    const newest = poll.data.value.tasks[0]?.task_id ?? "none";
    return [newest, ...active.value.map((task) => `${task.task_id} ${task.status}`)].join("\n");
  });
  return { poll, active, turn };
}

/** Look again at `polls` whenever a task has begun or ended, and in another language when that changes. */
export function renewOnTurn(activity: Activity, service: ComputedRef<Service>, ...polls: Poll<unknown>[]): void {
  watch(activity.turn, (_, before) => {
    if (before !== "") for (const poll of polls) poll.renew();
  });
  watch(service, () => {
    for (const poll of polls) void poll.refresh();
  });
}
