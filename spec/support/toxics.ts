import { seededNumbers, sliceRandomly } from './chunks.ts';

/** How a direction ends once its limit is reached. */
export type CutKind = 'fin' | 'rst' | 'stall';

/** What happens to the bytes of one direction; the words are Toxiproxy's. All offsets count from 0. */
export interface Toxics {
  /** Each chunk arrives this much later. */
  readonly latencyMs?: number;
  /** Chunks are cut: one byte at a time, or at random places that depend on the seed. */
  readonly slicer?: 'bytes' | { readonly seed: number };
  /** After this many bytes the connection is cut: by FIN, by RST, or by silence. */
  readonly limitData?: { readonly bytes: number; readonly by: CutKind };
  /** The byte at this offset arrives with all its bits flipped. */
  readonly corruptAt?: number;
  /** These bytes arrive twice in a row. */
  readonly duplicate?: { readonly at: number; readonly bytes: number };
  /** The end (FIN) arrives this much later. */
  readonly slowCloseMs?: number;
}

/** The toxics of one connection. */
export interface ConnectionToxics {
  /** Reset as soon as it is accepted; the server never hears of it. */
  readonly down?: boolean;
  readonly toServer?: Toxics;
  readonly toClient?: Toxics;
}

/** Turns the chunks of one direction into what arrives; keeps count of the bytes that passed. */
export class ToxicFilter {
  readonly #toxics: Toxics;
  readonly #random: () => number;
  #passedBytes = 0;

  constructor(toxics: Toxics) {
    this.#toxics = toxics;
    this.#random = seededNumbers(typeof toxics.slicer === 'object' ? toxics.slicer.seed : 0);
  }

  /** The limit is reached: nothing passes any more. */
  get isCut(): boolean {
    return this.#passedBytes >= (this.#toxics.limitData?.bytes ?? Infinity);
  }

  apply(chunk: Buffer): Buffer[] {
    const left = (this.#toxics.limitData?.bytes ?? Infinity) - this.#passedBytes;
    const passing = Buffer.from(chunk.subarray(0, left));
    const at = this.#passedBytes;
    this.#passedBytes += passing.length;
    this.#corrupt(passing, at);
    return this.#slice(this.#duplicate(passing, at));
  }

  #corrupt(bytes: Buffer, at: number): void {
    const index = (this.#toxics.corruptAt ?? -1) - at;
    const byte = bytes[index];
    if (byte !== undefined) bytes[index] = byte ^ 0xff;
  }

  #duplicate(bytes: Buffer, at: number): Buffer {
    const { duplicate } = this.#toxics;
    if (duplicate === undefined) return bytes;
    const start = Math.max(0, duplicate.at - at);
    const end = duplicate.at + duplicate.bytes - at;
    if (end <= start || start >= bytes.length) return bytes;
    return Buffer.concat([bytes.subarray(0, end), bytes.subarray(start)]);
  }

  #slice(bytes: Buffer): Buffer[] {
    const { slicer } = this.#toxics;
    if (bytes.length === 0) return [];
    if (slicer === undefined) return [bytes];
    if (slicer === 'bytes') return Array.from(bytes, (byte) => Buffer.of(byte));
    return sliceRandomly(bytes, this.#random() * 0x1_0000_0000);
  }
}
