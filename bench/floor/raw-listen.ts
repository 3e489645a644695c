import { type AddressInfo, connect, createServer, type OnReadOpts, type Socket } from 'node:net';

import type { Serving } from '../support/workload.ts';

export const HOST = '127.0.0.1';

/** Listens on a port of the system's choice. */
export function listenRaw(onSocket: (socket: Socket) => void): Promise<Serving> {
  const server = createServer({ noDelay: true }, onSocket);
  return new Promise((resolve) => {
    server.listen(0, HOST, 4_096, () => {
      // A TCP server's address is no path.
      resolve({ port: (server.address() as AddressInfo).port });
    });
  });
}

/** Connects. @param onRead - reads into one buffer again and again, in place of a new one each time. */
export function connectRaw(port: number, onRead?: OnReadOpts): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const onread = onRead === undefined ? {} : { onread: onRead };
    const socket = connect({ host: HOST, port, noDelay: true, ...onread });
    socket.once('connect', () => resolve(socket)).once('error', reject);
  });
}
