import { describe, expect, it } from "vitest";
import { Follow } from "../viewer/core/follow.js";

describe("Follow", () => {
  const at = (top: number, content: number): { top: number; viewport: number; content: number } => ({ top, viewport: 100, content });

  it("lets go when the reader scrolls up, and counts what comes after", () => {
    const follow = new Follow();
    follow.scrolled(at(900, 1000), 50);
    follow.scrolled(at(700, 1000), 50);
    expect(follow.following).toBe(false);
    expect(follow.unseen(57)).toBe(7);
  });

  it("does not take growing content for a move of the reader", () => {
    const follow = new Follow();
    follow.scrolled(at(900, 1000), 50);
    follow.scrolled(at(900, 2000), 100);
    expect(follow.following).toBe(true);
  });

  it("comes back at the end", () => {
    const follow = new Follow();
    follow.scrolled(at(900, 1000), 50);
    follow.scrolled(at(500, 1000), 50);
    follow.scrolled(at(700, 1000), 60);
    expect(follow.following).toBe(false);
    follow.scrolled(at(895, 1000), 60);
    expect(follow.following).toBe(true);
    expect(follow.unseen(70)).toBe(0);
  });

  it("takes no scroll for the reader's that was made for the reader", () => {
    const follow = new Follow();
    follow.scrolled(at(900, 1000), 50);
    follow.place(300);
    follow.scrolled(at(300.4, 1000), 50);
    expect(follow.following).toBe(true);
    follow.release(50);
    follow.place(900);
    follow.scrolled(at(900, 1000), 50);
    expect(follow.following).toBe(false);
    follow.scrolled(at(899, 1000), 50);
    expect(follow.following).toBe(true);
  });

  it("comes back when told", () => {
    const follow = new Follow();
    follow.release(5);
    follow.release(9);
    expect(follow.unseen(10)).toBe(5);
    follow.resume();
    expect(follow.following).toBe(true);
  });
});
