/** Filters live in the address: a link shows the same list, and going back brings it back. */

import type { WritableComputedRef } from "vue";
import { computed } from "vue";
import { useRoute, useRouter } from "vue-router";

/** Return how to make a value that is the parameter `name` of the address, `""` where there is none. */
export function useInAddress(): (name: string) => WritableComputedRef<string> {
  const route = useRoute();
  const router = useRouter();
  return (name) =>
    computed({
      get: () => String(route.query[name] ?? ""),
      set: (value) => void router.replace({ query: { ...route.query, [name]: value || undefined } }),
    });
}
