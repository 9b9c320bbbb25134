/** Whether the service is there, and who is signed in. */

import type { Ref, ShallowRef } from "vue";
import { ref, shallowRef } from "vue";
import type { Contact } from "../api/console_service.js";
import type { Identity } from "../api/types.js";

export interface Session {
  /** `undefined` until it is known. */
  identity: ShallowRef<Identity | undefined>;
  expired: Ref<boolean>;
  /** The service gives no answer. */
  lost: Ref<boolean>;
  /** It has come back a moment ago. */
  back: Ref<boolean>;
  told(contact: Contact): void;
  may(scope: string): boolean;
}

const BACK_SHOWN_MS = 4_000;

export function createSession(): Session {
  const identity = shallowRef<Identity>();
  const expired = ref(false);
  const lost = ref(false);
  const back = ref(false);

  const told = (contact: Contact): void => {
    if (contact === "answered" && lost.value) {
      back.value = true;
      setTimeout(() => (back.value = false), BACK_SHOWN_MS);
    }
    if (contact === "unreachable") back.value = false;
    lost.value = contact === "unreachable";
    if (contact !== "unreachable") expired.value = contact === "signed_out";
  };
  // What is not known yet is offered: the service has the last word anyway.
  const may = (scope: string): boolean => {
    const scopes = identity.value?.scopes;
    return scopes === undefined || scopes.includes("admin") || scopes.includes(scope);
  };
  return { identity, expired, lost, back, told, may };
}
