import { describe, expect, it } from "vitest";
import type { FoundPage } from "../viewer/core/search.js";
import { cutAtSpans, MAX_MATCHES, Search } from "../viewer/core/search.js";

const query = { text: "x", regex: false, caseSensitive: false };
const page = (seqs: number[], more: Partial<FoundPage> = {}): FoundPage => ({
  matches: seqs.map((seq) => ({ seq, timestamp: "", message: "ax", spans: [[1, 2]] })),
  next_from: null,
  total: null,
  ...more,
});

describe("Search", () => {
  it("asks until all is found", () => {
    const search = new Search();
    expect(search.from).toBeNull();
    search.start(query);
    expect(search.from).toBe(0);
    search.take(page([3, 8], { next_from: 9, total: 3 }));
    expect([search.from, search.length, search.total]).toEqual([9, 2, 3]);
    search.take(page([12]));
    expect([search.from, search.length, search.total, search.isCut]).toEqual([null, 3, 3, false]);
    search.start(undefined);
    expect([search.from, search.total, search.query]).toEqual([null, 0, undefined]);
  });

  it("goes on with what has come since, and counts nothing twice", () => {
    const search = new Search();
    search.start(query);
    search.take(page([3, 8], { total: 2 }));
    search.goOn(5);
    expect(search.from).toBe(5);
    search.take(page([8, 21]));
    expect([search.length, search.total, search.from]).toEqual([3, 3, null]);
  });

  it("keeps no more matches than one would look through", () => {
    const search = new Search();
    search.start(query);
    search.take(page(Array.from({ length: MAX_MATCHES }, (_, seq) => seq), { next_from: MAX_MATCHES, total: 1e6 }));
    expect([search.from, search.isCut, search.total]).toEqual([null, true, 1e6]);
  });

  it("goes from match to match, from where one reads and round the ends", () => {
    const search = new Search();
    search.start(query);
    expect(search.step(1, 0)).toBeUndefined();
    search.take(page([3, 8, 21]));
    expect([search.step(1, 5), search.position, search.step(1, 0), search.step(1, 0), search.step(-1, 0)]).toEqual([8, 2, 21, 3, 21]);
    for (const [by, place, seq] of [[-1, 8, 3], [-1, 99, 21], [-1, 0, 21], [1, 99, 3]] as const) {
      const other = new Search();
      other.start(query);
      other.take(page([3, 8, 21]));
      expect(other.step(by, place)).toBe(seq);
    }
  });

  it("counts places as JavaScript does", () => {
    const search = new Search();
    search.start(query);
    search.take({ matches: [{ seq: 0, timestamp: "", message: "\u{1f600}a\u{1f600}x", spans: [[1, 2], [3, 4]] }], next_from: null, total: 1 });
    expect(search.spansOf(0)).toEqual([[2, 3], [5, 6]]);
    expect(search.spansOf(1)).toEqual([]);
  });
});

describe("cutAtSpans", () => {
  const cut = (text: string, offset: number, ...spans: [number, number][]): string =>
    cutAtSpans(text, offset, spans)
      .map((piece) => (piece.found ? `[${piece.text}]` : piece.text))
      .join("");

  it("cuts text where matches begin and end", () => {
    expect(cut("one two two", 0, [4, 7], [8, 11])).toBe("one [two] [two]");
    expect(cut("one", 0)).toBe("one");
  });

  it("cuts a piece of a line that a match begins before or ends after", () => {
    expect(cut("e two t", 2, [0, 3], [4, 7], [8, 11])).toBe("[e] [two] [t]");
    expect(cut("zzz", 20, [0, 3])).toBe("zzz");
    expect(cut("zzz", 0, [7, 9], [1, 1])).toBe("zzz");
  });
});
