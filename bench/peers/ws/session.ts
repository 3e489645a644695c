import type { WebSocket } from 'ws';

import { type Cargo, plainEncoder, plainTaker } from '../support/cargo.ts';
import { Pace } from '../support/pace.ts';

/** Options of both sides: compression is off by default only on one of them. */
export const SOCKET_OPTIONS = { perMessageDeflate: false, skipUTF8Validation: true };

/** `bufferedAmount` stays 0 while the kernel keeps up: without a wait in between nothing else would run. */
const YIELD_BYTES = 262_144;

/** What a client may ask for. */
export interface Command {
  readonly kind: 'produce' | 'take' | 'sum-of-ended';
  readonly count: number;
}

/** Sends so many messages, waiting for the socket now and then. */
export async function sendAll(socket: WebSocket, cargo: Cargo, count: number): Promise<void> {
  const encode = plainEncoder(cargo);
  let bytes = 0;
  for (let i = 0; i < count; i++) {
    const message = encode(i);
    bytes += message.length;
    if (bytes < YIELD_BYTES) socket.send(message);
    else {
      bytes = 0;
      await new Promise((resolve) => socket.send(message, resolve));
    }
  }
}

/** Returns what takes a message of the cargo, at the reader's pace. */
export function takeFrom(socket: WebSocket, cargo: Cargo): (data: Buffer) => void {
  const take = plainTaker(cargo);
  const pace = new Pace(socket, cargo.readMs);
  return (data) => {
    take(data);
    pace.step();
  };
}
