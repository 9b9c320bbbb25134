import { describe, expect, it } from "vitest";
import type { Parameter, Software } from "../../console/api/types.js";
import {
  firstAction, found, isMissing, isUnknownYet, isUpgradable, keepKnown, keptWith, knownActions, lockedBy, offeredActions, parametersOf, statesOf, tagsOf, usualSeconds, versionsOf,
} from "../../console/core/software.js";

function software(more: Partial<Software> = {}): Software {
  return {
    key: "nginx", name: "nginx", summary: "", versions: ["distro", "1.*"], requires_root: false,
    actions: ["install", "upgrade", "uninstall", "detect"], parameters: [], broken: null, ...more,
  };
}

const parameter = (name: string): Parameter => ({ name, type: "string", title: name, help: "", required: false, secret: false, default: null });

describe("a catalog entry", () => {
  it("offers an install of what is missing, an upgrade and a removal of what is there", () => {
    expect(offeredActions(software())).toEqual(["install"]);
    expect(offeredActions(software({ installed_version: "1.22" }))).toEqual(["upgrade", "uninstall"]);
    expect(offeredActions(software({ installed_version: "1.22", actions: ["install", "uninstall"] }))).toEqual(["install", "uninstall"]);
    expect(offeredActions(software({ actions: [] }))).toEqual([]);
  });

  it("knows what its recipe can do at all", () => {
    expect(knownActions(software({ actions: ["verify", "uninstall", "install"] }))).toEqual(["install", "uninstall"]);
  });

  it("removes what is missing only where a link asks for it", () => {
    expect(knownActions(software())).toEqual(["install"]);
    expect(knownActions(software(), "uninstall")).toEqual(["install", "uninstall"]);
    expect(knownActions(software({ installed_version: "1" }))).toEqual(["install", "upgrade", "uninstall"]);
  });

  it("begins with an upgrade only where there may be something to upgrade to", () => {
    const first = (more: Partial<Software>) => firstAction(software(more), knownActions(software(more)));
    expect(first({})).toBe("install");
    expect(first({ installed_version: "1", candidate_version: "2" })).toBe("upgrade");
    expect(first({ installed_version: "1" })).toBe("upgrade");
    expect(first({ installed_version: "2", candidate_version: "2" })).toBe("install");
  });

  it("is unknown until the system has answered once, and stays known while it is asked again", () => {
    const asking = software({ detecting: true });
    expect(isUnknownYet(asking)).toBe(true);
    expect(isUnknownYet(keepKnown(undefined, asking))).toBe(true);
    expect(isUnknownYet(keepKnown(asking, asking))).toBe(true);
    const known = keepKnown(software({ installed_version: "1" }), { ...asking, summary: "new" });
    expect([known.installed_version, known.detecting, known.summary]).toEqual(["1", false, "new"]);
  });

  it("asks for the parameters of the action", () => {
    const entry = software({ parameters: [parameter("pwd")], action_parameters: { uninstall: [parameter("purge")] } });
    expect(parametersOf(entry, "install").map((one) => one.name)).toEqual(["pwd"]);
    expect(parametersOf(entry, "uninstall").map((one) => one.name)).toEqual(["purge"]);
    expect(parametersOf(entry, "upgrade")).toEqual([]);
  });

  it("is upgradable where another version is to be had", () => {
    expect(isUpgradable(software({ installed_version: "1", candidate_version: "2" }))).toBe(true);
    expect(isUpgradable(software({ installed_version: "2", candidate_version: "2" }))).toBe(false);
    expect(isUpgradable(software({ candidate_version: "2" }))).toBe(false);
  });

  it("tells fixed versions from patterns, and how long one takes", () => {
    expect(versionsOf(software())).toEqual({ fixed: ["distro"], patterns: ["1.*"] });
    const entry = software({ expected_seconds: { distro: { install: 40 } } });
    expect(usualSeconds(entry, "distro", "install")).toBe(40);
    expect(usualSeconds(entry, "1.2", "install")).toBeUndefined();
  });

  it("keeps what no switch removes", () => {
    const entry = software({ keeps: [{ text: "Databases", unless: "purge" }, { text: "Users", unless: null }] });
    expect(keptWith(entry, () => false)).toEqual(["Databases", "Users"]);
    expect(keptWith(entry, (name) => name === "purge")).toEqual(["Users"]);
  });

  it("is missing only where the system has said so", () => {
    expect(isMissing(software())).toBe(true);
    expect([{ detecting: true }, { detect_problem: "no dpkg" }, { actions: ["install"] }].map((more) => isMissing(software(more)))).toEqual([false, false, false]);
  });

  it("waits for others that hold the same lock and run", () => {
    const nginx = software({ locks: ["dpkg"] });
    const list = [
      nginx,
      software({ key: "redis", name: "Redis", locks: ["dpkg"] }),
      software({ key: "php", name: "PHP", locks: ["dpkg"] }),
      software({ key: "httpie", name: "HTTPie" }),
    ];
    expect(lockedBy(nginx, list, new Set(["nginx", "redis", "httpie"]))).toEqual(["Redis"]);
  });
});

describe("the catalog", () => {
  const list = [
    software({ name: "nginx", summary: "Web server", tags: ["web"], installed_version: "1", active_task: "t" }),
    software({ key: "redis", name: "Redis", summary: "In-memory store", tags: ["database", "cache"] }),
    software({ key: "odd", name: "odd", broken: "recipe.yaml: no" }),
  ];
  const keys = (...filter: Parameters<typeof found> extends [unknown, ...infer Rest] ? Rest : never): string[] =>
    found(list, ...filter).map((entry) => entry.key);

  it("is searched by every word, in names, texts and tags", () => {
    expect(keys("", "", "")).toEqual(["nginx", "redis", "odd"]);
    expect(keys("web SERVER", "", "")).toEqual(["nginx"]);
    expect(keys("cache", "", "")).toEqual(["redis"]);
    expect(keys("web redis", "", "")).toEqual([]);
  });

  it("is filtered by state and tag", () => {
    expect(keys("", "running", "")).toEqual(["nginx"]);
    expect(keys("", "available", "")).toEqual(["redis"]);
    expect(keys("", "broken", "")).toEqual(["odd"]);
    expect(keys("", "", "database")).toEqual(["redis"]);
    expect(list.map(statesOf)).toEqual([["installed", "running"], ["available"], ["broken"]]);
    expect(tagsOf(list)).toEqual(["cache", "database", "web"]);
  });
});
