import { type Client, connect, listen, type Server, type Verb, verb } from '../../lib/index.ts';
import { driveCalls } from '../support/drive-calls.ts';
import type { BenchRecord } from '../support/records.ts';
import type { Subject } from '../support/workload.ts';
import { BENCH_RECORD } from './bench-record.ts';
import { HOST, serving } from './serving.ts';

type Echo = Verb<(record: BenchRecord) => BenchRecord>;

const ECHO: Echo = verb<(record: BenchRecord) => BenchRecord>(10);
const SHAPED_ECHO: Echo = verb(11, { args: BENCH_RECORD, result: BENCH_RECORD });

/** Echo calls on one client, in BSON. */
export function sluiceCalls(concurrency: number): Subject {
  return echoCalls(ECHO, concurrency);
}

/** The same bytes, written and read by the shape that was declared for them. */
export function shapedCalls(concurrency: number): Subject {
  return echoCalls(SHAPED_ECHO, concurrency);
}

function echoCalls(echo: Echo, concurrency: number): Subject {
  return {
    serve: async () => {
      const server = await listen({ host: HOST, port: 0 });
      server.handle(echo, (_context, record) => record);
      return serving(server);
    },
    connect: async (port) => {
      const client = await connect({ host: HOST, port });
      const call = (record: BenchRecord): Promise<BenchRecord> => client.call(echo, record);
      return { run: (amount) => driveCalls(call, concurrency, amount) };
    },
  };
}

/** Has the server answer the calls of {@link echoOf}. */
export function handleEcho(server: Server): void {
  server.handle(ECHO, (_context, record) => record);
}

/** What makes an echo call. */
export function echoOf(client: Client): (record: BenchRecord) => Promise<BenchRecord> {
  return (record) => client.call(ECHO, record);
}
