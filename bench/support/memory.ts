import { setTimeout as sleep } from 'node:timers/promises';

const SAMPLE_MS = 5;

/** Collections until what is garbage has gone, and the allocator had time to return pages. */
const COLLECTIONS = 4;

/** RSS in bytes once garbage is collected; needs `--expose-gc`. */
export async function settledRss(): Promise<number> {
  await collectGarbage();
  return process.memoryUsage.rss();
}

/** Bytes in use once garbage is collected, in V8's heap and kept alive by it elsewhere; needs `--expose-gc`. */
export async function settledBytes(): Promise<number> {
  await collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function collectGarbage(): Promise<void> {
  if (globalThis.gc === undefined) throw new Error('start Node with --expose-gc');
  for (let i = 0; i < COLLECTIONS; i++) {
    globalThis.gc();
    await sleep(20);
  }
}

/** Notes how far RSS goes up. */
export class MemoryWatch {
  #timer: NodeJS.Timeout | undefined;
  #peak = 0;

  /** Starts to sample. Returns where it starts, in bytes. */
  start(): number {
    this.#peak = process.memoryUsage.rss();
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS);
    return this.#peak;
  }

  /** The highest sample, in bytes. */
  stop(): number {
    clearInterval(this.#timer);
    this.#sample();
    return this.#peak;
  }

  #sample(): void {
    this.#peak = Math.max(this.#peak, process.memoryUsage.rss());
  }
}

/** What V8 takes for a number in an array. */
const NUMBER_BYTES = 8;

/** Memory that is never given back, to see whether that is noticed. */
export class Leak {
  readonly #kept: number[][] = [];

  /** Keeps so many bytes more. */
  grow(bytes: number): void {
    this.#kept.push(Array.from({ length: Math.round(bytes / NUMBER_BYTES) }, (_, i) => i));
  }
}
