import { describe, expect, it } from "vitest";
import type { Stroke } from "../viewer/core/keys.js";
import { commandOf, KEY_GROUPS } from "../viewer/core/keys.js";
import { nextTimes, preferencesOf } from "../viewer/core/preferences.js";
import { hashOf, rangeOf, Selection } from "../viewer/core/selection.js";

describe("addresses of lines", () => {
  it("name one line or several, and count from 1", () => {
    expect(rangeOf("#L12")).toEqual({ first: 11, last: 11 });
    expect(rangeOf("#L12-L20")).toEqual({ first: 11, last: 19 });
    expect(rangeOf("#L20-12")).toEqual({ first: 11, last: 19 });
    for (const hash of ["#L1", "#L12-L20"]) expect(hashOf(rangeOf(hash) as never)).toBe(hash);
  });

  it("are nothing else", () => {
    for (const hash of ["", "#", "#L0", "#L", "#l5", "#/tasks/1", "#L5x", "#L1234567890"]) expect(rangeOf(hash)).toBeUndefined();
  });
});

describe("Selection", () => {
  it("selects a line, and all to another one in either direction", () => {
    const selection = new Selection();
    expect([selection.range, selection.head]).toEqual([undefined, undefined]);
    selection.select(5, true);
    expect([selection.range, selection.has(5)]).toEqual([{ first: 5, last: 5 }, true]);
    selection.select(8, true);
    selection.select(2, true);
    expect([selection.range, selection.head]).toEqual([{ first: 2, last: 5 }, 2]);
    expect([1, 2, 5, 6].map((line) => selection.has(line))).toEqual([false, true, true, false]);
    selection.select(9);
    expect(selection.range).toEqual({ first: 9, last: 9 });
    selection.clear();
    expect(selection.has(9)).toBe(false);
  });
});

describe("preferences", () => {
  it("are taken as they were kept, and in part where they are damaged", () => {
    expect(preferencesOf('{"times":"relative","wrap":true}')).toEqual({ times: "relative", wrap: true });
    for (const text of [null, "", "{", "null", "7", '{"times":"x","wrap":"yes"}']) expect(preferencesOf(text)).toEqual({ times: "off", wrap: false });
  });

  it("go round", () => {
    expect((["off", "clock", "relative"] as const).map(nextTimes)).toEqual(["clock", "relative", "off"]);
  });
});

describe("commandOf", () => {
  const stroke = (key: string, more: Partial<Stroke> = {}): Stroke => ({ key, ctrlKey: false, metaKey: false, altKey: false, ...more });

  it("knows every key that the help lists", () => {
    const names: Readonly<Record<string, string>> = { Esc: "Escape" };
    for (const [command, key] of KEY_GROUPS.flat()) expect(commandOf(stroke(names[key] ?? key))).toBe(command);
  });

  it("leaves to the browser what is the browser's", () => {
    expect(commandOf(stroke("w", { ctrlKey: true }))).toBeUndefined();
    expect(commandOf(stroke("f", { metaKey: true }))).toBeUndefined();
    expect(commandOf(stroke("a", { ctrlKey: true }))).toBe("selectAll");
    for (const key of ["PageDown", "ArrowUp", "Tab", "Enter", " ", "x", "toString"]) expect(commandOf(stroke(key))).toBeUndefined();
  });
});
