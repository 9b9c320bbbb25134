/** How high the rows of a list are, in lines of text: one each, or as many as it takes where lines are wrapped. */

export interface Heights {
  /** Of all rows together. */
  readonly total: number;
  /** Return the height of the rows before `row`. */
  before(row: number): number;
  /** Return the row at height `height`; the last one beyond the end, 0 in an empty list. */
  rowAt(height: number): number;
}

/** Each row is one line high. */
export function even(rows: number): Heights {
  return {
    total: rows,
    before: (row) => row,
    rowAt: (height) => Math.max(0, Math.min(rows - 1, Math.floor(height))),
  };
}

/**
 * Rows of different heights, as a Fenwick tree (P. M. Fenwick, “A new data structure for cumulative frequency tables”, 1994):
 * to find, to change and to append take a time that grows with the logarithm of their number.
 */
export class Uneven implements Heights {
  /** `#tree[i - 1]` is the sum of the rows `i - lowbit(i)` to `i - 1`. */
  readonly #tree: number[] = [];
  readonly #heights: number[] = [];
  #total = 0;

  get length(): number {
    return this.#heights.length;
  }

  get total(): number {
    return this.#total;
  }

  append(height: number): void {
    const index = this.#heights.push(height);
    let sum = height;
    for (let child = index - 1; child > index - lowbit(index); child -= lowbit(child)) sum += this.#tree[child - 1] as number;
    this.#tree.push(sum);
    this.#total += height;
  }

  /** Give up the rows from `length` on. */
  truncate(length: number): void {
    for (let row = length; row < this.#heights.length; row++) this.#total -= this.#heights[row] as number;
    this.#heights.length = this.#tree.length = Math.min(length, this.#heights.length);
  }

  of(row: number): number {
    return this.#heights[row] ?? 0;
  }

  set(row: number, height: number): void {
    const difference = height - this.of(row);
    if (difference === 0 || row >= this.length) return;
    this.#heights[row] = height;
    this.#total += difference;
    for (let index = row + 1; index <= this.#tree.length; index += lowbit(index)) (this.#tree[index - 1] as number) += difference;
  }

  before(row: number): number {
    let sum = 0;
    for (let index = Math.min(row, this.length); index > 0; index -= lowbit(index)) sum += this.#tree[index - 1] as number;
    return sum;
  }

  rowAt(height: number): number {
    let row = 0;
    let rest = height;
    for (let step = highestBit(this.length); step > 0; step >>>= 1) {
      const next = row + step;
      if (next <= this.length && (this.#tree[next - 1] as number) <= rest) {
        row = next;
        rest -= this.#tree[next - 1] as number;
      }
    }
    return Math.max(0, Math.min(row, this.length - 1));
  }
}

const lowbit = (index: number): number => index & -index;
const highestBit = (length: number): number => (length === 0 ? 0 : 1 << (31 - Math.clz32(length)));
