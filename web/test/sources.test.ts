import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const sources = ["viewer", "console"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(ts|vue|html)$/.test(name))
    .map((name) => join(root, folder, name)),
);

describe("the sources", () => {
  it("never turn text into markup or code", () => {
    const forbidden = /\b(innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|DOMParser|setHTMLUnsafe|srcdoc|eval)\b|document\.write|new Function/;
    expect(sources.length).toBeGreaterThan(20);
    expect(sources.filter((name) => forbidden.test(readFileSync(name, "utf8")))).toEqual([]);
  });

  it("set no style and no script inline in a page: a strict security policy would stop them", () => {
    const pages = sources.filter((name) => name.endsWith(".html")).map((name) => readFileSync(name, "utf8"));
    expect(pages.length).toBeGreaterThan(0);
    for (const page of pages) expect(page).not.toMatch(/<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)/i);
    const scripts = sources.filter((name) => /\.(ts|vue)$/.test(name)).map((name) => readFileSync(name, "utf8"));
    expect(scripts.filter((text) => /setAttribute\(\s*["']style|cssText|\sstyle="|v-html/.test(text))).toEqual([]);
  });

  it("keep the core free of the page", () => {
    const core = sources.filter((name) => /\/(viewer|console)\/core\//.test(name) && !name.endsWith("/charts.ts"));
    expect(core.filter((name) => /\b(document|window|location|navigator)\b\./.test(readFileSync(name, "utf8")))).toEqual([]);
  });

  it("name no package server in the lockfile", () => {
    expect(readFileSync(join(root, "package-lock.json"), "utf8")).not.toMatch(/"resolved"|https?:\/\/[^"]*registry/);
  });
});
