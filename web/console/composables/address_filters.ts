/** Filters live in the address: a link shows the same list, and going back brings it back. */

import type { WritableComputedRef } from "vue";
import { computed } from "vue";
import { useRoute, useRouter } from "vue-router";

/** Make the value that is the parameter `name` of the address: one of `known`, where that is given; else `""`. */
type InAddress = (name: string, known?: readonly string[]) => WritableComputedRef<string>;

/** Return how to make values that live in the address. */
export function useInAddress(): InAddress {
  const route = useRoute();
  const router = useRouter();
  return (name, known) =>
    computed({
      get: () => {
        const given = String(route.query[name] ?? "");
        return known && !known.includes(given) ? "" : given;
      },
      set: (value) => void router.replace({ query: { ...route.query, [name]: value || undefined } }),
    });
}
