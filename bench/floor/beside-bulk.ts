import { BESIDE_BULK_BYTES, driveBesideBulk } from '../support/drive-beside-bulk.ts';
import type { Subject } from '../support/workload.ts';
import { connectCaller, serveCalls } from './calls.ts';
import { bulkPlan } from './plans.ts';
import { listenRaw } from './raw-listen.ts';
import { connectDown, serveStream } from './streams.ts';

/** Calls on one raw connection and bulk on another, of the same two processes. */
export function floorBesideBulk(): Subject {
  const plan = bulkPlan(BESIDE_BULK_BYTES);
  let accepted = 0;
  return {
    serve: () =>
      listenRaw((socket) => {
        // The client connects for its calls first.
        if (accepted++ === 0) serveCalls(socket);
        else serveStream(socket, plan);
      }),
    connect: async (port) => {
      const echo = await connectCaller(port);
      const stream = await connectDown(port, plan);
      const client = { echo, receive: (count: number) => stream.run(count) };
      return { run: (amount) => driveBesideBulk(client, amount) };
    },
  };
}
