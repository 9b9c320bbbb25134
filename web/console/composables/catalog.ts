/** The catalog, kept between pages so that a second look shows it at once. */

import type { ComputedRef } from "vue";
import { computed, shallowRef, watch } from "vue";
import type { Service } from "../../viewer/core/api.js";
import type { Software } from "../api/types.js";
import { keepKnown } from "../core/software.js";
import type { Activity } from "./activity.js";
import { renewOnTurn } from "./activity.js";
import type { Poll } from "./poll.js";
import { usePoll } from "./poll.js";

export interface CatalogMemory {
  software: Software[] | undefined;
}

export interface Catalog {
  poll: Poll<Software[]>;
  /** The last known entries. */
  software: ComputedRef<Software[] | undefined>;
  find(key: string): Software | undefined;
}

/** The service asks the system what is installed, which costs more than a look at the tasks. */
const LOOK_MS = 60_000;
/** While the system has not answered yet. */
const DETECTING_MS = 700;

/** Look at the catalog while this component is there, and when a task has begun or ended. */
export function useCatalog(memory: CatalogMemory, service: ComputedRef<Service>, activity: Activity): Catalog {
  const remembered = shallowRef(memory.software);
  const poll = usePoll(
    async (signal) => (await service.value.call<{ software: Software[] }>("/v1/soft/list", { query: { wait: 0 }, signal })).software,
    (software) => (software?.some((entry) => entry.detecting) ? DETECTING_MS : LOOK_MS),
  );
  watch(poll.data, (software) => {
    const before = new Map(memory.software?.map((entry) => [entry.key, entry]));
    memory.software = software?.map((entry) => keepKnown(before.get(entry.key), entry));
    remembered.value = memory.software;
  });
  renewOnTurn(activity, service, poll);
  const software = computed(() => remembered.value);
  return { poll, software, find: (key) => remembered.value?.find((entry) => entry.key === key) };
}
