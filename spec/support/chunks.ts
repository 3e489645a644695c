/** Bytes from hex; spaces and bars may stand anywhere between digits: `hex('0102 cafe | 00')`. */
export function hex(text: string): Buffer {
  const digits = text.replaceAll(/[\s|]/g, '');
  if (!/^([0-9a-f]{2})*$/i.test(digits)) throw new TypeError(`not whole bytes of hex: ${text}`);
  return Buffer.from(digits, 'hex');
}

/** The bytes whole, cut in two in every way, and one byte at a time. The slices are views. */
export function* everySplit(bytes: Buffer): Generator<Buffer[]> {
  for (let at = 0; at < bytes.length; at++) {
    yield [bytes.subarray(0, at), bytes.subarray(at)].filter((part) => part.length > 0);
  }
  yield Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
}

/**
 * Numbers in [0, 1) that depend on the seed alone.
 *
 * Source: the mulberry32 generator, in the public domain.
 */
export function seededNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/**
 * Cuts the bytes at random places, the same ones for the same seed: many slices of a few bytes and
 * now and then a large one. The slices are views.
 */
export function sliceRandomly(bytes: Buffer, seed: number): Buffer[] {
  const random = seededNumbers(seed);
  const slices: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const most = random() < 0.8 ? 16 : bytes.length - at;
    const next = Math.min(bytes.length, at + 1 + Math.floor(random() * most));
    slices.push(bytes.subarray(at, next));
    at = next;
  }
  return slices;
}

/** `count` bytes without a pattern that depend on the seed alone. */
export function randomBytes(count: number, seed: number): Buffer {
  const random = seededNumbers(seed);
  return Buffer.from(Uint8Array.from({ length: count }, () => random() * 256));
}
