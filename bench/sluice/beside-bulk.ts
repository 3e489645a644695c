import { connect, type Limits, listen } from '../../lib/index.ts';
import { BESIDE_BULK_BYTES, driveBesideBulk } from '../support/drive-beside-bulk.ts';
import type { Subject } from '../support/workload.ts';
import { echoOf, handleEcho } from './calls.ts';
import { bulkPlan } from './plans.ts';
import { HOST, serving } from './serving.ts';
import { handleStreams, openStream, type Reading } from './streams.ts';

/**
 * Calls and a bulk stream of one client.
 *
 * @param limits - of both ends, where they are not the defaults.
 */
export function sluiceBesideBulk(
  reading: Extract<Reading, 'each' | 'borrowed'>,
  limits: Partial<Limits> = {},
): Subject {
  const plan = bulkPlan(BESIDE_BULK_BYTES);
  return {
    serve: async () => {
      const server = await listen({ host: HOST, port: 0, limits });
      handleEcho(server);
      handleStreams(server, reading, plan);
      return serving(server);
    },
    connect: async (port) => {
      const client = await connect({ host: HOST, port, limits });
      const receive = await openStream(client, 'down', reading, plan);
      return { run: (amount) => driveBesideBulk({ echo: echoOf(client), receive }, amount) };
    },
  };
}
