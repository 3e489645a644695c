import type { Socket } from 'node:net';

import type { Subject } from '../support/workload.ts';
import { connectRaw, listenRaw } from './raw-listen.ts';

/** Bare connections that are kept open. */
export function floorIdle(): Subject {
  const held: Socket[] = [];
  return {
    serve: () =>
      listenRaw((socket) => {
        held.push(socket.on('data', () => {}));
        socket.write('!');
      }),
    connect: (port) =>
      Promise.resolve({
        run: async (amount) => {
          const start = performance.now();
          for (let i = 0; i < amount; i++) held.push(await openOne(port));
          return { seconds: (performance.now() - start) / 1e3, figures: {} };
        },
      }),
  };
}

/** A connection that the server has accepted. */
async function openOne(port: number): Promise<Socket> {
  const socket = await connectRaw(port);
  return new Promise((resolve) => {
    socket.on('data', () => resolve(socket));
  });
}
