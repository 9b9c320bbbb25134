import { describe, expect, it } from "vitest";
import { addressOfOther } from "../viewer/core/comparison.js";
import { dateAndTime } from "../viewer/core/format.js";

describe("the address of another task", () => {
  it("is that of this page, where it names the task", () => {
    expect(addressOfOther("http://h/panel/tasks/nginx-1-a#L9", "nginx-1-a", "nginx-1-b", 4)).toBe("http://h/panel/tasks/nginx-1-b#L4");
    expect(addressOfOther("http://h/log?task=nginx-1-a&x=1", "nginx-1-a", "nginx-1-b", null)).toBe("http://h/log?task=nginx-1-b&x=1");
    expect(addressOfOther("http://h/#/tasks/nginx-1-a", "nginx-1-a", "nginx-1-b", 4)).toBe("http://h/#/tasks/nginx-1-b");
  });

  it("is unknown in a page that names none", () => {
    expect(addressOfOther("http://h/panel.html", "nginx-1-a", "nginx-1-b", 4)).toBeUndefined();
    expect(addressOfOther("http://h/panel.html#L4", "nginx-1-a", "nginx-1-b", 4)).toBeUndefined();
  });
});

describe("dates", () => {
  it("are written as people do, or not at all", () => {
    expect(dateAndTime("2026-01-02T12:04:05.000006Z", "en")).toMatch(/^Jan 2, 2026, \d+:04/);
    expect(dateAndTime("2026-01-02T12:04:05.000006Z", "zh")).toMatch(/^2026年1月2日 \d\d:04$/);
    expect(dateAndTime("", "en")).toBe("");
  });
});
