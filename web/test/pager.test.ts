import { describe, expect, it } from "vitest";
import type { HistoryPage } from "../viewer/core/api.js";
import { Lines, PAGE } from "../viewer/core/lines.js";
import { Pager } from "../viewer/core/pager.js";
import type { LogRecord } from "../viewer/core/protocol.js";

const record = (seq: number): LogRecord => ({
  seq, timestamp: "", level: "INFO", message: `line ${seq}`, progress: 0, step: "", current_step: 0, total_steps: 0,
});

/** A log of a million lines, whose service answers when it is told to. */
function setup() {
  const lines = new Lines();
  lines.begin(1_000_000, 1_000_000, []);
  const pager = new Pager(lines);
  const asked: { offset: number; limit: number; signal: AbortSignal; answer(records?: number): Promise<void>; fail(): Promise<void> }[] = [];
  const timers: { ms: number; run: () => void }[] = [];
  const settled = (): Promise<void> => new Promise((done) => setTimeout(done));
  pager.open({
    history: (offset, limit, signal) =>
      new Promise((resolve, reject) => {
        const answer = (count = limit): Promise<void> => {
          const messages = Array.from({ length: count }, (_, index) => record(offset + index));
          resolve({ messages, next_offset: offset + count } as HistoryPage);
          return settled();
        };
        asked.push({ offset, limit, signal, answer, fail: () => (reject(new Error()), settled()) });
      }),
    later(ms, run) {
      const timer = { ms, run };
      timers.push(timer);
      return () => void timers.splice(timers.indexOf(timer), 1);
    },
    changed: () => undefined,
  });
  const pass = (): number | undefined => {
    const timer = timers.shift();
    timer?.run();
    return timer?.ms;
  };
  const rows = (first: number, count = 50): number[] => Array.from({ length: count }, (_, index) => first + index);
  return { lines, pager, asked, timers, pass, rows };
}

describe("Pager", () => {
  it("fetches the page that is looked at and the next one on the way, each once", async () => {
    const { lines, pager, asked, pass, rows } = setup();
    pager.want(rows(654_320));
    pager.want(rows(654_320));
    expect(asked.map(({ offset, limit }) => [offset, limit])).toEqual([[654_000, PAGE], [654_500, PAGE]]);
    await asked[0]?.answer();
    expect(lines.at(654_320)?.message).toBe("line 654320");
    await asked[1]?.answer();
    pass();
    pager.want(rows(654_400));
    expect(asked.length).toBe(2);
    pager.want(rows(654_100));
    expect(asked[2]?.offset).toBe(653_500);
  });

  it("gives up what was scrolled past, and fetches what the bar is let go at", async () => {
    const { pager, asked, pass, rows } = setup();
    for (let first = 0; first < 900_000; first += 50_000) pager.want(rows(first));
    expect(asked.map(({ offset }) => offset)).toEqual([0, 500]);
    expect(asked.map(({ signal }) => signal.aborted)).toEqual([true, true]);
    pass();
    expect(asked.slice(2).map(({ offset }) => offset)).toEqual([850_000, 850_500]);
  });

  it("goes on asking where a page is cut short, and tries again where none can be had", async () => {
    const { lines, pager, asked, timers, pass, rows } = setup();
    pager.want(rows(5));
    await asked[0]?.answer(200);
    expect([asked[2]?.offset, asked[2]?.limit]).toEqual([200, 300]);
    await asked[2]?.fail();
    expect([pager.failing, lines.at(5)]).toEqual([true, undefined]);
    expect(timers.map(({ ms }) => ms)).toEqual([500]);
    pager.want(rows(5));
    expect(asked.length).toBe(3);
    pass();
    expect(asked[3]?.offset).toBe(0);
    await asked[3]?.answer();
    expect([pager.failing, lines.at(5)?.seq]).toEqual([false, 5]);
  });

  it("has what is pinned, wherever one reads", async () => {
    const { lines, pager, asked, rows } = setup();
    pager.pin({ first: 77_000, last: 77_020 });
    pager.want(rows(0));
    for (const request of [...asked]) await request.answer();
    expect(lines.at(77_010)?.seq).toBe(77_010);
  });

  it("gives rows as text, fetching those that are not here", async () => {
    const { pager, asked } = setup();
    const text = pager.text({ first: 10, last: 12 }, new AbortController().signal);
    await asked[0]?.answer();
    expect(await text).toBe("line 10\nline 11\nline 12\n");
  });
});
