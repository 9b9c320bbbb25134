import { describe, expect, it } from "vitest";
import { expiryOf } from "../viewer/core/tokens.js";

const token = (claims: unknown): string => `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.c2ln`;

describe("expiryOf", () => {
  it("reads when a JWT expires", () => {
    expect(expiryOf(token({ sub: "ä?>~", exp: 1_700_000_000 }))).toBe(1_700_000_000_000);
  });

  it("knows nothing of what does not say so", () => {
    const silent = [undefined, "", "opaque", "a.b.c", "a.!!.c", token({}), token({ exp: "soon" }), token([1]), token(null)];
    expect(silent.map(expiryOf)).toEqual(silent.map(() => undefined));
  });
});
