/**
 * LZ4 block and frame decoders that are slow and obvious: what the fast ones are held against.
 */

/** A decoded block, with what the end-of-block rules of the format speak of. */
export interface SlowBlock {
  readonly bytes: Buffer;
  /** How many literals come after the last match. */
  readonly lastLiterals: number;
  /** Where in `bytes` the last match begins, or undefined in a block of literals alone. */
  readonly lastMatchAt: number | undefined;
}

const MIN_MATCH = 4;
const LONG_LENGTH = 15;

/** Decodes one raw block, which may refer back into the dictionary. Throws RangeError for a bad one. */
export function slowDecodeBlock(block: Buffer, dictionary: Buffer = Buffer.alloc(0)): SlowBlock {
  const out = [...dictionary];
  let at = 0;
  let lastMatchAt: number | undefined;
  const next = (): number => {
    const byte = block[at++];
    if (byte === undefined) throw new RangeError('the block is cut short');
    return byte;
  };
  const length = (nibble: number): number => {
    if (nibble < LONG_LENGTH) return nibble;
    let total = nibble;
    let more: number;
    do total += more = next();
    while (more === 255);
    return total;
  };
  for (;;) {
    const token = next();
    const literals = length(token >> 4);
    for (let i = 0; i < literals; i++) out.push(next());
    if (at === block.length) {
      return {
        bytes: Buffer.from(out.slice(dictionary.length)),
        lastLiterals: literals,
        lastMatchAt,
      };
    }
    const offset = next() + next() * 256;
    const matchBytes = length(token & 15) + MIN_MATCH;
    lastMatchAt = out.length - dictionary.length;
    for (let i = 0; i < matchBytes; i++) {
      const byte = out[out.length - offset];
      if (byte === undefined) throw new RangeError('a match refers to nothing');
      out.push(byte);
    }
  }
}

/** The blocks of an LZ4_FRAGMENTED payload, in order. */
export function slowDecodeChunks(payload: Buffer): SlowBlock[] {
  const blocks: SlowBlock[] = [];
  let frame = Buffer.alloc(0);
  let at = 0;
  for (let isLast = false; !isLast;) {
    const header = payload.readUInt32LE(at);
    isLast = header >= 2 ** 31;
    const end = isLast ? payload.length : at + 4 + header;
    if (end > payload.length) throw new RangeError('a chunk is cut short');
    const block = slowDecodeBlock(payload.subarray(at + 4, end), frame.subarray(-65_536));
    const declaredBytes = isLast ? header - 2 ** 31 : 32_768;
    if (block.bytes.length !== declaredBytes) throw new RangeError('a chunk has the wrong size');
    blocks.push(block);
    frame = Buffer.concat([frame, block.bytes]);
    at = end;
  }
  return blocks;
}
