import { bulkThroughput } from './loopback/bulk-throughput.ts';
import { callLatency } from './loopback/call-latency.ts';
import { idleStreams } from './loopback/idle-streams.ts';
import { openStream } from './loopback/open-stream.ts';
import { recordThroughput } from './loopback/record-throughput.ts';
import { slowReader } from './loopback/slow-reader.ts';
import { streamThroughput } from './loopback/stream-throughput.ts';
import type { Workload } from './support/workload.ts';

/** Everything that is measured between two processes, in this order. */
export const WORKLOADS: readonly Workload[] = [
  // First what takes as long as it takes, so that the rest can share the time that is left.
  ...idleStreams,
  ...slowReader,
  ...streamThroughput,
  ...bulkThroughput,
  ...recordThroughput,
  ...callLatency,
  ...openStream,
];

/** The workload of that name. */
export function findWorkload(name: string): Workload {
  const workload = WORKLOADS.find((one) => one.name === name);
  if (workload === undefined) throw new Error(`no workload is called ${name}`);
  return workload;
}
