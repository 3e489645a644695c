import { Pair, type WorkerOptions } from '../support/processes.ts';
import type { Workload } from '../support/workload.ts';
import type { Sample } from './slope.ts';

/** How long a bout of work is, after which a sample is taken. */
const BOUT_SECONDS = 1;

/** A bout is at most so many times larger than the one before, which may have been too short to tell. */
const MAX_STEP = 8;

const FIRST_AMOUNT = 16;

/** What was seen of the memory of both sides while one stream ran. */
export interface MemoryCourse {
  /** Messages that arrived, each counted and checked by its receiver. */
  readonly messages: number;
  /** The highest RSS in bytes of each bout. */
  readonly server: readonly Sample[];
  readonly client: readonly Sample[];
}

/**
 * Runs a stream of the library at full speed, in bouts of a second, and notes the most memory that both
 * sides take in each.
 *
 * @throws Error if a message is lost, doubled, changed or out of order.
 */
export async function watchMemory(
  workload: Workload,
  seconds: number,
  options: WorkerOptions,
): Promise<MemoryCourse> {
  const pair = await Pair.start(workload, 'sluice', options);
  try {
    const server: Sample[] = [];
    const client: Sample[] = [];
    let messages = 0;
    let amount = FIRST_AMOUNT;
    const start = performance.now();
    for (let elapsed = 0; elapsed < seconds;) {
      await pair.ask('watch');
      const bout = await pair.run(amount);
      const peak = await pair.ask('peak');
      messages += amount;
      elapsed = (performance.now() - start) / 1e3;
      server.push({ seconds: elapsed, value: peak.server });
      client.push({ seconds: elapsed, value: peak.client });
      amount = Math.ceil(amount * Math.min(BOUT_SECONDS / bout.seconds, MAX_STEP));
    }
    return { messages, server, client };
  } finally {
    await pair.stop();
  }
}
