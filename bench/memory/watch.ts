import { Pair, type WorkerOptions } from '../support/processes.ts';
import type { Workload } from '../support/workload.ts';
import type { Sample } from './slope.ts';

/** How long a bout of work is, after which a sample is taken. */
const BOUT_SECONDS = 1;

/** A bout is at most so many times larger than the one before, which may have been too short to tell. */
const MAX_STEP = 8;

const FIRST_AMOUNT = 16;

/** How often garbage is collected for a look at what is in use, between two bouts. */
const SETTLED_SAMPLES = 30;

/** What was seen of the memory of one side while the workload ran. */
export interface MemoryCourse {
  /** Bytes in use after a forced collection, in V8's heap and kept alive by it elsewhere. */
  readonly settled: Sample[];
  /** The highest RSS in bytes of each bout. */
  readonly rss: Sample[];
}

/** What was seen of a workload. */
export interface WorkloadCourse {
  /** Messages that arrived, or whatever the workload does, each of them checked. */
  readonly amount: number;
  readonly server: MemoryCourse;
  readonly client: MemoryCourse;
}

/** How a workload is watched. */
export interface WatchOptions extends WorkerOptions {
  readonly seconds: number;
  /** Bytes a second that both sides are made to keep for ever. */
  readonly leakBytes: number;
}

/**
 * Runs a workload of the library at full speed, in bouts of a second, and notes how much memory both sides
 * take.
 *
 * @throws Error if a message is lost, doubled, changed or out of order.
 */
export async function watchMemory(
  workload: Workload,
  options: WatchOptions,
): Promise<WorkloadCourse> {
  const pair = await Pair.start(workload, 'sluice', options);
  try {
    return await runBouts(pair, options);
  } finally {
    await pair.stop();
  }
}

async function runBouts(pair: Pair, { seconds, leakBytes }: WatchOptions): Promise<WorkloadCourse> {
  const server: MemoryCourse = { settled: [], rss: [] };
  const client: MemoryCourse = { settled: [], rss: [] };
  let done = 0;
  let amount = FIRST_AMOUNT;
  let leakedBytes = 0;
  const start = performance.now();
  for (let elapsed = 0; elapsed < seconds;) {
    await pair.ask('watch');
    const bout = await pair.run(amount);
    const peak = await pair.ask('peak');
    done += amount;
    elapsed = (performance.now() - start) / 1e3;
    server.rss.push({ seconds: elapsed, value: peak.server });
    client.rss.push({ seconds: elapsed, value: peak.client });
    amount = Math.ceil(amount * Math.min(BOUT_SECONDS / bout.seconds, MAX_STEP));
    const dueBytes = leakBytes * elapsed;
    if (leakBytes > 0) await pair.leak(dueBytes - leakedBytes);
    leakedBytes = dueBytes;
    if (elapsed < (seconds * (server.settled.length + 1)) / SETTLED_SAMPLES) continue;
    const settled = await pair.ask('settled');
    server.settled.push({ seconds: elapsed, value: settled.server });
    client.settled.push({ seconds: elapsed, value: settled.client });
  }
  return { amount: done, server, client };
}
