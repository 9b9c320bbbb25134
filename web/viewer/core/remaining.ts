/** How much time is left: counted down between the service's words, and told in steps that do not flicker. */

/** In what steps one would say it, below so many seconds: nobody believes “73 s”, and everybody watches it jump. */
const STEPS = [[60, 10], [120, 30], [600, 60], [1800, 300], [3600, 600], [Infinity, 1800]] as const;
const LEAST_SECONDS = 5;
/** How long after its end a forecast is still worth something. */
const GRACE_SECONDS = 10;

export class Remaining {
  #endsAt: number | undefined;
  #said: number | undefined;

  /** Take the service's forecast, `null` where it gives none. `now` is Unix time in ms. */
  tell(seconds: number | null, now: number): void {
    this.#endsAt = seconds === null ? undefined : now + seconds * 1000;
    if (seconds === null) this.#said = undefined;
  }

  /** Return the seconds that are left, rounded to what one would say; `undefined` where there is no forecast. */
  at(now: number): number | undefined {
    if (this.#endsAt === undefined) return undefined;
    const left = (this.#endsAt - now) / 1000;
    if (left < -GRACE_SECONDS) return undefined;
    const next = said(left);
    // A forecast that grows by one step is mostly noise; one that grows by more is news.
    const noise = this.#said !== undefined && next > this.#said && next <= this.#said + stepAt(this.#said);
    if (!noise) this.#said = next;
    return this.#said;
  }
}

function stepAt(seconds: number): number {
  return STEPS.find(([below]) => seconds < below)?.[1] as number;
}

function said(seconds: number): number {
  const step = stepAt(seconds);
  // Halfway between two, it is the shorter one.
  return Math.max(LEAST_SECONDS, Math.ceil(seconds / step - 0.5) * step);
}
