/**
 * Sample data that is the same in every run: a size and a seed name it.
 */

const WORDS = 'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu'.split(' ');

/** A generator of u32 numbers (xorshift32). Equal seeds give equal numbers. */
export function seededNumbers(seed: number): () => number {
  let state = (seed ^ 0x9e37_79b9) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
}

/** Zero bytes: what compresses best. */
export function zeroSample(bytes: number): Buffer {
  return Buffer.alloc(bytes);
}

/** Bytes that no compressor makes smaller. */
export function randomSample(bytes: number, seed = 1): Buffer {
  const next = seededNumbers(seed);
  const words = new Uint32Array(Math.ceil(bytes / 4));
  for (let i = 0; i < words.length; i++) words[i] = next();
  return Buffer.from(words.buffer, 0, bytes);
}

/** Words with blanks between them, ASCII: repetitions near and far, as in prose. */
export function textSample(bytes: number, seed = 1): Buffer {
  const next = seededNumbers(seed);
  const text = Buffer.alloc(bytes);
  for (let at = 0; at < bytes;) {
    at += text.write(`${WORDS[next() % WORDS.length]} `, at, 'latin1');
  }
  return text;
}

/** The three kinds by name, for specs that go through all of them. */
export const SAMPLES: Readonly<Record<string, (bytes: number) => Buffer>> = Object.freeze({
  zeros: zeroSample,
  random: (bytes: number) => randomSample(bytes),
  text: (bytes: number) => textSample(bytes),
});
