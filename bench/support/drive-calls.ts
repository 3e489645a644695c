import { latencyFigures } from './outcomes.ts';
import { type BenchRecord, isSameRecord, makeRecords } from './records.ts';
import type { Outcome } from './workload.ts';

/** Units of what {@link driveCalls} measures. */
export const CALL_UNITS: Readonly<Record<string, string>> = {
  '': 'calls/s',
  '.p50': 'µs',
  '.p99': 'µs',
};

/** Makes `amount` calls, so many at a time, and checks every echo. */
export async function driveCalls(
  call: (record: BenchRecord) => Promise<BenchRecord>,
  concurrency: number,
  amount: number,
): Promise<Outcome> {
  const records = makeRecords();
  const mask = records.length - 1;
  const latenciesUs = new Float64Array(amount);
  let next = 0;
  const callOn = async (): Promise<void> => {
    while (next < amount) {
      const i = next++;
      // The mask keeps the index within the ring.
      const record = records[i & mask]!;
      const start = performance.now();
      const echo = await call(record);
      latenciesUs[i] = (performance.now() - start) * 1e3;
      if (!isSameRecord(echo, record)) throw new Error(`call ${i} got another call's reply`);
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: concurrency }, callOn));
  const seconds = (performance.now() - start) / 1e3;
  return {
    seconds,
    figures: { '': amount / seconds, ...latencyFigures(latenciesUs) },
  };
}
