import { connect, listen } from '../../lib/index.ts';
import type { Subject } from '../support/workload.ts';
import { CLIENT_ROOM, holdStreams, IdleStreams, SERVER_ROOM } from './idle.ts';
import { bytesPlan } from './plans.ts';
import { HOST, serving } from './serving.ts';
import { driveStream, handleStreams, openStream } from './streams.ts';

/** A stream of small messages on a client that has many others open. */
export function sluiceBusyAmongIdle(messageBytes: number): Subject {
  const plan = bytesPlan(messageBytes);
  return {
    serve: async () => {
      const server = await listen({ host: HOST, port: 0, ...SERVER_ROOM });
      holdStreams(server);
      handleStreams(server, 'batch', plan);
      return serving(server);
    },
    connect: async (port, heldStreams) => {
      const client = await connect({ host: HOST, port, ...CLIENT_ROOM });
      let ended = 0;
      const idle = new IdleStreams(client);
      await idle.open(heldStreams);
      idle.watch(() => ended++);
      const carry = await openStream(client, 'down', 'batch', plan);
      const driving = driveStream(carry, plan);
      return {
        run: async (amount) => {
          const outcome = await driving.run(amount);
          if (ended > 0) throw new Error(`${ended} of ${idle.length} idle streams ended`);
          return outcome;
        },
      };
    },
  };
}
