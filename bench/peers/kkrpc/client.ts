import { RPCChannel } from 'kkrpc';
import { once } from 'node:events';
import { connect } from 'node:net';

import { EndedStreams } from '../../support/ended-streams.ts';
import type { Cargo } from '../support/cargo.ts';
import type { PeerClient } from '../support/peer-library.ts';
import { makeTake, produceAll, SERIALIZATION, type ServerApi, type StreamApi } from './api.ts';
import { SocketIo } from './socket-io.ts';

/** All streams and calls share one channel. */
export async function connectKkrpc(port: number, cargo: Cargo): Promise<PeerClient> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  await once(socket, 'connect');
  const io = new SocketIo(socket);
  const expose: StreamApi = { produce: (count, take) => produceAll(io, cargo, count, take) };
  const options = { expose, serialization: SERIALIZATION };
  const channel = new RPCChannel<StreamApi, ServerApi, SocketIo>(io, options);
  const server = channel.getAPI();
  const take = makeTake(io, cargo);
  const ended = new EndedStreams();
  return {
    echo: (record) => server.echo(record),
    receive: async (count) => {
      const received = cargo.tally.expect(count);
      await server.produce(count, take);
      await received;
    },
    send: (count) => server.take(count),
    hold: () => server.hold(() => {}),
    // A stream from the server: it can't pass a callback for one in the other direction.
    sendOne: (number) => server.produceOne(number, takeOne(ended)),
    sumOfEnded: async (count) => {
      const sum = await ended.expect(count);
      // kkrpc keeps each callback until it is told to forget all of them, the cargo's included.
      channel.freeCallbacks();
      return sum;
    },
  };
}

/** Takes the only number of a stream, and its end. */
function takeOne(ended: EndedStreams): (message: unknown) => void {
  let number = Number.NaN;
  return (message) => {
    if (message === undefined || message === null) ended.add(number);
    else number = Number(message);
  };
}
