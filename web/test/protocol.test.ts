import { describe, expect, it } from "vitest";
import { decodeFrame, stopReasonOf, verdictOf } from "../viewer/core/protocol.js";

describe("decodeFrame", () => {
  it("reads one or more lines, and a lone object without a newline", () => {
    expect([...decodeFrame('{"type":"hello"}\n{"seq":0,"message":"a"}\n')]).toHaveLength(2);
    expect([...decodeFrame('{"seq":0,"message":"a"}')]).toEqual([{ seq: 0, message: "a" }]);
  });

  it("ends a line at a newline and at nothing else", () => {
    const separators = JSON.stringify({ seq: 0, message: "a\u2028b\u2029c\u0085d\re" });
    expect([...decodeFrame(`${separators}\n`)]).toEqual([{ seq: 0, message: "a\u2028b\u2029c\u0085d\re" }]);
  });

  it("passes over what it does not know", () => {
    expect([...decodeFrame('nonsense\n[1]\n"x"\n{"neither":1}\n\n{"seq":1,"message":""}\n')]).toEqual([{ seq: 1, message: "" }]);
  });
});

describe("verdictOf", () => {
  it.each([
    [4400, "bad_request"], [4401, "not_signed_in"], [4403, "not_allowed"], [4404, "no_such_task"], [4499, "refused"],
  ])("%i ends it: %s", (code, reason) => {
    expect(verdictOf(code)).toEqual({ next: "stop", reason });
  });

  it.each([
    [1012, "restarting"], [4508, "idle"], [4509, "token_expired"], [1006, "lost"], [1001, "lost"], [1011, "lost"],
  ])("%i brings it back: %s", (code, reason) => {
    expect(verdictOf(code)).toEqual({ next: "retry", reason });
  });

  it.each([[4503, "realtime_off"], [4529, "too_many_viewers"]])("%i turns to HTTP: %s", (code, reason) => {
    expect(verdictOf(code)).toEqual({ next: "poll", reason });
  });

  it("is done when the service says so", () => {
    expect(verdictOf(1000)).toEqual({ next: "done" });
  });
});

describe("stopReasonOf", () => {
  it("lets a 4xx end it, but for too many requests, and waits for anything else to pass", () => {
    expect([401, 403, 404, 410, 429, 500, 503].map(stopReasonOf)).toEqual([
      "not_signed_in", "not_allowed", "no_such_task", "refused", undefined, undefined, undefined,
    ]);
  });
});
