import { type WebSocket, WebSocketServer } from 'ws';
import type { AddressInfo } from 'node:net';

import { EndedStreams } from '../../support/ended-streams.ts';
import type { Serving } from '../../support/workload.ts';
import type { Cargo } from '../support/cargo.ts';
import { type Command, sendAll, SOCKET_OPTIONS, takeFrom } from './session.ts';

/** Serves all that the workloads ask for, by the path that is connected to. */
export function serveWs(cargo: Cargo): Promise<Serving> {
  const server = new WebSocketServer({
    ...SOCKET_OPTIONS,
    host: '127.0.0.1',
    port: 0,
    backlog: 4_096,
    clientTracking: false,
  });
  const ended = new EndedStreams();
  let held = 0;
  server.on('connection', (socket, { url }) => {
    if (url === '/echo') serveEcho(socket);
    else if (url === '/stream') serveStream(socket, cargo, ended);
    else if (url === '/hold') socket.send(String(++held));
    else if (url === '/take-one') serveOne(socket, ended);
    else throw new Error(`nothing is at ${url}`);
  });
  return new Promise((resolve) => {
    server.once('listening', () => {
      // A TCP server's address is no path.
      resolve({ port: (server.address() as AddressInfo).port });
    });
  });
}

function serveEcho(socket: WebSocket): void {
  socket.on('message', (data: Buffer) => socket.send(JSON.stringify(JSON.parse(data.toString()))));
}

/** Commands, each followed by the messages that it announces. */
function serveStream(socket: WebSocket, cargo: Cargo, ended: EndedStreams): void {
  const take = takeFrom(socket, cargo);
  let missing = 0;
  const obey = async ({ kind, count }: Command): Promise<void> => {
    if (kind === 'produce') return sendAll(socket, cargo, count);
    if (kind === 'sum-of-ended') return socket.send(String(await ended.expect(count)));
    missing = count;
    await cargo.tally.expect(count);
    socket.send('taken');
  };
  socket.on('message', (data: Buffer) => {
    if (missing === 0) void obey(JSON.parse(data.toString()) as Command);
    else {
      missing--;
      take(data);
    }
  });
}

function serveOne(socket: WebSocket, ended: EndedStreams): void {
  let number = Number.NaN;
  socket.on('message', (data: Buffer) => (number = Number(data.toString())));
  socket.on('close', () => ended.add(number));
}
