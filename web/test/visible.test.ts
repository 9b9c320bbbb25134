import { describe, expect, it } from "vitest";
import { columnsOf, visibleRuns } from "../viewer/core/visible.js";

describe("visibleRuns", () => {
  it("names the characters that make text lie", () => {
    expect(visibleRuns("a\u202eb\u200bc")).toEqual([
      { text: "a", named: false },
      { text: "U+202E", named: true },
      { text: "b", named: false },
      { text: "U+200B", named: true },
      { text: "c", named: false },
    ]);
  });

  it("leaves ordinary text of any script alone", () => {
    const text = "安装完成 ✓ naïve שלום\tخوش 👍";
    expect(visibleRuns(text)).toEqual([{ text, named: false }]);
  });
});

describe("columnsOf", () => {
  it("counts wide characters twice", () => {
    expect(columnsOf("abc")).toBe(3);
    expect(columnsOf("安装")).toBe(4);
  });
});
