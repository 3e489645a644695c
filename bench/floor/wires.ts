import { type AddressInfo, type OnReadOpts, Socket } from 'node:net';
import { connect, createServer } from 'node:tls';

import { makeCredentials } from '../support/credentials.ts';
import type { Serving } from '../support/workload.ts';
import { connectRaw, HOST, listenRaw } from './raw-listen.ts';

/** Read into again and again; a larger one falls out of the cache. */
const READ_BYTES = 65_536;

/** Gets the first `bytes` bytes of a chunk, which are gone when it returns. */
export type Push = (chunk: Buffer, bytes: number) => void;

/** How the sockets of a stream are made and read. */
export interface Wire {
  /** Listens on a port of the system's choice. */
  listen(onSocket: (socket: Socket) => void): Promise<Serving>;
  /** Reads an accepted socket. Returns the one to be used in its place. */
  read(accepted: Socket, push: Push): Socket;
  connect(port: number, push: Push): Promise<Socket>;
}

/** Both ends read into one buffer, by the same means as the library. */
export const TCP: Wire = {
  listen: listenRaw,
  read: (accepted, push) => readInto(accepted, intoOneBuffer(push)),
  connect: (port, push) => connectRaw(port, intoOneBuffer(push)),
};

/** Over TLS: Node reads its sockets into new memory. */
export const TLS: Wire = {
  listen: async (onSocket) => {
    const server = createServer({ ...(await makeCredentials()), noDelay: true }, onSocket);
    return new Promise((resolve) => {
      // A TCP server's address is no path.
      server.listen(0, HOST, () => resolve({ port: (server.address() as AddressInfo).port }));
    });
  },
  read: readByEvents,
  connect: (port, push) =>
    new Promise((resolve, reject) => {
      const socket = connect({ host: HOST, port, rejectUnauthorized: false });
      socket.setNoDelay(true);
      const onSecure = (): void => resolve(readByEvents(socket, push));
      socket.once('secureConnect', onSecure).once('error', reject);
    }),
};

function readByEvents(socket: Socket, push: Push): Socket {
  return socket.on('data', (chunk) => push(chunk, chunk.length));
}

/**
 * Has an accepted socket read by these options, by the internals of Node that the library uses for that.
 * The new socket is to be used in its place.
 */
function readInto(accepted: Socket, onread: OnReadOpts): Socket {
  const inside = accepted as unknown as { _handle: object | null };
  // The types lack the option `handle`.
  const options = { handle: inside._handle, allowHalfOpen: false, onread };
  const socket = new Socket(options);
  inside._handle = null;
  accepted.destroy();
  return socket;
}

function intoOneBuffer(push: Push): OnReadOpts {
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  return {
    buffer,
    callback: (bytesRead) => {
      push(buffer, bytesRead);
      return true;
    },
  };
}
