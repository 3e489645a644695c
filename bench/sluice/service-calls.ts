import { connect } from '../../lib/index.ts';
import { driveCalls } from '../support/drive-calls.ts';
import type { BenchRecord } from '../support/records.ts';
import type { Subject } from '../support/workload.ts';
import { HOST, servingService } from './serving.ts';

const SERVICE = 'bench';

interface EchoService {
  echo(record: BenchRecord): BenchRecord;
}

/** Echo calls of a service's method on one client. @param context - whether the method has a call context. */
export function serviceCalls(concurrency: number, context: boolean): Subject {
  const service: EchoService = { echo: (record) => record };
  return {
    serve: () => servingService(SERVICE, service, { context }),
    connect: async (port) => {
      const client = await connect({ host: HOST, port });
      const api = client.api<EchoService>(SERVICE);
      return { run: (amount) => driveCalls((record) => api.echo(record), concurrency, amount) };
    },
  };
}
