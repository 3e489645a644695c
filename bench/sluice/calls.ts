import { connect, listen, verb } from '../../lib/index.ts';
import { driveCalls } from '../support/drive-calls.ts';
import type { BenchRecord } from '../support/records.ts';
import type { Subject } from '../support/workload.ts';
import { HOST, serving } from './serving.ts';

const ECHO = verb<(record: BenchRecord) => BenchRecord>(1);

/** Echo calls on one client. */
export function sluiceCalls(concurrency: number): Subject {
  return {
    serve: async () => {
      const server = await listen({ host: HOST, port: 0 });
      server.handle(ECHO, (_context, record) => record);
      return serving(server);
    },
    connect: async (port) => {
      const client = await connect({ host: HOST, port });
      const call = (record: BenchRecord): Promise<BenchRecord> => client.call(ECHO, record);
      return { run: (amount) => driveCalls(call, concurrency, amount) };
    },
  };
}
