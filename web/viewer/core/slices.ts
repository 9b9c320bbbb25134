/** Work in slices, so that the page answers while a long log comes in. */

/** Half a frame at 60 Hz: the other half is the browser's. */
const SLICE_MS = 8;

/** Return a function that runs its argument soon, after pending input, even in a background tab, where timers sleep. */
export function soonByMessage(): { soon: (run: () => void) => void; close: () => void } {
  const channel = new MessageChannel();
  let pending: (() => void) | undefined;
  channel.port1.onmessage = () => {
    const run = pending;
    pending = undefined;
    run?.();
  };
  return {
    soon(run) {
      pending = run;
      channel.port2.postMessage(null);
    },
    close() {
      pending = undefined;
      channel.port1.close();
    },
  };
}

/** Works through what is pushed, in order, a slice at a time. */
export class SlicedQueue<Item> {
  #items: Iterator<Item>[] = [];
  #scheduled = false;
  #closed = false;
  readonly #work: (item: Item) => void;
  readonly #rested: () => void;
  readonly #soon: (run: () => void) => void;
  readonly #now: () => number;

  /** `rested` is called after each slice. */
  constructor(
    work: (item: Item) => void,
    rested: () => void,
    soon: (run: () => void) => void,
    now: () => number = () => performance.now(),
  ) {
    this.#work = work;
    this.#rested = rested;
    this.#soon = soon;
    this.#now = now;
  }

  push(items: Iterator<Item>): void {
    this.#items.push(items);
    this.#schedule();
  }

  /** Throw away what waits. */
  clear(): void {
    this.#items = [];
  }

  close(): void {
    this.#closed = true;
    this.clear();
  }

  #schedule(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    this.#soon(() => {
      this.#scheduled = false;
      this.#slice();
    });
  }

  #slice(): void {
    const until = this.#now() + SLICE_MS;
    let count = 0;
    while (this.#items.length > 0 && !this.#closed) {
      const queue = this.#items;
      const next = (queue[0] as Iterator<Item>).next();
      if (next.done) queue.shift();
      else this.#work(next.value);
      // The clock is asked once in 16 items: it costs as much as one of them.
      if ((++count & 15) === 0 && this.#now() >= until) break;
    }
    if (this.#closed) return;
    this.#rested();
    if (this.#items.length > 0) this.#schedule();
  }
}
