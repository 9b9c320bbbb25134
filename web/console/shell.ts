/** What all parts of the console share; made once, handed down to the components. */

import type { ComputedRef, InjectionKey } from "vue";
import { computed, inject, watch } from "vue";
import type { Service } from "../viewer/core/api.js";
import type { Words } from "../viewer/core/locale.js";
import { WORDS } from "../viewer/core/locale.js";
import { ROOT } from "./address.js";
import { ConsoleService } from "./api/console_service.js";
import type { Identity } from "./api/types.js";
import type { Activity } from "./composables/activity.js";
import { createActivity } from "./composables/activity.js";
import type { CatalogMemory } from "./composables/catalog.js";
import type { Preferences } from "./composables/preferences.js";
import { createPreferences } from "./composables/preferences.js";
import type { Session } from "./composables/session.js";
import { createSession } from "./composables/session.js";
import { ServiceClock } from "./core/service_clock.js";
import type { ConsoleWords } from "./words/words.js";
import { CONSOLE_WORDS } from "./words/words.js";

export interface Shell {
  preferences: Preferences;
  session: Session;
  clock: ServiceClock;
  service: ComputedRef<Service>;
  activity: Activity;
  memory: CatalogMemory;
  words: ComputedRef<ConsoleWords>;
  /** The words that the viewer has for the same things: states, actions. */
  viewerWords: ComputedRef<Words>;
}

export const SHELL: InjectionKey<Shell> = Symbol("shell");

/** Make what the components share. To be called in an effect scope: polls end with it. */
export function createShell(): Shell {
  const preferences = createPreferences();
  const session = createSession();
  const clock = new ServiceClock();
  const service = computed(() => new ConsoleService(ROOT.href, preferences.locale.value, clock, session.told));
  const activity = createActivity(service);
  const whoAmI = async (): Promise<void> => {
    session.identity.value = await service.value.call<Identity>("/v1/auth/me").catch(() => session.identity.value);
  };
  void whoAmI();
  addEventListener("offline", () => session.told("unreachable"));
  // Somebody else may have signed in, in another tab; a hidden page has not even seen the first one go.
  watch([session.expired, session.lost], ([expired, lost]) => {
    if (!expired && !lost) void whoAmI();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") void whoAmI();
  });
  return {
    preferences,
    session,
    clock,
    service,
    activity,
    memory: { software: undefined },
    words: computed(() => CONSOLE_WORDS[preferences.locale.value]),
    viewerWords: computed(() => WORDS[preferences.locale.value]),
  };
}

/** Return what the components share. */
export function useShell(): Shell {
  const shell = inject(SHELL);
  if (!shell) throw new Error("no shell around this component");
  return shell;
}
