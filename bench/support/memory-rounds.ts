import { Pair, type WorkerOptions } from './processes.ts';
import type { Settings } from './settings.ts';
import { type Figures, type Rounds, SUBJECTS, type Workload } from './workload.ts';

/** Streams opened before the idle ones are counted: code is loaded by then, and tables have grown. */
const HELD_BEFORE = 50;

const PAGE_BYTES = 4_096;

/** Measures what is held, or how far memory grows, in new processes each time. */
export async function measureMemory(
  workload: Workload,
  settings: Settings,
  options: WorkerOptions,
): Promise<Rounds> {
  const rounds: Rounds = { floor: [], sluice: [] };
  for (let round = 0; round < settings.memoryRounds; round++) {
    for (const subject of SUBJECTS) {
      const pair = await Pair.start(workload, subject, options);
      try {
        rounds[subject].push(
          workload.measure === 'held'
            ? await measureHeld(pair, settings.heldStreams)
            : await measurePeak(pair, settings.slowMessages),
        );
      } finally {
        await pair.stop();
      }
    }
  }
  return rounds;
}

/** Bytes that each thing adds, by side. */
async function measureHeld(pair: Pair, amount: number): Promise<Figures> {
  await pair.run(HELD_BEFORE);
  const before = await pair.ask('rss');
  await pair.run(amount);
  const after = await pair.ask('rss');
  return {
    '.server': (after.server - before.server) / amount,
    '.client': (after.client - before.client) / amount,
  };
}

/**
 * Bytes that RSS grows at most over a connection on which nothing was sent, by side. No growth counts
 * as a page, so that there is a ratio.
 */
async function measurePeak(pair: Pair, amount: number): Promise<Figures> {
  const idle = await pair.ask('rss');
  await pair.ask('watch');
  await pair.run(amount);
  const peak = await pair.ask('peak');
  return {
    '.producer': Math.max(peak.server - idle.server, PAGE_BYTES),
    '.consumer': Math.max(peak.client - idle.client, PAGE_BYTES),
  };
}
