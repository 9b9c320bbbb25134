import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { effectScope } from "vue";
import { usePoll } from "../../console/composables/poll.js";
import { ServiceError } from "../../viewer/core/api.js";

describe("a poll", () => {
  const page = new EventTarget();

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("document", Object.assign(new EventTarget(), { visibilityState: "visible" }));
    vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("stops when the session has ended, and goes on after a sign-in elsewhere", async () => {
    let looks = 0;
    let isSignedIn = false;
    const scope = effectScope();
    const load = async (): Promise<number> => {
      looks += 1;
      if (!isSignedIn) throw new ServiceError("sign in", 401);
      return looks;
    };
    const poll = scope.run(() => usePoll(load, () => 1_000));
    await vi.advanceTimersByTimeAsync(600_000);
    expect([looks, poll?.error.value?.status]).toEqual([1, 401]);
    isSignedIn = true;
    page.dispatchEvent(new Event("focus"));
    await vi.advanceTimersByTimeAsync(3_000);
    expect(poll?.data.value).toBe(5);
    scope.stop();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(looks).toBe(5);
  });
});
