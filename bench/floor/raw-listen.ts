import { type AddressInfo, connect, createServer, type OnReadOpts, Socket } from 'node:net';

import type { Serving } from '../support/workload.ts';

const HOST = '127.0.0.1';

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

/**
 * Has an accepted socket read into one buffer again and again, by the internals of Node that the library
 * uses for that. The socket is to be used in place of the accepted one.
 */
export function readInto(accepted: Socket, onread: OnReadOpts): Socket {
  const inside = accepted as unknown as { _handle: object | null };
  // The types lack the option `handle`.
  const options = { handle: inside._handle, allowHalfOpen: false, onread };
  const socket = new Socket(options);
  inside._handle = null;
  accepted.destroy();
  return socket;
}

/** Connects. @param onRead - reads into one buffer again and again, in place of a new one each time. */
export function connectRaw(port: number, onRead?: OnReadOpts): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const onread = onRead === undefined ? {} : { onread: onRead };
    const socket = connect({ host: HOST, port, noDelay: true, ...onread });
    socket.once('connect', () => resolve(socket)).once('error', reject);
  });
}
