/** How much time is left: counted down between the service's words, and told in steps that do not flicker. */

/** What one would say, in seconds: nobody believes “73 s”, and everybody watches it jump. */
const SAID = [
  5, 10, 20, 30, 40, 50, 60, 90, 120, 180, 240, 300, 360, 420, 480, 540, 600, 900, 1200, 1500, 1800, 2400, 3000, 3600,
];
const BEYOND = 1800;
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
    const noise = this.#said !== undefined && next > this.#said && next <= after(this.#said);
    if (!noise) this.#said = next;
    return this.#said;
  }
}

function said(seconds: number): number {
  const last = SAID.at(-1) as number;
  if (seconds > last) return Math.round(seconds / BEYOND) * BEYOND;
  return SAID.reduce((best, one) => (Math.abs(one - seconds) < Math.abs(best - seconds) ? one : best));
}

function after(seconds: number): number {
  return SAID.find((one) => one > seconds) ?? seconds + BEYOND;
}
