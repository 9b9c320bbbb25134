import { describe, expect, it } from "vitest";
import { EventStreamParser } from "../viewer/core/event_stream.js";

const event = (type: string, data: string): object => ({ type, data });

describe("EventStreamParser", () => {
  it("reads names and data", () => {
    const text = "retry: 1200\n\nevent: hello\ndata: {}\n\nid: 7\ndata: a\n\ndata: b\n\n";
    expect(new EventStreamParser().feed(text)).toEqual([event("hello", "{}"), event("message", "a"), event("message", "b")]);
  });

  it("takes one space after the colon away, and no more", () => {
    expect(new EventStreamParser().feed("data:x\ndata:  y\ndata\n\n")).toEqual([event("message", "x\n y\n")]);
  });

  it("passes over comments, other fields, and events without data", () => {
    const text = ": a comment\nfoo: 1\nid: 4\0\nevent: ping\n\ndata: x\n\n";
    expect(new EventStreamParser().feed(text)).toEqual([event("message", "x")]);
  });

  it("ends a line at CR and LF alone", () => {
    const data = "a\u2028b\u2029c\u0085d";
    expect(new EventStreamParser().feed(`data: ${data}\n\n`)).toEqual([event("message", data)]);
  });

  it("leaves out an event that nothing ends", () => {
    expect(new EventStreamParser().feed("data: x\n")).toEqual([]);
  });

  it.each(["\n", "\r", "\r\n"])("gives the same however the stream is split, with lines that end in %j", (ending) => {
    const text = ["id: 0", 'data: {"a":1}', "", "event: end", "data: é", "", ": late", ""].join(ending);
    const whole = [event("message", '{"a":1}'), event("end", "é")];
    for (let first = 0; first <= text.length; first++) {
      for (let second = first; second <= text.length; second++) {
        const parser = new EventStreamParser();
        const pieces = [text.slice(0, first), text.slice(first, second), text.slice(second)];
        expect(pieces.flatMap((piece) => parser.feed(piece))).toEqual(whole);
      }
    }
  });
});
