import { RPCChannel } from 'kkrpc';
import { createServer, type Socket } from 'node:net';

import type { Serving } from '../../support/workload.ts';
import type { Cargo } from '../support/cargo.ts';
import { listenTcp } from '../support/listen-tcp.ts';
import { makeTake, produceAll, SERIALIZATION, type ServerApi, type StreamApi } from './api.ts';
import { SocketIo } from './socket-io.ts';

/** Serves all that the workloads ask for. */
export function serveKkrpc(cargo: Cargo): Promise<Serving> {
  return listenTcp(createServer({ noDelay: true }, (socket) => serveSocket(socket, cargo)));
}

function serveSocket(socket: Socket, cargo: Cargo): void {
  const io = new SocketIo(socket);
  const channel = new RPCChannel<{}, StreamApi, SocketIo>(io, { serialization: SERIALIZATION });
  const client = channel.getAPI();
  const take = makeTake(io, cargo);
  const held: unknown[] = [];
  const api: ServerApi = {
    echo: async (record) => record,
    produce: (count, takeThere) => produceAll(io, cargo, count, takeThere),
    take: async (count) => {
      const received = cargo.tally.expect(count);
      await client.produce(count, take);
      await received;
    },
    hold: async (takeThere) => held.push(takeThere),
    produceOne: async (number, takeThere) => {
      takeThere(number);
      takeThere(undefined);
    },
  };
  channel.expose(api);
}
