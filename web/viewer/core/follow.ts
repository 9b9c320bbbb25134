/** Whether the log keeps to its end. A recorded fact, changed by what the reader does, never guessed from a position. */

/** How far from the end, in px, still counts as at the end: fractions of a pixel at other zoom levels, half a row. */
const SLACK_PX = 12;

export interface ScrollPosition {
  top: number;
  /** Height of what is seen. */
  viewport: number;
  /** Height of everything. */
  content: number;
}

export class Follow {
  #following = true;
  #lastTop = 0;
  #placed = false;
  #unseenFrom = 0;

  get following(): boolean {
    return this.#following;
  }

  /** Note where the log stands, after a scroll; return whether it was the reader's. `rows` is the number of rows that it has. */
  scrolled(position: ScrollPosition, rows: number): boolean {
    const byReader = !this.#placed || Math.abs(position.top - this.#lastTop) > 1;
    this.#placed = false;
    if (!byReader) return false;
    const atEnd = position.content - position.viewport - position.top <= SLACK_PX;
    // Growing content moves the end away, not the reader: only a move upwards lets go.
    if (atEnd) this.#following = true;
    else if (position.top < this.#lastTop - 1) this.release(rows);
    this.#lastTop = position.top;
    return true;
  }

  /** The log was scrolled to `top` for the reader: the event that tells so is no move of the reader's. */
  place(top: number): void {
    this.#placed = true;
    this.#lastTop = top;
  }

  /** Stay where the reader is. */
  release(rows: number): void {
    if (this.#following) this.#unseenFrom = rows;
    this.#following = false;
  }

  /** Go back to the end. */
  resume(): void {
    this.#following = true;
  }

  /** How many of `rows` came since the reader let go. */
  unseen(rows: number): number {
    return this.#following ? 0 : Math.max(0, rows - this.#unseenFrom);
  }
}
