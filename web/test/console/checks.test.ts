import { describe, expect, it } from "vitest";
import type { Parameter } from "../../console/api/types.js";
import { initialValue, problemOf, requestBody, versionProblem } from "../../console/core/checks.js";
import { generateSecret } from "../../console/core/secrets.js";

const parameter = (more: Partial<Parameter> = {}): Parameter => ({
  name: "x", type: "string", title: "X", help: "", required: false, secret: false, default: null, ...more,
});

describe("a field", () => {
  it("may be empty unless it is required", () => {
    expect(problemOf(parameter(), "")).toBeUndefined();
    expect(problemOf(parameter({ required: true }), "")).toEqual({ kind: "missing" });
  });

  it.each<[Partial<Parameter>, string, string | undefined]>([
    [{ type: "integer", minimum: 1, maximum: 65535 }, "80", undefined],
    [{ type: "integer", minimum: 1, maximum: 65535 }, "0", "too_small"],
    [{ type: "integer", minimum: 1, maximum: 65535 }, "70000", "too_large"],
    [{ type: "integer" }, "1.5", "not_whole"],
    [{ type: "integer" }, "-1", "leading_dash"],
    [{ type: "integer", minimum: -5 }, "-1", undefined],
    [{ type: "number" }, "1.5", undefined],
    [{ type: "number" }, "1,5", "not_a_number"],
    [{ min_length: 3 }, "ab", "too_short"],
    [{ max_length: 3 }, "abcd", "too_long"],
    [{ max_length: 3 }, "𠀀𠀀𠀀", undefined],
    [{ pattern: "[a-z]+" }, "abc", undefined],
    [{ pattern: "[a-z]+" }, "abC", "pattern"],
    [{ pattern: "(?P<python>x)" }, "anything", undefined],
    [{}, "a b/ü.中", undefined],
    [{}, "a;b", "character"],
    [{}, "--flag", "leading_dash"],
    [{}, "a\nb", "character"],
    [{ secret: true }, "short", "too_short"],
    [{ secret: true }, "  short ", "too_short"],
    [{ secret: true }, "-$ecret; it goes", undefined],
    [{ secret: true }, "tab\tinside", "character"],
    [{ type: "enum", choices: ["a"] }, "a", undefined],
  ])("%j takes %j: %s", (declared, value, kind) => {
    expect(problemOf(parameter(declared), value)?.kind).toBe(kind);
  });

  it("is told which character it may not hold, by its number where nobody would see it", () => {
    expect(problemOf(parameter(), "a;b")).toEqual({ kind: "character", character: ";" });
    expect(problemOf(parameter(), "a\u202eb")).toEqual({ kind: "character", character: "U+202E" });
  });

  it("begins with its default", () => {
    expect(initialValue(parameter({ type: "integer", default: 80 }))).toBe("80");
    expect(initialValue(parameter({ type: "boolean", default: true }))).toBe(true);
    expect(initialValue(parameter({ type: "enum", required: true, choices: ["a", "b"] }))).toBe("a");
    expect(initialValue(parameter())).toBe("");
  });
});

describe("a version", () => {
  it("is one of the list or fits a pattern", () => {
    const versions = ["distro", "1.*", "*-rc"];
    for (const version of ["", "distro", "1.20.2", "2-rc"]) expect(versionProblem(versions, version)).toBeUndefined();
    for (const version of ["2", "1", "distro1"]) expect(versionProblem(versions, version)?.kind).toBe("version");
  });
});

describe("a request", () => {
  it("leaves empty fields to their defaults", () => {
    const values = new Map<string, string | boolean>([["port", "80"], ["pwd", ""], ["purge", false]]);
    expect(requestBody("nginx", "", values)).toEqual({ key: "nginx", parameters: { port: "80", purge: false } });
    expect(requestBody("nginx", "1.2", new Map())).toEqual({ key: "nginx", version: "1.2", parameters: {} });
  });
});

describe("a generated secret", () => {
  const counting = (bytes: Uint8Array): void => {
    for (let i = 0; i < bytes.length; i++) bytes[i] = 255 - i;
  };

  it("is as long as the recipe asks for, and favours no letter", () => {
    expect(generateSecret(counting)).toHaveLength(20);
    expect(generateSecret(counting, parameter({ min_length: 30 }))).toHaveLength(30);
    expect(generateSecret(counting, parameter({ max_length: 8 }))).toHaveLength(8);
    expect(generateSecret(counting)).toMatch(/^[a-zA-Z2-9]+$/);
  });
});
