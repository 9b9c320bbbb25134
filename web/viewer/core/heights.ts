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
const BLOCK = 512;
const MAX_HEIGHT = 65_535;

/**
 * Rows of different heights. What nobody has set is one line high, and costs nothing: most rows of a long log are never looked at.
 *
 * Blocks of rows are summed one by one: of a million rows there are 2,000 blocks, which takes some microseconds.
 */
export class Uneven implements Heights {
  /** Of each block that has a higher row, how much each row is beyond one line. */
  readonly #blocks: (Uint16Array | undefined)[] = [];
  /** Of each block, how much its rows are beyond one line together. */
  readonly #sums: number[] = [];
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
  }

  of(row: number): number {
    return row < this.#length ? 1 + (this.#blocks[blockOf(row)]?.[row % BLOCK] ?? 0) : 0;
  }

  set(row: number, height: number): void {
    const difference = Math.min(MAX_HEIGHT, height) - this.of(row);
    if (difference === 0 || row >= this.#length) return;
    const index = blockOf(row);
    const block = (this.#blocks[index] ??= new Uint16Array(BLOCK));
    (block[row % BLOCK] as number) += difference;
    this.#sums[index] = this.#sumOf(index) + difference;
    this.#extra += difference;
  }

  before(row: number): number {
    const end = Math.min(row, this.#length);
    let sum = end;
    for (let index = 0; index < blockOf(end); index++) sum += this.#sumOf(index);
    for (let above = end - (end % BLOCK); above < end; above++) sum += this.of(above) - 1;
    return sum;
  }

  rowAt(height: number): number {
    let row = 0;
    let rest = height;
    for (let index = 0; row + BLOCK <= this.#length && BLOCK + this.#sumOf(index) <= rest; index++) {
      row += BLOCK;
      rest -= BLOCK + this.#sumOf(index);
    }
    while (row < this.#length - 1 && this.of(row) <= rest) rest -= this.of(row++);
    return row;
  }

  #sumOf(block: number): number {
    return this.#sums[block] ?? 0;
  }
}

const blockOf = (row: number): number => Math.floor(row / BLOCK);
