import { besideBulk } from './loopback/beside-bulk.ts';
import { bulkThroughput } from './loopback/bulk-throughput.ts';
import { busyAmongIdle } from './loopback/busy-among-idle.ts';
import { callLatency } from './loopback/call-latency.ts';
import { farStreams } from './loopback/far-streams.ts';
import { fileTransfer } from './loopback/file-transfer.ts';
import { firstItem } from './loopback/first-item.ts';
import { idleStreams } from './loopback/idle-streams.ts';
import { lz4Throughput } from './loopback/lz4-throughput.ts';
import { nestedStreams } from './loopback/nested-streams.ts';
import { openStream } from './loopback/open-stream.ts';
import { packedThroughput } from './loopback/packed-throughput.ts';
import { recordThroughput, secureRecords } from './loopback/record-throughput.ts';
import { resumableStreams } from './loopback/resumable-streams.ts';
import { serviceCall } from './loopback/service-call.ts';
import { serviceItem } from './loopback/service-item.ts';
import { slowReader } from './loopback/slow-reader.ts';
import { streamThroughput } from './loopback/stream-throughput.ts';
import { STALLED } from './memory/stalled-streams.ts';
import type { Workload } from './support/workload.ts';
import { BUDGET_SWEEPS } from './sweep/budget-sweeps.ts';
import { WINDOW_SWEEPS } from './sweep/window-sweeps.ts';

/** Everything that is measured between two processes, in this order. `bench:ab` reads it in other commits too. */
export const WORKLOADS: readonly Workload[] = [
  // First what takes as long as it takes, so that the rest can share the time that is left.
  ...idleStreams,
  ...slowReader,
  ...besideBulk,
  ...busyAmongIdle,
  ...streamThroughput,
  ...packedThroughput,
  ...bulkThroughput,
  ...fileTransfer,
  ...lz4Throughput,
  ...recordThroughput,
  ...secureRecords,
  ...callLatency,
  ...openStream,
  ...serviceCall,
  ...serviceItem,
  ...firstItem,
  ...nestedStreams,
  ...resumableStreams,
  ...farStreams,
];

/** The workload of that name; those that have a program of their own are workloads too. */
export function findWorkload(name: string): Workload {
  const stalled = STALLED.map(({ workload }) => workload);
  const workload = [...WORKLOADS, ...BUDGET_SWEEPS, ...WINDOW_SWEEPS, ...stalled].find(
    (one) => one.name === name,
  );
  if (workload === undefined) throw new Error(`no workload is called ${name}`);
  return workload;
}
