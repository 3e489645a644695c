import { BLOCK_HEADER_BYTES } from './lz4-block.ts';

/** A length of 15 in a token goes on in bytes of their own, as long as these are 255. */
const LONG_LENGTH = 15;
const LONG_LENGTH_STEP = 255;

/** Every match has at least so many bytes. */
const MIN_MATCH_BYTES = 4;

/**
 * The first `wantedBytes` of a block that stands behind its four header bytes. The libraries decode
 * blocks as a whole only, and this one is too large for that. Undefined if the block has fewer, or
 * is damaged.
 */
export function decodeLz4Start(chunk: Buffer, wantedBytes: number): Buffer | undefined {
  const input = new Lz4Input(chunk);
  const out = Buffer.alloc(wantedBytes);
  for (let size = 0; ;) {
    const token = input.byte();
    size += input.copyLiterals(input.length(token >> 4), out, size);
    if (size === wantedBytes) return out;
    const back = input.byte() + input.byte() * 256;
    const end = Math.min(wantedBytes, size + input.length(token & 15) + MIN_MATCH_BYTES);
    if (!(back > 0 && back <= size)) return undefined;
    // Byte by byte: a match may overlap itself.
    for (; size < end; size++) out[size] = out[size - back]!;
    if (size === wantedBytes) return out;
  }
}

/** Reads tokens of a block. Behind its end everything is NaN. */
class Lz4Input {
  readonly #chunk: Buffer;
  #at = BLOCK_HEADER_BYTES;

  constructor(chunk: Buffer) {
    this.#chunk = chunk;
  }

  byte(): number {
    return this.#chunk[this.#at++] ?? NaN;
  }

  length(nibble: number): number {
    let length = nibble;
    if (nibble !== LONG_LENGTH) return length;
    for (let more = LONG_LENGTH_STEP; more === LONG_LENGTH_STEP;) {
      more = this.byte();
      length += more;
    }
    return length;
  }

  /** Copies as many as there is room for; returns their number. */
  copyLiterals(count: number, out: Buffer, size: number): number {
    const from = this.#at;
    this.#at += count;
    return this.#chunk.subarray(from, this.#at).copy(out, size);
  }
}
