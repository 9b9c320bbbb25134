/** What runs now, looked at by all pages together. */

import type { ComputedRef } from "vue";
import { computed, watch } from "vue";
import type { Service } from "../../viewer/core/api.js";
import type { TaskEntry, TaskList } from "../api/types.js";
import type { Poll } from "./poll.js";
import { usePoll } from "./poll.js";

const BUSY_MS = 1_500;
/** How late one sees what somebody else has started. */
const CALM_MS = 4_000;
/** More wait only in a queue that nobody reads to its end. */
const MOST_ACTIVE = 100;

export interface Seen {
  active: TaskEntry[];
  /** The task that was asked for last, which may have ended already. */
  newest: TaskEntry | undefined;
}

export interface Activity {
  poll: Poll<Seen>;
  active: ComputedRef<TaskEntry[]>;
  /** Changes when a task begins, starts or ends: what is shown elsewhere is not true any more. `""` at first. */
  turn: ComputedRef<string>;
}

export function createActivity(service: ComputedRef<Service>): Activity {
  const poll = usePoll(
    async (signal): Promise<Seen> => {
      const tasks = async (query: Record<string, string | number>): Promise<TaskEntry[]> =>
        (await service.value.call<TaskList>("/v1/soft/tasks", { query, signal })).tasks;
      const [active, [newest]] = await Promise.all([tasks({ status: "queued,running", limit: MOST_ACTIVE }), tasks({ limit: 1 })]);
      return { active, newest };
    },
    (seen) => (seen?.active.length ? BUSY_MS : CALM_MS),
  );
  const active = computed(() => poll.data.value?.active ?? []);
  const turn = computed(() => {
    if (!poll.data.value) return "";
    const newest = poll.data.value.newest?.task_id ?? "none";
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
