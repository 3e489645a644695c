import { seededNumbers } from './chunks.ts';

/** What lengths and ids are most likely to be mishandled as. */
const EDGES: readonly number[] = [
  0, 1, 3, 4, 8, 0xff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff,
];

/** Damages bytes in the ways that find faults; what it does depends on its seed alone. */
export class Mutator {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seededNumbers(seed);
  }

  /** A whole number below `limit`. */
  below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  }

  /** A copy with one to four changes. */
  mutate(bytes: Buffer): Buffer {
    let mutated: Buffer = Buffer.from(bytes);
    for (let count = 1 + this.below(4); count > 0; count--) mutated = this.#change(mutated);
    return mutated;
  }

  #change(bytes: Buffer): Buffer {
    const at = this.below(bytes.length + 1);
    const end = Math.min(bytes.length, at + 1 + this.below(8));
    switch (this.below(7)) {
      case 0:
        return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]);
      case 1:
        return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)]);
      case 2:
        return bytes.subarray(0, at);
      case 3:
        return Buffer.concat([bytes.subarray(0, at), this.#noise(), bytes.subarray(at)]);
      case 4:
        return this.#edge(bytes, at);
      default:
        if (at < bytes.length) bytes[at] = this.below(256);
        return bytes;
    }
  }

  #noise(): Buffer {
    return Buffer.from(Array.from({ length: 1 + this.below(8) }, () => this.below(256)));
  }

  #edge(bytes: Buffer, at: number): Buffer {
    if (at + 4 <= bytes.length) bytes.writeUInt32LE(this.pick(EDGES), at);
    return bytes;
  }
}
