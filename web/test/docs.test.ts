import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const read = (name: string): string => readFileSync(join(root, name), "utf8");
const styles = readdirSync(join(root, "web/viewer/view"))
  .filter((name) => name.endsWith(".css"))
  .map((name) => read(`web/viewer/view/${name}`))
  .join("\n");

describe.each(["docs/viewer.md", "docs/viewer.zh.md"])("%s", (page) => {
  const documented = read(page);

  it("tells every variable that restyles the viewer, and no other", () => {
    const variables = (text: string): string[] => [...new Set(text.match(/--installcast-[a-z-]+/g))].sort();
    expect(variables(documented)).toEqual(variables(styles));
  });

  it("tells every option and every event", () => {
    const members = (source: string, name: string): string[] => {
      const body = new RegExp(`interface ${name}[^{]*\\{(.*?)\\n\\}`, "s").exec(source)?.[1] ?? "";
      return [...body.matchAll(/^ {2}(\w+)\??:/gm)].map((match) => String(match[1]));
    };
    const names = [
      ...members(read("web/viewer/viewer.ts"), "ViewerOptions"),
      ...members(read("web/viewer/core/api.ts"), "ServiceOptions"),
      ...members(read("web/viewer/viewer.ts"), "ViewerEvents"),
    ];
    expect(names.length).toBeGreaterThan(10);
    expect(names.filter((name) => !documented.includes(`| \`${name}\` |`))).toEqual([]);
  });
});
