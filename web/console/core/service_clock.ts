/** The service's clock, as its answers tell it: that of the machine which shows the page may be hours off. No DOM. */

/** `Date` tells whole seconds, and is some time on its way: clocks that differ by less go alike. */
const NOTABLE_MS = 5_000;

export class ServiceClock {
  readonly #ownTime: () => number;
  #ahead = 0;

  /** `ownTime` returns Unix time in ms, as this machine has it. */
  constructor(ownTime: () => number = Date.now) {
    this.#ownTime = ownTime;
  }

  /** Take the header `Date` of an answer that has just come. */
  hear(date: string | null): void {
    const ahead = Date.parse(date ?? "") - this.#ownTime();
    // Not with each answer: seconds that were counted would go back.
    if (Math.abs(ahead - this.#ahead) > NOTABLE_MS) this.#ahead = ahead;
  }

  /** Return Unix time in ms. */
  now(): number {
    return this.#ownTime() + this.#ahead;
  }
}
