import { once } from 'node:events';
import { WebSocket } from 'ws';

import type { BenchRecord } from '../../support/records.ts';
import type { Cargo } from '../support/cargo.ts';
import type { PeerClient } from '../support/peer-library.ts';
import { type Command, sendAll, SOCKET_OPTIONS, takeFrom } from './session.ts';

/** A connection for calls, one for the cargo, and one for each stream beside. */
export async function connectWs(port: number, cargo: Cargo): Promise<PeerClient> {
  const connect = async (path: string): Promise<WebSocket> => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, SOCKET_OPTIONS);
    await once(socket, 'open');
    return socket;
  };
  const echo = makeEcho(await connect('/echo'));
  const stream = await connect('/stream');
  const command = (what: Command): void => stream.send(JSON.stringify(what));
  const held: WebSocket[] = [];
  return {
    echo,

    receive: async (count) => {
      const received = cargo.tally.expect(count);
      const take = takeFrom(stream, cargo);
      stream.on('message', take);
      command({ kind: 'produce', count });
      await received;
      stream.off('message', take);
    },

    send: async (count) => {
      const taken = once(stream, 'message');
      command({ kind: 'take', count });
      await sendAll(stream, cargo, count);
      await taken;
    },

    hold: async () => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/hold`, SOCKET_OPTIONS);
      held.push(socket);
      const [data] = (await once(socket, 'message')) as [Buffer];
      return Number(data.toString());
    },

    sendOne: async (number) => {
      const socket = await connect('/take-one');
      socket.send(String(number));
      socket.close();
    },

    sumOfEnded: async (count) => {
      command({ kind: 'sum-of-ended', count });
      const [data] = (await once(stream, 'message')) as [Buffer];
      return Number(data.toString());
    },
  };
}

interface Call {
  readonly id: number;
  readonly record: BenchRecord;
}

function makeEcho(socket: WebSocket): PeerClient['echo'] {
  const pending = new Map<number, (record: BenchRecord) => void>();
  let lastId = 0;
  socket.on('message', (data: Buffer) => {
    const { id, record } = JSON.parse(data.toString()) as Call;
    const resolve = pending.get(id);
    if (resolve === undefined) throw new Error(`a reply to ${id}, which nobody asked`);
    pending.delete(id);
    resolve(record);
  });
  return (record) =>
    new Promise((resolve) => {
      const id = ++lastId;
      pending.set(id, resolve);
      socket.send(JSON.stringify({ id, record }));
    });
}
