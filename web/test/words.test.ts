import { describe, expect, it } from "vitest";
import { clockDuration, relativeTime, roughDuration, timeOfDay } from "../viewer/core/format.js";
import { localeOf, textIn, WORDS } from "../viewer/core/locale.js";

describe("words and times", () => {
  it("takes any Chinese for Chinese and everything else for English", () => {
    expect(["zh", "zh-CN", "ZH-Hant", "en-GB", "fr", "", undefined].map(localeOf)).toEqual(["zh", "zh", "zh", "en", "en", "en", "en"]);
  });

  it("has every sentence in both languages", () => {
    const paths = (value: object, at = ""): string[] =>
      Object.entries(value).flatMap(([key, inner]) => (typeof inner === "object" ? paths(inner as object, `${at}.${key}`) : [`${at}.${key}`]));
    expect(paths(WORDS.zh)).toEqual(paths(WORDS.en));
    expect(textIn("zh", "yes", "是")).toBe("是");
    expect(textIn("en", "yes", "是")).toBe("yes");
    expect(textIn("zh", "yes", "")).toBe("yes");
    expect(textIn("zh", null, undefined)).toBe("");
  });

  it("writes durations as clocks and in words", () => {
    expect([0, 59.9, 60, 3599, 3600, 86399].map(clockDuration)).toEqual(["0:00", "0:59", "1:00", "59:59", "1:00:00", "23:59:59"]);
    expect(roughDuration(40, "en")).toBe("40 s");
    expect(roughDuration(180, "zh")).toBe("3 分钟");
    expect(roughDuration(7200, "en")).toBe("2 h");
    expect(roughDuration(5400, "en")).toBe("1 h 30 min");
  });

  it("tells times since the start", () => {
    expect([0, 7_340, 65_000, 3_600_000, -1_200].map(relativeTime)).toEqual(["+0:00.0", "+0:07.3", "+1:05.0", "+1:00:00.0", "-0:01.2"]);
  });

  it("gives the time of day, or nothing", () => {
    expect(timeOfDay("2026-01-02T03:04:05.000006Z")).toMatch(/^\d\d:\d\d:05$/);
    expect(timeOfDay("")).toBe("");
  });
});
