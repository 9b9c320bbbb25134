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

/** Rows whose heights are kept together. */
const BLOCK = 256;
const MAX_HEIGHT = 65_535;

/**
 * Rows of different heights. What nobody has set is one line high, and costs nothing: most rows of a long log are never looked at.
 *
 * What blocks of rows have beyond one line a row is summed by a Fenwick tree (P. M. Fenwick, “A new data structure for cumulative
 * frequency tables”, 1994): to find and to change take a time that grows with the logarithm of the number of blocks.
 */
export class Uneven implements Heights {
  /** Of each block that has a higher row, how much each row is beyond one line. */
  readonly #blocks: (Uint16Array | undefined)[] = [];
  /** `#tree[i - 1]` is the sum of the blocks `i - lowbit(i)` to `i - 1`. */
  readonly #tree: number[] = [];
  #length = 0;
  #extra = 0;

  get length(): number {
    return this.#length;
  }

  get total(): number {
    return this.#length + this.#extra;
  }

  /** Have so many rows: new ones at the end are one line high. */
  resize(length: number): void {
    for (let row = length; row < this.#length; row++) {
      // A block without a higher row is passed over.
      if (!this.#blocks[blockOf(row)]) row = (blockOf(row) + 1) * BLOCK - 1;
      else this.set(row, 1);
    }
    this.#length = length;
    while (this.#tree.length * BLOCK < length) {
      const index = this.#tree.length + 1;
      let sum = 0;
      for (let child = index - 1; child > index - lowbit(index); child -= lowbit(child)) sum += this.#tree[child - 1] as number;
      this.#tree.push(sum);
    }
  }

  of(row: number): number {
    return row < this.#length ? 1 + (this.#blocks[blockOf(row)]?.[row % BLOCK] ?? 0) : 0;
  }

  set(row: number, height: number): void {
    const difference = Math.min(MAX_HEIGHT, height) - this.of(row);
    if (difference === 0 || row >= this.#length) return;
    const block = (this.#blocks[blockOf(row)] ??= new Uint16Array(BLOCK));
    (block[row % BLOCK] as number) += difference;
    this.#extra += difference;
    for (let index = blockOf(row) + 1; index <= this.#tree.length; index += lowbit(index)) (this.#tree[index - 1] as number) += difference;
  }

  before(row: number): number {
    const end = Math.min(row, this.#length);
    let sum = end;
    for (let index = blockOf(end); index > 0; index -= lowbit(index)) sum += this.#tree[index - 1] as number;
    const block = this.#blocks[blockOf(end)];
    if (block) for (let place = 0; place < end % BLOCK; place++) sum += block[place] as number;
    return sum;
  }

  rowAt(height: number): number {
    let skipped = 0;
    let rest = Math.max(0, height);
    for (let step = highestBit(this.#tree.length); step > 0; step >>>= 1) {
      const next = skipped + step;
      if (next > this.#tree.length) continue;
      const size = step * BLOCK + (this.#tree[next - 1] as number);
      if (size > rest) continue;
      skipped = next;
      rest -= size;
    }
    const block = this.#blocks[skipped];
    let place = block ? 0 : Math.floor(rest);
    if (block) while (place < BLOCK && 1 + (block[place] as number) <= rest) rest -= 1 + (block[place++] as number);
    return Math.max(0, Math.min(skipped * BLOCK + place, this.#length - 1));
  }
}

const blockOf = (row: number): number => Math.floor(row / BLOCK);
const lowbit = (index: number): number => index & -index;
const highestBit = (length: number): number => (length === 0 ? 0 : 1 << (31 - Math.clz32(length)));
