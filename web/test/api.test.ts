import { describe, expect, it } from "vitest";
import { serviceOf } from "../viewer/core/api.js";

describe("serviceOf", () => {
  it.each([
    ["http://host:8089/frontend_realtime_log.js", "http://host:8089"],
    ["http://host:8089/static/frontend_realtime_log.js?v=1", "http://host:8089"],
    ["https://panel/install/frontend_realtime_log.js", "https://panel/install"],
    ["https://panel/install/static/frontend_realtime_log.js", "https://panel/install"],
    ["https://panel/static/js/frontend_realtime_log.js", "https://panel"],
  ])("%s → %s", (src, base) => {
    expect(serviceOf(src)).toBe(base);
  });
});
