import { describe, expect, it } from "vitest";
import type { Parameter, Software } from "../start/software.js";
import {
  activeProgress, activeTaskId, generateSecret, offeredActions, parametersOf, requestBody, versionsOf,
} from "../start/software.js";
import { PAGE_WORDS } from "../start/words.js";

function software(more: Partial<Software> = {}): Software {
  return {
    key: "nginx", name: "nginx", summary: "", versions: ["distro", "1.*"], requires_root: false,
    actions: ["install", "upgrade", "uninstall"], parameters: [], broken: null, ...more,
  };
}

const parameter = (more: Partial<Parameter> = {}): Parameter => ({
  name: "pwd", type: "string", title: "Password", help: "", required: true, secret: true, default: null, ...more,
});

describe("a catalog entry", () => {
  it("offers an install of what is missing, an upgrade and a removal of what is there", () => {
    expect(offeredActions(software())).toEqual(["install"]);
    expect(offeredActions(software({ installed_version: "1.22" }))).toEqual(["upgrade", "uninstall"]);
    expect(offeredActions(software({ installed_version: "1.22", actions: ["install", "uninstall"] }))).toEqual(["install", "uninstall"]);
    expect(offeredActions(software({ actions: [] }))).toEqual([]);
  });

  it("asks for the parameters of the action", () => {
    const entry = software({ parameters: [parameter()], action_parameters: { uninstall: [parameter({ name: "purge" })] } });
    expect(parametersOf(entry, "install").map((one) => one.name)).toEqual(["pwd"]);
    expect(parametersOf(entry, "uninstall").map((one) => one.name)).toEqual(["purge"]);
    expect(parametersOf(entry, "upgrade")).toEqual([]);
  });

  it("tells versions from patterns", () => {
    expect(versionsOf(software())).toEqual({ fixed: ["distro"], patterns: ["1.*"] });
  });

  it("names the task that works on it, told as an id or as a status", () => {
    expect(activeTaskId(software({ active_task: "t1" }))).toBe("t1");
    expect(activeTaskId(software({ active_task: { task_id: "t2", progress: 7 } }))).toBe("t2");
    expect(activeTaskId(software({ active_task: null }))).toBeUndefined();
    expect(activeProgress(software({ active_task: { task_id: "t2", progress: 7 } }))).toBe(7);
  });
});

describe("requestBody", () => {
  it("leaves empty fields to their defaults and keeps a false", () => {
    const values = new Map<string, string | boolean>([["port", "8080"], ["pwd", ""], ["purge", false]]);
    expect(requestBody("nginx", "", values)).toEqual({ key: "nginx", parameters: { port: "8080", purge: false } });
    expect(requestBody("nginx", "1.20.2", new Map())).toEqual({ key: "nginx", version: "1.20.2", parameters: {} });
  });
});

describe("generateSecret", () => {
  const counting = (): ((bytes: Uint8Array<ArrayBuffer>) => void) => {
    let next = 0;
    return (bytes) => bytes.forEach((_, index) => (bytes[index] = next++ % 256));
  };

  it("uses every letter equally often", () => {
    const secret = generateSecret(counting(), parameter({ min_length: 56 * 40 }));
    const counts = new Map<string, number>();
    for (const letter of secret) counts.set(letter, (counts.get(letter) ?? 0) + 1);
    expect(counts.size).toBe(56);
    expect(new Set(counts.values())).toEqual(new Set([40]));
  });

  it("keeps to the limits of the parameter", () => {
    expect(generateSecret(counting())).toHaveLength(20);
    expect(generateSecret(counting(), parameter({ min_length: 32 }))).toHaveLength(32);
    expect(generateSecret(counting(), parameter({ max_length: 12 }))).toHaveLength(12);
  });
});

describe("the words of the page", () => {
  it("stand in both languages", () => {
    expect(Object.keys(PAGE_WORDS.zh)).toEqual(Object.keys(PAGE_WORDS.en));
    expect([30, 60, 7200, 86_400, 200_000].map(PAGE_WORDS.en.ago)).toEqual(["just now", "1 min ago", "2 hours ago", "1 day ago", "2 days ago"]);
    expect(PAGE_WORDS.zh.ago(120)).toBe("2 分钟前");
  });
});
