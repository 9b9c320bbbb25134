import { describe, expect, it } from "vitest";
import { Numbering } from "../viewer/core/numbering.js";

describe("Numbering", () => {
  it("counts lines as one would by hand, wherever records printed nothing", () => {
    let chance = 5;
    const numbering = new Numbering();
    const seqs: number[] = [];
    const lines: number[] = [];
    for (let seq = 0; seq < 3_000; seq++) {
      chance = (chance * 48_271) % 2_147_483_647;
      if (chance % 5 < 2) numbering.skip(seq);
      else seqs.push(seq);
      lines.push(seqs.length - 1);
    }
    expect(seqs.map((_, line) => numbering.seqOf(line))).toEqual(seqs);
    expect(lines.map((_, seq) => numbering.lineOf(seq))).toEqual(lines);
  });

  it("takes runs at once, one behind the other", () => {
    const numbering = new Numbering([[0, 2], [5, 1]]);
    expect([0, 1, 2, 3].map((line) => numbering.seqOf(line))).toEqual([2, 3, 4, 6]);
    expect([0, 1, 2, 5, 6].map((seq) => numbering.lineOf(seq))).toEqual([-1, -1, 0, 2, 3]);
  });
});
