import { Pair, type WorkerOptions } from './processes.ts';
import type { Settings } from './settings.ts';
import { Turns } from './turns.ts';
import type { Figures, Rounds, SubjectName, Workload } from './workload.ts';

/** Streams opened before the idle ones are counted: code is loaded by then, and tables have grown. */
const HELD_BEFORE = 50;

const PAGE_BYTES = 4_096;

/** Measures what is held, or how far memory grows, in new processes each time. */
export async function measureMemory(
  workload: Workload,
  settings: Settings,
  options: WorkerOptions,
): Promise<Rounds> {
  const turns = new Turns<Figures[]>(workload);
  await turns.start(async () => []);
  for (let round = 0; round < settings.memoryRounds; round++) {
    await turns.take(async (figures, subject) => {
      figures.push(await measureOnce(workload, subject, settings, options));
    });
  }
  return turns.states;
}

/** One round of one subject. */
export async function measureOnce(
  workload: Workload,
  subject: SubjectName,
  settings: Settings,
  options: WorkerOptions,
): Promise<Figures> {
  const pair = await Pair.start(workload, subject, options);
  try {
    return workload.measure === 'held'
      ? await measureHeld(pair, settings.heldStreams)
      : await measurePeak(pair, workload.amount?.(settings) ?? settings.slowMessages);
  } finally {
    await pair.stop();
  }
}

/** Bytes that each thing adds: on the worse side, and on each. */
async function measureHeld(pair: Pair, amount: number): Promise<Figures> {
  await pair.run(HELD_BEFORE);
  const before = await pair.ask('rss');
  await pair.run(amount);
  const after = await pair.ask('rss');
  const server = (after.server - before.server) / amount;
  const client = (after.client - before.client) / amount;
  return { '': Math.max(server, client), '.server': server, '.client': client };
}

/**
 * Bytes that RSS grows at most over a connection on which nothing was sent: on the worse side, and on
 * each. No growth counts as a page, so that there is a ratio.
 */
async function measurePeak(pair: Pair, amount: number): Promise<Figures> {
  const idle = await pair.ask('rss');
  await pair.ask('watch');
  await pair.run(amount);
  const peak = await pair.ask('peak');
  const producer = Math.max(peak.server - idle.server, PAGE_BYTES);
  const consumer = Math.max(peak.client - idle.client, PAGE_BYTES);
  return { '': Math.max(producer, consumer), '.producer': producer, '.consumer': consumer };
}
