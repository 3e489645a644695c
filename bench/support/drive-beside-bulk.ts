import { latencyFigures } from './outcomes.ts';
import { type BenchRecord, isSameRecord, makeRecords } from './records.ts';
import type { Outcome } from './workload.ts';

/** Units of what {@link driveBesideBulk} measures. */
export const BESIDE_BULK_UNITS: Readonly<Record<string, string>> = {
  '.p99': 'µs',
  '.p50': 'µs',
  '.bulk': 'MB/s',
};

/** The size of the stream's messages. */
export const BESIDE_BULK_BYTES = 65_536;

/** A call is due every so many milliseconds, whatever became of those before. */
const PERIOD_MS = 1;

/** Bulk is asked for so many messages at a time: much more than is ever under way. */
const BULK_BATCH = 1_024;

/** One client that both makes calls and reads a stream of large messages. */
export interface BusyClient {
  /** Calls the server. Resolves with the record that came back. */
  echo(record: BenchRecord): Promise<BenchRecord>;
  /** Has the server send so many messages in one stream. Resolves when all were taken and checked here. */
  receive(count: number): Promise<unknown>;
}

/**
 * Makes `amount` calls while the stream carries all it can. Latency counts from the moment at which a
 * call was due, so that a client too busy to begin it is not a quick one.
 */
export async function driveBesideBulk(client: BusyClient, amount: number): Promise<Outcome> {
  let areCallsDone = false;
  let messages = 0;
  const start = performance.now();
  const bulk = (async () => {
    while (!areCallsDone) {
      await client.receive(BULK_BATCH);
      messages += BULK_BATCH;
    }
    return (performance.now() - start) / 1e3;
  })();
  const latenciesUs = await callInTime(client, amount);
  areCallsDone = true;
  const seconds = await bulk;
  return {
    seconds,
    figures: {
      ...latencyFigures(latenciesUs),
      '.bulk': (messages * BESIDE_BULK_BYTES) / seconds / 1e6,
    },
  };
}

/**
 * Begins each call when it is due. The loop is kept turning meanwhile, because a timer of Node alone
 * would be late by up to a millisecond.
 */
function callInTime(client: BusyClient, amount: number): Promise<Float64Array> {
  const records = makeRecords();
  const mask = records.length - 1;
  const latenciesUs = new Float64Array(amount);
  const start = performance.now();
  const call = async (i: number): Promise<void> => {
    // The mask keeps the index within the ring.
    const record = records[i & mask]!;
    const echo = await client.echo(record);
    latenciesUs[i] = (performance.now() - start - i * PERIOD_MS) * 1e3;
    if (!isSameRecord(echo, record)) throw new Error(`call ${i} got another call's reply`);
  };
  const calls: Promise<void>[] = [];
  return new Promise((resolve) => {
    const turn = (): void => {
      const now = performance.now() - start;
      while (calls.length < amount && calls.length * PERIOD_MS <= now) {
        calls.push(call(calls.length));
      }
      if (calls.length < amount) setImmediate(turn);
      else resolve(Promise.all(calls).then(() => latenciesUs));
    };
    turn();
  });
}
