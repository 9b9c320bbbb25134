import { describe, expect, it } from "vitest";
import { causeIn } from "../../console/words/causes.js";
import { CONSOLE_WORDS } from "../../console/words/words.js";

describe("the console's words", () => {
  it("names causes in both languages, and leaves those of a recipe as they are", () => {
    expect(causeIn("en", "APT_PACKAGE_NOT_FOUND")).toBe("APT package not found");
    expect(causeIn("zh", "APT_PACKAGE_NOT_FOUND")).toBe("APT 软件包不存在");
    expect([causeIn("en", "MY_OWN"), causeIn("zh", "constructor")]).toEqual(["MY_OWN", "constructor"]);
  });

  it("says what distro is", () => {
    expect(CONSOLE_WORDS.zh.versionName("distro")).toContain("系统自带");
    expect(CONSOLE_WORDS.en.versionName("1.2")).toBe("1.2");
  });
});
