import { median } from '../support/figure.ts';

/** So many and so short that some of them are disturbed by nothing, and find their code compiled. */
const RUNS = 200;
const FEW_RUNS = 11;

const WORDS = 1 << 14;
const PASSES = 10;
const KEYS = 8_000;

/** What the task comes to; anything else did other work. */
const CHECKSUM = -5_784_740;

/**
 * How fast this machine is right now: milliseconds that a fixed piece of work takes, the least of many
 * runs, because whatever disturbs a run only makes it longer. Takes about half a second.
 *
 * The work is integers in a typed array, and strings in a map. It is never to be changed, because every
 * stored baseline has its time.
 */
export function timeCpuTask(): number {
  return Math.min(...Array.from({ length: RUNS }, runTask));
}

/**
 * How fast this machine mostly is right now: the same, but the median of a few runs, so that what
 * disturbs half of them shows. Takes about a fortieth of a second.
 */
export function medianCpuTaskMs(): number {
  return median(Array.from({ length: FEW_RUNS }, runTask));
}

function runTask(): number {
  const start = performance.now();
  const checksum = mixIntegers() ^ countKeys();
  const took = performance.now() - start;
  if (checksum !== CHECKSUM) throw new Error(`the fixed CPU task came to ${checksum}`);
  return took;
}

function mixIntegers(): number {
  const words = new Int32Array(WORDS);
  let state = 1;
  for (let pass = 0; pass < PASSES; pass++) {
    for (let i = 0; i < WORDS; i++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
      words[i] = ((words[i] ?? 0) + state) ^ (state >> 7);
    }
  }
  return words.reduce((sum, word) => (sum + word) | 0, 0);
}

function countKeys(): number {
  const counts = new Map<string, number>();
  for (let i = 0; i < KEYS; i++) {
    const key = `key-${(i * 7) % (KEYS / 4)}`;
    counts.set(key, (counts.get(key) ?? 0) + i);
  }
  let sum = 0;
  for (const [key, count] of counts) sum = (sum + count * key.length) | 0;
  return sum;
}
