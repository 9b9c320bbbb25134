/** Which lines of a log are selected, and how an address names them: `#L12`, `#L12-L20`. No DOM. */

/** Rows of a log, counted from 0, both included. */
export interface LineRange {
  first: number;
  last: number;
}

const ADDRESS = /^#L([1-9]\d{0,8})(?:-L?([1-9]\d{0,8}))?$/;

/** Return the lines that the fragment `hash` names, or `undefined` where it names something else. */
export function rangeOf(hash: string): LineRange | undefined {
  const found = ADDRESS.exec(hash);
  if (!found) return undefined;
  const from = Number(found[1]) - 1;
  const to = found[2] === undefined ? from : Number(found[2]) - 1;
  return { first: Math.min(from, to), last: Math.max(from, to) };
}

/** Return the fragment that names `range`. */
export function hashOf({ first, last }: LineRange): string {
  return first === last ? `#L${first + 1}` : `#L${first + 1}-L${last + 1}`;
}

export class Selection {
  #anchor = -1;
  #head = -1;

  get range(): LineRange | undefined {
    if (this.#anchor < 0) return undefined;
    return { first: Math.min(this.#anchor, this.#head), last: Math.max(this.#anchor, this.#head) };
  }

  /** The line that was selected last. */
  get head(): number | undefined {
    return this.#anchor < 0 ? undefined : this.#head;
  }

  has(line: number): boolean {
    const range = this.range;
    return range !== undefined && line >= range.first && line <= range.last;
  }

  /** Select `line`; `extend`: all from the first selected one to it. */
  select(line: number, extend = false): void {
    if (!extend || this.#anchor < 0) this.#anchor = line;
    this.#head = line;
  }

  selectRange({ first, last }: LineRange): void {
    this.#anchor = first;
    this.#head = last;
  }

  clear(): void {
    this.#anchor = this.#head = -1;
  }
}
